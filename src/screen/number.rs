//! Numbers in free text: how digits stand together, and which of them name a person or an account by their form and check digits.

use core::ops::Range;

use super::contacts::Plain;
use super::hit::Hit;
use super::lists::List;
use super::phone::{self, Plans};
use crate::vocabulary::Trace;

/// The most groups one number is written in (`+33 (0) 6 12 34 56 78`, and one in reserve).
const MOST_GROUPS: usize = 9;

/// Digits that stand next to each other.
pub(super) struct Group {
    /// Where they begin and end in the text.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where they are among the digits of the text.
    digits: Range<usize>,
    /// They may belong to one number with the group before.
    pub(super) joined: bool,
    /// A number may begin here, for there is a space or a stroke before.
    loose: bool,
    /// A letter stands before or behind: part of a code.
    pub(super) glued: bool,
    /// Letters or words stand for digits.
    pub(super) spelt: bool,
    /// Part of a time of the day.
    time: bool,
}

impl Group {
    pub(super) const fn len(&self) -> usize {
        self.digits.end - self.digits.start
    }
}

/// All digits of a text.
pub(super) struct Digits {
    values: Vec<u8>,
    groups: Vec<Group>,
}

/// The lists of words for the digits, from zero.
const DIGITS: [List; 10] =
    [List::Zero, List::One, List::Two, List::Three, List::Four, List::Five, List::Six, List::Seven, List::Eight, List::Nine];

impl Digits {
    pub(super) fn of(plain: &Plain) -> Self {
        let mut this = Self { values: Vec::new(), groups: Vec::new() };
        let mut at = 0;
        let mut in_word = false;
        while let Some(&byte) = plain.low().as_bytes().get(at) {
            let word = byte.is_ascii_alphanumeric();
            if !word || in_word && !byte.is_ascii_digit() {
                in_word = word;
                at += 1;
                continue;
            }
            let end = match byte {
                b'0'..=b'9' => this.plain_group(plain, at),
                b'o' | b'l' | b'i' if matches!(plain.byte(at + 1), b'0'..=b'9' | b'o' | b'l' | b'i') => this.mixed_group(plain, at),
                _ => this.spelt_group(plain, at),
            };
            in_word = true;
            at = end.unwrap_or(at + 1);
        }
        this
    }

    /// Digits, which begin here.
    fn plain_group(&mut self, plain: &Plain, start: usize) -> Option<usize> {
        if let Some(end) = self.mixed_group(plain, start) {
            return Some(end);
        }
        let bytes = plain.low().as_bytes().get(start..)?;
        let end = start + bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let extended = plain.byte(end) == b'x' && plain.byte(end + 1).is_ascii_digit() || plain.has(end, "ext");
        let label = plain.word_start(start);
        let labelled = label < start && plain.is(List::Phone, plain.part(label..start));
        // `91a-677`: what stands before the dash is a code already.
        let code = plain.before(start) == b'-' && plain.before(start - 1).is_ascii_alphabetic() && {
            let word = plain.part(plain.word_start(start - 1)..start - 1);
            word.bytes().any(|byte| byte.is_ascii_digit())
        };
        let glued =
            code || plain.before(start).is_ascii_alphabetic() && !labelled || plain.byte(end).is_ascii_alphabetic() && !extended;
        let first = self.values.len();
        self.values.extend(plain.part(start..end).bytes().map(|byte| byte - b'0'));
        self.push(
            plain,
            Group { start, end, digits: first..first + end - start, joined: false, loose: false, glued, spelt: false, time: false },
        );
        Some(end)
    }

