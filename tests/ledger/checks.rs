//! What is checked beside the tree: order in time, keys, settings, earlier checkpoints and cards.

use std::sync::LazyLock;

use proptest::prelude::*;
use scruple::json::{from_canonical, from_str, to_canonical};
use scruple::ledger::checkpoint::Signed;
use scruple::ledger::{Against, Cards, Entry, EventKind, LogFault, Place, Seen, leaf_hash, verify};
use scruple::time::rfc3339;
use serde_json::{Value, json};

use super::sample::{Sample, card, card_id, event, names_key, page, public, public_text, sign};
use super::tamper::check;

const ORIGIN: &str = "scruple/sample";

fn sample(count: u64) -> Sample {
    Sample::new(ORIGIN, count, 7)
}

/// What is wrong with a log of which everything was written anew, so that only what it says can tell.
fn faults_of(sample: Sample, against: &Against) -> Vec<LogFault> {
    check(sample.renumbered().written().as_bytes(), against).faults
}

fn alone(sample: Sample) -> Vec<LogFault> {
    faults_of(sample, &Against::default())
}

/// The only thing that is wrong.
#[track_caller]
fn only(faults: &[LogFault], entry: Option<u64>, says: &str) {
    let [fault] = faults else { panic!("{faults:#?}") };
    assert!(fault.entry == entry && fault.what.contains(says), "{fault}");
}

fn at(entry: &mut Entry, time: &str) {
    match entry {
        Entry::Page(page) => page.at = time.into(),
        Entry::Event(event) => event.at = time.into(),
    }
}

#[test]
fn what_goes_by_is_handed_out_in_order() {
    let sample = sample(300);
    let (mut entries, mut settings) = (Vec::new(), Vec::new());
    let verdict = verify(sample.written().as_bytes(), &Against::default(), &mut |seen| match seen {
        Seen::Entry { entry, .. } => entries.push(entry.clone()),
        Seen::Settings { text, .. } => settings.push(text),
        Seen::Checkpoint(note) => assert_eq!(note, sample.checkpoint(300)),
    })
    .unwrap();
    assert_eq!((verdict.faults.len(), verdict.settings), (0, 2));
    assert_eq!((entries, settings), (sample.entries.clone(), sample.settings.clone()));
    assert_eq!(verdict.checkpoint.unwrap().origin, ORIGIN);
    let checked = scruple::ledger::read(&sample.written()).unwrap();
    assert_eq!((checked.entries.len(), checked.settings.iter().count()), (300, 2));
    let fault = scruple::ledger::read(&sample.written().replacen("\"present\":true", "\"present\":false", 1)).unwrap_err();
    assert_eq!((fault.place.clone(), fault.entry), (Place::Line(2), Some(1)));
    assert!(fault.to_string().starts_with("line 2, entry 1: it was changed or replaced"), "{fault}");
}

#[test]
fn time_goes_on() {
    let mut back = sample(20);
    at(&mut back.entries[9], "2025-12-31T23:59:59Z");
    only(&alone(back.clone()), Some(9), "its time lies before that of entry 8");
    // Whoever writes the same second twice is not late.
    let mut same = sample(20);
    let before = same.entries[8].at().to_owned();
    at(&mut same.entries[9], &before);
    assert_eq!(alone(same), []);
    let mut wrong = sample(20);
    at(&mut wrong.entries[9], "2026-02-30T00:00:00Z");
    only(&alone(wrong), Some(9), "its time is no time");
    // An anomaly tells of it, and time goes on from there.
    let anomaly = |from: &str, to: &str| {
        let mut told = sample(20);
        let mut event = event(9, EventKind::ClockAnomaly);
        (event.at, event.from, event.to) = ("2025-12-31T23:59:59Z".into(), Some(from.into()), Some(to.into()));
        told.entries[9] = Entry::Event(event);
        told.entries.truncate(10);
        told.entries.push(page(10, 7));
        at(&mut told.entries[10], "2026-01-01T00:00:01Z");
        alone(told)
    };
    let last = sample(20).entries[8].at().to_owned();
    assert_eq!(anomaly(&last, "2025-12-31T23:59:59Z"), []);
    assert_eq!(anomaly("2027-01-01T00:00:00Z", "2025-12-31T23:59:59Z"), []);
    for (from, to) in [
        // It went forward; it was later already; it is not that late yet; these are no times.
        ("2025-12-31T23:59:58Z", "2025-12-31T23:59:59Z"),
        ("2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z"),
        (last.as_str(), "2026-01-01T00:00:00Z"),
        ("then", "now"),
    ] {
        only(&anomaly(from, to), Some(9), "the times of the clock do not fit");
    }
}

