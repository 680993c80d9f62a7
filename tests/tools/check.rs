//! `policy check`.

use std::fs;

use proptest::prelude::*;
use scruple::cli::Failure;
use scruple::json::to_canonical;
use scruple::policy::Policy;
use serde_json::{Map, Value, json};

use super::random::{self, Drawn};
use super::{Gone, at, document, json as answer, run};

/// What is found in a text.
fn errors(text: &str) -> Vec<Value> {
    let path = Gone::of(text);
    answer(&["policy", "check", &path.0])["errors"].as_array().unwrap().clone()
}

fn warnings(path: &str, more: &[&str]) -> Vec<String> {
    let answer = answer(&[&["policy", "check", path], more].concat());
    assert_eq!(answer["errors"], json!([]));
    answer["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| format!("{}:{} {} {}", warning["line"], warning["column"], warning["rule"], warning["what"]))
        .collect()
}

#[test]
fn five_mistakes_are_told_in_one_run_each_with_its_place_and_what_to_write() {
    let path = at("tests/tools/five-mistakes.json");
    let told = [
        "3:43: error: unknown field `contcat`\n  write: `contact`\n",
        "10:17: error: expected a list, found a text\n  write: [\"name\"]\n",
        "16:13: error: another rule is called `professional` already\n  write: `professional-2`\n",
        "17:85: error: unknown field name `birthDay`\n  write: `birthDate`\n",
        "19:26: error: `retention.days` is above 1096 (three years) and needs a `reason`\n  write: 1096 or less, or add `\"reason\": ...`\n",
    ];
    let told: String = told.iter().map(|error| format!("{path}:{error}")).collect();
    assert_eq!(run(&["policy", "check", &path]), Err(Failure::Found(format!("{told}{path}: 5 errors\n"))));
    let answer = answer(&["policy", "check", &path]);
    assert_eq!(
        answer["errors"][3],
        json!({"line": 17, "column": 85, "what": "unknown field name `birthDay`", "instead": "`birthDate`"})
    );
    assert_eq!((answer["errors"].as_array().unwrap().len(), &answer["warnings"]), (5, &json!([])));
}

#[test]
fn five_mistakes_are_five_wherever_they_are() {
    // Each document has a mistyped key, a wrong type, an id that stands twice, a word nobody knows, and a retention that is too long.
    for (text, marks) in [
        (
            r#"{"$shcema": "x", "version": "one", "controller": {"name": "A", "contact": "a@a.example"}, "uses": [{"id": "main", "purpose": "dpv:Sales", "basis": {"kind": "eu-gdpr:A6-1-b"}}], "retention": {"days": 1097, "reason": " "}}"#,
            ["\"$shcema\"", "\"one\"", "\"main\"", "\"dpv:Sales\"", "1097"],
        ),
        (
            // Behind a mistyped key everything is looked at as well.
            r#"{"version": 1, "controller": {"name": "A", "contact": "a@a.example"}, "permti": [{"id": "a", "says": "é", "fields": ["name"], "audiences": ["public_web"], "evidence": "attested"}], "forbid": [{"id": "a", "says": "ß", "groups": ["privat"]}], "retention": {"days": 4000}}"#,
            ["\"permti\"", "\"attested\"", "\"a\", \"says\": \"ß\"", "\"privat\"", "4000"],
        ),
        (
            r#"{"version": 1, "controller": 7, "signals": {"noindx": "deny"}, "uses": [{"id": "u", "purpose": "dpv:DirectMarketing", "basis": {"kind": "eu-gdpr:A6-1-b"}}, {"id": "u", "channel": "post", "purpose": "dpv:DirectMarketing", "basis": {"kind": "eu-gdpr:A6-1-b"}}], "retenion": {"days": 2000}}"#,
            ["7", "\"noindx\"", "\"u\", \"channel\"", "\"retenion\"", "2000"],
        ),
    ] {
        let found = errors(text);
        let columns: Vec<usize> = marks.iter().map(|mark| text[..text.find(mark).unwrap()].chars().count() + 1).collect();
        let places: Vec<usize> = found.iter().map(|error| error["column"].as_u64().unwrap() as usize).collect();
        assert_eq!(places, columns, "{found:#?}");
        assert!(found.iter().all(|error| !error["instead"].as_str().unwrap().is_empty()), "{found:#?}");
    }
}

/// A policy in which everything stands that may stand there.
fn full() -> Value {
    document("tests/tools/full.json")
}

/// A step from a value to one in it.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Item(usize),
}

