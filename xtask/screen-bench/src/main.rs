//! What the screen finds in public labelled texts, beside what others find in the same, and what it costs: the measure of `cargo xtask bench screen`.
//!
//! It calls the library and counts with the code of the tests, so both mean the same by a find. Others are programs of their own: they are given the
//! texts as files, and tell what they found and how long it took (`tests/browser/bench-screen.mjs`, `tests/screen/presidio.py`).
//!
//! One JSON document is printed: rows as of every bench, every single measure, and the tables of the page about it (`www/screen.md`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measure that cannot go on fails; nothing of it ships"
)]

#[path = "../../../tests/screen/labelled.rs"]
#[allow(dead_code, reason = "what shows single misses is for the tests")]
mod labelled;
#[path = "../../../tests/screen/sentences.rs"]
mod sentences;

use std::env;
use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use scruple::screen::{BUILT_IN, Hit, Orders, Screen};
use scruple::vocabulary::{Country, Field, Trace};
use serde_json::{Value, json};

use labelled::{SYNTHETIC, Score, Set, corpus, examples, specifications, synthetic};
use sentences::{CATEGORIES, Count, counted, descriptors, neutral};

/// How often the timed texts are gone through; the median counts.
const PASSES: usize = 11;

/// Sizes of the texts that are to be slow, in MB; and how many seconds one of them may take, if the bench is to end some day.
const SIZES: [usize; 4] = [1, 2, 5, 10];
const LONGEST: f64 = 40.0;

/// Languages of the sentences, in the order of the table.
const LANGUAGES: [&str; 8] = ["de", "en", "es", "fr", "it", "nl", "pl", "pt"];

/// Somebody who looks for contact details.
struct Engine {
    name: String,
    /// What it looks for; all kinds, if it is ours.
    kinds: Vec<Trace>,
    /// For each set what was found in each of its texts; nothing, where only its speed is known.
    hits: Option<Vec<Vec<Vec<Hit>>>>,
    /// Timed texts a second.
    speed: f64,
    /// How many example numbers came out right, written as at home and as from outside.
    numbers: Option<(usize, usize)>,
}

