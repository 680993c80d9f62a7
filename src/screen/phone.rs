//! Phone numbers in free text, as people write them, and the numbering plans they are told by.

use core::ops::Range;

use super::contacts::Plain;
use super::lists::List;
#[cfg(not(target_arch = "wasm32"))]
use super::lists::Lists;
use super::number::Window;
use super::special::{Reader, text};
#[cfg(not(target_arch = "wasm32"))]
use crate::vocabulary::Country;

/// The numbering plans of the world (ITU-T E.164).
#[derive(Clone, Debug)]
pub struct Plans(Vec<Plan>);

/// How the numbers of one country are made.
#[derive(Clone, Debug)]
struct Plan {
    /// What stands before its numbers for callers from elsewhere.
    code: u32,
    /// How many digits numbers have, without what is dialled before them, as bits.
    lengths: usize,
    /// The first two digits of numbers, as bits.
    leads: u128,
    /// What is dialled before a number at home, if anything is.
    trunk: String,
    /// How digits are grouped at home, with what is dialled before them there.
    groups: Vec<Form>,
    #[cfg(not(target_arch = "wasm32"))]
    country: Option<Country>,
    /// What is dialled to call elsewhere, if it is not 00.
    #[cfg(not(target_arch = "wasm32"))]
    exit: String,
    /// Digits that stand behind the area at home, and those that stand before it elsewhere (Argentina: `15 9`).
    #[cfg(not(target_arch = "wasm32"))]
    moved: String,
}

/// Lengths of groups, `2 3-4 4`: for each, from the last, four bits for the least and four for the most.
#[derive(Clone, Copy, Debug, Default)]
struct Form(u64);

impl Form {
    /// Whether groups have these lengths.
    fn is_of(self, window: &Window) -> bool {
        let mut rest = self.0;
        let all = window.groups.iter().rev().all(|group| {
            let fits = (rest >> 4 & 15..=rest & 15).contains(&(group.len() as u64)) && rest > 0;
            rest >>= 8;
            fits
        });
        all && rest == 0
    }
}

impl Plan {
    const fn code_length(&self) -> usize {
        match self.code {
            0..10 => 1,
            10..100 => 2,
            _ => 3,
        }
    }

    /// Whether there are numbers like this, without what is dialled before them.
    fn fits(&self, digits: &[u8]) -> bool {
        let lead = value(digits.get(..2).unwrap_or_default());
        digits.len() < 18 && self.lengths >> digits.len() & 1 == 1 && self.leads >> lead & 1 == 1
    }

    fn has_trunk(&self, digits: &[u8]) -> bool {
        !self.trunk.is_empty() && begins(digits, &self.trunk)
    }

    /// Where a number begins that is written as at home, if it is one.
    fn national(&self, digits: &[u8]) -> Option<usize> {
        let trunk = self.trunk.len();
        if self.has_trunk(digits) && digits.get(trunk..).is_some_and(|rest| self.fits(rest)) {
            return Some(trunk);
        }
        self.fits(digits).then_some(0)
    }
}

/// Whether digits begin with those of a text.
fn begins(digits: &[u8], text: &str) -> bool {
    digits.len() >= text.len() && text.bytes().zip(digits).all(|(byte, digit)| byte == digit + b'0')
}

/// Digits as a number; only a few of them.
fn value(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |value, digit| value * 10 + u32::from(*digit))
}

impl Plans {
    /// Reads the plans of a compiled text, one part each up to its end.
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut plans = Vec::new();
        while !reader.is_empty() {
            let mut plan = Reader(reader.part());
            let code = plan.number() as u32;
            let lengths = plan.number();
            let mut leads = 0;
            for _ in 0..4 {
                leads = leads << 25 | plan.number() as u128;
            }
            let count = plan.number();
            let mut groups = Vec::new();
            while groups.len() < count && !plan.is_empty() {
                groups.push(Form((plan.number() as u64) << 32 | plan.number() as u64));
            }
            plans.push(Plan {
                code,
                lengths,
                leads,
                groups,
                trunk: text(plan.part()).into(),
                #[cfg(not(target_arch = "wasm32"))]
                country: Country::from_word(text(plan.part())),
                #[cfg(not(target_arch = "wasm32"))]
                exit: text(plan.part()).into(),
                #[cfg(not(target_arch = "wasm32"))]
                moved: text(plan.part()).into(),
            });
        }
        Self(plans)
    }

    /// Where the number begins behind the code of its country, if digits are a number in international form. A trunk prefix that was left in, as in
    /// `+44 (0)20`, is no part of it.
    fn international(&self, digits: &[u8]) -> Option<(&Plan, usize)> {
        self.0.iter().find_map(|plan| {
            let code = plan.code_length();
            let rest = digits.get(code..).filter(|_| value(digits.get(..code).unwrap_or_default()) == plan.code)?;
            plan.national(rest).map(|at| (plan, code + at))
        })
    }

    /// Whether digits are grouped as in a country where there are numbers like this.
    fn is_national(&self, window: &Window) -> bool {
        let mut plans = self.0.iter().filter(|plan| plan.groups.iter().any(|form| form.is_of(window)));
        plans.any(|plan| plan.national(window.digits).is_some())
    }
}

