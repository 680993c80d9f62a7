//! A text of a field, screened as a policy orders: what is found are parts of the text, in order; nothing of it is in what is kept, and where nothing
//! is found nothing is changed. That a text screened twice is cut no further does not hold: digits that were part of a longer word can stand alone
//! once their neighbour is gone.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use scruple::screen::{CUT, Hit, Orders, Screen, Screened, Term, is_masked};
use scruple::vocabulary::{Choice, Field, Group, Removal, Trace};
use scruple_fuzz::write;

static SCREEN: LazyLock<Screen> = LazyLock::new(|| Screen::built_in().expect("what ships can be read"));

const OWN: [&str; 2] = ["Léa Morel", "Lea Morel"];

fuzz_mutator!(|bytes: &mut [u8], size: usize, longest: usize, seed: u32| { write(bytes, size, longest, seed) });

// The first letter is the field, the second the orders; the rest is the text.
fuzz_target!(|input: &str| {
    let mut letters = input.chars();
    let (Some(field), Some(ordered)) = (letters.next(), letters.next()) else { return };
    let field = Field::ALL[field as usize % Field::ALL.len()];
    let orders = orders(ordered as u32);
    let text = letters.as_str();
    let trimmed = text.trim();

    let hits = SCREEN.hits(field, trimmed, &OWN, &orders);
    let mut last = 0;
    for hit in &hits {
        assert!(trimmed.get(hit.span.clone()).is_some_and(|part| !part.is_empty()), "no part of the text: {hit:?}");
        assert!(hit.span.start >= last, "out of order: {hit:?}");
        assert!((1..=100).contains(&hit.confidence) && !hit.rule.is_empty(), "{hit:?}");
        last = hit.span.start;
    }
    let mut end = 0;
    for hit in SCREEN.contacts(trimmed) {
        assert!(hit.span.start >= end && !hit.kind.is_special(), "two in one place: {hit:?}");
        end = hit.span.end;
        assert!(field.group() == Group::Contact || covered(&hits, &hit), "found alone, and not among everything: {hit:?}");
    }
    assert!(field.group() != Group::Contact || hits.is_empty(), "a contact field holds what it is meant to hold");
    assert!(orders.people != Removal::Keep || hits.iter().all(|hit| hit.kind != Trace::OtherPerson), "people were to stay");

    let cuts_of = |hits: &[Hit]| hits.iter().map(|hit| hit.kind).collect::<Choice<Trace>>();
    let denied = hits.iter().any(|hit| match hit.kind {
        Trace::OtherPerson => orders.people == Removal::Deny,
        kind => kind.is_special() && orders.special == Removal::Deny,
    });
    match SCREEN.screen(field, text, &OWN, &orders) {
        Screened::Masked => assert!(is_masked(trimmed), "no mask"),
        Screened::Empty { cuts } => assert!(cuts == cuts_of(&hits), "other cuts"),
        Screened::Kept { text: kept, cuts } => {
            assert!(!is_masked(trimmed) && !denied, "it was to be denied");
            assert!(cuts == cuts_of(&hits), "other cuts");
            assert!(kept.chars().any(char::is_alphanumeric), "nothing is left, and it is kept");
            assert!(!hits.is_empty() || kept == trimmed, "nothing was found, and something is changed");
            assert!(is_left_of(&kept, trimmed, &hits), "more is kept than what was not found: {kept:?}");
        }
    }
});

/// Orders of every sort, by the bits of a number.
fn orders(bits: u32) -> Orders {
    let removal = |bits: u32| [Removal::Keep, Removal::Cut, Removal::Deny][bits as usize % 3];
    let languages = [None, None, Some("en"), Some("fr"), Some("de"), Some("pl"), Some("any"), Some("tlh")];
    let terms = ["blue lodge*", "sailor", "*", ""];
    let allow = ["catholic university", "lives with cancer", "i", ""];
    Orders {
        special: removal(bits),
        people: removal(bits / 3),
        terms: terms
            .iter()
            .take(bits as usize / 9 % 5)
            .map(|term| Term { term: (*term).into(), category: Trace::Belief })
            .collect(),
        allow: allow.iter().take(bits as usize / 45 % 5).map(|phrase| (*phrase).into()).collect(),
        language: languages[bits as usize / 225 % languages.len()].map(Into::into),
    }
}

/// Whether a find lies in something that was found.
fn covered(hits: &[Hit], hit: &Hit) -> bool {
    hits.iter().any(|other| other.span.start <= hit.span.start && other.span.end >= hit.span.end)
}

/// Whether `kept` is made of parts of the text that lie outside of everything found, in order, with a cut between them.
fn is_left_of(kept: &str, text: &str, hits: &[Hit]) -> bool {
    // What was not found, as far as it reaches without a break.
    let mut free = Vec::new();
    let mut from = 0;
    for hit in hits {
        if hit.span.start > from {
            free.push(&text[from..hit.span.start]);
        }
        from = from.max(hit.span.end);
    }
    free.push(&text[from..]);
    // A text may hold the sign for a cut itself; then it cannot be told what is a part.
    if text.contains(CUT) {
        return true;
    }
    let mut free = free.into_iter();
    let mut rest = free.next().unwrap_or_default();
    for part in kept.split(CUT) {
        // The first place that fits leaves most for the others.
        let at = loop {
            match rest.find(part) {
                Some(at) => break at,
                None => match free.next() {
                    Some(next) => rest = next,
                    None => return false,
                },
            }
        };
        rest = &rest[at + part.len()..];
    }
    true
}
