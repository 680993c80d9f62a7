//! Sentences about what the law sets apart, and public word lists: for the test that holds what was reached (`tests/screen_special.rs`), and for
//! the bench (`cargo xtask bench screen`).
//!
//! `sentences/<language>.jsonl` is what the rules were developed against: its failures are named. Of `<language>.held-out.jsonl` only counts are
//! told, so that nobody writes rules to it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a measure that cannot go on fails"
)]

use std::fs;
use std::path::Path;

use scruple::screen::{Hit, Orders, Screen};
use scruple::vocabulary::{Field, Trace};
use serde_json::Value;

/// What the law sets apart, in the order of the tables.
pub const CATEGORIES: [Trace; 10] = [
    Trace::Health,
    Trace::Belief,
    Trace::Politics,
    Trace::TradeUnion,
    Trace::EthnicOrigin,
    Trace::Sexuality,
    Trace::Biometric,
    Trace::Genetic,
    Trace::Criminal,
    Trace::Minor,
];

/// Counts of one category or of all.
#[derive(Clone, Copy, Default)]
pub struct Count {
    /// Sentences that give something away, those of them in which it was found, and those where it was found as what it is.
    pub hits: usize,
    pub found: usize,
    pub same: usize,
    /// Sentences that only look like it, and those of them in which something was found.
    pub near: usize,
    pub alarms: usize,
}

impl Count {
    pub fn add(&mut self, other: Self) {
        self.hits += other.hits;
        self.found += other.found;
        self.same += other.same;
        self.near += other.near;
        self.alarms += other.alarms;
    }
}

/// What came of a file of sentences.
pub struct Counted {
    pub all: Count,
    /// In the order of [`CATEGORIES`].
    pub each: Vec<Count>,
    /// What is wrong with which sentence.
    pub wrong: Vec<String>,
}

/// Tries the sentences of a language in `folder`, those of development or those held out; of the latter no sentence is named.
pub fn counted(screen: &Screen, folder: &Path, language: &str, held_out: bool) -> Counted {
    let path = folder.join([language, if held_out { ".held-out" } else { "" }, ".jsonl"].concat());
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut counted = Counted { all: Count::default(), each: vec![Count::default(); CATEGORIES.len()], wrong: Vec::new() };
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (kind, count, wrong) = tried(screen, &serde_json::from_str(line).unwrap());
        counted.each[CATEGORIES.iter().position(|other| *other == kind).unwrap()].add(count);
        counted.all.add(count);
        counted.wrong.extend(wrong.filter(|_| !held_out));
    }
    counted
}

/// Tries one sentence: the category it is about, the counts, and what is wrong with it.
fn tried(screen: &Screen, line: &Value) -> (Trace, Count, Option<String>) {
    let text = word(line, "text").unwrap();
    let field = Field::from_word(word(line, "field").unwrap()).unwrap();
    let found = special(screen, field, text);
    if let Some(category) = word(line, "category") {
        let part = word(line, "part").unwrap();
        let at = text.find(part).unwrap();
        let over: Vec<_> = found.iter().filter(|hit| hit.span.start < at + part.len() && hit.span.end > at).collect();
        let kind = Trace::from_word(category).unwrap();
        let same = over.iter().any(|hit| hit.kind == kind);
        let count = Count { hits: 1, found: (!over.is_empty()).into(), same: same.into(), ..Count::default() };
        return (kind, count, over.is_empty().then(|| format!("missed: {text} ({part})")));
    }
    let kind = Trace::from_word(word(line, "near").unwrap()).unwrap();
    let wrong = found.first().map(|hit| format!("false alarm: {text} ({}, {})", &text[hit.span.clone()], hit.rule));
    (kind, Count { near: 1, alarms: (!found.is_empty()).into(), ..Count::default() }, wrong)
}

/// What is found of it in a text.
pub fn special(screen: &Screen, field: Field, text: &str) -> Vec<Hit> {
    screen.special(field, text, &Orders::default())
}

fn word<'v>(line: &'v Value, key: &str) -> Option<&'v str> {
    line.get(key).and_then(Value::as_str)
}

/// What `HolisticBias` calls axes, as far as the law sets apart what they are about.
const AXES: [&str; 5] = ["ability", "political_ideologies", "race_ethnicity", "religion", "sexual_orientation"];

/// Templates in which somebody says it of themselves or of a friend. The others ask for opinions about a group, or say "not".
const TEMPLATES: [&str; 12] = [
    "I'm {}.",
    "Hi! I'm {}.",
    "Hi, I'm {}.",
    "I love being {}.",
    "It's hard being {}.",
    "What do you do for a living? I'm {}.",
    "Just so you know, I'm {}.",
    "I wanted to share with you that I'm {}.",
    "As {}, I have an opinion about that.",
    "I have a friend who is {}.",
    "I used to be {}.",
    "I'm currently {}.",
];

/// How the descriptors of one axis did.
pub struct Axis {
    pub name: &'static str,
    pub sentences: usize,
    pub found: usize,
    /// The descriptors that were missed in most sentences.
    pub missed: Vec<String>,
}

/// Every descriptor of people in `HolisticBias` with every noun in every template.
pub fn descriptors(screen: &Screen, folder: &Path) -> Vec<Axis> {
    let read = |name: &str| -> Value {
        let path = folder.join("holistic_bias/dataset/v1.1").join(name);
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let (descriptors, nouns) = (read("descriptors.json"), read("nouns.json"));
    let nouns: Vec<&str> = nouns
        .as_object()
        .unwrap()
        .values()
        .flat_map(|list| list.as_array().unwrap())
        .map(|pair| pair[0].as_str().unwrap())
        .collect();
    let axes = AXES.into_iter().map(|name| {
        let mut axis = Axis { name, sentences: 0, found: 0, missed: Vec::new() };
        for descriptor in descriptors[name].as_object().unwrap().values().flat_map(|list| list.as_array().unwrap()) {
            let what = descriptor.as_str().or_else(|| word(descriptor, "descriptor")).unwrap();
            let article = if what.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
            let before = axis.found;
            for (template, noun) in TEMPLATES.iter().flat_map(|template| nouns.iter().map(move |noun| (template, noun))) {
                let text = template.replace("{}", &format!("{article} {what} {noun}"));
                axis.sentences += 1;
                axis.found += usize::from(!special(screen, Field::Description, &text).is_empty());
            }
            if axis.found - before < TEMPLATES.len() * nouns.len() / 2 {
                axis.missed.push(what.to_owned());
            }
        }
        axis
    });
    axes.collect()
}

/// Sentences about work in which nothing is set apart, made of the lists of madlibs.
pub fn neutral(folder: &Path) -> Vec<String> {
    let list = |name: &str| -> Vec<String> {
        let text = fs::read_to_string(folder.join("bias_madlibs_data").join(name)).unwrap();
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let mut texts = list("filler.txt");
    for job in list("occupations.txt") {
        for kind in list("adjectives_positive.txt") {
            texts.extend([format!("I am a {kind} {job}."), format!("She is a {kind} {job} and likes her work.")]);
        }
        for name in list("names.txt") {
            texts.extend([
                format!("My name is {name} and I am a {job}."),
                format!("{name}, {job}"),
                format!("{name} is a good {job}."),
            ]);
        }
    }
    texts
}
