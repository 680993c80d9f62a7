//! Phone numbers in free text: runs of digits as people write them, in international and national forms.

use super::Span;

/// Digits a number has (ITU-T E.164: 15 at most; below 8 it is taken for something else).
const FEWEST: usize = 8;
const MOST: usize = 15;

/// Finds phone numbers, as byte ranges of `text`.
///
/// A run begins with `+`, `(` or a digit and goes on over digits and the separators people use. Years, ranges of years, prices and
/// long identifiers are told apart by their form, not by what they might mean.
pub(super) fn find(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        let begins = (digit(c).is_some() || matches!(c, '+' | '(' | '＋')) && !before.is_alphanumeric();
        before = c;
        if !begins {
            continue;
        }
        let mut run = Run { start: at, end: at, digits: Vec::new(), plus: false, groups: 0, gap: 0 };
        run.take(at, c);
        while let Some((next, c)) = chars.peek().copied() {
            if !run.take(next, c) {
                break;
            }
            before = c;
            chars.next();
        }
        let glued = text.get(run.end..).and_then(|rest| rest.chars().next()).is_some_and(char::is_alphabetic);
        if !glued && run.is_phone() {
            found.push(run.start..run.end);
        }
    }
    found
}

/// The value of a digit of any script that is written left to right with a decimal digit (ASCII and full width).
fn digit(c: char) -> Option<u32> {
    c.to_digit(10).or_else(|| match c {
        '０'..='９' => u32::from(c).checked_sub(u32::from('０')),
        _ => None,
    })
}

/// A run of digits and separators.
struct Run {
    start: usize,
    /// Behind its last digit.
    end: usize,
    digits: Vec<u32>,
    plus: bool,
    /// Groups of digits.
    groups: usize,
    /// Separators since the last digit.
    gap: usize,
}

impl Run {
    /// Takes one more character, or says that the run is over.
    fn take(&mut self, at: usize, c: char) -> bool {
        if let Some(value) = digit(c) {
            if self.digits.is_empty() || self.gap > 0 {
                self.groups += 1;
            }
            // Beyond the most a number can have, only the fact counts.
            if self.digits.len() <= MOST {
                self.digits.push(value);
            }
            self.gap = 0;
            self.end = at + c.len_utf8();
            return true;
        }
        let separator = matches!(
            c,
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '.' | '-' | '\u{2010}' | '\u{2011}' | '\u{2013}' | '/' | '(' | ')'
        );
        let plus = matches!(c, '+' | '＋');
        self.plus |= plus && self.digits.is_empty();
        self.gap += 1;
        (separator || plus && self.digits.is_empty()) && self.gap <= 3
    }

    fn is_phone(&self) -> bool {
        let count = self.digits.len();
        if self.plus {
            return (7..=MOST).contains(&count);
        }
        if !(FEWEST..=MOST).contains(&count) {
            return false;
        }
        let years = count == 8 && self.groups == 2 && self.half_is_year(0) && self.half_is_year(4);
        let date = count == 8 && self.groups == 3 && (self.half_is_year(0) || self.half_is_year(4));
        // A number without plus is dialled with a leading 0 in most countries, or written in groups.
        let dialled = self.digits.first() == Some(&0) || self.groups >= 2 || (9..=11).contains(&count);
        dialled && !years && !date
    }

    /// Whether the four digits from `from` read as a year of our time.
    fn half_is_year(&self, from: usize) -> bool {
        let year = self.digits.iter().skip(from).take(4).fold(0, |year, digit| year * 10 + digit);
        (1900..2100).contains(&year)
    }
}