#[test]
fn events_have_what_their_kind_has() {
    let mut bare = sample(10);
    bare.entries[3] = Entry::Event(event(3, EventKind::Erased));
    only(&alone(bare), Some(3), "it lacks what an event of its kind has");
    let mut more = sample(10);
    let mut noticed = event(3, EventKind::Noticed);
    (noticed.cards, noticed.to) = ([card_id(3)].into_iter().collect(), Some("somebody".into()));
    more.entries[3] = Entry::Event(noticed);
    only(&alone(more), Some(3), "it has what an event of its kind does not have");
}

#[test]
fn settings_are_there_once_and_are_those_that_entries_name() {
    let mut none = sample(10);
    none.settings.clear();
    let faults = alone(none);
    assert!(
        faults.len() == 2 && faults.iter().all(|fault| fault.what == "the settings that it names are not in the log"),
        "{faults:#?}"
    );
    assert_eq!([faults[0].entry, faults[1].entry].iter().flatten().sum::<u64>(), 3, "the first that name them: 1 and 2");
    let mut twice = sample(10);
    twice.settings.push(twice.settings[0].clone());
    only(&alone(twice), None, "these settings stand here twice");
    let mut added = sample(10);
    added.settings.push("{}".into());
    only(&alone(added), None, "no entry names these settings");
    // An event may name settings under which nothing was decided: their text may be there or not.
    let mut event = event(3, EventKind::PolicyChanged);
    let named = scruple::digest::named;
    (event.from, event.to) = (Some(named("{}")), Some(named("[]")));
    let mut changed = sample(10);
    changed.entries[3] = Entry::Event(event);
    assert_eq!(alone(changed.clone()), []);
    changed.settings.push("{}".into());
    assert_eq!(alone(changed), []);
}

#[test]
fn the_key_that_was_named_last_signs() {
    // Nobody is named and nobody signs.
    let mut nobody = sample(10);
    (nobody.entries[0], nobody.signer) = (page(0, 7), None);
    let verdict = check(nobody.written().as_bytes(), &Against::default());
    assert_eq!((verdict.faults, verdict.signers.len()), (vec![], 0));
    // A signature of a stranger is none.
    nobody.signer = Some(9);
    let verdict = check(nobody.written().as_bytes(), &Against::default());
    assert_eq!((verdict.faults, verdict.signers.len()), (vec![], 0));
    let given = |seed| Against { key: Some(public(ORIGIN, seed)), ..Against::default() };
    assert_eq!(check(nobody.written().as_bytes(), &given(9)).signers[0].named_by, None);
    only(&faults_of(nobody.clone(), &given(7)), None, "was to have signed the checkpoint, and did not");

    // The one that is named must sign.
    let signed = sample(10);
    let verdict = check(signed.written().as_bytes(), &given(7));
    assert_eq!((verdict.faults.len(), verdict.signers[0].named_by), (0, Some(0)));
    for signer in [None, Some(8)] {
        only(&alone(Sample { signer, ..signed.clone() }), None, "which entry 0 names, did not sign the checkpoint");
    }
    // After a change it is the other one.
    let mut rotated = sample(10);
    rotated.entries[3] = names_key(3, ORIGIN, Some(7), 8);
    only(&alone(rotated.clone()), None, "which entry 3 names, did not sign the checkpoint");
    rotated.signer = Some(8);
    assert_eq!(alone(rotated.clone()), []);
    only(&faults_of(rotated.clone(), &given(7)), None, "was to have signed the checkpoint, and did not");
    // The one before is the one before.
    rotated.entries[3] = names_key(3, ORIGIN, Some(9), 8);
    only(&alone(rotated.clone()), Some(3), "is not the one that the log named last");
    rotated.entries[3] = names_key(3, ORIGIN, None, 8);
    only(&alone(rotated.clone()), Some(3), "is not the one that the log named last");
    let mut unreadable = sample(10);
    let Entry::Event(event) = &mut unreadable.entries[0] else { panic!() };
    event.to = Some(public_text(ORIGIN, 7).to_uppercase());
    only(&alone(unreadable), Some(0), "the key it names cannot be read");
    // A signature that does not fit.
    let text = sample(10).written();
    let (start, _) = text.split_once("\\n\\n\u{2014} ").unwrap();
    let other = sign("another text\n", ORIGIN, 7).split_once("\n\n").unwrap().1.replace('\n', "\\n");
    let forged = format!("{start}\\n\\n{other}\",\"scruple_log\":2}}\n");
    only(&check(forged.as_bytes(), &Against::default()).faults, None, "does not fit the text");
}