type Path = Vec<Step>;

/// Every place in a document but the whole.
fn places(value: &Value) -> Vec<Path> {
    let children: Vec<(Step, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(place, value)| (Step::Item(place), value)).collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (step, child) in children {
        found.push(vec![step.clone()]);
        found.extend(places(child).into_iter().map(|rest| [vec![step.clone()], rest].concat()));
    }
    found
}

fn value_at<'a>(value: &'a mut Value, path: &[Step]) -> &'a mut Value {
    path.iter().fold(value, |value, step| match step {
        Step::Key(key) => &mut value[key.as_str()],
        Step::Item(place) => &mut value[*place],
    })
}

/// A mistake at a place. Its text stands nowhere else in the document.
#[derive(Clone, Debug)]
enum Mistake {
    /// A letter too many in the key.
    Key(String),
    /// Something of another type, or a word that nobody knows.
    Value(Value),
}

/// Makes a mistake, and gives back how it is written.
fn make(document: &mut Value, path: &[Step], mistake: &Mistake) -> String {
    match mistake {
        Mistake::Value(wrong) => {
            *value_at(document, path) = wrong.clone();
            wrong.to_string()
        }
        Mistake::Key(letter) => {
            let Some((Step::Key(key), front)) = path.split_last() else { panic!("no key") };
            let Value::Object(members) = value_at(document, front) else { panic!("no object") };
            let mistyped = format!("{key}{letter}");
            *members = members
                .iter()
                .map(|(other, value)| (if other == key { &mistyped } else { other }.clone(), value.clone()))
                .collect::<Map<_, _>>();
            format!("\"{mistyped}\":")
        }
    }
}

/// All mistakes that can be made in one place, written with a number.
fn mistakes(document: &mut Value, path: &[Step], number: u32) -> Vec<Mistake> {
    let mark = 77_000 + number;
    let words = [
        "kind",
        "purpose",
        "channel",
        "mode",
        "fields",
        "groups",
        "audiences",
        "evidence",
        "relations",
        "purposes",
        "bases",
        "countries",
        "channels",
        "hosts",
        "signals",
        "modes",
    ];
    let value = value_at(document, path).clone();
    let mut found = match value {
        Value::Number(_) => vec![json!(format!("w{mark}")), json!([mark]), json!({"w": mark}), json!(false)],
        Value::String(_) => vec![json!(mark), json!([mark]), json!({"w": mark})],
        _ => vec![json!(mark), json!(format!("w{mark}"))],
    };
    // `false` can stand in one place only for it to be found again.
    found.retain(|wrong| *wrong != json!(false) || path.last() == Some(&Step::Key("version".into())));
    let inside = match path {
        [Step::Key(list), Step::Key(_)] if list == "modes" || list == "signals" => list,
        [.., Step::Key(list), Step::Item(_)] | [.., Step::Key(list)] => list,
        _ => "",
    };
    if value.is_string() && words.contains(&inside) {
        found.push(json!(format!("W{mark}")));
    }
    let mut found: Vec<Mistake> = found.into_iter().map(Mistake::Value).collect();
    let free = matches!(path, [Step::Key(first), _] if first == "modes" || first == "signals");
    if matches!(path.last(), Some(Step::Key(_))) && !free {
        found.push(Mistake::Key(format!("{number}")));
    }
    found
}

/// Where the mistakes stand in a text: line and column.
fn found_at(text: &str, marks: &[String]) -> Vec<(u64, u64)> {
    let mut found: Vec<(u64, u64)> = marks
        .iter()
        .map(|mark| {
            // A value of several lines begins with the first of them.
            let at = text.find(mark.as_str()).unwrap_or_else(|| panic!("{mark} in {text}"));
            let before = &text[..at];
            let line = before.matches('\n').count() + 1;
            (line as u64, before.rsplit('\n').next().unwrap().chars().count() as u64 + 1)
        })
        .collect();
    found.sort_unstable();
    found
}

