//! What a text gives away that the law sets apart: health, belief, politics, union, origin, sexuality, biometrics, genes (GDPR Art. 9(1)),
//! offences (Art. 10), children (recital 38).
//!
//! A word alone says little: a nurse at a cancer clinic has a job, somebody living with cancer has cancer. So the knowledge is a [`Lexicon`]: groups
//! of words for each language, and rules that say which groups must stand near each other, in which order, and what beside them means something else.
//! All of it is data (`data/*.json`). It is checked and compiled where the extension is built (`compile`), so that what ships only reads and
//! compares; the native tool compiles the same and reads it in the same way.
//!
//! The same engine tells names of others, dates of birth and postal addresses, by a lexicon of its own (`data/contact-rules.json`). For their sake
//! a find may begin inside its pattern, parts of a pattern may repeat, words with digits are known by their shape (`##a`), and names before a number
//! by their end (`*strasse`).
//!
//! A text is gone through once. Each word is looked up by a sum over its letters, and what a rule looks back or ahead for is bounded by a number of words.

#[cfg(not(target_arch = "wasm32"))]
mod compile;
#[cfg(test)]
mod tests;
mod words;

use core::ops::Range;

use serde::Serialize;

use super::Orders;
use super::effort::spend;
use super::hit::Hit;
#[cfg(test)]
use crate::json::Problem;
use crate::json::record;
use crate::vocabulary::{Field, Trace, Word as _};
#[cfg(not(target_arch = "wasm32"))]
pub(super) use compile::{compile, push, push_part, whole};
use words::Words;
pub(super) use words::{around, sentences};

/// Tables of a compiled lexicon, in the order in which they are written: the codes of languages, rules, for each group the patterns that begin with it.
const RULES: usize = 1;
const STARTS: usize = 2;
const TABLES: usize = 3;

/// How many lists of phrases there are, of which a word is looked for in one or two. A power of two.
const LISTS: usize = 1 << 15;

/// The group of the words by which a language is told. The six before it are no lists of words: a number below eighteen, any number, a word with a
/// capital, and such a word that ends in `a`, in `o`, in a consonant: where names tell whether they are of women or men.
const COMMON: usize = 6;

/// How often the steps of a pattern that may repeat do.
const REPEATED: usize = 9;

/// What stands for any digit in the shape of a word.
const SOME_DIGIT: u8 = b'@';

/// What stands before a name that is looked up by its end: its letters backwards.
const BACKWARDS: u8 = b'^';

/// The most languages there may be.
const MOST: usize = 16;

/// Every language, as bits.
const ALL: usize = 0xffff;

/// A word of a policy that gives something away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// One word or several; a `*` behind a word stands for its endings.
    pub term: String,
    /// What it gives away.
    pub category: Trace,
}

record!(Term { term, category });

/// Words and rules, ready to be used.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    /// As it was compiled.
    text: Vec<u8>,
    /// Where things stand in it. For each value of the sum over a first word, as far as there are lists, the place of the last phrase that begins with such
    /// a word, or 0; then where records stand, those of each table behind those of the one before; then for each phrase the place of the one before it in
    /// its list, where it stands, and where what it has in common with others stands.
    index: Vec<usize>,
    /// For each table the place of its first record.
    tables: [usize; TABLES],
}

/// What is left to be read of a compiled text: numbers, five bits a character, and parts with their length before them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reader<'t>(pub(super) &'t [u8]);

impl<'t> Reader<'t> {
    /// What is behind the sum of a compiled text; nothing comes back unless it is whole.
    pub(super) fn of(text: &'t str) -> Option<Self> {
        let mut reader = Reader(text.as_bytes());
        (reader.number() == sum(reader.0)).then_some(reader)
    }

    #[inline(never)]
    pub(super) fn number(&mut self) -> usize {
        let mut number = 0;
        while let [digit, rest @ ..] = self.0 {
            self.0 = rest;
            let digit = digit.wrapping_sub(DIGIT);
            number = number << 5 | u32::from(digit & 31);
            if digit & 32 == 0 {
                break;
            }
        }
        number as usize
    }