/// What is printed.
#[derive(Default)]
struct Results {
    rows: Vec<Value>,
    measures: Vec<Value>,
    page: Vec<(&'static str, String)>,
}

fn main() {
    let screen = Screen::built_in().unwrap();
    let mut results = Results::default();
    contacts(&screen, &mut results);
    let missed = set_apart(&screen, &mut results);
    if env::args().any(|word| word == "--quick") {
        eprintln!("skipped: long texts");
    } else {
        long_texts(&screen, &mut results);
    }
    let page: serde_json::Map<_, _> = results.page.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
    println!(
        "{}",
        json!({ "bench": "screen", "rows": results.rows, "measures": results.measures, "failing_sentences": missed, "page": page })
    );
}

/// Contact details: what is found, numbers in one form, and speed.
fn contacts(screen: &Screen, results: &mut Results) {
    let Some(folder) = corpus("presidio-research") else { return };
    let mut sets: Vec<Set> = SYNTHETIC.iter().map(|file| synthetic(&folder, file)).collect();
    sets.extend(corpus("recognizers-text").map(|folder| specifications(&folder)).unwrap_or_default());
    let (numbers, others) = corpus("libphonenumber").map(|folder| examples(&folder)).unwrap_or_default();

    let timed: Vec<&str> = sets[0].texts.iter().map(|labelled| labelled.text.as_str()).collect();
    let us = Country::from_word("US").unwrap();
    let right = |found: &dyn Fn(&labelled::Example) -> Option<String>| {
        numbers.iter().filter(|example| found(example).as_ref() == Some(&example.right)).count()
    };
    let native = Engine {
        name: "ours".into(),
        kinds: Trace::ALL.to_vec(),
        hits: Some(sets.iter().map(|set| set.texts.iter().map(|labelled| screen.contacts(&labelled.text)).collect()).collect()),
        speed: speed(&timed, |text| screen.contacts(text).len()),
        numbers: Some((
            right(&|example| screen.normalised(&example.home, example.country)),
            right(&|example| screen.normalised(&example.outside, us)),
        )),
    };
    let orders = Orders::default();
    let whole = speed(&timed, |text| {
        usize::from(screen.screen(Field::Description, text, &[], &orders) == scruple::screen::Screened::Masked)
    });
    let engines: Vec<Engine> = [native].into_iter().chain(peers(&sets, &numbers)).collect();

    found(&sets, &engines, results);
    if !numbers.is_empty() {
        normal_forms(numbers.len(), others, &engines, results);
    }
    speeds(timed.len(), whole, &engines, results);
}

/// The seconds that something takes: those in which this thread had a processor, where the system tells them, or else those that pass. What else the
/// machine does is not to count, for nobody.
fn seconds(work: impl FnOnce()) -> f64 {
    let on_processor = || {
        let told = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        told.split_whitespace().next()?.parse().ok().map(|ns: f64| ns / 1e9)
    };
    let (clock, begun) = (Instant::now(), on_processor());
    work();
    on_processor().zip(begun).map_or_else(|| clock.elapsed().as_secs_f64(), |(end, begun)| end - begun)
}

/// Texts a second, by the median of several passes.
fn speed(texts: &[&str], search: impl Fn(&str) -> usize) -> f64 {
    let pass = || {
        seconds(|| {
            for text in texts {
                black_box(search(black_box(text)));
            }
        })
    };
    pass();
    per_second(texts.len(), (0..PASSES).map(|_| pass()).collect())
}

fn per_second(texts: usize, mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).map_or(0.0, |median| float(texts) / median)
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// Asks all others that are there.
fn peers(sets: &[Set], numbers: &[labelled::Example]) -> Vec<Engine> {
    let folder = env::var_os("SCRUPLE_WORKSHOP").map_or_else(env::temp_dir, PathBuf::from).join("screen");
    fs::create_dir_all(&folder).unwrap();
    let (texts_at, numbers_at) = (folder.join("texts.jsonl"), folder.join("numbers.jsonl"));
    let mut lines = String::new();
    for (place, set) in sets.iter().enumerate() {
        for labelled in &set.texts {
            writeln!(lines, "{}", json!({ "text": labelled.text, "country": set.country, "timed": place == 0 })).unwrap();
        }
    }
    fs::write(&texts_at, lines).unwrap();
    let mut lines = String::new();
    for example in numbers {
        let labelled::Example { territory, home, outside, .. } = example;
        writeln!(lines, "{}", json!({ "home": home, "outside": outside, "country": territory })).unwrap();
    }
    fs::write(&numbers_at, lines).unwrap();

    let passes = PASSES.to_string();
    let mut answers = String::new();
    if let Some(script) = env::var_os("SCRUPLE_NODE_SCRIPT") {
        answers += &asked(Command::new("node").arg(script).args([&texts_at, &numbers_at]).arg(&passes));
    }
    match (env::var_os("SCRUPLE_PYTHON"), env::var_os("SCRUPLE_PYTHON_SCRIPT")) {
        (Some(python), Some(script)) => answers += &asked(Command::new(python).arg(script).arg(&texts_at).arg(&passes)),
        _ => eprintln!("skipped: Presidio, which is not installed"),
    }
    answers.lines().map(|line| engine(&serde_json::from_str(line).unwrap(), sets, numbers)).collect()
}

/// What a program printed; one that fails is left out, and has said why.
fn asked(command: &mut Command) -> String {
    match command.stderr(Stdio::inherit()).output() {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).unwrap(),
        Ok(output) => {
            eprintln!("skipped: {}: {}", command.get_program().display(), output.status);
            String::new()
        }
        Err(error) => {
            eprintln!("skipped: {}: {error}", command.get_program().display());
            String::new()
        }
    }
}

/// Reads what one engine told of itself.
fn engine(answer: &Value, sets: &[Set], numbers: &[labelled::Example]) -> Engine {
    let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    let unit = text("unit");
    let mut all = answer["hits"].as_array().map(|hits| hits.iter());
    let hits = all.as_mut().map(|all| {
        let texts = |set: &Set| set.texts.iter().map(|labelled| read(all.next().unwrap(), &labelled.text, &unit)).collect();
        sets.iter().map(texts).collect()
    });
    let seconds = answer["seconds"].as_array().unwrap().iter().map(|seconds| seconds.as_f64().unwrap()).collect();
    let normal = answer["numbers"].as_array().map(|forms| {
        let right = |place: usize| forms.iter().zip(numbers).filter(|(form, number)| form[place] == number.right.as_str()).count();
        (right(0), right(1))
    });
    Engine {
        name: [text("name"), text("version")].join(" ").trim().to_owned(),
        kinds: answer["kinds"].as_array().unwrap().iter().filter_map(|kind| Trace::from_word(kind.as_str()?)).collect(),
        hits,
        speed: per_second(sets[0].texts.len(), seconds),
        numbers: normal,
    }
}