#[test]
fn the_last_line_is_a_checkpoint_of_this_kind_of_log() {
    let text = Sample { signer: None, entries: vec![page(0, 7)], settings: sample(2).settings, origin: ORIGIN }.written();
    let check = |text: String| check(text.as_bytes(), &Against::default()).faults;
    assert_eq!(check(text.clone()), []);
    for origin in ["scruple/", "other/sample", "scruple/a b", "scruple/a+b"] {
        only(&check(text.replace("scruple/sample", origin)), None, "the origin of the checkpoint");
    }
    only(&check(text.replace("\"scruple_log\":2", "\"scruple_log\":3")), None, "of version 3, and only 2 is known");
    only(&check(text.replace("\\n1\\n", "\\n01\\n")), None, "no number of entries");
    only(&check(text.replace("\\n1\\n", "\\n2\\n")), Some(1), "the checkpoint counts 2 entries, and there are 1");
    only(&check(text.replace("\"scruple_log\":2", "\"scruple_log\": 2")), None, "not in canonical form");
    only(&check(text.clone() + "\n"), None, "behind the checkpoint");
    only(&check(text.clone() + "{}"), None, "behind the checkpoint");
    let old = "{\"root\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"scruple_log\":1,\"size\":0}\n";
    only(&check(old.to_owned()), None, "of version 1, and only 2 is known");
    // Two entries on a line of another system.
    let faults = check(text.replace('\n', "\r\n"));
    assert!(faults[0].what.contains("carriage return") && faults[0].entry == Some(0), "{faults:#?}");
    let long = text.replacen("{\"adapter\":\"", &format!("{{\"adapter\":\"{}", "x".repeat(70_000)), 1);
    assert!(check(long)[0].what.contains("an entry has at most 65535 bytes"));
    let longer = text.replacen("{\"adapter\":\"", &format!("{{\"adapter\":\"{}", "x".repeat(1 << 22)), 1);
    assert!(check(longer)[0].what.contains("the line is longer than"));
}

#[test]
fn an_earlier_checkpoint_finds_what_was_rewritten_or_cut() {
    let sample = sample(600);
    let against = |note: &str| Against { earlier: Some(Signed::parse(note.as_bytes()).unwrap()), ..Against::default() };
    for size in [0, 1, 255, 256, 300, 600] {
        let verdict = check(sample.written().as_bytes(), &against(&sample.checkpoint(size)));
        assert_eq!((verdict.faults, verdict.earlier_signers), (vec![], Some(1)), "{size}");
        let unsigned = Sample { signer: None, ..sample.clone() }.checkpoint(size);
        assert_eq!(check(sample.written().as_bytes(), &against(&unsigned)).earlier_signers, Some(0));
    }
    let noted = against(&sample.checkpoint(400));
    // Whoever has the key writes everything anew: only the earlier checkpoint tells.
    let mut rewritten = sample.clone();
    rewritten.entries.remove(100);
    only(&faults_of(rewritten.clone(), &noted), None, "the past was rewritten: the entries 0 to 399");
    assert_eq!(alone(rewritten), []);
    let mut cut = sample.clone();
    cut.entries.truncate(390);
    only(&faults_of(cut, &noted), Some(390), "the log was cut: it had 400 entries at the earlier checkpoint, and has 390");
    let mut later = sample.clone();
    later.entries.remove(500);
    assert_eq!(faults_of(later, &noted), []);
    // One that is of another log, or whose signature does not fit.
    let other = Sample { origin: "scruple/other", ..sample.clone() };
    only(&faults_of(sample.clone(), &against(&other.checkpoint(400))), None, "is of the log `scruple/other`");
    let forged = sample.checkpoint(400).replace("\n400\n", "\n401\n");
    only(&faults_of(sample.clone(), &against(&forged)), None, "the earlier checkpoint is none of this log");
    // Where no entry can be blamed, it says how far the log is known.
    let mut replaced = sample.clone();
    replaced.entries.remove(500);
    let replaced = replaced.renumbered();
    let mixed = scruple::ledger::export(&replaced.lines(), &sample.settings, &sample.checkpoint(600));
    let faults = check(mixed.as_bytes(), &noted).faults;
    assert!(faults.iter().any(|fault| fault.what.contains("the checkpoint counts 600 entries, and there are 599")), "{faults:#?}");
    let mut replaced = sample.clone();
    replaced.entries[500] = page(500, 99);
    let mixed = scruple::ledger::export(&replaced.lines(), &sample.settings, &sample.checkpoint(600));
    only(&check(mixed.as_bytes(), &noted).faults, None, "up to entry 399 they are those of the earlier checkpoint");
    only(&check(mixed.as_bytes(), &Against::default()).faults, None, "no single one can be blamed");
}