/// A number as it is dialled from anywhere (ITU-T E.164: `+`, the code of the country, the number), if it can be one. Without a code of a country
/// it is read as at home in `country`. Letters stand for the digits they are on (ITU-T E.161); what stands behind it, an extension, is left out.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub(super) fn normalise(plans: &Plans, lists: &Lists, text: &str, country: Country) -> Option<String> {
    let plain = Plain::of(lists, text);
    let plus = plain.low().bytes().find(|byte| !b" (".contains(byte)) == Some(b'+');
    let mut digits = Vec::new();
    for (at, byte) in plain.low().bytes().enumerate() {
        match byte {
            b'0'..=b'9' => digits.push(byte - b'0'),
            b'x' | b'#' | b';' | b',' => break,
            b'e' if plain.has(at, "ext") => break,
            b'a'..=b'z' if digits.len() >= 3 => digits.push(on_key(byte)),
            _ => {}
        }
    }
    let home = plans.0.iter().find(|plan| plan.country == Some(country))?;
    let exit = [home.exit.as_str(), "00"].into_iter().find(|exit| !exit.is_empty() && begins(&digits, exit));
    let outside = if plus { Some(0) } else { exit.map(str::len) };
    if let Some(found) = outside.and_then(|at| written(plans, digits.get(at..)?)) {
        return Some(found);
    }
    if plus {
        return None;
    }
    let mut number = match home.national(&digits) {
        Some(at) => digits.get(at..)?.to_vec(),
        None => moved(home, &digits)?,
    };
    let code = home.code;
    let mut all = Vec::new();
    for place in [100, 10, 1].into_iter().filter(|place| code >= *place) {
        all.push(u8::try_from(code / place % 10).unwrap_or_default());
    }
    all.append(&mut number);
    Some(plus_and(&all))
}

/// A number in international form without the plus.
#[cfg(not(target_arch = "wasm32"))]
fn written(plans: &Plans, digits: &[u8]) -> Option<String> {
    let (plan, at) = plans.international(digits)?;
    let mut all = digits.get(..plan.code_length())?.to_vec();
    all.extend(digits.get(at..)?);
    Some(plus_and(&all))
}

#[cfg(not(target_arch = "wasm32"))]
fn plus_and(digits: &[u8]) -> String {
    core::iter::once('+').chain(digits.iter().map(|digit| char::from(digit + b'0'))).collect()
}

/// A number whose mark of a mobile stands behind the area at home and before it elsewhere.
#[cfg(not(target_arch = "wasm32"))]
fn moved(home: &Plan, digits: &[u8]) -> Option<Vec<u8>> {
    let (inside, before) = home.moved.split_once(' ')?;
    let digits = digits.get(if home.has_trunk(digits) { home.trunk.len() } else { 0 }..)?;
    // Areas have two to four digits.
    (2..=4).find_map(|area| {
        let rest = digits.get(area..).filter(|rest| begins(rest, inside))?;
        let mut number: Vec<u8> = before.bytes().map(|byte| byte - b'0').collect();
        number.extend(digits.get(..area)?);
        number.extend(rest.get(inside.len()..)?);
        home.fits(&number).then_some(number)
    })
}

/// The digit whose key a letter is on (ITU-T E.161).
#[cfg(not(target_arch = "wasm32"))]
const fn on_key(letter: u8) -> u8 {
    match letter {
        b'a'..=b'c' => 2,
        b'd'..=b'f' => 3,
        b'g'..=b'i' => 4,
        b'j'..=b'l' => 5,
        b'm'..=b'o' => 6,
        b'p'..=b's' => 7,
        b't'..=b'v' => 8,
        _ => 9,
    }
}

/// What the nearest word before a number that says anything about it says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// It is a phone number; so many words lie between.
    Phone(usize),
    /// It is another number.
    Other,
    /// Nothing.
    None,
}

impl Label {
    pub(super) fn before(plain: &Plain, at: usize) -> Self {
        match plain.label(at, 5, &[List::Phone, List::OtherNumber]) {
            _ if plain.label(at, 1, &[List::Room]).is_some() => Self::Other,
            Some((0, away)) => Self::Phone(away),
            Some(_) => Self::Other,
            None if has_foreign(plain, at, 16) => Self::Phone(0),
            None if has_foreign(plain, at, 48) => Self::Phone(4),
            None => Self::None,
        }
    }
}

