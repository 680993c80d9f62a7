//! Postal addresses in free text: a street with a number, as it is written in each country, with the postcode and the town where they follow.

use core::ops::Range;

use super::contacts::{Plain, listed};
use super::hit::Hit;
use super::lists::List;
use super::number::{Digits, Group};
use crate::vocabulary::Trace;

/// Finds them.
#[inline(never)]
pub(super) fn find(plain: &Plain, digits: &Digits) -> Vec<Hit> {
    let mut found: Vec<Hit> = Vec::new();
    let mut floor = 0;
    for group in digits.groups() {
        let part = house(plain, digits, group, floor);
        if let Some(part) = part {
            let end = town_end(plain, part.end);
            floor = end;
            found.push(plain.hit(part.start..end, Trace::PostalAddress, "address.street", 89));
        }
    }
    found
}

/// The street with its number, if a group of digits is the number of a house or a box.
fn house(plain: &Plain, digits: &Digits, group: &Group, floor: usize) -> Option<Range<usize>> {
    if group.start < floor || group.len() > 5 || group.spelt || plain.before(group.start).is_ascii_alphabetic() {
        return None;
    }
    let end = number_end(plain, group.end)?;
    let year = group.len() == 4 && (1900..2100).contains(&digits.value(group));
    if let Some(street) = street_before(plain, group, floor, year) {
        return Some(street.min(group.start)..end);
    }
    street_behind(plain, end).map(|last| group.start..last)
}

/// Where the number of a house ends: `12`, `12a`, `12 bis`, `12/5`, `10-14`.
fn number_end(plain: &Plain, end: usize) -> Option<usize> {
    let last = plain.word_end(end);
    match last - end {
        0 => {}
        1 => return Some(last),
        _ => return None,
    }
    let next = plain.gap_end(end, 1);
    let word = plain.word_end(next);
    let part = plain.part(next..word);
    if listed("bis ter quater", part) {
        return Some(word);
    }
    let number = plain.byte(end) == b'/' || plain.byte(end) == b'-';
    Some(if number && !part.is_empty() && part.len() <= 4 && part.bytes().any(|byte| byte.is_ascii_digit()) { word } else { end })
}