#[test]
fn cards_are_those_that_the_log_speaks_of() {
    let mut sample = sample(120);
    // Cards 1 to 88 of every third entry; those of the entries from 90 on are captured again.
    let last = |id: u64| {
        sample
            .entries
            .iter()
            .filter_map(Entry::page)
            .filter(|page| page.card.is_some())
            .map(|page| page.index)
            .filter(|index| index % 90 == id)
            .max()
    };
    let kept: Vec<u64> = (0..90).filter_map(last).collect();
    assert!(kept.len() > 20 && kept.iter().any(|index| *index > 90));
    let file = |cards: &[u64]| cards.iter().map(|index| card(*index) + "\n").collect::<String>();
    let against = |text: &str| Against { cards: Some(Cards::read(text.as_bytes()).unwrap()), ..Against::default() };
    let faults = |sample: &Sample, text: &str| check(sample.written().as_bytes(), &against(text)).faults;
    assert_eq!(faults(&sample, &file(&kept)), []);
    assert_eq!(check(sample.written().as_bytes(), &against(&file(&kept))).cards, Some(kept.len()));
    // One that is not as it was captured last: another value, or that of an earlier capture.
    let changed = file(&kept).replacen("\"salt\":\"00", "\"salt\":\"01", 1);
    only(&faults(&sample, &changed), Some(kept[0]), "on line 1 of the cards, is not what it committed to");
    let again = kept.iter().position(|index| *index > 90).unwrap();
    let mut old = kept.clone();
    old[again] -= 90;
    only(&faults(&sample, &file(&old)), Some(kept[again]), "is not what it committed to");
    // One that is missing, and one of which the log knows nothing.
    only(&faults(&sample, &file(&kept[1..])), Some(kept[0]), "is not among the cards");
    only(&faults(&sample, &(file(&kept) + "{\"id\":\"card-x\"}\n")), None, "no entry captured card `card-x`");
    // One that is gone.
    let mut purged = event(120, EventKind::Purged);
    purged.cards = [card_id(kept[0])].into_iter().collect();
    sample.entries.push(Entry::Event(purged));
    assert_eq!(faults(&sample, &file(&kept[1..])), []);
    only(&faults(&sample, &file(&kept)), Some(120), "is gone, and it is there, on line 1 of the cards");
    // One that was captured again after that.
    let Entry::Page(mut page) = page(kept[0], 7) else { panic!() };
    (page.index, page.at) = (121, rfc3339(1_767_225_600_000 + 121 * 61_000));
    sample.entries.push(Entry::Page(page));
    assert_eq!(faults(&sample, &file(&kept)), []);

    for (text, says) in [
        ("{}\n", "line 1: this is no card"),
        ("\n", "line 1: this is no card"),
        ("{\"id\":\"a\"}\n{\"id\":\"a\"}\n", "line 2: the card of line 1"),
    ] {
        assert!(Cards::read(text.as_bytes()).unwrap_err().to_string().starts_with(says));
    }
}

#[test]
fn an_index_that_is_wrong_is_told_with_what_should_stand_there() {
    let sample = sample(20);
    let without = |gone: &[usize]| {
        let mut sample = sample.clone();
        sample.entries =
            sample.entries.into_iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, entry)| entry).collect();
        check(sample.written().as_bytes(), &Against::default()).faults
    };
    assert_eq!(without(&[5])[0].to_string(), "line 6, entry 5: it is missing: entry 6 stands in its place");
    assert_eq!(
        without(&[5, 6, 7])[0].to_string(),
        "line 6, entry 5: the entries 5 to 7 are missing: entry 8 stands in their place"
    );
    let mut twice = sample.clone();
    twice.entries.insert(6, twice.entries[5].clone());
    assert_eq!(
        check(twice.written().as_bytes(), &Against::default()).faults[0].to_string(),
        "line 7, entry 5: it stands here twice"
    );
    let mut moved = sample.clone();
    let entry = moved.entries[5].clone();
    moved.entries.insert(12, entry);
    let faults = check(moved.written().as_bytes(), &Against::default()).faults;
    assert_eq!(faults[0].to_string(), "line 13, entry 5: it does not belong here: entry 5 stands where entry 12 should");
    let hash = leaf_hash(moved.lines()[0].as_bytes());
    assert_eq!(hash, leaf_hash(sample.lines()[0].as_bytes()));
}