/// What an engine found in one text, with its offsets brought to bytes.
fn read(hits: &Value, text: &str, unit: &str) -> Vec<Hit> {
    let offset = |value: &Value| {
        let asked = usize::try_from(value.as_u64().unwrap()).unwrap();
        if unit == "bytes" {
            return (0..=asked.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        }
        let mut units = 0;
        let at = text.char_indices().find(|(_, c)| {
            let here = units >= asked;
            units += if unit == "utf16" { c.len_utf16() } else { 1 };
            here
        });
        at.map_or(text.len(), |(at, _)| at)
    };
    let hits = hits.as_array().unwrap().iter().filter_map(|hit| {
        let span: Range<usize> = offset(&hit[1])..offset(&hit[2]);
        Some(Hit { span, kind: Trace::from_word(hit[0].as_str()?)?, rule: String::new(), confidence: 100 })
    });
    hits.collect()
}

/// What of each kind is found in each set.
fn found(sets: &[Set], engines: &[Engine], results: &mut Results) {
    let told: Vec<&Engine> = engines.iter().filter(|engine| engine.hits.is_some()).collect();
    let mut kinds = table(&told, &["texts", "kind", "labels"]);
    let mut languages = table(&told, &["texts", "labels"]);
    for (place, set) in sets.iter().enumerate() {
        for kind in set.kinds.iter().copied() {
            let scores: Vec<Option<Score>> = told
                .iter()
                .map(|engine| {
                    let hits = engine.hits.as_ref().and_then(|hits| hits.get(place));
                    hits.filter(|_| engine.kinds.contains(&kind)).map(|hits| Score::of(set, kind, hits))
                })
                .collect();
            let ours = scores[0].unwrap();
            let labels = ours.found + ours.missed;
            if labels == 0 {
                continue;
            }
            let what = named(kind);
            for (engine, score) in told.iter().zip(&scores) {
                let Some(score) = score else { continue };
                results.measures.push(json!({
                    "set": set.name, "kind": what, "engine": engine.name, "labels": labels, "found": score.found, "wrong": score.wrong,
                    "recall": rounded(score.recall()), "precision": rounded(score.precision()), "f1": rounded(score.f1()),
                }));
                // Plain web addresses stay, so there is nothing to compare.
                if engine.name != told[0].name && kind != Trace::PersonalLink {
                    results.rows.push(json!({
                        "what": format!("{what}, {}", short(&set.name)), "unit": "F1", "ours": rounded(ours.f1()), "peer": engine.name,
                        "theirs": rounded(score.f1()), "ratio": if score.found > 0 { rounded(ours.f1() / score.f1()) } else { Value::Null },
                    }));
                }
            }
            let mut cells: Vec<String> = scores.iter().map(|score| score.map_or_else(|| "–".to_owned(), shares)).collect();
            if kind == Trace::PersonalLink {
                cells[0] = format!("stay: {} cut", ours.found + ours.wrong);
            }
            let cells = cells.join(" | ");
            let _ = match set.name.split_once("/PhoneNumberModel") {
                Some((language, _)) => writeln!(languages, "| {language} | {labels} | {cells} |"),
                None => writeln!(kinds, "| {} | {what} | {labels} | {cells} |", short(&set.name)),
            };
        }
    }
    results.page.push(("kinds", kinds));
    results.page.push(("phones", languages));
}

/// What a kind is called where others find it: they take every web address and every date.
fn named(kind: Trace) -> &'static str {
    match kind {
        Trace::PersonalLink => "any web address",
        Trace::BirthDate => "any date",
        kind => kind.as_str(),
    }
}

/// The name of a set without what all have in common.
fn short(name: &str) -> &str {
    let name = name.rsplit_once("data/").map_or(name, |(_, name)| name);
    name.strip_suffix(".json").unwrap_or(name)
}

/// Recall, precision and their mean.
fn shares(score: Score) -> String {
    format!("{} / {} / {}", hundredth(score.recall()), hundredth(score.precision()), hundredth(score.f1()))
}

fn hundredth(share: f64) -> String {
    // What is not whole is not to look as if it were.
    let share = if share < 1.0 { share.min(0.999) } else { share };
    format!("{share:.3}")
}

/// The head of a table with a column for each engine.
fn table(engines: &[&Engine], first: &[&str]) -> String {
    let names: Vec<&str> = first.iter().copied().chain(engines.iter().map(|engine| engine.name.as_str())).collect();
    head(&names)
}

