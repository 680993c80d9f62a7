//! What the screen finds of what the law sets apart, on sentences that were written before its rules, and on public word lists.
//!
//! `tests/screen/sentences/<language>.jsonl` is what the rules were developed against: its failures are named. Of `<language>.held-out.jsonl` only
//! counts are told, so that nobody writes rules to it. The word lists lie outside the project (`SCRUPLE_CORPUS`, or `../shared/corpus`).

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use scruple::screen::{Hit, Orders, Screen};
use scruple::vocabulary::{Field, Trace};
use serde_json::Value;

static SCREEN: LazyLock<Screen> = LazyLock::new(|| Screen::built_in().unwrap());

fn special(field: Field, text: &str) -> Vec<Hit> {
    SCREEN.special(field, text, &Orders::default())
}

/// The languages, each with the least share of hits found, in percent, in the sentences of development and in those held out.
const LANGUAGES: [(&str, usize, usize); 8] = [
    ("de", 90, 55),
    ("en", 90, 58),
    ("es", 90, 35),
    ("fr", 90, 60),
    ("it", 90, 50),
    ("nl", 90, 58),
    ("pl", 90, 55),
    ("pt", 90, 50),
];

/// The most false alarms, in percent of the near misses: in development, held out.
const FALSE_ALARMS: (usize, usize) = (5, 13);

/// The categories, in the order of the table.
const CATEGORIES: [Trace; 10] = [
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
struct Count {
    hits: usize,
    found: usize,
    same: usize,
    near: usize,
    alarms: usize,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.hits += other.hits;
        self.found += other.found;
        self.same += other.same;
        self.near += other.near;
        self.alarms += other.alarms;
    }
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn word<'v>(line: &'v Value, key: &str) -> Option<&'v str> {
    line.get(key).and_then(Value::as_str)
}

/// Tries one sentence; the category it is about, the counts, and what is wrong with it.
fn tried(line: &Value) -> (Trace, Count, Option<String>) {
    let text = word(line, "text").unwrap();
    let field = Field::from_word(word(line, "field").unwrap()).unwrap();
    let found = special(field, text);
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

/// The counts of a file, all and by category; its failures are printed if they may be seen.
fn counted(path: &Path, seen: bool) -> (Count, Vec<Count>) {
    let mut each = vec![Count::default(); CATEGORIES.len()];
    let mut all = Count::default();
    for line in lines(path) {
        let (kind, count, wrong) = tried(&line);
        each[CATEGORIES.iter().position(|other| *other == kind).unwrap()].add(count);
        all.add(count);
        if let Some(wrong) = wrong.filter(|_| seen) {
            println!("  {wrong}");
        }
    }
    (all, each)
}

#[test]
fn sentences_are_found_and_near_misses_let_be() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screen/sentences");
    let mut table = Vec::new();
    let mut low = Vec::new();
    let mut alarms = [Count::default(); 2];
    for (language, development, held_out) in LANGUAGES {
        println!("{language}:");
        for (part, (ending, floor)) in [("", development), (".held-out", held_out)].into_iter().enumerate() {
            let (all, each) = counted(&folder.join(format!("{language}{ending}.jsonl")), ending.is_empty());
            let each: Vec<String> = CATEGORIES
                .iter()
                .zip(&each)
                .map(|(kind, count)| format!("{kind} {}/{} {}/{}", count.found, count.hits, count.alarms, count.near))
                .collect();
            table.push(format!(
                "{:<12} hits {}/{} (same category {}), false alarms {}/{}; {}",
                format!("{language}{ending}"),
                all.found,
                all.hits,
                all.same,
                all.alarms,
                all.near,
                each.join(", ")
            ));
            alarms[part].add(all);
            if all.found * 100 < all.hits * floor {
                low.push(format!("{language}{ending}: {} of {} found, at least {floor} % expected", all.found, all.hits));
            }
            if ending.is_empty() && all.alarms * 100 > all.near * FALSE_ALARMS.0 {
                low.push(format!("{language}: {} false alarms in {} near misses", all.alarms, all.near));
            }
        }
    }
    println!("{}", table.join("\n"));
    let held_out = alarms[1];
    if held_out.alarms * 100 > held_out.near * FALSE_ALARMS.1 {
        low.push(format!("held out: {} false alarms in {} near misses", held_out.alarms, held_out.near));
    }
    assert!(low.is_empty(), "{}", low.join("\n"));
}

fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("SCRUPLE_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = named.unwrap_or(beside).join("special-cat");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no word lists at {}", folder.display());
    None
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

#[test]
fn descriptors_of_people_are_found() {
    let Some(folder) = corpus() else { return };
    let read = |name: &str| -> Value {
        let path = folder.join("holistic_bias/dataset/v1.1").join(name);
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let (descriptors, nouns) = (read("descriptors.json"), read("nouns.json"));
    let nouns: Vec<&str> = nouns
        .as_object()
        .unwrap()
        .values()
        .flat_map(|list| list.as_array().unwrap())
        .map(|pair| pair[0].as_str().unwrap())
        .collect();
    let (mut all, mut found) = (0, 0);
    for axis in AXES {
        let (mut here, mut hit, mut missed) = (0, 0, Vec::new());
        for descriptor in descriptors[axis].as_object().unwrap().values().flat_map(|list| list.as_array().unwrap()) {
            let name = descriptor.as_str().or_else(|| word(descriptor, "descriptor")).unwrap();
            let article = if name.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
            let before = hit;
            for (template, noun) in TEMPLATES.iter().flat_map(|template| nouns.iter().map(move |noun| (template, noun))) {
                let text = template.replace("{}", &format!("{article} {name} {noun}"));
                here += 1;
                hit += usize::from(!special(Field::Description, &text).is_empty());
            }
            if hit - before < TEMPLATES.len() * nouns.len() / 2 {
                missed.push(name.to_owned());
            }
        }
        println!("{axis}: {hit} of {here} sentences; mostly missed: {}", missed.join(", "));
        all += here;
        found += hit;
    }
    println!("descriptors: {found} of {all}");
    assert!(found * 100 >= all * 90, "{found} of {all}");
}

#[test]
fn neutral_sentences_raise_no_alarm() {
    let Some(folder) = corpus() else { return };
    let list = |name: &str| -> Vec<String> {
        let text = std::fs::read_to_string(folder.join("bias_madlibs_data").join(name)).unwrap();
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
    let alarms: Vec<&String> = texts.iter().filter(|text| !special(Field::Description, text).is_empty()).collect();
    println!("neutral: {} alarms in {} sentences: {:?}", alarms.len(), texts.len(), alarms.iter().take(10).collect::<Vec<_>>());
    assert!(alarms.len() * 100 <= texts.len() * 2);
}

#[test]
fn an_employer_or_a_school_is_not_a_creed() {
    for (field, text) in [
        (Field::WorksFor, "Catholic Relief Services"),
        (Field::WorksFor, "UNISON, regional office"),
        (Field::AlumniOf, "Université catholique de Lyon"),
        (Field::AlumniOf, "Katholische Universität Eichstätt"),
    ] {
        assert_eq!(special(field, text), vec![], "{text}");
    }
}

#[test]
fn a_megabyte_takes_no_longer_than_it_must() {
    // Words that begin many rules, phrases that nearly match, letters without an end: each would be slow if anything looked back too far.
    for text in ["catholic ", "i ", "my ", "member of ", "multiple ", "a", "i have i have cancer ", "not ", "Anna, 6, "] {
        let long = text.repeat(1_000_000 / text.len());
        let start = std::time::Instant::now();
        let half = special(Field::Description, &long[..long.len() / 2 / text.len() * text.len()]).len();
        let first = start.elapsed();
        let whole = special(Field::Description, &long).len();
        let second = start.elapsed() - first;
        println!("{text:?}: {half} and {whole} found, {first:?} and {second:?}");
        assert!(second < first * 6 + core::time::Duration::from_secs(1), "{text:?}: {first:?}, then {second:?}");
        assert!(second.as_secs() < 60, "{text:?}: {second:?}");
    }
}