    /// A short word of digits and of letters that look like digits, which begins here.
    fn mixed_group(&mut self, plain: &Plain, start: usize) -> Option<usize> {
        if plain.before(start).is_ascii_alphanumeric() {
            return None;
        }
        let end = plain.word_end(start);
        let word = plain.part(start..end).as_bytes();
        let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
        if word.len() > 12
            || digits == 0
            || digits == word.len()
            || !word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'o' | b'l' | b'i'))
        {
            return None;
        }
        let first = self.values.len();
        self.values.extend(word.iter().map(|byte| match byte {
            b'o' => 0,
            b'l' | b'i' => 1,
            digit => digit - b'0',
        }));
        let digits = first..self.values.len();
        self.push(plain, Group { start, end, digits, joined: false, loose: false, glued: false, spelt: true, time: false });
        Some(end)
    }

    /// A word for a digit, which begins here: where a number begins with nought, or has begun just before.
    fn spelt_group(&mut self, plain: &Plain, start: usize) -> Option<usize> {
        let begun = self.groups.last().is_some_and(|last| start - last.end <= 2);
        if !begun && !matches!(plain.byte(start), b'z' | b'n' | b'c' | b'o') {
            return None;
        }
        let end = plain.word_end(start);
        let word = plain.part(start..end);
        let value = DIGITS.iter().take(if begun { 10 } else { 1 }).position(|list| plain.is(*list, word))?;
        let first = self.values.len();
        self.values.push(u8::try_from(value).unwrap_or_default());
        let digits = first..first + 1;
        self.push(plain, Group { start, end, digits, joined: false, loose: false, glued: false, spelt: true, time: false });
        Some(end)
    }

    fn push(&mut self, plain: &Plain, mut group: Group) {
        let colon = |at: usize, further: usize| plain.byte(at) == b':' && plain.byte(further).is_ascii_digit();
        group.time = colon(group.end, group.end + 1) || group.start > 1 && colon(group.start - 1, group.start - 2);
        if let Some(last) = self.groups.last() {
            let gap = plain.part(last.end..group.start).as_bytes();
            let parens = gap.iter().filter(|byte| **byte == b'(').count().max(gap.iter().filter(|byte| **byte == b')').count());
            let plain_gap = !gap.is_empty() && gap.len() <= 3 && gap.iter().all(|byte| b" .-/()".contains(byte));
            group.joined = plain_gap && parens <= 1 && !group.time && !last.time;
            group.loose = gap.iter().any(|byte| b" /".contains(byte));
        }
        group.loose |= !group.joined;
        self.groups.push(group);
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The digits of a group as a number.
    pub(super) fn value(&self, group: &Group) -> u32 {
        // Nothing that has more digits is read as a number.
        let digits = self.values.get(group.digits.clone()).unwrap_or_default();
        if digits.len() > 9 { u32::MAX } else { digits.iter().fold(0, |value, digit| value * 10 + u32::from(*digit)) }
    }
}

/// Groups that may be one number.
pub(super) struct Window<'a> {
    pub(super) plain: &'a Plain<'a>,
    all: &'a Digits,
    pub(super) groups: &'a [Group],
    pub(super) digits: &'a [u8],
}

impl Window<'_> {
    pub(super) fn start(&self) -> usize {
        self.groups.first().map_or(0, |group| group.start)
    }

    pub(super) fn end(&self) -> usize {
        self.groups.last().map_or(0, |group| group.end)
    }

    /// Whether the groups have these lengths.
    pub(super) fn sizes(&self, sizes: &[usize]) -> bool {
        self.groups.len() == sizes.len() && self.groups.iter().zip(sizes).all(|(group, size)| group.len() == *size)
    }

    /// Whether only one sign, this one, stands between the groups.
    pub(super) fn only(&self, sign: u8) -> bool {
        let mut pairs = self.groups.iter().zip(self.groups.iter().skip(1));
        pairs.all(|(one, next)| next.start == one.end + 1 && self.plain.byte(one.end) == sign)
    }

    /// The value of a group.
    pub(super) fn value(&self, at: usize) -> u32 {
        self.groups.get(at).map_or(0, |group| self.all.value(group))
    }

    /// The digits as one number modulo another.
    pub(super) fn modulo(&self, digits: Range<usize>, by: u32) -> u32 {
        self.digits.get(digits).unwrap_or_default().iter().fold(0, |rest, digit| (rest * 10 + u32::from(*digit)) % by)
    }

    fn digit(&self, at: usize) -> u32 {
        self.digits.get(at).copied().map_or(0, u32::from)
    }

    /// The sum of the digits, each times its weight.
    fn weighed(&self, weights: &[u32]) -> u32 {
        self.digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
    }
}

