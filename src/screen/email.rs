//! E-mail addresses in free text (RFC 5322 and 6531, in the forms people use), plain or with the signs spelt out: `name [at] firm dot example`.

use super::contacts::Plain;
use super::hit::Hit;
use super::lists::List;
use crate::vocabulary::Trace;

/// Finds addresses.
///
/// The name before the sign is taken as far as it goes; the host behind it must have a dot and a last part of two letters or more.
/// After a bare `at` the dot must be spelt out too: people write where they work as `buyer at firm.example`.
#[inline(never)]
pub(super) fn find(plain: &Plain) -> Vec<Hit> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut floor = 0;
    let mut in_word = false;
    while let Some(&byte) = plain.low().as_bytes().get(at) {
        let sign = match byte {
            b'@' => Some(Sign::around(plain, at)),
            b'a' | b'c' | b'k' | b'm' if !in_word => Sign::spelt(plain, at),
            _ => None,
        };
        in_word = byte.is_ascii_alphanumeric();
        at += 1;
        let Some(sign) = sign else { continue };
        let start = name_start(plain, &sign, floor);
        // `@name@host` is a name in a network.
        let Some(end) = host_end(plain, &sign).filter(|_| start < sign.start && plain.before(start) != b'@') else { continue };
        let (rule, confidence) = if sign.spelt { ("email.spelt", 85) } else { ("email.plain", 99) };
        found.push(plain.hit(start..end, Trace::Email, rule, confidence));
        (at, floor, in_word) = (end, end, true);
    }
    found
}

/// What stands between name and host.
struct Sign {
    /// Where the name ends.
    start: usize,
    /// Where the host begins.
    end: usize,
    /// It is a word.
    spelt: bool,
    /// It is a word that may mean something else: the dots must be words too.
    strict: bool,
}

impl Sign {
    /// The sign itself, with what people put around it so that it is not found.
    fn around(plain: &Plain, at: usize) -> Self {
        let sign = Self::bracketed(plain, at, at + 1);
        sign.unwrap_or_else(|| {
            let end = at + 1;
            Self {
                start: at - spaces_before(plain, at),
                end: end + usize::from(plain.byte(end) == b' '),
                spelt: false,
                strict: false,
            }
        })
    }

    /// A word for it, which begins here.
    fn spelt(plain: &Plain, at: usize) -> Option<Self> {
        let end = plain.word_end(at);
        let word = plain.part(at..end);
        if plain.is(List::SignInBrackets, word)
            && let Some(sign) = Self::bracketed(plain, at, end)
        {
            return Some(Self { spelt: true, ..sign });
        }
        let strict = word == "at";
        let spaced = plain.before(at) == b' ' && plain.byte(end) == b' ';
        (spaced && (strict || plain.is(List::Sign, word))).then(|| Self { start: at - 1, end: end + 1, spelt: true, strict })
    }

    /// A sign in brackets, from `from` to `to` inside them.
    fn bracketed(plain: &Plain, from: usize, to: usize) -> Option<Self> {
        let from = from - spaces_before(plain, from);
        let to = to + usize::from(plain.byte(to) == b' ');
        let close = match plain.before(from) {
            b'[' => b']',
            b'(' => b')',
            b'{' => b'}',
            b'<' => b'>',
            sign @ (b'-' | b'_' | b'*' | b'|') => sign,
            _ => return None,
        };
        if plain.byte(to) != close {
            return None;
        }
        let (start, end) = (from - 1, to + 1);
        Some(Self {
            start: start - spaces_before(plain, start),
            end: end + usize::from(plain.byte(end) == b' '),
            spelt: false,
            strict: false,
        })
    }
}

fn spaces_before(plain: &Plain, at: usize) -> usize {
    usize::from(plain.before(at) == b' ')
}

/// Where the name before a sign begins. It looks back 64 bytes at most, the longest a name can be (RFC 5321, section 4.5.3.1.1).
fn name_start(plain: &Plain, sign: &Sign, floor: usize) -> usize {
    let quoted = plain.before(sign.start) == b'"';
    let mut start = if quoted { quote_start(plain, sign.start, floor) } else { part_start(plain, sign.start, floor) };
    // `lea dot martin at`
    for _ in 0..3 {
        if !sign.spelt || plain.before(start) != b' ' {
            break;
        }
        let word = plain.word_start(start - 1);
        if !plain.is(List::Dot, plain.part(word..start - 1)) || plain.before(word) != b' ' {
            break;
        }
        let further = part_start(plain, word - 1, floor);
        if further >= word - 1 {
            break;
        }
        start = further;
    }
    start
}