    #[inline(never)]
    pub(super) fn part(&mut self) -> &'t [u8] {
        let length = self.number();
        let (part, rest) = self.0.split_at_checked(length).unwrap_or_default();
        self.0 = rest;
        part
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The first of the 64 characters in which numbers are written: 32 that end one, 32 that go on.
const DIGIT: u8 = b'0';

/// A sum over nothing (FNV-1a).
const NOTHING: u32 = 0x811c_9dc5;

/// A sum with one byte more.
const fn with(sum: u32, byte: u8) -> u32 {
    (sum ^ byte as u32).wrapping_mul(0x0100_0193)
}

/// A sum over a compiled text, by which damage is noticed.
fn sum(text: &[u8]) -> usize {
    text.iter().fold(NOTHING, |sum, byte| with(sum, *byte)) as usize
}

/// One part of a pattern.
struct Step<'t> {
    /// The break that must lie before it, and behind it.
    before: u8,
    behind: u8,
    /// How large a break may lie between it and the part before it.
    most: u8,
    /// The find is what it stands before, not what it stands behind.
    first: bool,
    /// The find begins here; what comes before in the pattern is no part of it.
    begins: bool,
    /// It may stand there several times.
    many: bool,
    /// It need not stand there.
    free: bool,
    /// How many words may stand before it.
    gap: usize,
    groups: Reader<'t>,
}

impl<'t> Step<'t> {
    #[inline(never)]
    fn read(reader: &mut Reader<'t>) -> Self {
        let bits = reader.number();
        let two = |shift: u8| (bits >> shift & 3) as u8;
        Self {
            before: two(0),
            behind: two(2),
            most: two(4),
            first: bits >> 6 & 1 == 1,
            begins: bits >> 7 & 1 == 1,
            many: bits >> 8 & 1 == 1,
            free: bits > 511,
            gap: reader.number(),
            groups: Reader(reader.part()),
        }
    }
}

/// A group that stands at a word.
#[derive(Clone, Copy, Debug)]
struct Match {
    group: usize,
    /// The languages in which it does, as bits.
    languages: usize,
    /// How many words it takes.
    words: usize,
    /// When it counts: 0 unless the text is in another language, 1 for what means something else in other languages, 2 for what is nothing but common
    /// words of another.
    doubt: usize,
}

/// A text with the groups that were found in it.
struct Found {
    words: Words,
    matches: Vec<Match>,
    /// For each word where its matches begin; they end where those of the next begin.
    starts: Vec<usize>,
}

impl Found {
    fn at(&self, place: usize) -> &[Match] {
        let [start, end, ..] = self.starts.get(place..).unwrap_or_default() else { return &[] };
        self.matches.get(*start..*end).unwrap_or_default()
    }

    /// The place behind a group of a step that begins at this word, the longest; 0 if there is none.
    fn step(&self, step: &Step, languages: usize, place: usize) -> usize {
        let mut best = 0;
        if self.words.edge(place) < step.before {
            return best;
        }
        for one in self.at(place) {
            spend(1);
            let end = place + one.words;
            let mut groups = step.groups;
            while end > best && one.languages & languages != 0 && !groups.is_empty() {
                if groups.number() == one.group && self.words.edge(end) >= step.behind {
                    best = end;
                }
            }
        }
        best
    }

    /// Whether the steps of a pattern stand here, and where the find ends and, if a step says so, begins. Bounded: few steps, none looks farther than
    /// the compiler lets it, and those that may repeat do so `left` times in all.
    fn pattern(&self, steps: Reader, languages: usize, place: usize, left: usize, find: &mut Range<usize>) -> bool {
        if steps.is_empty() {
            find.end = place;
            return true;
        }
        let mut rest = steps;
        let step = Step::read(&mut rest);
        let (next, left_then) = if step.many { (steps, left.saturating_sub(1)) } else { (rest, left) };
        let mut from = place;
        while from <= place + step.gap && self.words.edge(from) <= step.most && !(step.many && left == 0) {
            let end = self.step(&step, languages, from);
            if end > 0 && self.pattern(next, languages, end, left_then, find) {
                if step.begins {
                    find.start = from;
                }
                return true;
            }
            from += 1;
        }
        step.free && self.pattern(rest, languages, place, left, find)
    }