fn head(names: &[&str]) -> String {
    format!("| {} |\n|{}\n", names.join(" | "), " --- |".repeat(names.len()))
}

fn rounded(value: f64) -> Value {
    json!((value * 1000.0).round() / 1000.0)
}

/// How many of the example numbers come out in their one form.
fn normal_forms(all: usize, others: usize, engines: &[Engine], results: &mut Results) {
    let mut page = head(&["", "as written at home", "with the code of the country"]);
    let able: Vec<(&str, (usize, usize))> =
        engines.iter().filter_map(|engine| Some((engine.name.as_str(), engine.numbers?))).collect();
    let percent = |count: usize| 100.0 * float(count) / float(all);
    for (name, (home, outside)) in &able {
        let _ = writeln!(page, "| {name} | {home} ({:.2} %) | {outside} ({:.2} %) |", percent(*home), percent(*outside));
    }
    let (_, (home, outside)) = able[0];
    for (name, (their_home, their_outside)) in able.iter().skip(1) {
        for (what, ours, theirs) in [("at home", home, their_home), ("with code", outside, their_outside)] {
            results.rows.push(json!({
                "what": format!("E.164, {all} numbers {what}"), "unit": "%", "ours": rounded(percent(ours)), "peer": name,
                "theirs": rounded(percent(*theirs)), "ratio": rounded(float(ours) / float(*theirs)),
            }));
        }
    }
    let _ = writeln!(
        page,
        "\n{all} example numbers of countries; {others} more are of no country (satellites, free numbers of the world)."
    );
    results.page.push(("numbers", page));
}

/// Texts a second.
fn speeds(texts: usize, whole: f64, engines: &[Engine], results: &mut Results) {
    let ours = engines[0].speed;
    // The first of them that tells no hits is the guard as it ships, looking for contact details.
    let shipped = engines.iter().find(|engine| engine.hits.is_none()).map(|engine| engine.speed);
    let mut page = head(&["", "texts a second", "ours is … times as fast", "ours as it ships"]);
    let mut line = |name: &str, speed: f64| {
        let times = |ours: Option<f64>| ours.map_or_else(|| "–".to_owned(), |ours| format!("{:.2}", ours / speed));
        let _ = writeln!(page, "| {name} | {speed:.0} | {} | {} |", times(Some(ours)), times(shipped));
        for (ours, how) in [(Some(ours), ""), (shipped, ", as it ships")] {
            let Some(ours) = ours.filter(|ours| *ours != speed) else { continue };
            results.rows.push(json!({
                "what": format!("{texts} texts of {}{how}", short(SYNTHETIC[0])), "unit": "/s", "ours": ours.round(), "peer": name,
                "theirs": speed.round(), "ratio": rounded(ours / speed),
            }));
        }
    };
    line("ours, contact details", ours);
    line("ours, everything", whole);
    for engine in engines.iter().skip(1) {
        line(&engine.name, engine.speed);
    }
    results.page.push(("speed", page));
}

