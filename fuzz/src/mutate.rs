//! Changes that leave a JSON document a JSON document. libFuzzer's own, byte by byte, hardly ever do, so they do not get far behind the reader.

use std::sync::LazyLock;

use libfuzzer_sys::fuzzer_mutate;
use scruple::page::Shown;
use scruple::vocabulary::{
    Audience, Channel, Effect, EvidenceKind, Field, Group, LegalBasis, Mode, PageKind, Purpose, Relation, Signal,
};
use serde_json::Value;

/// What can stand where: a word is mostly changed for another of its list.
const LISTS: [&[&str]; 14] = [
    Audience::WORDS,
    Channel::WORDS,
    Effect::WORDS,
    EvidenceKind::WORDS,
    Field::WORDS,
    Group::WORDS,
    LegalBasis::WORDS,
    Mode::WORDS,
    PageKind::WORDS,
    Purpose::WORDS,
    Relation::WORDS,
    Shown::WORDS,
    Signal::WORDS,
    // What is no list: ids, hosts and countries, of which some are the same in two documents and some are not.
    &["main", "care", "work", "linkedin.com", "www.linkedin.com", "x.com", "com", "FR", "DE", "", " "],
];

const NUMBERS: [u64; 8] = [0, 1, 2, 3, 90, 1096, 1097, u32::MAX as u64];

/// A policy that says everything that can be said. What others lack is taken from it.
static TEMPLATE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../seeds/policy/every-clause.json")).expect("the seed is JSON"));

/// Changes an input in place and returns its new length: what `fuzz_mutator!` wants. An input may be several documents, with a NUL between them.
pub fn mutate(bytes: &mut [u8], size: usize, longest: usize, seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed) | 1 << 32);
    // What is no document has to be tried too.
    let changed =
        if dice.roll(4) == 0 { None } else { str::from_utf8(&bytes[..size]).ok().and_then(|text| changed(text, &mut dice)) };
    match changed {
        Some(text) if text.len() <= longest => {
            bytes[..text.len()].copy_from_slice(text.as_bytes());
            text.len()
        }
        _ => fuzzer_mutate(bytes, size, longest),
    }
}

fn changed(text: &str, dice: &mut Dice) -> Option<String> {
    let mut parts: Vec<_> = text.split('\0').map(str::to_owned).collect();
    let part = dice.roll(parts.len());
    let mut document = serde_json::from_str(&parts[part]).ok()?;
    for _ in 0..=dice.roll(4) {
        let place = dice.roll(count(&document));
        // Taken from another place, the same document or the template.
        let source = if dice.roll(2) == 0 { document.clone() } else { TEMPLATE.clone() };
        change(nth(&mut document, &mut place.clone())?, &source, dice);
    }
    parts[part] = document.to_string();
    Some(parts.join("\0"))
}

fn change(value: &mut Value, source: &Value, dice: &mut Dice) {
    match value {
        Value::String(text) => {
            let same = LISTS.iter().find(|list| list.contains(&text.as_str())).filter(|_| dice.roll(8) > 0);
            let list = same.unwrap_or_else(|| dice.pick(&LISTS));
            *text = (*dice.pick(list)).to_owned();
        }
        Value::Number(_) => *value = Value::from(*dice.pick(&NUMBERS)),
        Value::Bool(yes) => *yes = !*yes,
        Value::Null => {
            let list = dice.pick(&LISTS);
            *value = Value::from(*dice.pick(list));
        }
        // The answers of a page to yes/no questions; lists of words are never written empty.
        Value::Array(items) if items.is_empty() => items.push(Value::from(dice.roll(8))),
        Value::Array(items) => match dice.roll(3) {
            0 => drop(items.remove(dice.roll(items.len()))),
            1 => {
                let (one, other) = (dice.roll(items.len()), dice.roll(items.len()));
                items.swap(one, other);
            }
            _ => {
                let mut one = items[dice.roll(items.len())].clone();
                change(&mut one, source, dice);
                items.insert(dice.roll(items.len() + 1), one);
            }
        },
        Value::Object(members) => {
            if dice.roll(4) == 0 && !members.is_empty() {
                let key = members.keys().nth(dice.roll(members.len())).cloned().unwrap_or_default();
                members.remove(&key);
                return;
            }
            // Of an object of the same kind, as far as their names tell.
            let mut like = Vec::new();
            collect(source, &mut |other| {
                like.extend(other.as_object().filter(|other| other.keys().any(|key| members.contains_key(key))))
            });
            if like.is_empty() {
                return;
            }
            let other = like[dice.roll(like.len())];
            if let Some((key, taken)) = other.iter().nth(dice.roll(other.len())) {
                members.insert(key.clone(), taken.clone());
            }
        }
    }
}

/// Every value in a value, itself included.
fn collect<'a>(value: &'a Value, found: &mut dyn FnMut(&'a Value)) {
    found(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => members.values().for_each(|member| collect(member, found)),
        _ => {}
    }
}

fn count(value: &Value) -> usize {
    let mut count = 0;
    collect(value, &mut |_| count += 1);
    count
}

/// The nth of them.
fn nth<'a>(value: &'a mut Value, n: &mut usize) -> Option<&'a mut Value> {
    if *n == 0 {
        return Some(value);
    }
    *n -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, n)),
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, n)),
        _ => None,
    }
}

/// Chance that libFuzzer can repeat: its seed decides everything (SplitMix64).
struct Dice(u64);

impl Dice {
    /// A number below the sides; 0 if there are none.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        mixed.checked_rem(sides as u64).unwrap_or(0) as usize
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.roll(list.len())]
    }
}