/// Where the name of the street begins that stands before a number.
fn street_before(plain: &Plain, group: &Group, floor: usize, year: bool) -> Option<usize> {
    let gap = |word: &Range<usize>, next: usize| plain.part(word.end..next);
    let mut next = group.start;
    let mut capital = false;
    for (away, word) in plain.words_before(group.start, 6).enumerate() {
        let between = gap(&word, next);
        let allowed = if away == 0 {
            [" ", ", ", ". ", ", n ", " no ", "-"].as_slice()
        } else {
            [" ", ". ", "'", "-", ".", ", ", "/", "/ "].as_slice()
        };
        if word.start < floor || !allowed.contains(&between) && !between.as_bytes().starts_with(b" ") || between.len() > 6 {
            return None;
        }
        let text = plain.part(word.clone());
        if away == 0 && !year {
            let end = plain.lists.words(List::StreetEnd).split(' ').find(|end| text.len() >= end.len() + 3 && text.ends_with(end));
            // Short ends are ends of other words too: the name of a street is a name.
            if end.is_some() && plain.is_capital(word.start)
                || listed("strasse straat str weg", text) && plain.is_capital(word.start)
            {
                return Some(word.start);
            }
            if plain.is(List::Box, text) && (text != "bp" || plain.is_capital(word.start))
                || text == "box" && plain.part(word.start.saturating_sub(6)..word.start).ends_with("o. ")
            {
                return Some(word.start);
            }
            if text == "box" && plain.part(word.start.saturating_sub(3)..word.start) == "po " {
                return Some(word.start - 3);
            }
        }
        if capital && plain.is(List::NameFirst, text) && (!year || text.len() > 3 && text != "plaza" && text != "largo") {
            // `via` is a way in many languages, and `c` a letter.
            let sure = !listed("via al corso largo ronda", text) || plain.is_capital(word.start) && plain.byte(word.end) != b'-';
            let road = text != "c" || plain.byte(word.end) == b'/';
            return (sure && road).then_some(word.start);
        }
        // What is between the word and the number is a name.
        if plain.is_capital(word.start) {
            capital = true;
        } else if !listed("de del la las los el da do dos das di della dei du des y e en i pod sw ks gen n no nr numero s", text)
            && !text.bytes().all(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        next = word.start;
    }
    None
}

/// Where a street ends that follows a number.
fn street_behind(plain: &Plain, end: usize) -> Option<usize> {
    let open = plain.gap_end(end, 2);
    if open == end || !b" ,".contains(&plain.byte(end)) {
        return None;
    }
    let mut word = open;
    for place in 0..5 {
        let last = plain.word_end(word);
        let text = plain.part(word..last);
        if text.is_empty() {
            return None;
        }
        if place == 0 {
            let doubtful = plain.is(List::NumberFirstDoubtful, text);
            if doubtful || plain.is(List::NumberFirst, text) {
                let dot = usize::from(plain.byte(last) == b'.');
                return name_end(plain, last + dot, doubtful);
            }
        } else if plain.is(List::StreetBehind, text) {
            return Some(last + usize::from(plain.byte(last) == b'.' && text.len() <= 4));
        } else if plain.is(List::StreetBehindDoubtful, text) && plain.is_capital(word) {
            let next = plain.byte(last);
            let small = next == b' ' && plain.byte(last + 1).is_ascii_lowercase() && !plain.is_capital(last + 1);
            return (!small && next != b'-').then_some(last);
        }
        // All words of the name have capitals; `St. James's` has other signs.
        if !plain.is_capital(word) && !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let next = plain.gap_end(last, 2);
        if !plain.part(last..next).bytes().all(|byte| b" .'-".contains(&byte)) {
            return None;
        }
        word = next;
        // `Queen's Road`
        if plain.part(last..next) == "'" && plain.byte(next) == b's' && plain.byte(next + 1) == b' ' {
            word = next + 2;
        }
    }
    None
}

/// Where the name of a French street ends that begins behind its kind.
fn name_end(plain: &Plain, kind: usize, capital: bool) -> Option<usize> {
    let mut end = kind;
    let mut named = false;
    let mut at = kind;
    for _ in 0..7 {
        let word = plain.gap_end(at, 2);
        let gap = plain.part(at..word);
        let last = plain.word_end(word);
        let text = plain.part(word..last);
        if gap.is_empty() || !gap.bytes().all(|byte| b" '-.".contains(&byte)) || text.is_empty() {
            break;
        }
        if listed("de du des la le les l d et au aux saint sainte", text) {
            at = last;
            continue;
        }
        let is_name = plain.is_capital(word) || !named && !capital;
        if !is_name || named && text.bytes().all(|byte| byte.is_ascii_digit()) {
            break;
        }
        (named, end, at) = (true, last, last);
    }
    named.then_some(end)
}

/// Where a town ends that follows a street, with its postcode before or behind it; the end of the street if none does.
fn town_end(plain: &Plain, street: usize) -> usize {
    let mut end = street;
    let mut at = street;
    let mut words = 0;
    let mut codes = 0;
    for _ in 0..9 {
        let word = plain.gap_end(at, 3);
        let gap = plain.part(at..word);
        let last = plain.word_end(word);
        let text = plain.part(word..last);
        let comma = gap.bytes().any(|byte| byte == b',' || byte == b'\n');
        if text.is_empty() || gap.is_empty() || !gap.bytes().all(|byte| b" ,-\n'".contains(&byte)) {
            break;
        }
        // Digits of a postcode, or a part of one with letters (Great Britain, the Netherlands).
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let unit = listed("apt apartment suite flat unit floor etage wohnung piso appt bat app nw ne sw se", text);
        let code = digits == text.len() && (2..=5).contains(&digits) || digits > 0 && text.len() <= 4 && plain.is_capital(last - 1);
        if unit && words == 0 {
            at = last;
            continue;
        }
        if code && codes < 3 {
            codes += 1;
            end = last;
        } else if plain.is_capital(word) && words < 4 && (comma || codes > 0 || words > 0) {
            words += 1;
            // A town without its postcode is one only behind a comma.
            if codes > 0 || comma {
                end = last;
            }
        } else if !(listed("de la le les sur en am an der aan den do of", text) && words > 0) {
            break;
        }
        at = last;
    }
    end
}
