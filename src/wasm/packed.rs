//! Facts and rulings as numbers: a whole batch crosses to JavaScript and back in one call, with no text made on the way.
//!
//! Every number is a place in a closed word list, or in the list of rules, which JavaScript is told once. What is out of range is an
//! error, and JavaScript has no ruling then.

use crate::judge::{Facts, Ruling, Standing};
use crate::page::Fault;
use crate::sorted::Set;
use crate::vocabulary::{Audience, Choice, Code, Country, Decision, Evidence, EvidenceKind, Field, Mode, Relation};

/// Reads facts: relation, bits of the signals, country (0: unknown, else two letters), refusal (0: none, else place of the code and 1), then for each field its place, bits
/// of its states, and its evidence with its count before it (kind and bound in 8 bits each).
pub(super) fn unpack(packed: &[u32]) -> Option<(Facts, Vec<Field>)> {
    let mut numbers = packed.iter().copied();
    let mut next = || numbers.next();
    let relation = at(Relation::ALL, next()?)?;
    let signals = Choice::of_bits(next()?)?;
    let country = match next()? {
        0 => None,
        letters => Some(Country::of(u8::try_from(letters >> 8).ok()?, (letters & 0xff) as u8)?),
    };
    let refusal = match next()? {
        0 => None,
        code => Some(Fault { code: at(Code::ALL, code - 1)?, what: String::new() }),
    };
    let mut facts = Facts { relation, signals, country, refusal, ..Facts::default() };
    let mut asked = Vec::new();
    while let Some(field) = next() {
        let field = at(Field::ALL, field)?;
        let states = Choice::of_bits(next()?)?;
        let mut evidence = Vec::new();
        for _ in 0..next()? {
            let piece = next()?;
            evidence.push(Evidence { kind: at(EvidenceKind::ALL, piece >> 8)?, bound: at(Audience::ALL, piece & 0xff)? });
        }
        asked.push(field);
        if facts.fields.insert(field, Standing { evidence, states }).is_some() {
            return None;
        }
    }
    Some((facts, asked))
}

fn at<T: Copy>(all: &[T], place: u32) -> Option<T> {
    all.get(usize::try_from(place).ok()?).copied()
}

/// Writes what a batch comes to: whether there are settings to judge by, and the mode.
pub(super) fn head(out: &mut Vec<u32>, mode: Mode) {
    out.extend([1, mode as u32]);
}

/// Writes a ruling: decision, what it would be (0: no such question, else its place and 1), audience, then with its count before each: reasons (code; rule and
/// 1, or 0), rules, errors (rule, clause).
pub(super) fn push(out: &mut Vec<u32>, ruling: &Ruling<'_>) {
    out.extend([ruling.decision as u32, ruling.would.map_or(0, |would| would as u32 + 1), ruling.audience as u32]);
    out.push(count(&ruling.because));
    for because in ruling.because.iter() {
        out.extend([because.code as u32, because.rule.map_or(0, |rule| u32::from(rule) + 1)]);
    }
    out.push(count(&ruling.rules));
    out.extend(ruling.rules.iter().map(|rule| u32::from(*rule)));
    out.push(count(&ruling.errors));
    for (rule, clause) in ruling.errors.iter() {
        out.extend([u32::from(*rule), *clause as u32]);
    }
}

fn count<T: Ord>(set: &Set<T>) -> u32 {
    u32::try_from(set.len()).unwrap_or(u32::MAX)
}

/// Denies a batch where there are no settings to judge by.
pub(super) fn deny(fault: &Fault, asked: &[Field]) -> Vec<u32> {
    let mut out = vec![0, Mode::Enforce as u32];
    for _ in asked {
        out.extend([Decision::Deny as u32, 0, Audience::Unknown as u32, 1, fault.code as u32, 0, 0, 0]);
    }
    out
}
