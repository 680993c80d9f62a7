//! `scruple export`: every format read by somebody else's reader and held to what its maintainers published.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use scruple::cli::Failure;
use scruple::export::{Exporter, Fault, Format, Language, Written};
use scruple::json::to_canonical;
use scruple::ledger::{CardRef, Entry, EntryKind, Event, EventKind, Line, PageEntry, Why};
use scruple::vocabulary::{
    Audience, Code, Country, Decision, Field, LegalBasis, Mode, PageKind, Purpose, Relation, Signal, State, Trace,
};
use serde_json::{Map, Value, json};

use super::random::{evidence, sometimes};
use super::run;
use super::sample::{Gone, Log, at, events, policy, sample};

/// The export of entries.
fn exported(entries: &[Entry], format: Format, language: Language) -> (String, Written) {
    let mut bytes = Vec::new();
    let mut exporter = Exporter::new(format, language, &mut bytes).unwrap();
    for entry in entries {
        exporter.entry(entry).unwrap();
    }
    let written = exporter.finish().unwrap();
    (String::from_utf8(bytes).unwrap(), written)
}

/// A table without its head, by the heads of its columns.
fn table(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let head = cells(reader.headers().unwrap());
    (head, reader.records().map(|record| cells(&record.unwrap())).collect())
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What OCSF 1.8.0 says of classes and objects.
struct Ocsf(Value);

impl Ocsf {
    fn read() -> Self {
        Self(serde_json::from_str(&fs::read_to_string(at("tests/export/ocsf-1.8.0.json")).unwrap()).unwrap())
    }

    /// Everything that is wrong with an event.
    fn faults(&self, event: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        let Some(class) = self.0["classes"].get(event["class_uid"].to_string()) else { return vec!["unknown class".into()] };
        let mut attributes = class["attributes"].as_object().unwrap().clone();
        for profile in event["metadata"]["profiles"].as_array().into_iter().flatten() {
            let Some(profile) = self.0["profiles"].get(profile.as_str().unwrap()) else {
                faults.push(format!("unknown profile {profile}"));
                continue;
            };
            attributes.extend(profile["attributes"].as_object().unwrap().clone());
        }
        self.object(event, &attributes, &Value::Null, "", &mut faults);
        let number = |key: &str| event[key].as_u64().unwrap_or(u64::MAX);
        if event["category_uid"] != class["category"] {
            faults.push("the category is not that of the class".into());
        }
        if number("type_uid") != number("class_uid") * 100 + number("activity_id") {
            faults.push("the type is not that of class and activity".into());
        }
        faults
    }

    fn object(&self, object: &Value, attributes: &Map<String, Value>, constraints: &Value, path: &str, faults: &mut Vec<String>) {
        let Some(members) = object.as_object() else {
            faults.push(format!("{path} is no object"));
            return;
        };
        for (name, attribute) in attributes {
            if attribute["requirement"] == "required" && !members.contains_key(name) {
                faults.push(format!("{path}.{name} is required"));
            }
        }
        if let Some(names) = constraints["at_least_one"].as_array()
            && !names.iter().any(|name| members.contains_key(name.as_str().unwrap()))
        {
            faults.push(format!("{path} has none of {names:?}"));
        }
        for (name, value) in members {
            let path = format!("{path}.{name}");
            let Some(attribute) = attributes.get(name) else {
                faults.push(format!("{path} is no attribute"));
                continue;
            };
            if attribute["deprecated"] == true {
                faults.push(format!("{path} is given up"));
            }
            let is_list = attribute["array"] == true;
            if is_list != value.is_array() || value.as_array().is_some_and(Vec::is_empty) {
                faults.push(format!("{path} is a list, and should not be, or is none"));
                continue;
            }
            for value in value.as_array().map_or_else(|| vec![value], |values| values.iter().collect()) {
                self.value(value, attribute, &path, faults);
            }
        }
    }

    fn value(&self, value: &Value, attribute: &Value, path: &str, faults: &mut Vec<String>) {
        let fits = match attribute["type"].as_str().unwrap() {
            "integer_t" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            "long_t" => value.is_i64(),
            "string_t" => value.is_string(),
            "boolean_t" => value.is_boolean(),
            "object" => value.is_object(),
            "json_t" => true,
            of => match self.0["objects"].get(of.trim_start_matches("object:")) {
                Some(schema) => {
                    self.object(value, schema["attributes"].as_object().unwrap(), &schema["constraints"], path, faults);
                    true
                }
                None => false,
            },
        };
        if !fits {
            faults.push(format!("{path} is no {}", attribute["type"]));
        }
        // Categories and classes have their numbers from elsewhere.
        let is_closed = !path.ends_with("category_uid") && !path.ends_with("class_uid");
        if let Some(known) = attribute["enum"].as_object().filter(|_| is_closed)
            && !known.contains_key(&value.to_string())
        {
            faults.push(format!("{path} cannot be {value}"));
        }
    }
}

/// The entry that an OCSF event was made of: nothing of it may be lost.
fn back(event: &Value) -> Value {
    let mut entry = event["unmapped"].clone();
    let kind = &event["metadata"]["event_code"];
    entry["index"] = event["metadata"]["sequence"].clone();
    entry["at"] = event["metadata"]["original_time"].clone();
    entry["kind"] = kind.clone();
    let mut put = |key: &str, value: &Value| {
        if !value.is_null() {
            entry[key] = value.clone();
        }
    };
    put("id", &event["metadata"]["original_event_uid"]);
    put("policy", &event["policy"]["uid"]);
    let resources: Vec<&Value> = event["web_resources"].as_array().into_iter().flatten().collect();
    let cards: Vec<&Value> = resources.iter().filter(|resource| resource["type"] == "card").map(|card| &card["uid"]).collect();
    if !cards.is_empty() {
        put("cards", &json!(cards));
    }
    if let Some(page) = resources.iter().find(|resource| resource["type"] == "page") {
        put("page", &page["name"]);
    }
    let (before, after) = (&event["entity"]["uid"], &event["entity_result"]["uid"]);
    match kind.as_str().unwrap() {
        "request_received" | "request_answered" => put("request", before),
        "key_changed" if after.is_null() => put("to", before),
        _ => {
            put("from", before);
            put("to", after);
        }
    }
    entry
}

#[test]
fn events_keep_to_the_schema_of_ocsf_and_lose_nothing() {
    let schema = Ocsf::read();
    assert_eq!(schema.0["version"], "1.8.0");
    let entries = sample().entries;
    let (text, _) = exported(&entries, Format::Ocsf, Language::English);
    let found = lines(&text);
    assert_eq!(found.len(), entries.len());
    for (event, entry) in found.iter().zip(&entries) {
        assert_eq!(schema.faults(event), Vec::<String>::new(), "{event:#}");
        assert_eq!(event["metadata"]["version"], "1.8.0");
        assert_eq!(back(event), serde_json::to_value(entry).unwrap());
    }
    assert_eq!((&found[0]["time"], &found[0]["type_uid"]), (&json!(1_700_000_000_000_u64), &json!(600_102)));
    let outcome = |at: usize| (&found[at]["status_id"], &found[at]["action_id"], &found[at]["disposition_id"]);
    assert_eq!(outcome(0), (&json!(1), &json!(1), &json!(1)), "captured");
    assert_eq!(outcome(3), (&json!(2), &json!(2), &json!(2)), "a wall");
    assert_eq!(outcome(6), (&json!(2), &json!(3), &json!(17)), "observed");
    // The check itself notices what is wrong.
    type Change = fn(&mut Value);
    let changes: [(Change, &str); 8] = [
        (|event| _ = event.as_object_mut().unwrap().remove("metadata"), ".metadata is required"),
        (|event| event["activity_id"] = json!(9), ".activity_id cannot be 9"),
        (|event| event["time"] = json!("2023"), ".time is no \"long_t\""),
        (|event| event["colour"] = json!("red"), ".colour is no attribute"),
        (|event| event["web_resources"] = json!([]), ".web_resources is a list, and should not be, or is none"),
        (|event| event["web_resources"] = json!([{"type": "card"}]), ".web_resources has none of"),
        (|event| event["category_uid"] = json!(3), "the category is not that of the class"),
        (|event| event["metadata"]["product"] = json!({"version": "1"}), ".metadata.product has none of"),
    ];
    for (change, says) in changes {
        let mut event = found[0].clone();
        change(&mut event);
        assert!(schema.faults(&event).iter().any(|fault| fault.starts_with(says)), "{says}: {:?}", schema.faults(&event));
    }
}

/// The terms of DPV 2.2.
struct Dpv {
    properties: BTreeSet<String>,
    /// What each class is declared as.
    classes: BTreeMap<String, String>,
}

impl Dpv {
    fn read() -> Self {
        let text = fs::read_to_string(at("tests/export/dpv-2.2.json")).unwrap();
        let terms: Value = serde_json::from_str(&text).unwrap();
        let (mut properties, mut classes) = (BTreeSet::new(), BTreeMap::new());
        for prefix in ["dpv", "pd", "eu-gdpr"] {
            let named = |term: &Value| format!("{prefix}:{}", term.as_str().unwrap());
            properties.extend(terms[prefix]["properties"].as_array().into_iter().flatten().map(named));
            for (kind, terms) in terms[prefix]["classes"].as_object().unwrap() {
                classes.extend(terms.as_array().unwrap().iter().map(|term| (named(term), kind.clone())));
            }
        }
        Self { properties, classes }
    }

    /// Everything in a node that DPV 2.2 does not know, or does not know as such.
    fn faults(&self, node: &Value, context: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        for (key, value) in node.as_object().unwrap() {
            let (prefix, _) = key.split_once(':').unwrap_or((key, ""));
            if !key.starts_with('@') && !context[prefix].is_string() {
                faults.push(format!("`{prefix}` is not in the context"));
            }
            if prefix == "dpv" && !self.properties.contains(key) {
                faults.push(format!("no property {key}"));
            }
            let kind = match key.as_str() {
                "@type" => None,
                "dpv:hasPersonalData" => Some("PersonalData"),
                "dpv:hasProcessing" => Some("Processing"),
                "dpv:hasPurpose" => Some("Purpose"),
                "dpv:hasLegalBasis" => Some("LegalBasis"),
                "dpv:hasFulfilmentStatus" => Some("RuleFulfilmentStatus"),
                "dpv:hasDataSource" => Some("DataSource"),
                "dpv:hasNoticeStatus" => Some("NoticeStatus"),
                "dpv:hasRequestStatus" => Some("RequestStatus"),
                "dpv:hasActivityStatus" => Some("ActivityStatus"),
                "dpv:hasRight" => Some("Right"),
                "dpv:hasTechnicalMeasure" => Some("TechnicalMeasure"),
                _ => {
                    for inner in value.as_array().map_or_else(|| vec![value], |values| values.iter().collect()) {
                        if inner.is_object() {
                            faults.extend(self.faults(inner, context));
                        }
                    }
                    continue;
                }
            };
            // A term that is no link would be a text, and nobody would find it.
            if key != "@type" && context[key]["@type"] != "@id" {
                faults.push(format!("{key} does not link"));
            }
            for term in value.as_array().map_or_else(|| vec![value], |values| values.iter().collect()) {
                let term = term.as_str().unwrap();
                match (self.classes.get(term), kind) {
                    (None, _) => faults.push(format!("no term {term}")),
                    // The root of its own kind is a term of it too.
                    (Some(known), Some(kind)) if known != kind && term != format!("dpv:{kind}") => {
                        faults.push(format!("{term} is {known}, not {kind}"));
                    }
                    _ => {}
                }
            }
        }
        faults
    }
}

fn document(entries: &[Entry]) -> Value {
    serde_json::from_str(&exported(entries, Format::Dpv, Language::English).0).unwrap()
}

#[test]
fn every_term_is_one_of_dpv_2_2() {
    let (dpv, entries) = (Dpv::read(), sample().entries);
    let document = document(&entries);
    let nodes = document["@graph"].as_array().unwrap();
    assert_eq!(nodes.len(), entries.len() + 1);
    assert_eq!(nodes[0], json!({"@id": "_:log", "@type": "dpv:DataProcessingRecord"}));
    for node in nodes {
        assert_eq!(dpv.faults(node, &document["@context"]), Vec::<String>::new(), "{node:#}");
    }
    for field in Field::ALL {
        assert!(field.dpv().is_none_or(|term| dpv.classes.get(term).map(String::as_str) == Some("PersonalData")), "{field}");
    }
    for basis in LegalBasis::ALL {
        assert_eq!(dpv.classes.get(basis.as_str()).map(String::as_str), Some("LegalBasis"), "{basis}");
    }
    for purpose in Purpose::ALL {
        assert_eq!(dpv.classes.get(purpose.as_str()).map(String::as_str), Some("Purpose"), "{purpose}");
    }
    // The check itself notices what is wrong.
    for (key, value, says) in [
        ("dpv:hasFulfilmentStatus", "dpv:ProhibitionFulfilled", "no term dpv:ProhibitionFulfilled"),
        ("dpv:hasPurpose", "pd:Name", "pd:Name is PersonalData, not Purpose"),
        ("dpv:hasShoeSize", "dpv:Purpose", "no property dpv:hasShoeSize"),
        ("schema:name", "x", "`schema` is not in the context"),
    ] {
        assert_eq!(dpv.faults(&json!({key: value}), &document["@context"]), [says]);
    }
}

#[test]
fn a_decision_is_a_rule_with_what_became_of_it() {
    let mut log = sample();
    let Entry::Page(page) = &mut log.entries[1] else { panic!("entry 1 is about a page") };
    // Allowed and dropped after reading; and one that somebody changed: denied, and taken all the same.
    let name = &mut page.decisions[Field::Name as usize];
    (name.taken, name.dropped) = (false, [Code::GuardChanged].into_iter().collect());
    page.decisions[Field::Telephone as usize].taken = true;
    let document = document(&log.entries);
    let process = &document["@graph"][2];
    let rule = |field: Field| -> Vec<&Value> {
        ["dpv:hasPermission", "dpv:hasProhibition"]
            .into_iter()
            .flat_map(|key| process[key].as_array().unwrap())
            .filter(|rule| rule["scruple:field"] == field.as_str())
            .collect()
    };
    for (field, kind, status) in [
        (Field::Headline, "dpv:Permission", "dpv:PermissionUtilised"),
        (Field::Name, "dpv:Permission", "dpv:PermissionNotUtilised"),
        (Field::Email, "dpv:Prohibition", "dpv:ProhibitionUnviolated"),
        (Field::Telephone, "dpv:Prohibition", "dpv:ProhibitionViolated"),
    ] {
        let [rule] = rule(field)[..] else { panic!("{field} has one rule") };
        assert_eq!((&rule["@type"], &rule["dpv:hasFulfilmentStatus"]), (&json!(kind), &json!(status)), "{field}");
    }
    let all: usize = ["dpv:hasPermission", "dpv:hasProhibition"].iter().map(|key| process[*key].as_array().unwrap().len()).sum();
    assert_eq!(all, Field::ALL.len());
    // Only what was taken.
    assert_eq!(process["dpv:hasPersonalData"], json!(["pd:City", "pd:CurrentEmployment", "pd:Job", "pd:TelephoneNumber"]));
    assert_eq!(
        (&process["dpv:hasPurpose"], &process["dpv:hasLegalBasis"]),
        (&json!("dpv:DirectMarketing"), &json!("eu-gdpr:A6-1-f"))
    );
    let wall = &document["@graph"][4];
    assert_eq!((&wall["dpv:hasProcessing"], &wall["dpv:hasPersonalData"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_table_has_a_row_for_each_field_and_event_in_words() {
    let entries = sample().entries;
    let rows: usize = entries.iter().map(|entry| entry.page().map_or(1, |page| page.decisions.len())).sum();
    for (language, field, outcome, reason, event) in [
        (Language::English, "E-mail", "Held back.", "The owner limits who may see it.", "Erased"),
        (Language::French, "E-mail", "Reste sur la page.", "La personne a limité l’accès", "Effacement"),
    ] {
        let (text, written) = exported(&entries, Format::Csv, language);
        assert!(text.starts_with('\u{feff}') && text.ends_with("\r\n"));
        assert_eq!(text.matches("\r\n").count(), rows + 1, "no cell of this log has a line of its own");
        assert_eq!(written, Written { entries: entries.len() as u64, records: rows as u64 });
        let (head, found) = table(&text);
        assert_eq!(found.len(), rows);
        assert_eq!(head[0], language.or("Entry", "Entrée"));
        let unique: BTreeSet<&String> = head.iter().collect();
        assert_eq!(unique.len(), head.len());
        let email = found.iter().find(|row| row[0] == "2" && row[12] == field).unwrap();
        assert_eq!((email[13].as_str(), email[14].as_str()), (language.yes(true), outcome));
        assert!(email[16].starts_with(reason) && email[23] == "deny.visibility.restricted", "{email:?}");
        let erased = found.iter().find(|row| row[2] == event).unwrap();
        assert_eq!(erased[26], format!("{}, {}", "1d".repeat(16), "2e".repeat(16)));
        // What is said of fields and of events stands in columns of their own.
        assert!(erased[3..26].iter().all(String::is_empty) && email[27..].iter().all(String::is_empty));
        let cut = found.iter().find(|row| row[0] == "5" && row[12] == language.field(Field::Headline)).unwrap();
        assert_eq!(cut[18], language.cut(Trace::Telephone));
    }
}

#[test]
fn an_entry_without_decisions_has_a_row_too() {
    let mut log = sample();
    let Entry::Page(page) = &mut log.entries[0] else { panic!("entry 0 is about a page") };
    page.decisions.clear();
    let (text, written) = exported(&log.entries[..1], Format::Csv, Language::English);
    let (_, rows) = table(&text);
    assert_eq!((rows.len(), written.records, rows[0][12].as_str()), (1, 1, ""));
    assert_eq!(rows[0][24], page_of(&log.entries[0]).policy);
}

fn page_of(entry: &Entry) -> &PageEntry {
    entry.page().unwrap()
}

/// Whatever is exported or told holds nothing of a page, and of the settings no more than the names of rules.
#[test]
fn no_export_holds_a_value_or_the_text_of_settings() {
    let scenarios = ["web-hcard", "li-2023-third-email", "li-2023-first-overlay", "li-stray-phone-in-headline"];
    let policy = policy("with-email.json").replace("Example", "Secretariat").replace("\"says\": \"", "\"says\": \"Secretariat: ");
    let managed = super::sample::policy("managed.json").replace("Example", "Secretariat");
    assert!(policy.matches("Secretariat").count() > 3 && managed.contains("Secretariat"));
    let mut log = Log::default();
    for scenario in scenarios {
        log.press(scenario, &policy, None);
        log.press(scenario, &policy, Some(&managed));
    }
    for event in events() {
        log.happens(event);
    }
    // What was captured, where, and what must never be read at all.
    let mut canaries: BTreeSet<String> = BTreeSet::new();
    for card in &log.cards {
        canaries.insert(card.source.url.clone());
        canaries.insert(card.salt.clone());
        canaries.extend(card.fields.values().flat_map(|kept| kept.values.clone()));
    }
    for scenario in scenarios {
        let text = fs::read_to_string(at(&format!("tests/scenarios/{scenario}/scenario.json"))).unwrap();
        let scenario: Value = serde_json::from_str(&text).unwrap();
        canaries.extend(scenario["expect"]["never"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()));
    }
    assert!(canaries.contains("Xenia Falk") && canaries.contains("canary-e64e-note") && canaries.len() > 15, "{canaries:?}");
    let file = log.file();
    let mut told: Vec<(String, String)> = Vec::new();
    for format in Format::WORDS {
        told.push(((*format).to_owned(), run(&["export", &file.0, "--as", format]).unwrap()));
    }
    told.push(("csv in French".into(), run(&["export", &file.0, "--as", "csv", "--lang", "fr"]).unwrap()));
    for (what, text) in &told {
        assert!(!text.contains("Secretariat"), "{what} holds the text of the settings");
    }
    for entry in 0..log.entries.len() {
        for more in [&["--lang", "fr"][..], &["--json"]] {
            let entry = entry.to_string();
            told.push((format!("audit of {entry}"), run(&[&["audit", &file.0, "--entry", &entry], more].concat()).unwrap()));
        }
    }
    told.push(("audit".into(), run(&["audit", &file.0]).unwrap()));
    for (what, text) in &told {
        for canary in &canaries {
            assert!(!text.contains(canary.as_str()), "{what} holds `{canary}`");
        }
    }
}

#[test]
fn entries_go_out_as_they_are() {
    let log = sample();
    let file = log.file();
    let told = run(&["export", &file.0, "--as", "jsonl"]).unwrap();
    assert!(log.written().starts_with(&told));
    assert_eq!(told.lines().count(), log.entries.len());
}

#[test]
fn an_export_goes_into_a_file_whole_or_not_at_all() {
    let log = sample().file();
    let out = Gone::nowhere();
    let told = run(&["export", &log.0, "--as", "csv", "--lang", "fr", "--to", &out.0]).unwrap();
    assert_eq!(told, format!("wrote {}: 20 entries as 181 records\n", out.0));
    assert_eq!(fs::read_to_string(&out.0).unwrap(), run(&["export", &log.0, "--as", "csv", "--lang", "fr"]).unwrap());
    for format in ["ocsf", "dpv", "jsonl"] {
        let told = run(&["export", &log.0, "--as", format, "--to", &out.0]).unwrap();
        assert_eq!(told, format!("wrote {}: 20 entries as 20 records\n", out.0));
        assert_eq!(fs::read_to_string(&out.0).unwrap(), run(&["export", &log.0, "--as", format]).unwrap());
    }
    // Not over the log, whatever it is called.
    let before = fs::read(&log.0).unwrap();
    let again = format!("{}/../{}", super::sample::folder(), &log.0[super::sample::folder().rfind('/').unwrap() + 1..]);
    for name in [&log.0, &again] {
        let told = run(&["export", &log.0, "--as", "jsonl", "--to", name]);
        assert_eq!(told, Err(Failure::Usage(format!("`{name}` is the log itself: name another file"))));
    }
    assert_eq!(fs::read(&log.0).unwrap(), before);
    // What is there stays as it is when the export fails, and nothing of it is left.
    let mut bad = Log::default();
    bad.happens(Event { cards: ["1d".repeat(16)].into_iter().collect(), ..Event::new(EventKind::Purged) });
    let Entry::Event(event) = &mut bad.entries[0] else { panic!("it is an event") };
    event.at = "yesterday".into();
    let bad = bad.file();
    let kept = fs::read(&out.0).unwrap();
    for format in ["ocsf", "dpv"] {
        let Err(Failure::Work(says)) = run(&["export", &bad.0, "--as", format, "--to", &out.0]) else { panic!("it is no time") };
        assert!(says.starts_with(&format!("log not verified: {}, line 1, entry 0: its time is no time", bad.0)), "{says}");
        assert_eq!(fs::read(&out.0).unwrap(), kept);
    }
    let beside = fs::read_dir(super::sample::folder()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(beside.filter(|name| name.to_string_lossy().starts_with(&out.0[super::sample::folder().len() + 1..])).count(), 1);
    let Err(Failure::Work(says)) = run(&["export", &log.0, "--as", "csv", "--to", &format!("{}/none/x", out.0)]) else {
        panic!("there is no such folder")
    };
    assert!(says.starts_with("cannot write `"), "{says}");
}

#[test]
fn what_is_called_wrongly_is_told() {
    let log = sample().file();
    let path = log.0.as_str();
    for (words, says) in [
        (&["export"][..], "which log?"),
        (&["export", path], "`--as` says in which format, and is needed: ocsf, dpv, csv, jsonl, tiles"),
        (&["export", path, "--as", "xml"], "`xml` is no format: write one of ocsf, dpv, csv, jsonl, tiles"),
        (&["export", path, "--as", "csv", "--lang", "de"], "`de` is no language it speaks: write `en` or `fr`"),
        (&["export", path, "--as", "dpv", "--lang", "fr"], "`--lang` is for `csv`: the other formats have words of their own"),
    ] {
        assert_eq!(run(words), Err(Failure::Usage(says.into())), "{words:?}");
    }
    let broken = Gone::of(&sample().written().replacen("captured", "refused", 1));
    let Err(Failure::Work(says)) = run(&["export", &broken.0, "--as", "csv"]) else { panic!("it verifies") };
    assert!(says.starts_with("log not verified: "), "{says}");
}

#[test]
fn an_event_that_lacks_what_it_needs_is_not_exported() {
    for format in Format::ALL {
        let mut exporter = Exporter::new(*format, Language::English, Vec::new()).unwrap();
        let event = Event { index: 7, at: "2026-01-01T00:00:00Z".into(), ..Event::new(EventKind::Erased) };
        let Err(fault @ Fault::Entry { .. }) = exporter.entry(&Entry::Event(event)) else { panic!("{format}") };
        assert_eq!(fault.to_string(), "entry 7: it lacks what an event of its kind has");
    }
}

#[test]
fn a_log_goes_out_as_a_folder_of_tiles_that_verifies() {
    let log = sample().file();
    let folder = Gone::of("");
    fs::remove_file(&folder.0).unwrap();
    let out = format!("{}-tiles", folder.0);
    assert_eq!(run(&["export", &log.0, "--as", "tiles"]), Err(Failure::Usage("tiles are a folder: name it with `--to`".into())));
    assert_eq!(run(&["export", &log.0, "--as", "tiles", "--to", &out]), Ok(format!("wrote {out}: 20 entries in tiles\n")));
    assert!(
        run(&["verify", &out]).unwrap().ends_with("log verified: 20 entries, 4 texts of settings\n"),
        "{:?}",
        run(&["verify", &out])
    );
    let Err(Failure::Work(says)) = run(&["export", &log.0, "--as", "tiles", "--to", &out]) else { panic!("it is not empty") };
    assert!(says.contains("the folder is not empty"), "{says}");
    fs::remove_dir_all(&out).unwrap();
}

#[test]
fn the_first_key_has_nothing_before_it() {
    let mut log = Log::default();
    log.happens(Event { to: Some("key-a".into()), why: Some(Why::First), ..Event::new(EventKind::KeyChanged) });
    let (text, _) = exported(&log.entries, Format::Ocsf, Language::English);
    let [event] = &lines(&text)[..] else { panic!("one event") };
    assert_eq!(Ocsf::read().faults(event), Vec::<String>::new());
    assert_eq!((&event["activity_id"], &event["severity_id"]), (&json!(1), &json!(1)));
    assert_eq!(back(event), serde_json::to_value(&log.entries[0]).unwrap());
}

/// Texts that make trouble: for tables, for spreadsheets, for lines, for readers of bytes.
fn text() -> impl Strategy<Value = String> {
    const NASTY: &[&str] = &[
        "=1+1",
        "+33",
        "-2",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "＝1",
        "a,b",
        "a\"b",
        "a\r\nb",
        "'x",
        "",
        " ",
        "é",
        "\u{feff}x",
        "\u{0}",
    ];
    prop_oneof![3 => "[a-z0-9@.]{0,12}", 2 => select(NASTY).prop_map(str::to_owned), 1 => any::<String>()]
}

prop_compose! {
    fn line()(
        (field, decision, would) in (select(Field::ALL), select(Decision::ALL), weighted(0.1, select(Decision::ALL))),
        (present, taken) in (any::<bool>(), any::<bool>()),
        (codes, dropped) in (sometimes(0.9, Code::ALL), sometimes(0.1, Code::ALL)),
        rules in vec(text(), 0..3),
        audience in select(Audience::ALL),
        evidence in vec(evidence(), 0..3),
        (states, cuts) in (sometimes(0.2, State::ALL), sometimes(0.2, Trace::ALL)),
    ) -> Line {
        let rules = rules.into_iter().collect();
        Line { field, decision, would, present, taken, codes, dropped, rules, audience, evidence, states, cuts }
    }
}

prop_compose! {
    fn page()(
        (kind, page, relation, mode) in (select(EntryKind::ALL), select(PageKind::ALL), select(Relation::ALL), select(Mode::ALL)),
        (id, adapter, policy) in (text(), text(), text()),
        (use_id, purpose, basis) in (weighted(0.3, text()), weighted(0.8, select(Purpose::ALL)), weighted(0.8, select(LegalBasis::ALL))),
        country in weighted(0.3, select(&["FR", "DE"][..])),
        hosts in vec(text(), 0..3),
        (signals, refusal) in (sometimes(0.2, Signal::ALL), weighted(0.2, select(Code::ALL))),
        decisions in vec(line(), 0..4),
        card in weighted(0.5, (text(), text())),
    ) -> Entry {
        Entry::Page(Box::new(PageEntry {
            v: 1, index: 0, at: String::new(), kind, id, adapter, page, relation, policy, mode, use_id, purpose, basis,
            country: country.and_then(Country::from_word), hosts: hosts.into_iter().collect(), signals, refusal, decisions,
            card: card.map(|(id, commitment)| CardRef { id, commitment }),
        }))
    }
}

prop_compose! {
    fn event()(which in 0..EventKind::ALL.len(), words in vec(text(), 6), why in select(Why::ALL)) -> Entry {
        let mut event = events().swap_remove(which);
        let mut words = words.into_iter();
        for member in [&mut event.from, &mut event.to, &mut event.request, &mut event.recipient].into_iter().flatten() {
            *member = words.next().unwrap();
        }
        if !event.cards.is_empty() {
            event.cards = words.collect();
        }
        event.why = event.why.map(|_| why);
        Entry::Event(event)
    }
}

/// Entries in their places, a minute apart.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    vec(prop_oneof![3 => page(), 1 => event()], 0..6).prop_map(|mut entries| {
        for (place, entry) in entries.iter_mut().enumerate() {
            let time = scruple::time::rfc3339(1_700_000_000_000 + place as u64 * 60_000);
            let (index, at) = match entry {
                Entry::Page(page) => (&mut page.index, &mut page.at),
                Entry::Event(event) => (&mut event.index, &mut event.at),
            };
            (*index, *at) = (place as u64, time);
        }
        entries
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_export_is_read_by_others_and_counts_the_same(entries in entries(), language in select(Language::ALL)) {
        static SCHEMAS: LazyLock<(Ocsf, Dpv)> = LazyLock::new(|| (Ocsf::read(), Dpv::read()));
        let (schema, dpv) = &*SCHEMAS;
        let all = entries.len() as u64;

        let (text, written) = exported(&entries, Format::Jsonl, language);
        prop_assert_eq!(written, Written { entries: all, records: all });
        let expected: Vec<String> = entries.iter().map(|entry| to_canonical(entry).unwrap()).collect();
        prop_assert_eq!(text.lines().collect::<Vec<_>>(), expected);

        let (text, written) = exported(&entries, Format::Ocsf, language);
        let found = lines(&text);
        prop_assert_eq!((written.records, found.len() as u64), (all, all));
        for (event, entry) in found.iter().zip(&entries) {
            prop_assert_eq!(schema.faults(event), Vec::<String>::new());
            prop_assert_eq!(back(event), serde_json::to_value(entry).unwrap());
        }

        let document = document(&entries);
        let nodes = document["@graph"].as_array().unwrap();
        prop_assert_eq!(nodes.len() as u64, all + 1);
        for node in nodes {
            prop_assert_eq!(dpv.faults(node, &document["@context"]), Vec::<String>::new());
        }

        let (text, written) = exported(&entries, Format::Csv, language);
        let (head, rows) = table(&text);
        let expected: usize = entries.iter().map(|entry| entry.page().map_or(1, |page| page.decisions.len().max(1))).sum();
        prop_assert_eq!((written.records, rows.len()), (expected as u64, expected));
        for row in &rows {
            prop_assert_eq!(row.len(), head.len());
            for cell in row {
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']), "{cell:?}");
            }
            let entry = &entries[row[0].parse::<usize>().unwrap()];
            if let Some(page) = entry.page() {
                // What is no formula is untouched; what is, is the same behind an apostrophe.
                let adapter = &row[4];
                let behind = format!("'{}", page.adapter);
                prop_assert!(*adapter == page.adapter || *adapter == behind, "{adapter:?}");
            }
        }
    }
}