/// A text in which each member stands in a line of its own, and each value of several parts in one.
fn written(value: &Value) -> String {
    fn write(value: &Value, out: &mut String) {
        match value {
            Value::Object(members) => {
                out.push('{');
                for (place, (key, value)) in members.iter().enumerate() {
                    out.push_str(if place > 0 { ",\n" } else { "\n" });
                    out.push_str(&format!("\"{key}\":"));
                    write(value, out);
                }
                out.push('}');
            }
            Value::Array(items) => {
                out.push('[');
                for (place, value) in items.iter().enumerate() {
                    out.push_str(if place > 0 { "," } else { "" });
                    write(value, out);
                }
                out.push(']');
            }
            other => out.push_str(&other.to_string()),
        }
    }
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn told_at(text: &str) -> Vec<(u64, u64)> {
    errors(text).iter().map(|error| (error["line"].as_u64().unwrap(), error["column"].as_u64().unwrap())).collect()
}

fn mark_of(wrong: String) -> String {
    // An object is written over several lines.
    wrong.replace("{\"w\"", "{\n\"w\"")
}

#[test]
fn every_single_mistake_is_told_once_and_where_it_is() {
    let full = full();
    assert_eq!(errors(&written(&full)), Vec::<Value>::new());
    let mut count = 0;
    for path in places(&full) {
        for mistake in mistakes(&mut full.clone(), &path, 1) {
            let mut document = full.clone();
            let mark = mark_of(make(&mut document, &path, &mistake));
            let text = written(&document);
            assert_eq!(told_at(&text), found_at(&text, &[mark]), "{path:?} {mistake:?} {:#?}", errors(&text));
            count += 1;
        }
    }
    assert!(count > 250, "{count}");
}

#[test]
fn what_may_be_left_out_may_and_what_must_be_there_is_missed_once() {
    let full = full();
    let needed = [
        "version",
        "controller",
        "retention",
        "controller.name",
        "controller.contact",
        "retention.days",
        "retention.reason",
        "basis.kind",
        "uses.0.id",
        "uses.0.purpose",
        "uses.0.basis",
        "uses.0.basis.kind",
        "permit.0.id",
        "permit.0.says",
        "permit.0.audiences",
        "permit.0.evidence",
        "permit.0.assessment",
        "forbid.0.id",
        "forbid.0.says",
    ];
    for path in places(&full) {
        let Some((Step::Key(key), front)) = path.split_last() else { continue };
        let name: Vec<String> = path
            .iter()
            .map(|step| match step {
                Step::Key(key) => key.clone(),
                Step::Item(place) => place.to_string(),
            })
            .collect();
        let is_needed = needed.contains(&name.join(".").as_str());
        let mut without = full.clone();
        value_at(&mut without, front).as_object_mut().unwrap().remove(key);
        let mut null = full.clone();
        *value_at(&mut null, &path) = Value::Null;
        assert_eq!(errors(&written(&without)).len(), usize::from(is_needed), "{path:?}");
        let null = errors(&written(&null));
        // Where it may be left out, nothing may stand in its place as well, or else that is told.
        assert!(if is_needed { null.len() == 1 } else { null.len() <= 1 }, "{path:?}: {null:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_mistakes_are_two(first in any::<prop::sample::Index>(), second in any::<prop::sample::Index>(), kinds in any::<[prop::sample::Index; 2]>()) {
        let full = full();
        let places = places(&full);
        let (first, second) = (first.get(&places), second.get(&places));
        // Not one in what the other takes away.
        prop_assume!(first != second);
        let a = kinds[0].get(&mistakes(&mut full.clone(), first, 1)).clone();
        let b = kinds[1].get(&mistakes(&mut full.clone(), second, 2)).clone();
        let hides = |mistake: &Mistake, outer: &Path, inner: &Path| matches!(mistake, Mistake::Value(_)) && inner.starts_with(outer);
        prop_assume!(!hides(&a, first, second) && !hides(&b, second, first));
        let mut both = [(first, &a), (second, &b)];
        // The inner one first, while the keys to it are what they were.
        both.sort_by_key(|(path, _)| core::cmp::Reverse(path.len()));
        let mut document = full.clone();
        let marks: Vec<String> = both.iter().map(|(path, mistake)| mark_of(make(&mut document, path, mistake))).collect();
        let text = written(&document);
        prop_assert_eq!(told_at(&text), found_at(&text, &marks), "{:?} {:#?}", both, errors(&text));
    }

    #[test]
    fn comments_change_no_place(bits in any::<u64>(), path in any::<prop::sample::Index>(), kind in any::<prop::sample::Index>()) {
        let mut document = full();
        let places = places(&document);
        let path = path.get(&places);
        let mistake = kind.get(&mistakes(&mut document.clone(), path, 1)).clone();
        let mark = mark_of(make(&mut document, path, &mistake));
        let comments = ["/* é « \" */", " // ß \\ /*\n", "/* two\n\tlines – 😀 */", "\r\n"];
        let mut text = String::new();
        for (place, part) in written(&document).split_inclusive(",\n").enumerate() {
            text.push_str(part);
            text.push_str(if bits >> (place % 64) & 1 == 1 { comments[place % comments.len()] } else { "" });
        }
        let text = text.replace("}]", "},]");
        prop_assert_eq!(told_at(&text), found_at(&text, &[mark.replace("}]", "},]")]), "{}", text);
    }
}

#[test]
fn a_comment_that_does_not_end_and_a_key_that_stands_twice_are_told() {
    let text = fs::read_to_string(at("www/policies/team.jsonc")).unwrap();
    let line = text[..text.find("/* New").unwrap()].matches('\n').count() + 1;
    let path = Gone::of(&text.replace("compare. */", "compare."));
    let path = &path.0;
    let told = format!("{path}:{line}:5: error: this comment does not end\n  write: `*/` behind it\n{path}: 1 error\n");
    assert_eq!(run(&["policy", "check", path]), Err(Failure::Found(told)));
    let twice = errors("{\"version\": 1, // one\n \"version\": 1}");
    assert_eq!((&twice[0]["line"], &twice[0]["what"]), (&json!(2), &json!("this key stands here a second time")));
    assert_eq!(errors("5")[0]["what"], "expected an object, found a number");
    assert_eq!(errors("").len(), 1);
}

#[test]
fn hosts_are_written_as_sites_are_known() {
    let with = |host: &str| {
        let mut document = full();
        document["forbid"][0]["hosts"] = json!([host]);
        errors(&written(&document))
            .iter()
            .map(|error| format!("{}; {}", error["what"].as_str().unwrap(), error["instead"].as_str().unwrap()))
            .collect::<String>()
    };
    assert_eq!(with("x.com"), "");
    assert_eq!(with("www.x.com"), "`www.x.com` fits no site: they are known without `www.`; `x.com`");
    assert_eq!(with("https://x.com"), "`https://x.com` is no host; the host alone in small letters, such as `linkedin.com`");
}

#[test]
fn settings_of_an_organisation_are_looked_at_as_such() {
    let path = at("www/policies/managed.json");
    assert_eq!(run(&["policy", "check", &path, "--managed"]).unwrap(), format!("{path}: sound\n"));
    let told = answer(&["policy", "check", &at("www/policies/professional.json"), "--managed"]);
    assert_eq!(told["errors"][0]["what"], "missing field `organisation`");
    // Without a permission of their own they are judged on top of whatever a policy could permit.
    let settings = r#"{"organisation": "O", "forbid": [
        {"id": "wide", "says": "w", "groups": ["contact"]},
        {"id": "narrow", "says": "n", "fields": ["email"], "channels": ["phone"], "bases": ["eu-gdpr:A6-1-b"]},
        {"id": "other", "says": "o", "fields": ["name"], "purposes": ["dpv:CustomerRelationshipManagement"], "channels": ["post"]},
        {"id": "denied", "says": "d", "fields": ["name"], "audiences": ["only_me"]}]}"#;
    assert_eq!(
        warnings(&Gone::of(settings).0, &["--managed"]),
        [
            "3:9 \"narrow\" \"rule `narrow` changes nothing: rule `wide` forbids all of it\"",
            "5:9 \"denied\" \"rule `denied` changes nothing today: nothing permits what it forbids\"",
        ]
    );
}

