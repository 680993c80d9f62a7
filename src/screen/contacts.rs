//! Ways to reach somebody, and numbers that name them: everything of that kind that a text gives away.
//!
//! Each kind has a finder of its own. They share one view of the text ([`Plain`]), in which letters are small and without marks and digits of all
//! scripts are ASCII, and which knows for each of its bytes where it stands in the text as it was given.

use core::ops::Range;

use super::effort::spend;
use super::hit::Hit;
use super::lists::{List, Lists};
use super::number::Digits;
use super::{Orders, Screen, email, fold, handle, link, merged, number, special};
use crate::vocabulary::{Field, Trace};

/// Finds all kinds of contact details, in the order of the text; no two of them share a byte. Other people are
/// found where the names of the owner are given: people write of themselves in the third person.
///
/// The finders are kept out of each other: as one function they are a sixth larger.
pub(super) fn find(screen: &Screen, text: &str, own: Option<&str>) -> Vec<Hit> {
    let plain = Plain::of(&screen.lists, text);
    let digits = Digits::of(&plain);
    // What rules find has digits, but for the names of people.
    let mut ruled = Vec::new();
    if own.is_some() || !digits.groups().is_empty() {
        ruled = special::find(&screen.rules, Field::Description, text, &Orders::default(), &[]);
        ruled.retain(|hit| {
            let name = text.get(hit.span.clone()).unwrap_or_default();
            hit.kind != Trace::OtherPerson || own.is_some_and(|own| !special::share(own, name))
        });
    }
    let mut hits = email::find(&plain);
    for more in
        [link::find(&plain), number::find(&screen.plans, &plain, &digits), handle::find(&plain), number::accounts(&plain), ruled]
    {
        if !more.is_empty() {
            hits = merged(hits, more);
        }
    }
    // Of two hits that overlap the more certain one stays, or else the longer one, and takes the place of both: nothing that one of them found may
    // be left over.
    let mut all: Vec<Hit> = Vec::with_capacity(hits.len());
    for next in hits {
        match all.last_mut() {
            Some(last) if last.span.end > next.span.start => {
                let both = last.span.start..last.span.end.max(next.span.end);
                if (next.confidence, next.span.len()) > (last.confidence, last.span.len()) {
                    *last = next;
                }
                last.span = both;
            }
            _ => all.push(next),
        }
    }
    all
}

/// A text in the form in which it is searched.
pub(super) struct Plain<'a> {
    /// What words are looked up in.
    pub(super) lists: &'a Lists,
    text: &'a str,
    low: String,
    /// Where the letter that each byte of `low` comes from begins in the text, and where the text ends.
    at: Vec<usize>,
}

/// How far labels are looked for before what they name, in bytes.
const REACH: usize = 56;

impl<'a> Plain<'a> {
    pub(super) fn of(lists: &'a Lists, text: &'a str) -> Self {
        let mut low = String::with_capacity(text.len());
        let mut at = Vec::with_capacity(text.len() + 1);
        for (place, c) in text.char_indices() {
            fold(c, &mut low);
            at.resize(low.len(), place);
        }
        at.push(text.len());
        Self { lists, text, low, at }
    }

    /// The text that is searched.
    pub(super) fn low(&self) -> &str {
        &self.low
    }