/// A phone number that was found.
pub(super) struct Found {
    pub(super) span: Range<usize>,
    pub(super) rule: &'static str,
    pub(super) confidence: u8,
}

/// Whether groups of digits are a phone number.
///
/// What is written with a plus is one, if it can be one. Otherwise the nearest word before that names a number decides; and where there is none, the
/// form: as in the numbering plans, or as many digits as a number with its area has, and neither date nor years, money, counts, address of a machine.
pub(super) fn judge(plans: &Plans, window: &Window, label: Label) -> Option<Found> {
    let plain = window.plain;
    let digits = window.digits;
    let count = digits.len();
    let first = window.groups.first()?;
    let start = lead_start(plain, first.start);
    let end = window.end();
    let lead = plain.part(start..first.start).as_bytes();
    let found = |rule, confidence| Some(Found { span: start..end, rule, confidence });
    let before = plain.before(start);
    let spelt = window.groups.iter().any(|group| group.spelt);
    if lead.contains(&b'+') {
        // A sum: `45+31`.
        if lead.first() == Some(&b'+') && (before.is_ascii_digit() || before == b')') || count > 15 {
            return None;
        }
        return match plans.international(digits) {
            Some(_) => found("phone.international", 99),
            None if count >= 8 && (count > 10 || !window.is_thousands()) && !window.is_decimal() => found("phone.plus", 80),
            None => None,
        };
    }
    // Part of a sum, or a share.
    if b"*=^".contains(&before) || b"*=%^".contains(&plain.byte(end)) {
        return None;
    }
    for exit in ["00", "011"] {
        let rest = digits.get(exit.len()..).filter(|rest| rest.len() >= 8 && begins(digits, exit));
        if rest.and_then(|rest| plans.international(rest)).is_some() {
            return found("phone.international", 95);
        }
    }
    if count > 15 || window.is_date() || window.is_machine() || window.sizes(&[3, 2, 4]) && window.only(b'-') {
        return None;
    }
    let behind = || {
        let word = plain.gap_end(end, 3);
        plain.is(List::PhoneBehind, plain.part(word..plain.word_end(word)))
    };
    let (named, confidence) = match label {
        Label::Phone(away) => {
            // Six digits are few: they stand close to the word, and not in shreds.
            let short = window.groups.len() == 1 && away < 4 || first.len() > 1 && away == 0;
            (count >= 7 || short, if away < 2 { 94 } else { 87 })
        }
        Label::Other | Label::None => (false, 90),
    };
    if named || behind() {
        return if spelt && count < 8 { None } else { found("phone.labelled", confidence) };
    }
    if label == Label::Other {
        return None;
    }
    let numbered = before == b'#' || before == b'-' && window.groups.len() == 1;
    if numbered || b"$".contains(&before) || window.is_decimal() || window.is_amount() || begins(digits, "00") {
        return None;
    }
    let many = window.groups.len() >= 2;
    let dialled = digits.first() == Some(&0);
    if spelt {
        return if dialled && (9..=12).contains(&count) { found("phone.spelt", 70) } else { None };
    }
    if many && count >= 8 && plans.is_national(window) {
        return found("phone.national", if dialled { 88 } else { 75 });
    }
    // Ratios and scores: single digits in the middle.
    if window.groups.iter().skip(1).any(|group| group.len() == 1) {
        return None;
    }
    let likely = match count {
        7 => window.sizes(&[3, 4]) && digits.first().is_some_and(|digit| *digit > 1) && !window.is_year(1),
        8 => many && !window.is_thousands() || dialled,
        9..=11 => many || !window.is_stamp(),
        12..=13 => many || dialled,
        _ => many && dialled,
    };
    if likely { found("phone.form", if dialled { 75 } else { 60 }) } else { None }
}

/// Where what stands before the first digit of a number begins: a plus, a bracket.
fn lead_start(plain: &Plain, first: usize) -> usize {
    let mut start = first;
    while start > 0 && first - start < 4 && b"+( ".contains(&plain.before(start)) {
        start -= 1;
    }
    while start < first && plain.byte(start) == b' ' {
        start += 1;
    }
    start
}

/// Whether a word for a phone stands shortly before, in a script without spaces or with letters of its own.
fn has_foreign(plain: &Plain, at: usize, reach: usize) -> bool {
    let before = plain.low().as_bytes().get(at.saturating_sub(reach)..at).unwrap_or_default();
    let foreign = before.iter().any(|byte| *byte >= 0x80);
    foreign
        && plain.lists.words(List::Foreign).split(' ').any(|word| before.windows(word.len()).any(|part| part == word.as_bytes()))
}