#[test]
fn what_is_sound_and_not_as_it_was_meant_is_warned_of() {
    let path = at("tests/tools/warnings.jsonc");
    let told = fs::read_to_string(at("tests/tools/warnings.txt")).unwrap();
    let told: String = told.lines().map(|line| format!("{path}:{line}\n")).collect();
    assert_eq!(run(&["policy", "check", &path]).unwrap(), told);
    let answer = answer(&["policy", "check", &path]);
    assert_eq!(answer["warnings"].as_array().unwrap().len(), 17);
    assert_eq!(
        answer["warnings"][2],
        json!({"line": 12, "column": 5, "rule": "dead", "what": "rule `dead` permits nothing: rule `contact` forbids all of it"})
    );
}

#[test]
fn what_makes_everything_denied_is_warned_of() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut document = document("www/policies/professional.json");
        document["forbid"] = json!([]);
        change(&mut document);
        warnings(&Gone::of(&document.to_string()).0, &[])
    };
    assert_eq!(with(&|_| {}), Vec::<String>::new());
    let without = |key: &'static str| with(&|document| _ = document.as_object_mut().unwrap().remove(key));
    assert_eq!(without("purpose"), ["1:1 null \"no `purpose` is named: everything is denied\""]);
    assert_eq!(without("basis"), ["1:1 null \"no `basis` is named: everything is denied\""]);
    let told = with(&|document| document["basis"] = json!({"kind": "eu-gdpr:A6-1-f"}));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].ends_with("\"this basis needs an `assessment`, the reference of its balancing test: everything is denied\""),
        "{told:?}"
    );
    let told = with(&|document| {
        document["mode"] = json!("strict");
        document["permit"][0]["evidence"] = json!(["published_markup"]);
    });
    assert!(
        told[0].ends_with(
            "\"rule `professional` permits nothing where the mode is `strict`: it accepts only evidence that is inferred\""
        ),
        "{told:?}"
    );
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn the_samples_are_sound() {
    for (path, count) in [("professional.json", 2), ("with-email.json", 2), ("team.jsonc", 0)] {
        assert_eq!(warnings(&at(&format!("www/policies/{path}")), &[]).len(), count, "{path}");
    }
}