/// Where a name in quotation marks begins, the last of which ends at `end`.
fn quote_start(plain: &Plain, end: usize, floor: usize) -> usize {
    let from = end.saturating_sub(66).max(floor);
    let inside = plain.low().as_bytes().get(from..end.saturating_sub(1)).unwrap_or_default();
    inside.iter().rposition(|byte| *byte == b'"').map_or(end, |place| from + place)
}

fn part_start(plain: &Plain, end: usize, floor: usize) -> usize {
    let before = plain.low().get(floor..end).unwrap_or_default();
    let mut start = end;
    let mut script = None;
    for (place, c) in before.char_indices().rev() {
        let place = floor + place;
        if end - place > 64 || !(c.is_alphanumeric() || c.is_ascii() && b"!#$%&'*+-/=?^_`{|}~.".contains(&plain.byte(place))) {
            break;
        }
        // Scripts that set no spaces: the words before an address are no part of it.
        if script.get_or_insert_with(|| unspaced(c)) != &unspaced(c) {
            break;
        }
        start = place;
    }
    // In a link, what comes before is its path and its question.
    let bytes = plain.low().as_bytes().get(start..end).unwrap_or_default();
    if let Some(place) = bytes.iter().rposition(|byte| b"=/?&|".contains(byte)).filter(|place| place + 1 < bytes.len()) {
        start += place + 1;
    }
    while start < end && b"-'.*".contains(&plain.byte(start)) {
        start += 1;
    }
    start
}

/// Whether a letter is of a script that sets no spaces between words (Thai, Chinese, Japanese), or glues endings to what is foreign (Korean).
const fn unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{e7f}' | '\u{3000}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}')
}

/// Where the host behind a sign ends, if it is a host.
fn host_end(plain: &Plain, sign: &Sign) -> Option<usize> {
    let mut at = sign.end;
    if plain.byte(at) == b'[' {
        // An address of a machine (RFC 5321, section 4.1.3).
        let inside = plain
            .low()
            .as_bytes()
            .get(at + 1..)?
            .iter()
            .take(48)
            .position(|byte| !byte.is_ascii_hexdigit() && !b".:ipv".contains(byte))?;
        return (inside >= 3 && plain.byte(at + 1 + inside) == b']').then_some(at + inside + 2);
    }
    let mut labels = 0;
    let mut plain_dots = false;
    // Behind the last label that can be the last one.
    let mut last = None;
    loop {
        let (end, letters) = label_end(plain, at);
        if end == at {
            return last;
        }
        labels += 1;
        if labels >= 2 {
            // A top level domain has letters only, or is written for machines.
            let count = end - at;
            if letters >= 2 && letters == count || plain.has(at, "xn--") {
                last = Some(end);
            } else if letters == 0 && count < 4 && last.is_none() && labels >= 4 {
                return None;
            }
        }
        match dot_end(plain, end, sign.strict) {
            Some((next, false)) if !sign.strict => (at, plain_dots) = (next, true),
            Some((next, true)) if !plain_dots => at = next,
            _ => return last,
        }
        if labels > 8 {
            return last;
        }
    }
}

/// Where a label of a host ends, and how many of its bytes are letters.
fn label_end(plain: &Plain, at: usize) -> (usize, usize) {
    let rest = plain.low().get(at..).unwrap_or_default();
    let mut end = at;
    let mut letters = 0;
    let mut script = None;
    for c in rest.chars().take(63) {
        if !(c.is_alphanumeric() || c == '-') || script.get_or_insert_with(|| unspaced(c)) != &unspaced(c) {
            break;
        }
        end += c.len_utf8();
        letters += if c.is_alphabetic() { c.len_utf8() } else { 0 };
    }
    // A dash at the end belongs to the sentence.
    while end > at && plain.before(end) == b'-' {
        end -= 1;
    }
    (end, letters)
}

/// Where the dot that stands here ends, and whether it is other than a plain one.
fn dot_end(plain: &Plain, at: usize, strict: bool) -> Option<(usize, bool)> {
    if plain.byte(at) == b'.' {
        return Some((at + 1, false));
    }
    let open = plain.gap_end(at, 3);
    let end = if plain.has(open.saturating_sub(2), " .") || plain.has(at, "[.]") || plain.has(at, "(.)") || plain.has(at, " . ") {
        // Only dots stand between the two.
        return plain.part(at..open).bytes().all(|byte| b" .[]()".contains(&byte)).then_some((open, true));
    } else {
        plain.word_end(open)
    };
    let words = if strict { List::SureDot } else { List::Dot };
    let close = plain.gap_end(end, 3);
    let set_apart = |part: &str| !part.is_empty() && part.bytes().all(|byte| b" [](){}<>-_*".contains(&byte));
    let is_dot =
        open > at && plain.is(words, plain.part(open..end)) && set_apart(plain.part(at..open)) && set_apart(plain.part(end..close));
    is_dot.then_some((close, true))
}
