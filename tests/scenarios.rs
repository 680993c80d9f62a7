//! Every scenario under `tests/scenarios`, judged natively. The browser tests run the same folders.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use scruple::cli::inspect_page;
use scruple::guard::Report;
use scruple::vocabulary::{Code, Decision, Field};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    url: String,
    says: String,
    #[serde(default)]
    policy: Option<String>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    #[serde(default)]
    page: ExpectedPage,
    /// Codes that every verdict must carry.
    #[serde(default)]
    all: Vec<String>,
    #[serde(default)]
    verdicts: BTreeMap<String, Vec<String>>,
    card: Option<BTreeMap<String, ExpectedValues>>,
    #[serde(default)]
    never: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedPage {
    kind: Option<String>,
    relation: Option<String>,
    signals: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ExpectedValues {
    One(String),
    Many(Vec<String>),
}

impl ExpectedValues {
    fn into_list(self) -> Vec<String> {
        match self {
            Self::One(value) => vec![value],
            Self::Many(values) => values,
        }
    }
}

fn code(word: &str) -> Code {
    Code::from_word(word).expect("a code")
}

/// What differs between a scenario and the report on it; nothing, if it holds.
fn differences(expect: Expect, report: &Report) -> Vec<String> {
    let mut wrong = Vec::new();
    let page = &report.page;
    if expect.page.kind.is_some_and(|kind| kind != page.kind.as_str()) {
        wrong.push(format!("kind is {}", page.kind));
    }
    if expect.page.relation.is_some_and(|relation| relation != page.relation.as_str()) {
        wrong.push(format!("relation is {}", page.relation));
    }
    if expect.page.signals.is_some_and(|signals| signals != serde_json::to_value(&page.signals).unwrap()) {
        wrong.push(format!("signals are {:?}", page.signals));
    }
    for verdict in &report.verdicts {
        let codes: Vec<Code> = verdict.reasons.iter().map(|reason| reason.code).collect();
        let mut wanted: Vec<Code> = expect.all.iter().map(|word| code(word)).collect();
        let mut decision = Decision::Deny;
        if let Some((first, rest)) = expect.verdicts.get(verdict.field.as_str()).and_then(|words| words.split_first()) {
            decision = Decision::from_word(first).expect("a decision");
            wanted.extend(rest.iter().map(|word| code(word)));
        }
        let exact = decision == Decision::Deny || codes == wanted;
        if verdict.decision != decision || !exact || wanted.iter().any(|code| !codes.contains(code)) {
            wrong.push(format!("{}: {} {codes:?}, wanted {decision} {wanted:?}", verdict.field, verdict.decision));
        }
    }
    match (expect.card, &report.card) {
        (None, None) => {}
        (Some(wanted), Some(card)) => {
            for (field, values) in wanted {
                let field = Field::from_word(&field).expect("a field");
                let kept = card.fields.get(&field).map(|kept| kept.values.clone()).unwrap_or_default();
                let values = values.into_list();
                if kept != values {
                    wrong.push(format!("card has {field} {kept:?}, wanted {values:?}"));
                }
            }
            let allowed =
                |field: &Field| expect.verdicts.get(field.as_str()).is_some_and(|words| words.iter().any(|word| word == "allow"));
            wrong.extend(card.fields.keys().filter(|field| !allowed(field)).map(|field| format!("card has {field}")));
        }
        (wanted, kept) => wrong.push(format!("there is a card: {}, wanted: {}", kept.is_some(), wanted.is_some())),
    }
    let text = serde_json::to_string(report).unwrap();
    wrong.extend(expect.never.iter().filter(|secret| text.contains(*secret)).map(|secret| format!("`{secret}` is in the report")));
    wrong
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

#[test]
fn every_scenario_comes_out_as_it_says() {
    let mut failures = Vec::new();
    let folders = folders();
    assert!(folders.len() > 80, "the scenarios are there");
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let scenario: Scenario = serde_json::from_str(&fs::read_to_string(folder.join("scenario.json")).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let policy = folder.join(scenario.policy.as_deref().unwrap_or("policy.json"));
        let policy = fs::read_to_string(&policy).unwrap_or_else(|error| panic!("{name}: {}: {error}", policy.display()));
        let page = fs::read_to_string(folder.join("page.html")).unwrap();
        let report = inspect_page(&policy, &page, &scenario.url, true).unwrap();
        let wrong = differences(scenario.expect, &report);
        if !wrong.is_empty() {
            failures.push(format!("{name} ({})\n    {}", scenario.says, wrong.join("\n    ")));
        }
    }
    assert!(failures.is_empty(), "{} scenarios failed\n{}", failures.len(), failures.join("\n"));
}