    /// Whether something stands beside the words of a find.
    fn is_beside(&self, step: &Step, find: &Range<usize>) -> bool {
        let mut place = find.end;
        if step.first {
            while place > 0 && place + step.gap + 3 > find.start {
                // Inside the find any break may lie; before it only what the rule lets pass.
                if place <= find.start && self.words.edge(place) > step.most {
                    break;
                }
                place -= 1;
                let end = self.step(step, ALL, place);
                if end > 0 && end <= find.end && end + step.gap >= find.start {
                    return true;
                }
            }
        } else {
            while place <= find.end + step.gap && self.words.edge(place) <= step.most {
                if self.step(step, ALL, place) > 0 {
                    return true;
                }
                place += 1;
            }
        }
        false
    }
}

impl Lexicon {
    /// Reads documents of languages.
    ///
    /// # Errors
    /// Everything that is wrong with the first document that has something wrong.
    #[cfg(test)]
    pub(super) fn parse(texts: &[&str]) -> Result<Self, Vec<Problem>> {
        Self::read(&compile(texts)?).ok_or_else(Vec::new)
    }

    /// Reads a compiled text; nothing comes back unless it is whole.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut reader = Reader::of(text)?;
        let text = text.as_bytes();
        let mut index = vec![0; LISTS];
        let mut tables = [0; TABLES];
        for table in &mut tables {
            *table = index.len();
            let mut count = reader.number();
            while count > 0 && !reader.is_empty() {
                index.push(text.len() - reader.0.len());
                reader.part();
                count -= 1;
            }
        }
        // What is left are phrases: before those that are alike what they have in common, behind the last of them a dot, behind each other a comma.
        let mut last = b'.';
        let mut alike = 0;
        while !reader.is_empty() {
            if last == b'.' {
                alike = text.len() - reader.0.len();
                reader.number();
            }
            let at = text.len() - reader.0.len();
            let mut sum = NOTHING;
            let mut first = true;
            while let [byte, rest @ ..] = reader.0 {
                reader.0 = rest;
                last = *byte;
                // Whole words are summed with a byte more than beginnings.
                if first && last != b'*' {
                    sum = with(sum, last.max(b'/'));
                }
                first &= last > b'/';
                if last == b'.' || last == b',' {
                    break;
                }
            }
            let place = index.len();
            let before = index.get_mut(sum as usize % LISTS).map(|list| core::mem::replace(list, place));
            index.extend_from_slice(&[before.unwrap_or_default(), at, alike]);
        }
        Some(Self { text: text.into(), index, tables })
    }

    /// What stands at a place of the compiled text.
    fn reader(&self, at: usize) -> Reader<'_> {
        Reader(self.text.get(at..).unwrap_or_default())
    }

    /// A record of a table.
    #[inline(never)]
    fn record(&self, table: usize, place: usize) -> Reader<'_> {
        Reader(self.reader(self.index.get(table + place).copied().unwrap_or_default()).part())
    }

    /// The codes of the languages there are words for (ISO 639-1).
    #[cfg(not(target_arch = "wasm32"))]
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        (LISTS..self.tables[RULES]).map(|place| text(self.record(place, 0).0))
    }

    /// The language a text seems to be written in, by its most common words; none, if they do not tell.
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub fn language(&self, text: &str) -> Option<&str> {
        let mut scores = Scores::default();
        let words = Words::of(text, false);
        for place in 0..words.list.len() {
            self.look(&words, place, words.at(place), &mut scores, &mut Vec::new());
        }
        let [_, likely, _] = scores.limits();
        self.languages().nth(likely.trailing_zeros() as usize).filter(|_| likely.is_power_of_two())
    }

    /// Finds the groups of a text, in the language that is given. Without one, a sentence whose language is plain is read in that language alone:
    /// what is a word of faith in one is a word of thanks in another. Any other sentence is read in those that have most of its common words.
    fn groups_in(&self, words: Words, given: Option<&str>) -> Found {
        let given = given.and_then(|given| (0..MOST).find(|place| self.record(LISTS, *place).0 == given.as_bytes()));
        let mut scores = Scores::default();
        let mut found = Found { words, matches: Vec::new(), starts: Vec::new() };
        let mut from = 0;
        for (place, word) in found.words.list.iter().enumerate() {
            found.starts.push(found.matches.len());
            let folded = found.words.at(place);
            self.look(&found.words, place, folded, &mut scores, &mut found.matches);
            // Words with digits are known by their shape too, names before them by their end: that of a street.
            let mut other = folded.to_vec();
            if folded.iter().any(u8::is_ascii_digit) {
                other.iter_mut().for_each(|byte| *byte = if byte.is_ascii_digit() { SOME_DIGIT } else { b'a' });
                self.look(&found.words, place, &other, &mut scores, &mut found.matches);
            } else if word.capitals > 0 && found.words.at(place + 1).first().is_some_and(u8::is_ascii_digit) {
                other.push(BACKWARDS);
                other.reverse();
                self.look(&found.words, place, &other, &mut scores, &mut found.matches);
            }
            let name = !word.hidden && word.capitals > 0;
            let number = !word.hidden && word.number < 1000;
            let last = found.words.at(place).last().copied().unwrap_or_default();
            let consonant = last.is_ascii_lowercase() && !matches!(last, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
            let is = u8::from(number && (1..18).contains(&word.number))
                | u8::from(number) << 1
                | u8::from(name) << 2
                | u8::from(name && last == b'a') << 3
                | u8::from(name && last == b'o') << 4
                | u8::from(name && consonant) << 5;
            for group in 0..COMMON {
                if is >> group & 1 == 1 {
                    found.matches.push(Match { group, languages: ALL, words: 1, doubt: 0 });
                }
            }
            if found.words.edge(place + 1) >= 2 {
                let limits = given.map_or_else(|| scores.limits(), |given| [1 << given; 3]);
                for one in found.matches.get_mut(from..).unwrap_or_default() {
                    one.languages &= limits.get(one.doubt).copied().unwrap_or_default();
                }
                from = found.matches.len();
                scores = Scores::default();
            }
        }
        found.starts.push(found.matches.len());
        found
    }

    /// Notes every group that stands at a word, which is looked up as `first`, and counts it if it is a common one.
    #[inline(never)]
    fn look(&self, words: &Words, place: usize, first: &[u8], scores: &mut Scores, matches: &mut Vec<Match>) {
        let Some(word) = words.list.get(place) else { return };
        let mut left = first;
        let mut sum = NOTHING;
        let mut whole = false;
        while !whole {
            // Every beginning of the word is looked for, and at last the whole of it.
            let (byte, rest) = left.split_first().unwrap_or((&b'/', left));
            whole = left.is_empty();
            left = rest;
            sum = with(sum, *byte);
            let mut next = sum as usize % LISTS;
            next = self.index.get(next).copied().unwrap_or_default();
            while next > 0
                && let [before, at, alike, ..] = self.index.get(next..).unwrap_or_default()
            {
                next = *before;
                spend(1);
                let end = words.behind(self.reader(*at).0, first, place, 0);
                if end == 0 {
                    continue;
                }
                let alike = self.reader(*alike).number();
                if alike & 3 <= word.capitals.into() {
                    let one =
                        Match { group: alike >> 4 & 0xfff, languages: alike >> 16, words: end - place, doubt: alike >> 2 & 3 };
                    if one.group == COMMON {
                        scores.add(one.languages);
                    } else if !word.hidden {
                        matches.push(one);
                    }
                }
            }
        }
    }
}