/// Whether two policies allow and deny the same.
fn same(before: &Policy, after: &Policy) -> bool {
    let [before, after] = [before, after].map(|policy| Gone::of(&to_canonical(policy).unwrap()));
    super::json(&["policy", "diff", &before.0, &after.0])["fields"] == json!([])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::diff::cases(), max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// A rule that is warned of can go and nothing changes; a prohibition that is not warned of cannot.
    #[test]
    fn a_rule_is_without_effect_just_if_it_is_warned_of(Drawn(policy) in random::local()) {
        // With purposes, bases and modes that deny everything, no rule has an effect, and that is told otherwise.
        let usable = policy.purpose.is_some() && policy.basis.as_ref().is_some_and(|basis| basis.usable().is_some()) && policy.uses.iter().all(|one| one.basis.usable().is_some());
        prop_assume!(usable);
        let policy = Policy { mode: None, modes: Default::default(), ..policy };
        let text = to_canonical(&policy).unwrap();
        let found = answer(&["policy", "check", &Gone::of(&text).0]);
        let found = found["warnings"].as_array().unwrap();
        let is_told = |id: &str, what: &str| found.iter().any(|warning| warning["rule"] == id && warning["what"].as_str().unwrap().contains(what));
        let has_pair = |id: &str| found.iter().any(|warning| warning["what"].as_str().unwrap().starts_with("rules") && warning["what"].as_str().unwrap().contains(&format!("`{id}`")));
        for rule in &policy.forbid {
            let without = Policy { forbid: policy.forbid.iter().filter(|other| other.id != rule.id).cloned().collect(), ..policy.clone() };
            let told = is_told(&rule.id, "changes nothing");
            // Of two that forbid the same, one is told of. What contradicts a permission is told with that.
            let excused = has_pair(&rule.id) || is_told(&rule.id, "asks for the channel") || found.iter().any(|warning| warning["what"].as_str().unwrap().contains(&format!("rule `{}` forbids all of it", rule.id)));
            let is_same = same(&policy, &without);
            prop_assert!(told <= is_same, "`{}` is told to change nothing, and it does", rule.id);
            prop_assert!(is_same <= (told || excused), "`{}` changes nothing, and that is not told: {:#?}", rule.id, found);
        }
        for rule in policy.permit.iter().flatten().filter(|rule| is_told(&rule.id, "permits nothing")) {
            let permit = policy.permit.iter().flatten().filter(|other| other.id != rule.id).cloned().collect();
            let without = Policy { permit: Some(permit), ..policy.clone() };
            prop_assert!(same(&policy, &without), "`{}` is told to permit nothing, and it does", rule.id);
        }
    }
}