/// Finds the numbers that are made of digits: cards, numbers of states, phone numbers.
#[inline(never)]
pub(super) fn find(plans: &Plans, plain: &Plain, digits: &Digits) -> Vec<Hit> {
    let mut found: Vec<Hit> = Vec::new();
    let mut at = 0;
    // A code that begins with letters goes on until something else begins.
    let mut coded = false;
    while let Some(group) = digits.groups.get(at) {
        coded = group.glued || coded && group.joined;
        let next = at + 1;
        if !group.loose || coded {
            at = next;
            continue;
        }
        let hit = longest(plans, plain, digits, at).filter(|_| !plain.in_link(group.start));
        at = match hit {
            Some((hit, groups)) => {
                found.push(hit);
                at + groups
            }
            None => {
                // What is dialled first and leads nowhere, and a count in thousands: what is joined to them is no number either.
                coded = group.len() == 2 && digits.value(group) == 0 || is_count(plain, digits, at);
                next
            }
        };
    }
    found
}

/// How many groups are joined to the first of some, with it.
fn joined(groups: &[Group]) -> usize {
    1 + groups.iter().skip(1).take(MOST_GROUPS).take_while(|group| group.joined).count()
}

/// Whether a group and all that are joined to it are digits in thousands.
fn is_count(plain: &Plain, all: &Digits, at: usize) -> bool {
    let rest = all.groups.get(at..).unwrap_or_default();
    let groups = rest.get(..joined(rest)).unwrap_or_default();
    let end = groups.last().map_or(0, |group| group.digits.end);
    let digits = groups.first().and_then(|group| all.values.get(group.digits.start..end)).unwrap_or_default();
    Window { plain, all, groups, digits }.is_thousands()
}

/// The number that begins with a group, and how many groups it has.
fn longest(plans: &Plans, plain: &Plain, all: &Digits, at: usize) -> Option<(Hit, usize)> {
    let rest = all.groups.get(at..)?;
    let joined = joined(rest);
    let first = rest.first()?.digits.start;
    let mut best: Option<(phone::Found, usize)> = None;
    let mut label = None;
    for count in 1..=joined {
        let groups = rest.get(..count)?;
        let last = groups.last()?;
        if last.glued || rest.get(count).is_some_and(|next| next.joined && !next.loose) {
            continue;
        }
        let digits = all.values.get(first..last.digits.end)?;
        if digits.len() < 6 {
            let window = Window { plain, all, groups, digits };
            if let Some(end) = phone::letters_end(plain, &window) {
                return Some((plain.hit(window.start()..end, Trace::Telephone, "phone.letters", 80), count));
            }
            continue;
        }
        if digits.len() > 19 {
            break;
        }
        let window = Window { plain, all, groups, digits };
        if let Some((kind, rule, confidence)) = judge(&window) {
            return Some((plain.hit(window.start()..window.end(), kind, rule, confidence), count));
        }
        // A number that is known to be one does not go on behind its end.
        if let Some(found) = phone::judge(plans, &window, *label.get_or_insert_with(|| phone::Label::before(plain, window.start())))
            && best.as_ref().is_none_or(|(best, _)| found.confidence >= best.confidence.min(90))
        {
            best = Some((found, count));
        }
    }
    let (found, count) = best?;
    let end = phone::extension_end(plain, found.span.end);
    Some((plain.hit(found.span.start..end, Trace::Telephone, found.rule, found.confidence), count))
}

/// What a check of digits is, and the words that name the number.
struct Rule {
    name: &'static str,
    length: usize,
    labels: List,
    check: fn(&Window) -> bool,
    /// Whether it is written so that nothing else looks like it.
    form: fn(&Window) -> bool,
}

