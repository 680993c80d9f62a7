//! Parts of the vault: what is searched of the cards, kept beside them and sealed like them.
//!
//! An index in clear would name people, and one of hashed words could be guessed from old pages of a database long after an erasure. So the words of
//! 256 cards at a time lie in a part, sealed with a key of its own. Whatever removes or replaces one of these cards takes the part and its key away;
//! a missing part is made anew from the cards. The search reads through the parts ([`super::search`]).
//!
//! A part is a text: a line that says which part it is, then a line a card, by ascending `seq`, each with tabs between its columns. The form has one
//! way to write anything, so what was read is what would be written.

use super::PART;
use crate::json::{Json, read_with};
use crate::screen::fold;
use crate::time::{DAY, millis};
use crate::vocabulary::Field;

/// How a part begins: its form. Its number follows.
const FORM: &str = "scruple part 1 ";

/// How many bytes of words a card has at most. Names come first, so what is cut off is the end of what people write about their work.
const WORDS: usize = 1024;

/// How many bytes the host of a site has at most (RFC 1035, 2.3.4).
const SITE: usize = 255;

/// What is searched of a card, in this order.
const SEARCHED: [Field; 8] = [
    Field::Name,
    Field::GivenName,
    Field::FamilyName,
    Field::WorksFor,
    Field::JobTitle,
    Field::Headline,
    Field::AddressLocality,
    Field::AddressCountry,
];

/// What is known of a card without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its place among the cards: the index of the log entry that its values came with.
    pub seq: u64,
    /// When it is to be gone, in milliseconds since 1970.
    pub expires: u64,
    /// The age of the log at which it is to be gone, in milliseconds.
    pub ends: u64,
    /// How long it may be kept at most, in milliseconds: settings that allow less bring both deadlines forward by the difference.
    pub span: u64,
    /// Whether somebody has to look at it.
    pub flagged: bool,
}

/// What a part holds of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// What is known of it without opening it.
    pub standing: Standing,
    /// The day its values were read on, counted from 1970.
    pub captured: u64,
    /// The host it comes from, in small letters.
    pub site: String,
    /// Its words, folded, a space before each; nothing before the space.
    pub words: String,
}

impl Summary {
    /// What is searched of a card, of which the [contents](super::contents) are given; none, if it could not be opened or is no card: it is in the list
    /// then, and no word finds it.
    #[must_use]
    pub fn of(standing: Standing, contents: Option<&str>) -> Self {
        let mut summary = Self { standing, captured: 0, site: String::new(), words: String::new() };
        // What is wrong with it is told where it is opened to be shown.
        let _ = read_with(contents.unwrap_or_default(), &mut |json, _| {
            summary.fill(json);
            Some(())
        });
        summary
    }

    fn fill(&mut self, card: &Json) {
        let text = |json: Option<&Json>| json.and_then(Json::as_text).unwrap_or_default().to_owned();
        self.captured = millis(&text(card.member("captured_at"))).unwrap_or(0) / DAY;
        self.site = host(&text(card.member("source").and_then(|source| source.member("site"))));
        let Some(fields) = card.member("fields") else { return };
        for field in SEARCHED {
            let kept = fields.pairs().find(|(name, _)| *name == field.as_str()).map(|(_, kept)| kept);
            for value in kept.and_then(|kept| kept.member("values")).map(Json::each).unwrap_or_default() {
                fold_words(value.as_text().unwrap_or_default(), &mut self.words);
            }
        }
        cut(&mut self.words, WORDS);
        // A space that nothing follows is no word.
        self.words.truncate(self.words.trim_end_matches(' ').len());
    }

    fn read(line: &str) -> Option<Self> {
        let mut columns = line.split('\t');
        let mut column = || columns.next();
        let standing = Standing {
            seq: number(column()?)?,
            expires: number(column()?)?,
            ends: number(column()?)?,
            span: number(column()?)?,
            flagged: match column()? {
                "" => false,
                "!" => true,
                _ => return None,
            },
        };
        let captured = number(column()?)?;
        let (site, words) = (column()?, column()?);
        let sound = columns.next().is_none()
            && site.len() <= SITE
            && words.len() <= WORDS
            && (words.is_empty() || words.starts_with(' ') && !words.ends_with(' '));
        sound.then(|| Self { standing, captured, site: site.to_owned(), words: words.to_owned() })
    }