/// A part of a compiled text that is for people.
pub(super) fn text(part: &[u8]) -> &str {
    core::str::from_utf8(part).unwrap_or_default()
}

/// Whether two texts have a word in common.
pub(super) fn share(one: &str, other: &str) -> bool {
    let (one, other) = (Words::of(one, false), Words::of(other, false));
    (0..one.list.len()).any(|place| (0..other.list.len()).any(|at| one.at(place) == other.at(at)))
}

/// How many common words of each language there are.
#[derive(Default)]
struct Scores([usize; MOST]);

impl Scores {
    fn add(&mut self, languages: usize) {
        for (language, score) in self.0.iter_mut().enumerate() {
            *score += languages >> language & 1;
        }
    }

    /// The languages, as bits, in which groups count in a sentence with these common words, by the doubt about them.
    fn limits(&self) -> [usize; 3] {
        let most = self.0.iter().fold(0, |most, score| most.max(*score));
        let (mut near, mut top) = (0, 0);
        for (language, score) in self.0.iter().enumerate() {
            near |= usize::from(score * 2 > most || score + 1 >= most) << language;
            top |= usize::from(*score == most) << language;
        }
        [near, if most > 1 { top } else { near }, if most > 0 { top } else { 0 }]
    }
}

/// What a text of a field gives away that the law sets apart. The policy may know more words that give
/// something away, and phrases in which nothing does. What was found before is read as no word.
#[inline(never)]
pub(super) fn find(lexicon: &Lexicon, field: Field, value: &str, orders: &Orders, before: &[Hit]) -> Vec<Hit> {
    let mut words = Words::of(value, false);
    let count = words.list.len();
    // An age is no word of a street; it may say that somebody is a child.
    let mut before = before.iter().filter(|hit| !matches!(hit.kind, Trace::BirthDate | Trace::OtherPerson)).peekable();
    for word in &mut words.list {
        while before.next_if(|hit| hit.span.end <= word.span.start).is_some() {}
        word.hidden = before.peek().is_some_and(|hit| hit.span.start < word.span.end);
    }
    for phrase in &orders.allow {
        let phrase = Words::of(phrase, true);
        for place in 0..count {
            let end = words.behind(phrase.folded(), words.at(place), place, 2);
            for word in words.list.get_mut(place..end).unwrap_or_default() {
                word.hidden = true;
            }
        }
    }
    let found = lexicon.groups_in(words, orders.language.as_deref());
    let mut hits: Vec<Hit> = Vec::new();
    // Where somebody works, and where they learnt, names a church or a union as an employer or a school.
    let named = matches!(field, Field::WorksFor | Field::AlumniOf);
    for place in 0..if named { 0 } else { count } {
        for one in found.at(place) {
            let mut starts = lexicon.record(lexicon.tables[STARTS], one.group);
            while !starts.is_empty() {
                let mut rule = lexicon.record(lexicon.tables[RULES], starts.number());
                let steps = Reader(starts.part());
                let languages = rule.number() & one.languages;
                if rule.number() >> field.place() & 1 == 1 {
                    continue;
                }
                let mut find = place..0;
                let mut language = 0;
                let mut stands = false;
                // What does not stand in all languages taken together stands in none of them.
                let in_any = found.pattern(steps, languages, place, REPEATED, &mut find);
                while in_any && !stands && languages >> language > 0 {
                    stands = found.pattern(steps, languages & 1 << language, place, REPEATED, &mut find);
                    language += 1;
                }
                let kind = rule.number();
                let confidence = rule.number() as u8;
                let name = rule.part();
                while stands && !rule.is_empty() {
                    stands = !found.is_beside(&Step::read(&mut rule), &find);
                }
                if stands && let Some(kind) = Trace::ALL.get(kind) {
                    add(
                        &mut hits,
                        &found.words,
                        find,
                        *kind,
                        [text(lexicon.record(LISTS, language - 1).0), ".", text(name)].concat(),
                        confidence,
                    );
                }
            }
        }
    }
    for Term { term, category } in &orders.terms {
        let phrase = Words::of(term, true);
        let mut more = Vec::new();
        for place in 0..count {
            let end = found.words.behind(phrase.folded(), found.words.at(place), place, 2);
            if end > 0 && found.words.list.get(place).is_some_and(|word| !word.hidden) {
                add(&mut more, &found.words, place..end, *category, "policy.term".into(), 100);
            }
        }
        hits = super::merged(hits, more);
    }
    hits
}

/// Notes a find, unless it lies in another of the same kind; one that lies in it gives way.
fn add(hits: &mut Vec<Hit>, words: &Words, find: Range<usize>, kind: Trace, rule: String, confidence: u8) {
    let (Some(start), Some(end)) = (words.list.get(find.start), words.list.get(find.end - 1)) else { return };
    let hit = Hit { span: start.span.start..end.span.end, kind, rule, confidence };
    for other in hits.iter_mut().rev().take(8) {
        if other.kind == kind && other.span.end > hit.span.start {
            if other.span.end >= hit.span.end {
                return;
            }
            if other.span.start == hit.span.start {
                *other = hit;
                return;
            }
            break;
        }
    }
    // A find may begin behind the words by which it is known, and so behind one that is found later.
    let mut at = hits.len();
    while at > 0 && hits.get(at - 1).is_some_and(|other| other.span.start > hit.span.start) {
        at -= 1;
    }
    hits.insert(at, hit);
}