    /// A byte of it; 0 outside.
    pub(super) fn byte(&self, at: usize) -> u8 {
        spend(1);
        self.low.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// The byte before; 0 at the beginning.
    pub(super) fn before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |at| self.byte(at))
    }

    /// A part of it; empty where there is none.
    pub(super) fn part(&self, part: Range<usize>) -> &str {
        spend(part.len());
        self.low.get(part).unwrap_or_default()
    }

    /// Whether it goes on with `what` here.
    pub(super) fn has(&self, at: usize, what: &str) -> bool {
        self.low.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(what.as_bytes()))
    }

    /// Whether the letter at a byte is a capital in the text as it was given (Latin ones; other capitals never begin what is looked for).
    pub(super) fn is_capital(&self, at: usize) -> bool {
        let c = self.at.get(at).and_then(|at| self.text.get(*at..)).and_then(|rest| rest.chars().next());
        c.is_some_and(|c| c.is_ascii_uppercase() || matches!(c, 'À'..='Þ' | 'Ł' | 'Ś' | 'Ż' | 'Ź' | 'Ć' | 'Č' | 'Š' | 'Ž' | 'Œ'))
    }

    /// Where a word of ASCII letters and digits ends that goes on here; nobody's word is longer than what is looked at.
    pub(super) fn word_end(&self, at: usize) -> usize {
        spend(REACH);
        let rest = self.low.as_bytes().get(at..).unwrap_or_default();
        at + rest.iter().take(2 * REACH).take_while(|byte| byte.is_ascii_alphanumeric()).count()
    }

    /// Where a word begins that ends here.
    pub(super) fn word_start(&self, end: usize) -> usize {
        spend(REACH);
        let rest = self.low.as_bytes().get(end.saturating_sub(REACH)..end).unwrap_or_default();
        end - rest.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count()
    }

    /// Where the next run of other than letters and digits ends.
    pub(super) fn gap_end(&self, at: usize, most: usize) -> usize {
        spend(REACH);
        let rest = self.low.as_bytes().get(at..).unwrap_or_default();
        at + rest.iter().take(most).take_while(|byte| !byte.is_ascii_alphanumeric()).count()
    }

    /// The words before a place, the nearest first: at most `most`, as far as labels reach.
    pub(super) fn words_before(&self, at: usize, most: usize) -> impl Iterator<Item = Range<usize>> {
        let floor = at.saturating_sub(REACH);
        let mut end = at;
        (0..most).map_while(move |_| {
            while end > floor && !self.before(end).is_ascii_alphanumeric() {
                end -= 1;
            }
            let start = self.word_start(end);
            let word = start..end;
            end = start;
            (start < word.end && word.end > floor).then_some(word)
        })
    }

    /// Whether a word is one of a list.
    pub(super) fn is(&self, list: List, word: &str) -> bool {
        self.lists.has(list, word)
    }

    /// Which of some lists the nearest word before a place that is in any of them is in, and how many words lie between.
    pub(super) fn label(&self, at: usize, most: usize, lists: &[List]) -> Option<(usize, usize)> {
        self.words_before(at, most).enumerate().find_map(|(away, word)| {
            let word = self.part(word);
            lists.iter().position(|list| self.is(*list, word)).map(|list| (list, away))
        })
    }

    /// Whether a place is inside a web address that is written out.
    pub(super) fn in_link(&self, at: usize) -> bool {
        spend(REACH);
        let before = self.low.as_bytes().get(at.saturating_sub(160)..at).unwrap_or_default();
        let token = before.iter().rev().take_while(|byte| !byte.is_ascii_whitespace()).count();
        let token = before.get(before.len() - token..).unwrap_or_default();
        token.starts_with(b"www.") || token.windows(3).any(|part| part == b"://")
    }

    /// A hit, from bytes of the searched text to those of the text as it was given.
    pub(super) fn hit(&self, part: Range<usize>, kind: Trace, rule: &str, confidence: u8) -> Hit {
        let start = self.at.get(part.start).copied().unwrap_or(self.text.len());
        let last = part.end.checked_sub(1).and_then(|last| self.at.get(last)).copied().unwrap_or(start);
        // What is not seen behind the last letter goes with it; a letter that is folded to two is never cut in half.
        let end = match self.at.get(part.end) {
            Some(end) if *end > last => *end,
            _ => last + self.text.get(last..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8),
        };
        Hit { span: start..end, kind, rule: rule.to_owned(), confidence }
    }
}

/// Whether a word is one of a few, set apart by spaces.
pub(super) fn listed(list: &str, word: &str) -> bool {
    let mut rest = list.as_bytes();
    let first = word.as_bytes().first();
    while first.is_some() {
        if rest.first() == first && rest.starts_with(word.as_bytes()) && matches!(rest.get(word.len()), None | Some(b' ')) {
            return true;
        }
        let Some(space) = rest.iter().position(|byte| *byte == b' ') else { break };
        rest = rest.get(space + 1..).unwrap_or_default();
    }
    false
}