    fn write(&self, out: &mut String) {
        let Self { standing: Standing { seq, expires, ends, span, flagged }, captured, site, words } = self;
        let flagged = if *flagged { "!" } else { "" };
        for number in [seq, expires, ends, span] {
            out.push_str(&number.to_string());
            out.push('\t');
        }
        for column in [flagged, &captured.to_string(), site.as_str()] {
            out.push_str(column);
            out.push('\t');
        }
        out.push_str(words);
        out.push('\n');
    }
}

/// A part that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    number: u64,
    cards: Vec<Summary>,
}

impl Opened {
    /// A part made of the cards that are in it, in any order. None, if one of them belongs into another part, or two have the same place.
    #[must_use]
    pub fn of(number: u64, mut cards: Vec<Summary>) -> Option<Self> {
        cards.sort_by_key(|card| card.standing.seq);
        Self { number, cards }.sound()
    }

    /// Reads a part that should be this one. None, if it is another, of a later form, or damaged: then it is made anew.
    #[must_use]
    pub fn read(number: u64, text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if self::number(lines.next()?.strip_prefix(FORM)?)? != number {
            return None;
        }
        Self { number, cards: lines.map(Summary::read).collect::<Option<_>>()? }.sound()
    }

    fn sound(self) -> Option<Self> {
        let mut before = None;
        for Summary { standing: Standing { seq, .. }, .. } in &self.cards {
            if *seq / PART != self.number || before >= Some(*seq) {
                return None;
            }
            before = Some(*seq);
        }
        Some(self)
    }

    /// The part as a text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = [FORM, &self.number.to_string(), "\n"].concat();
        self.cards.iter().for_each(|card| card.write(&mut out));
        out
    }

    /// Which part it is.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// What it holds of its cards, by ascending `seq`.
    #[must_use]
    pub fn cards(&self) -> &[Summary] {
        &self.cards
    }
}

/// A number as it is written: digits, no zero before others.
fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    if digits { text.parse().ok() } else { None }
}

/// A host as it is compared: in small letters, without what no host has.
pub(super) fn host(text: &str) -> String {
    let mut host: String = text.chars().filter(|c| !c.is_ascii_control() && *c != ' ').map(|c| c.to_ascii_lowercase()).collect();
    cut(&mut host, SITE);
    host
}

/// Cuts a text to so many bytes at most, between two characters.
fn cut(text: &mut String, most: usize) {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

/// Adds the words of a text, folded, a space before each. What is neither letter nor digit parts words; in scripts that put nothing between words, each
/// character is one.
pub(super) fn fold_words(text: &str, out: &mut String) {
    let mut folded = String::with_capacity(text.len());
    text.chars().for_each(|c| fold(c, &mut folded));
    let mut parted = true;
    for c in folded.chars() {
        if parts_words(c) {
            parted = true;
            continue;
        }
        let alone = is_unspaced(c);
        if parted || alone {
            out.push(' ');
        }
        parted = alone;
        out.push(c);
    }
}

/// Whether a folded character is neither letter nor digit. Of those beyond ASCII only punctuation is known: what is not, is taken for a letter.
const fn parts_words(c: char) -> bool {
    match c {
        '\0'..='\x7f' => !c.is_ascii_alphanumeric(),
        '\u{80}'..='\u{bf}' | '×' | '÷' | '\u{2000}'..='\u{206f}' | '\u{2e00}'..='\u{2e7f}' | '\u{3000}'..='\u{303f}' => {
            !matches!(c, 'ª' | 'µ' | 'º' | '々' | '〇')
        }
        '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff0f}' => true,
        _ => false,
    }
}

/// Whether a character is of a script that puts nothing between words: Thai to Lao, Khmer, kana, Han.
const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1780}'..='\u{17ff}' | '々' | '〇' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