/// What the law sets apart: own sentences and public lists. Gives back the sentences of development that fail.
fn set_apart(screen: &Screen, results: &mut Results) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/screen/sentences");
    let names: Vec<&str> = ["", "all"].into_iter().chain(CATEGORIES.iter().map(|kind| kind.as_str())).collect();
    let mut missed = Vec::new();
    for held_out in [false, true] {
        let mut page = head(&names);
        let mut sums = vec![Count::default(); CATEGORIES.len() + 1];
        let mut row = |name: &str, counts: &[Count]| {
            let cell = |count: &Count| format!("{}/{} · {}/{}", count.found, count.hits, count.alarms, count.near);
            let _ = writeln!(page, "| {name} | {} |", counts.iter().map(cell).collect::<Vec<_>>().join(" | "));
        };
        for language in LANGUAGES {
            let found = counted(screen, &folder, language, held_out);
            let counts: Vec<Count> = [found.all].into_iter().chain(found.each).collect();
            row(language, &counts);
            for (sum, count) in sums.iter_mut().zip(&counts) {
                sum.add(*count);
            }
            missed.extend(found.wrong.iter().map(|wrong| [language, ": ", wrong].concat()));
        }
        row("all", &sums);
        let what = if held_out { "held out" } else { "development" };
        for (name, count) in names.iter().skip(1).zip(&sums) {
            results.measures.push(json!({
                "set": format!("sentences, {what}"), "kind": name, "engine": "ours", "labels": count.hits, "found": count.found,
                "same": count.same, "near": count.near, "alarms": count.alarms,
            }));
        }
        let [all, ..] = sums.as_slice() else { continue };
        for (what, count, of) in [("found", all.found, all.hits), ("false alarms", all.alarms, all.near)] {
            let what = format!("own sentences {}, {what}", if held_out { "held out" } else { "of development" });
            results.rows.push(json!({ "what": what, "unit": "%", "ours": rounded(100.0 * float(count) / float(of)) }));
        }
        results.page.push((if held_out { "held-out" } else { "development" }, page));
    }

    let Some(folder) = corpus("special-cat") else { return missed };
    let mut page = head(&["", "sentences", "found", "mostly missed"]);
    for axis in descriptors(screen, &folder) {
        let share = 100.0 * float(axis.found) / float(axis.sentences);
        let name = axis.name.replace('_', " ");
        let _ = writeln!(page, "| {name} | {} | {share:.1} % | {} |", axis.sentences, axis.missed.join(", "));
        results.rows.push(json!({ "what": format!("descriptors, {name}"), "unit": "%", "ours": rounded(share) }));
    }
    let texts = neutral(&folder);
    let alarms = texts.iter().filter(|text| !sentences::special(screen, Field::Description, text).is_empty()).count();
    let share = 100.0 * float(alarms) / float(texts.len());
    let _ = writeln!(page, "| neutral sentences about work | {} | {share:.1} % (false alarms) | |", texts.len());
    results.rows.push(json!({ "what": "neutral sentences, false alarms", "unit": "%", "ours": rounded(share) }));
    results.page.push(("descriptors", page));
    missed
}

/// Texts that would be slow if anything looked back or ahead too far: time for each byte must not grow with the text.
fn long_texts(screen: &Screen, results: &mut Results) {
    let words: Vec<Value> = BUILT_IN.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let groups = words.iter().filter_map(|document| document["groups"].as_object());
    let lists = groups.flat_map(|groups| groups.values().flat_map(|group| group.as_array().unwrap()));
    let every: Vec<&str> = lists.flat_map(|list| list.as_str().unwrap().split(", ")).collect();
    let every = every.join(" ").replace('*', "") + " ";
    let forms: [(&str, &str); 14] = [
        ("digits", "1234567890"),
        ("`a@a@a@`", "a@"),
        ("`+33 +33 `", "+33 "),
        ("`((((`", "("),
        ("one long word", "a"),
        ("`1 1 1 1 `", "1 "),
        ("`at at at dot dot `", "at at at dot dot "),
        ("capitals", "ABC "),
        ("names", "Anna "),
        ("combining marks", "e\u{301}\u{302}"),
        ("no letters", "…–\u{a0}"),
        ("`I have my `", "I have my "),
        ("`i `", "i "),
        ("every word of every rule", &every),
    ];
    let sizes: Vec<String> = SIZES.iter().map(|size| format!("{size} MB")).collect();
    let names: Vec<&str> = ["ns a byte"].into_iter().chain(sizes.iter().map(String::as_str)).chain(["longest to 1 MB"]).collect();
    let mut page = head(&names);
    let orders = Orders::default();
    for (name, part) in forms {
        let mut costs: Vec<f64> = Vec::new();
        for size in SIZES {
            let text = part.repeat(size * 1_000_000 / part.len() + 1);
            if costs.last().is_some_and(|cost| cost * float(text.len()) / 1e9 > LONGEST) {
                break;
            }
            let took = seconds(|| _ = black_box(screen.screen(Field::Description, black_box(&text), &[], &orders)));
            costs.push(took * 1e9 / float(text.len()));
        }
        eprintln!("{name}: {costs:.0?} ns a byte");
        let (first, last) = (costs[0], costs[costs.len() - 1]);
        let cell = |place| costs.get(place).map_or_else(|| "–".to_owned(), |cost| format!("{cost:.0}"));
        let cells: Vec<String> = (0..SIZES.len()).map(cell).collect();
        let _ = writeln!(page, "| {name} | {} | {:.2} |", cells.join(" | "), last / first);
        results.rows.push(json!({
            "what": format!("{name}, {} MB", SIZES[costs.len() - 1]), "unit": "ns/B", "ours": rounded(last), "peer": "ours, 1 MB",
            "theirs": rounded(first), "ratio": rounded(first / last),
        }));
    }
    results.page.push(("long", page));
}