/// Numbers that states give to people, made of digits alone.
static RULES: &[Rule] = &[
    // France, numéro d'inscription au répertoire: 13 digits and 97 less their remainder (décret 82-103).
    Rule {
        name: "id.fr",
        length: 15,
        labels: List::IdFr,
        check: |w| 97 - w.modulo(0..13, 97) == w.modulo(13..15, 97) || w.modulo(13..15, 97) == 0 && w.modulo(0..13, 97) == 0,
        form: |w| matches!(w.digit(0), 1 | 2) && (1..=12).contains(&(w.digit(3) * 10 + w.digit(4))),
    },
    // Germany, steuerliche Identifikationsnummer (§ 139b AO): ISO 7064, mod 11, 10.
    Rule {
        name: "id.de",
        length: 11,
        labels: List::IdDe,
        check: |w| {
            let product = w.digits.iter().take(10).fold(10, |product, digit| {
                let sum = (u32::from(*digit) + product) % 10;
                (if sum == 0 { 10 } else { sum }) * 2 % 11
            });
            w.digit(0) != 0 && (11 - product) % 10 == w.digit(10)
        },
        form: |w| w.sizes(&[2, 3, 3, 3]) && w.only(b' '),
    },
    // United States, social security number (SSA, since 2011 any area but 000, 666 and those from 900).
    Rule {
        name: "id.us",
        length: 9,
        labels: List::IdUs,
        check: |w| !matches!(w.modulo(0..3, 1000), 0 | 666 | 900..) && w.modulo(3..5, 100) != 0 && w.modulo(5..9, 10_000) != 0,
        form: |w| w.sizes(&[3, 2, 4]) && w.only(b'-'),
    },
    // Netherlands, burgerservicenummer: weights 9 to 2 and -1, modulo 11.
    Rule {
        name: "id.nl",
        length: 9,
        labels: List::IdNl,
        check: |w| (w.weighed(&[9, 8, 7, 6, 5, 4, 3, 2, 10])) % 11 == 0,
        form: |_| false,
    },
    // Belgium, rijksregisternummer: 97 less the remainder of the first nine digits, with a 2 before them for those born since 2000.
    Rule {
        name: "id.be",
        length: 11,
        labels: List::IdBe,
        check: |w| {
            let (rest, check) = (w.modulo(0..9, 97), w.modulo(9..11, 100));
            // 2 000 000 000 leaves 85.
            check == 97 - rest || check == 97 - (rest + 85) % 97
        },
        form: |w| w.sizes(&[2, 2, 2, 3, 2]),
    },
    // Switzerland, AHV number: 756 and a check as in EAN-13.
    Rule {
        name: "id.ch",
        length: 13,
        labels: List::IdCh,
        check: |w| w.modulo(0..3, 1000) == 756 && w.weighed(&[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 == 0,
        form: |w| w.modulo(0..3, 1000) == 756,
    },
    // Poland, PESEL: weights 1, 3, 7, 9.
    Rule {
        name: "id.pl",
        length: 11,
        labels: List::IdPl,
        check: |w| w.weighed(&[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0,
        form: |_| false,
    },
    // India, Aadhaar: the scheme of Verhoeff; never begins with 0 or 1.
    Rule {
        name: "id.in",
        length: 12,
        labels: List::IdIn,
        check: |w| w.digit(0) > 1 && verhoeff(w.digits),
        form: |w| w.sizes(&[4, 4, 4]),
    },
    // Brazil, CPF: two sums modulo 11.
    Rule {
        name: "id.br",
        length: 11,
        labels: List::IdBr,
        check: |w| {
            let digit = |weights: &[u32]| 11 - (w.weighed(weights) % 11).max(1);
            digit(&[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 10 == w.digit(9) && digit(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 10 == w.digit(10)
        },
        form: |w| w.sizes(&[3, 3, 3, 2]),
    },
];

/// What a number is if it is no phone number.
fn judge(window: &Window) -> Option<(Trace, &'static str, u8)> {
    let label = |list| window.plain.label(window.start(), 5, &[list, List::Phone]).is_some_and(|(place, _)| place == 0);
    let count = window.digits.len();
    if (12..=19).contains(&count) && (window.only(b' ') || window.only(b'-')) && window.groups.len() <= 6 {
        let sound = luhn(window.digits);
        if sound && is_issued(window) && (count >= 14 && window.digit(0) != 5 && window.digit(0) != 6 || count >= 16) {
            return Some((Trace::PaymentCard, "card", 97));
        }
        if (sound || (13..=19).contains(&count) && window.groups.len() <= 5) && label(List::Card) {
            return Some((Trace::PaymentCard, "card.labelled", 92));
        }
    }
    for rule in RULES.iter().filter(|rule| rule.length == count) {
        let (sound, formed) = ((rule.check)(window), (rule.form)(window));
        let labelled = !(sound && formed) && label(rule.labels);
        if sound && formed || labelled {
            return Some((Trace::NationalId, rule.name, if sound { 95 } else { 91 }));
        }
    }
    None
}

/// Whether cards with these first digits are issued (ISO/IEC 7812; the ranges of the schemes), and with this length.
fn is_issued(window: &Window) -> bool {
    let count = window.digits.len();
    let four = window.modulo(0..4, 10_000);
    match four {
        4000..=4999 => matches!(count, 13 | 16 | 19),
        5100..=5599 | 2221..=2720 | 2200..=2204 => count == 16,
        3400..=3499 | 3700..=3799 | 2131 | 1800 => count == 15,
        3000..=3059 | 3600..=3699 | 3800..=3999 => count == 14 || count == 16,
        3528..=3589 | 6011 | 6440..=6599 | 6200..=6299 | 8100..=8171 | 9792 => (16..=19).contains(&count),
        5000..=5099 | 5600..=5899 | 6000..=6999 => (12..=19).contains(&count),
        _ => false,
    }
}

/// The check of Luhn (ISO/IEC 7812-1, annex B).
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(*digit) << (place % 2);
            digit / 10 + digit % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The check of Verhoeff: the digits as turns and mirrorings of a pentagon.
fn verhoeff(digits: &[u8]) -> bool {
    // Each digit is moved by this, once for each place it stands to the left.
    const MOVED: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let sum = digits.iter().rev().enumerate().fold(0_u8, |sum, (place, digit)| {
        let digit = (0..place % 8).fold(*digit, |digit, _| MOVED.get(usize::from(digit)).copied().unwrap_or_default());
        let (a, b) = (sum % 5, digit % 5);
        match (sum < 5, digit < 5) {
            (true, true) => (a + b) % 5,
            (true, false) => 5 + (a + b) % 5,
            (false, true) => 5 + (a + 5 - b) % 5,
            (false, false) => (a + 5 - b) % 5,
        }
    });
    sum == 0
}

/// Whether the letters and digits of a code are in order.
type Check = fn(&[u8]) -> bool;

/// Forms of numbers with letters (`a` a letter, `9` a digit, `*` either), what they are called and the words that name them. Those without such
/// words are told by their form and check alone.
static CODES: &[(&str, &str, List, Check)] = &[
    // Spain, DNI and NIE (Real Decreto 1553/2005): the letter is the number modulo 23.
    ("99999999a", "id.es", List::CodeEs, |code| spanish(code)),
    ("a9999999a", "id.es", List::CodeEs2, |code| spanish(code)),
    // United Kingdom, national insurance number (HMRC NIM39110).
    ("aa999999a", "id.gb", List::CodeGb, |code| {
        let (first, second, last) = (code.first(), code.get(1), code.last());
        let barred = |letter: Option<&u8>| letter.is_none_or(|letter| b"dfiquv".contains(letter));
        !barred(first) && !barred(second) && second != Some(&b'o') && last.is_some_and(|last| b"abcd".contains(last))
    }),
    // Italy, codice fiscale (DM 23 dicembre 1976), and the same with letters for digits where two people would have one.
    ("aaaaaa**a**a***a", "id.it", List::CodeIt, |code| italian(code)),
    // India, permanent account number: the fourth letter is the kind of holder, P for people.
    ("aaaaa9999a", "id.in", List::CodeIn, |code| code.get(3) == Some(&b'p')),
];

/// Finds accounts and numbers of states that are written with letters.
#[inline(never)]
pub(super) fn accounts(plain: &Plain) -> Vec<Hit> {
    let mut found: Vec<Hit> = Vec::new();
    let mut at = 0;
    while at < plain.low().len() {
        let byte = plain.byte(at);
        if !byte.is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let end = plain.word_end(at);
        let hit = iban(plain, at).or_else(|| code(plain, at, end));
        at = match hit {
            Some((hit, end)) => {
                found.push(hit);
                end
            }
            None => end,
        };
    }
    found
}

/// The letters and digits of a code that begins here and has `length` of them, with single separators between, and where it ends.
fn letters(plain: &Plain, start: usize, length: usize) -> Option<(Vec<u8>, usize)> {
    let mut code = Vec::with_capacity(length);
    let mut at = start;
    while code.len() < length {
        let byte = plain.byte(at);
        if byte.is_ascii_alphanumeric() {
            code.push(byte);
        } else if !b" -.".contains(&byte) || !plain.before(at).is_ascii_alphanumeric() {
            return None;
        }
        at += 1;
    }
    (!plain.byte(at).is_ascii_alphanumeric()).then_some((code, at))
}

fn iban(plain: &Plain, start: usize) -> Option<(Hit, usize)> {
    let alike = plain.byte(start).is_ascii_lowercase() && plain.byte(start + 1).is_ascii_lowercase();
    let digits_at = if plain.byte(start + 2) == b' ' { start + 3 } else { start + 2 };
    if !alike || !plain.byte(digits_at).is_ascii_digit() || !plain.byte(digits_at + 1).is_ascii_digit() {
        return None;
    }
    let country = plain.part(start..start + 2);
    let entry = plain.lists.words(List::Iban).as_bytes().chunks(5).find(|entry| entry.starts_with(country.as_bytes()))?;
    let length = entry.iter().skip(2).take(2).fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    let (code, end) = letters(plain, start, length)?;
    // ISO 7064, mod 97-10: the first four at the end, letters as 10 to 35.
    let rest = code.iter().cycle().skip(4).take(length).fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter - b'a') + 10) % 97,
    });
    let sound = rest == 1;
    let labelled = || plain.label(start, 4, &[List::Account]).is_some();
    (sound || labelled()).then(|| (plain.hit(start..end, Trace::Iban, "iban", if sound { 99 } else { 93 }), end))
}

fn code(plain: &Plain, start: usize, word_end: usize) -> Option<(Hit, usize)> {
    // Most words are words.
    if !plain.part(start..(word_end + 3).min(plain.low().len())).bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let first = plain.byte(start).is_ascii_digit();
    CODES.iter().find_map(|(form, rule, labels, check)| {
        if first != form.starts_with('9') {
            return None;
        }
        let (code, end) = letters(plain, start, form.len())?;
        let fits = code.iter().zip(form.bytes()).all(|(byte, form)| match form {
            b'a' => byte.is_ascii_lowercase(),
            b'9' => byte.is_ascii_digit(),
            _ => true,
        });
        if !fits {
            return None;
        }
        // Small letters are words.
        let sound = check(&code) && (code.first().is_some_and(u8::is_ascii_digit) || plain.is_capital(start));
        let labelled = plain.label(start, 4, &[*labels]).is_some();
        (sound || labelled).then(|| (plain.hit(start..end, Trace::NationalId, rule, if sound { 94 } else { 91 }), end))
    })
}

fn spanish(code: &[u8]) -> bool {
    let number = code.iter().take(8).fold(0, |number, byte| {
        number * 10
            + match byte {
                b'x' => 0,
                b'y' => 1,
                b'z' => 2,
                // Another letter makes the sum wrong on purpose.
                byte => u32::from(byte.wrapping_sub(b'0')),
            }
    });
    let begins = code.first().is_some_and(|first| first.is_ascii_digit() || b"xyz".contains(first));
    begins && b"trwagmyfpdxbnjzsqvhlcke".get(number as usize % 23) == code.last()
}

fn italian(code: &[u8]) -> bool {
    // What a letter or digit counts at an odd place.
    const ODD: [u8; 26] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let sum: u32 = code
        .iter()
        .take(15)
        .enumerate()
        .map(|(place, byte)| {
            let value = if byte.is_ascii_digit() { byte - b'0' } else { byte - b'a' };
            u32::from(if place % 2 == 0 { ODD.get(usize::from(value)).copied().unwrap_or_default() } else { value })
        })
        .sum();
    // Words have no digits; in place of some there may be letters.
    let mut numbers = [6, 7, 9, 10, 12, 13, 14].iter().filter_map(|at| code.get(*at));
    let digits = code.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits < 4 || !numbers.all(|byte| byte.is_ascii_digit() || b"lmnpqrstuv".contains(byte)) {
        return false;
    }
    // The month is one of twelve letters.
    let month = code.get(8).is_some_and(|month| b"abcdehlmprst".contains(month));
    month && code.last().is_some_and(|last| u32::from(last - b'a') == sum % 26)
}