#[test]
fn a_form_of_later_is_not_taken_for_this_one() {
    for at in [0, 4] {
        let mut sample = sample(20);
        match &mut sample.entries[at] {
            Entry::Page(page) => page.v = 2,
            Entry::Event(event) => event.v = 2,
        }
        let faults = check(sample.written().as_bytes(), &Against::default()).faults;
        assert_eq!(faults[0].to_string(), format!("line {}, entry {at}: its form is of version 2, and only 1 is known", at + 1));
    }
}

/// An entry with everything that an entry can have.
fn full() -> Value {
    let mut full = serde_json::to_value(page(3, 7)).unwrap();
    let more = json!({
        "card": { "commitment": "sha256:00", "id": "c" }, "country": "FR", "hosts": ["a.example", "é.example"], "refusal": "deny.site.drift",
        "signals": ["noindex", "noai"], "use": "sales", "purpose": "dpv:DirectMarketing", "basis": "eu-gdpr:A6-1-f",
    });
    full.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let line = json!({
        "codes": ["deny.review.pending", "deny.policy.field"], "cuts": ["email", "telephone"], "dropped": ["deny.guard.error"], "rules": ["a", "b"],
        "states": ["hidden"], "would": "allow",
    });
    full["decisions"][0].as_object_mut().unwrap().extend(line.as_object().unwrap().clone());
    full
}

#[test]
fn what_has_everything_is_an_entry() {
    let text = serde_json::to_string(&sorted(&full())).unwrap();
    let entry = from_canonical::<Entry>(&text).unwrap();
    assert_eq!(to_canonical(&entry).unwrap(), text);
}

/// All objects and lists in a value.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| places(item, &format!("{at}/{n}"), found)),
        Value::Object(members) => members.iter().for_each(|(key, member)| places(member, &format!("{at}/{key}"), found)),
        _ => return,
    }
    found.push(at.to_owned());
}

/// What may be left out of an entry, of one of its lines, or of an event.
const LEFT_OUT: [&str; 19] = [
    "use",
    "country",
    "hosts",
    "signals",
    "refusal",
    "card",
    "would",
    "dropped",
    "rules",
    "states",
    "cuts",
    "from",
    "to",
    "why",
    "cards",
    "request",
    "recipient",
    "how",
    "fields",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// Whether a text is in the one form of what it says shows while it is read just as it shows when it is written again.
    #[test]
    fn the_one_form_is_known_without_writing(
        index in 0..20_usize,
        is_full in any::<bool>(),
        changes in prop::collection::vec((0..7_u8, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..4),
        written in 0..5_u8,
    ) {
        static ENTRIES: LazyLock<Vec<Value>> = LazyLock::new(|| {
            sample(20).entries.iter().map(|entry| serde_json::to_value(entry).unwrap()).chain([full()]).collect()
        });
        let mut value = ENTRIES[if is_full { 20 } else { index }].clone();
        for (change, place, which) in changes {
            let mut all = Vec::new();
            places(&value, "", &mut all);
            let place = value.pointer_mut(&all[place.index(all.len())]).unwrap();
            match (change, place) {
                (0, Value::Array(items)) => items.reverse(),
                (1, Value::Array(items)) => items.extend(items.first().cloned()),
                (2, Value::Array(items)) => items.clear(),
                (3, Value::Object(members)) => _ = members.insert((*which.get(&LEFT_OUT)).into(), json!([])),
                (4, Value::Object(members)) => _ = members.insert((*which.get(&LEFT_OUT)).into(), Value::Null),
                (5, Value::Object(members)) => _ = members.shift_remove(*which.get(&LEFT_OUT)),
                (6, Value::Object(members)) if members.contains_key("index") => members["index"] = json!(1_u64 << 53),
                _ => {}
            }
        }
        let canonical = serde_json::to_string(&sorted(&value)).unwrap();
        let text = match written {
            0..3 => canonical,
            3 => serde_json::to_string(&value).unwrap(),
            _ => canonical.replacen("e", "\\u0065", 2).replacen(':', ": ", 1),
        };
        let again = from_str::<Entry>(&text).ok().and_then(|entry| to_canonical(&entry).ok());
        prop_assert_eq!(from_canonical::<Entry>(&text).is_ok(), again.as_deref() == Some(&*text), "{}", text);
    }
}

/// The same with all keys in order, whatever their values.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members.iter().map(|(key, member)| (key.clone(), sorted(member))).collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().collect())
        }
        other => other.clone(),
    }
}