/// Where an extension ends that stands behind a number, or the number if there is none.
pub(super) fn extension_end(plain: &Plain, end: usize) -> usize {
    let word = plain.gap_end(end, 2);
    let between = plain.part(end..word).bytes().all(|byte| b" ,.-/(#".contains(&byte));
    let rest = plain.part(word..plain.low().len().min(word + 14));
    let name = plain.lists.words(List::Extension).split(' ').find(|name| rest.starts_with(name)).filter(|_| between);
    let digits = name.map_or(0, |name| plain.gap_end(word + name.len(), 2));
    let last = plain.word_end(digits);
    let extension = plain.part(digits..last);
    let numeric = !extension.is_empty() && extension.len() <= 6 && extension.bytes().all(|byte| byte.is_ascii_digit());
    if name.is_some() && numeric { last } else { end }
}

/// Where a number ends that goes on in capitals behind the digits of a free call, as `1-800-FLOWERS`.
pub(super) fn letters_end(plain: &Plain, window: &Window) -> Option<usize> {
    let free = matches!(window.value(window.groups.len() - 1), 800 | 822 | 833 | 844 | 855 | 866 | 877 | 888 | 900 | 1800 | 1300);
    let start = window.end() + 1;
    if !free || window.digits.len() > 5 || !b" -.".contains(&plain.byte(window.end())) {
        return None;
    }
    let mut end = start;
    let mut letters = 0;
    while end - start < 14 {
        let byte = plain.byte(end);
        if byte.is_ascii_digit() || byte.is_ascii_lowercase() && plain.is_capital(end) {
            letters += 1;
        } else if !b"- ".contains(&byte) || !plain.is_capital(end + 1) {
            break;
        }
        end += 1;
    }
    (letters >= 4 && !plain.byte(end).is_ascii_lowercase()).then_some(end)
}

impl Window<'_> {
    /// Whether a group is a year of our time.
    fn is_year(&self, at: usize) -> bool {
        self.groups.get(at).is_some_and(|group| group.len() == 4) && (1900..2100).contains(&self.value(at))
    }

    /// Whether the groups are years, dates, or from one date to another.
    fn is_date(&self) -> bool {
        let years = (0..self.groups.len()).filter(|at| self.is_year(*at)).count();
        let small = |at: usize| self.groups.get(at).is_some_and(|group| group.len() <= 2) && self.value(at) <= 31;
        years > 0 && (0..self.groups.len()).all(|at| self.is_year(at) || small(at))
    }

    /// Whether it is a date or a time in one word: `20190131`, or the seconds since 1970.
    fn is_stamp(&self) -> bool {
        self.digits.len() == 8 && (1900..2100).contains(&self.modulo(0..4, 10_000)) && self.modulo(4..6, 100) <= 12
    }

    /// Whether it is the address of a machine or a version: four small numbers and dots.
    fn is_machine(&self) -> bool {
        let small = (0..self.groups.len()).all(|at| self.value(at) < 256);
        small && self.groups.len() == 4 && self.only(b'.') && !self.sizes(&[2, 2, 2, 2])
    }

    /// Whether it is a number with a fraction.
    fn is_decimal(&self) -> bool {
        self.groups.len() == 2 && self.only(b'.')
    }

    /// Whether digits are grouped in thousands.
    pub(super) fn is_thousands(&self) -> bool {
        let first = self.groups.first().is_some_and(|group| group.len() <= 3) && self.digits.first() != Some(&0);
        first
            && self.groups.len() >= 2
            && self.groups.iter().skip(1).all(|group| group.len() == 3)
            && (self.only(b' ') || self.only(b'.'))
    }

    /// Whether it is a sum of money or a count. Three groups of three are a phone number in many countries.
    fn is_amount(&self) -> bool {
        let plain = self.plain;
        let word = plain.gap_end(self.end(), 1);
        let behind = plain.part(word..plain.word_end(word));
        let money = |c: char| matches!(c, '€' | '$' | '£' | '¥' | '₹');
        let mut next = plain.low().get(self.end()..).unwrap_or_default().chars().take(2);
        let mut last = plain.low().get(..self.start()).unwrap_or_default().chars().rev().take(2);
        let unit = plain.is(List::Unit, behind) || next.any(money) || last.any(money);
        let thousands = self.is_thousands();
        unit && (thousands || self.groups.len() == 1)
            || thousands && (self.digits.len() != 9 || self.only(b'.') || self.value(2) == 0)
    }
}
