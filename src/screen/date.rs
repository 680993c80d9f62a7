//! Dates of birth and ages: a date next to a word of birth. A date alone is none; the dates of jobs stay.

use core::ops::Range;

use super::contacts::{List, Plain, listed};
use super::hit::Hit;
use super::number::{Digits, Group};
use crate::vocabulary::Trace;

/// Words of birth that mean nothing else: English, French, German, Spanish, Italian, Dutch, Polish, Portuguese.
static BIRTH: List = List::of(
    "born birth birthday birthdate dob naissance anniversaire geboren geburtsdatum geburtstag geb gebdatum nacimiento nacido nacida cumpleanos \
    nacio nascita compleanno geboortedatum geboorte verjaardag urodzony urodzona urodzenia urodzin urodziny urodzilem urodzilam nascido nascida \
    nascimento aniversario nasci naci",
);

/// Words that are words of birth before one of [`AFTER`].
static DOUBTFUL: List = List::of("ne nee nato nata ur");
static AFTER: List = List::of("le en a au il nel in r");

/// Words between a word of birth and a year, when there is only the year.
static BEFORE_YEAR: List = List::of("in en im le a au il nel roku r em ano year around circa um ca c on");

/// How the names of months begin, in the same languages.
static MONTHS: List = List::of(
    "jan feb mar apr may jun jul aug sep oct nov dec fev avr mai juin juil aou dez mae marz ene abr ago set dic gen mag giu lug ott mrt maa mei okt \
    sty lut kwi maj cze lip sie wrz paz lis gru out",
);

/// Finds them.
#[inline(never)]
pub(super) fn find(plain: &Plain, digits: &Digits) -> Vec<Hit> {
    let mut found: Vec<Hit> = Vec::new();
    let groups = digits.groups();
    let mut at = 0;
    while let Some(group) = groups.get(at) {
        let (part, count) = date(plain, digits, groups.get(at..).unwrap_or_default()).unwrap_or((group.start..group.end, 1));
        let year = count == 1 && group.len() == 4 && (1900..2100).contains(&digits.value(group));
        let whole = part.start != group.start || count > 1 || group.len() == 8 || part.end > group.end;
        at += count;
        if (whole || year) && is_birth(plain, part.start, year && !whole) {
            found.push(plain.hit(part, Trace::BirthDate, "date.birth", 93));
        } else if !whole
            && group.len() <= 2
            && !group.spelt
            && let Some(part) = age(plain, group)
        {
            found.push(plain.hit(part, Trace::BirthDate, "date.age", 80));
        }
    }
    found
}

/// The date that begins with a group: where it is and how many groups it has.
fn date(plain: &Plain, digits: &Digits, groups: &[Group]) -> Option<(Range<usize>, usize)> {
    let first = groups.first()?;
    let value = |at: usize| groups.get(at).map_or(0, |group| digits.value(group));
    let length = |at: usize| groups.get(at).map_or(0, Group::len);
    let is_year = |at: usize| length(at) == 4 && (1900..2100).contains(&value(at)) || length(at) == 2;
    let is_part = |at: usize| (1..=2).contains(&length(at)) && (1..=31).contains(&value(at));
    let tight = |at: usize| groups.get(at).is_some_and(|group| group.joined);
    // 12/03/1985, 1985-03-12, 12.3.85
    if tight(1) && tight(2) && is_part(1) && (is_part(0) && is_year(2) || length(0) == 4 && is_year(0) && is_part(2)) {
        return Some((first.start..groups.get(2)?.end, 3));
    }
    // 12 March 1985, 1er mars 1985, 12 de marzo de 1985, 12. März
    if is_part(0) {
        let mut word = plain.gap_end(first.end, 3);
        for _ in 0..3 {
            let end = plain.word_end(word);
            if is_month(plain.part(word..end)) {
                let year = groups.get(1).filter(|year| is_year(1) && (end..=end + 5).contains(&year.start));
                // March 12, 1985 is found from its month.
                return Some((first.start..year.map_or(end, |year| year.end), 1 + usize::from(year.is_some())));
            }
            if !listed("de of st nd rd th er do e", plain.part(word..end)) {
                break;
            }
            word = plain.gap_end(end, 3);
        }
    }
    // March 12, 1985; March 1985
    let month = plain
        .words_before(first.start, 1)
        .next()
        .filter(|word| is_month(plain.part(word.clone())) && first.start - word.end <= 3)?;
    let year = groups.get(1).filter(|year| is_part(0) && is_year(1) && (first.end..=first.end + 4).contains(&year.start));
    match year {
        Some(year) => Some((month.start..year.end, 2)),
        None => (is_part(0) || is_year(0)).then_some((month.start..first.end, 1)),
    }
}

fn is_month(word: &str) -> bool {
    word.len() <= 12 && (MONTHS.has(word.get(..3).unwrap_or_default()) || MONTHS.has(word.get(..4).unwrap_or_default()))
}

/// Whether a word of birth stands before a date: directly, if it is only a year.
fn is_birth(plain: &Plain, start: usize, year: bool) -> bool {
    let mut next = "";
    for word in plain.words_before(start, if year { 2 } else { 6 }) {
        let word = plain.part(word);
        if BIRTH.has(word) || DOUBTFUL.has(word) && (AFTER.has(next) || next.is_empty() && word != "ne" && !year) {
            return true;
        }
        if year && !BEFORE_YEAR.has(word) {
            return false;
        }
        next = word;
    }
    false
}

/// An age: `aged 34`, `34 years old`, `34 Jahre alt`; years of experience are none.
fn age(plain: &Plain, group: &Group) -> Option<Range<usize>> {
    let before = plain.words_before(group.start, 1).next();
    if let Some(word) = before.filter(|word| listed("aged age", plain.part(word.clone())) && group.start - word.end <= 3) {
        let exact = plain.byte(group.end) != b'-' && plain.byte(group.end) != b'%';
        return exact.then_some(word.start..group.end);
    }
    // `âgé de 34 ans`, `tengo 34 años`, `mam 34 lata`
    let word = plain.gap_end(group.end, 1);
    let end = plain.word_end(word);
    let unit = plain.part(word..end);
    let next = plain.gap_end(end, 1);
    let last = plain.word_end(next);
    if listed("years year jahre jaar yrs yr y", unit) && listed("old alt oud o young", plain.part(next..last)) {
        return Some(group.start..last);
    }
    if listed("yo", unit) {
        return Some(group.start..end);
    }
    let said = plain.words_before(group.start, 2).any(|word| listed("age agee agees tengo ho tenho mam", plain.part(word)));
    let about = listed("d de di of", plain.part(next..last));
    (said && listed("ans anos anni lata lat", unit) && !about).then_some(group.start..end)
}
