//! A backup that comes back: all of it, with its deadlines, or nothing.

use std::sync::OnceLock;

use scruple::digest::{hex, named};
use scruple::ledger::Tree;
use scruple::time::DAY;
use scruple::vault::backup::{Header, Key, Packed, Record, Restoring, Totals, Unfit};
use scruple::vault::memory::{Contents, Memory};
use scruple::vault::{Change, Errand, commit, contents, run};

use super::conformance::{card, entry};
use super::{at_once, log_and_cards_agree, sealed};

const PASSPHRASE: &str = "four words are best";

/// Some cards, one of them captured again, one to be over soon, one erased; and entries about pages that were refused.
fn state() -> (Contents, Vec<String>) {
    let store = Memory::default();
    let mut texts = Vec::new();
    for (at, (source, days)) in (1..).zip([("a", 30), ("b", 5), ("c", 30), ("a", 900), ("d", 30)]) {
        let card = card(&format!("{at:032x}"), at * DAY, days);
        texts.push(contents(&card).unwrap());
        at_once(commit(&store, "{}", Some(sealed(source, card, &format!("key.{at}"))), entry("{}", "sample@1"), at * DAY)).unwrap();
        at_once(commit(&store, "{}", None, entry("{}", "sample@1"), at * DAY)).unwrap();
    }
    at_once(run(&store, Errand::Erase("c".into(), scruple::ledger::Why::Request), 5 * DAY)).unwrap();
    (store.contents(), texts)
}

/// The lines of a backup of it, in their order.
fn lines_of(state: &Contents, texts: &[String]) -> Vec<String> {
    let mut records = vec![Record::Head(Box::new(state.head.clone()))];
    records.extend(state.settings.values().cloned().map(Record::Settings));
    records.extend(state.entries.iter().cloned().map(Record::Entry));
    let mut rows: Vec<_> = state.rows.values().collect();
    rows.sort_by_key(|row| row.held.seq);
    // Of each two entries, one is about a card.
    let text = |seq: u64| &texts[usize::try_from(seq).unwrap() / 2];
    let cards: Vec<Record> = rows.iter().map(|row| Record::Card(Box::new(Packed::of(&row.held, text(row.held.seq))))).collect();
    let totals = Totals { cards: u64::try_from(cards.len()).unwrap(), lost: 3 };
    records.extend(cards);
    records.push(Record::More("beside".into()));
    records.push(Record::End(totals));
    records.iter().map(|record| record.line().unwrap()).collect()
}

/// Restores lines, so many at a time.
fn restored(lines: &[String], at_a_time: usize, now: u64) -> Result<(Contents, Restoring), Unfit> {
    let (mut restoring, mut made) = (Restoring::at(now), Contents::default());
    let mut put = |changes: Vec<Change>, is_last: bool| {
        for change in changes {
            assert_eq!(change.head.tree.is_sound(), is_last, "until the end the store is no log");
            made.entries.extend(change.lines);
            assert_eq!(u64::try_from(made.entries.len()).unwrap(), change.head.tree.size());
            made.head = change.head;
            made.settings.extend(change.settings);
            made.rows.extend(change.rows.into_iter().map(|row| (row.source.clone(), row)));
        }
    };
    for some in lines.chunks(at_a_time) {
        let cards = restoring.take(&some.concat())?.to_vec();
        let sealed = cards
            .iter()
            .map(|card| (format!("new {}", card.held().id), format!("key.{} {}", card.held().id, named(&card.contents))));
        put(restoring.write(sealed.collect())?, false);
    }
    put(vec![restoring.end()?], true);
    Ok((made, restoring))
}

#[test]
fn what_is_restored_is_what_was_there() {
    let (state, texts) = state();
    let lines = lines_of(&state, &texts);
    for at_a_time in [1, 2, 7, 1000] {
        let (made, restoring) = restored(&lines, at_a_time, 5 * DAY).unwrap();
        assert_eq!((&made.entries, &made.settings, &made.head), (&state.entries, &state.settings, &state.head));
        assert_eq!(restoring.said(), (3, "beside"));
        let held = |state: &Contents| {
            let mut held: Vec<_> = state.rows.values().map(|row| row.held.clone()).collect();
            held.sort_by_key(|held| held.seq);
            held
        };
        assert_eq!(held(&made), held(&state), "identity, first day and deadlines by either clock");
    }
}

#[test]
fn what_is_over_by_now_does_not_come_back() {
    let (state, texts) = state();
    let (made, _) = restored(&lines_of(&state, &texts), 3, 8 * DAY).unwrap();
    assert_eq!((state.rows.len(), made.rows.len()), (3, 2));
    let purged = made.entries.last().unwrap();
    assert!(purged.contains("\"kind\":\"purged\"") && purged.contains(&state.rows["b"].held.id), "{purged}");
    let store = Memory::of(made);
    log_and_cards_agree(&store.contents());
    // And the rest ends when it was to end, whatever the clock of the new machine says.
    at_once(run(&store, Errand::Purge { keep: u64::MAX }, 0)).unwrap();
    at_once(run(&store, Errand::Purge { keep: u64::MAX }, 40 * DAY)).unwrap();
    assert_eq!(store.contents().rows.len(), 0);
}

#[test]
fn whatever_is_missing_or_out_of_place_restores_nothing() {
    let (state, texts) = state();
    let lines = lines_of(&state, &texts);
    for at in 0..lines.len() {
        let is_plain = lines[at].starts_with("{\"more\"") || lines[at].starts_with("{\"settings\"");
        let without = [&lines[..at], &lines[at + 1..]].concat();
        assert!(is_plain || restored(&without, 4, 5 * DAY).is_err(), "without {}", lines[at]);
        let twice = [&lines[..=at], &lines[at..]].concat();
        assert!(is_plain || restored(&twice, 4, 5 * DAY).is_err(), "twice {}", lines[at]);
    }
    assert_eq!(restored(&lines[..lines.len() - 1], 4, 5 * DAY).err(), Some(Unfit::Cut));
    assert_eq!(restored(&["[]\n".to_owned()], 1, 0).err(), Some(Unfit::Damaged));
}

#[test]
fn a_restore_that_is_not_over_is_no_log() {
    for size in [0, 1, 5, 255, 256, 100_000] {
        let tree = Tree::unfinished(size);
        assert!(!tree.is_sound() && tree.size() == size);
    }
}

/// Made once: Argon2id takes its time.
fn made() -> &'static (Header, Key) {
    static MADE: OnceLock<(Header, Key)> = OnceLock::new();
    MADE.get_or_init(|| Header::new(&"5a".repeat(32), PASSPHRASE).unwrap())
}

#[test]
fn a_header_opens_with_its_passphrase_alone() {
    let (header, key) = made();
    let line = header.line();
    assert_eq!(Header::open(&line, PASSPHRASE), Ok(*key));
    assert_eq!(Header::open(&line, "four words are beste"), Err(Unfit::Passphrase));
    assert_eq!(Header::open(&line.replace("5a5a", "5a5b"), PASSPHRASE), Err(Unfit::Passphrase));
    assert_eq!(Header::open(&line.replace("\"v\":1", "\"v\":2"), PASSPHRASE), Err(Unfit::Newer));
    assert_eq!(Header::open(&line.replace("\"v\":1", "\"v\":2,\"w\":0"), PASSPHRASE), Err(Unfit::Newer));
    assert_eq!(Header::open(&line.replace("\"memory\":65536", "\"memory\":4000000"), PASSPHRASE), Err(Unfit::Damaged));
    assert_eq!(Header::open(&line.replace("\"lanes\":1", "\"lanes\":0"), PASSPHRASE), Err(Unfit::Damaged));
    assert_eq!(Header::open(&line.replace("\"salt\":\"5a", "\"salt\":\""), PASSPHRASE), Err(Unfit::Damaged));
    for other in ["", "{}", "[]", "{\"form\":\"other\",\"v\":1}", "{\"form\":\"scruple backup\"}", "{\"v\":1}"] {
        assert_eq!(Header::open(other, PASSPHRASE), Err(Unfit::Form), "{other}");
    }
    assert_eq!(Header::new(&"00".repeat(32), "elevenchars").map(|_| ()), Err(Unfit::Short));
}

#[test]
fn the_key_is_that_of_argon2id() {
    // By the reference implementation: Argon2id version 19, 3 passes, 64 MiB, one lane, 64 bytes.
    let (header, key) = made();
    assert_eq!(hex(key), "cd8c373353676109c9455c84a95adb2dac513aba946b8663553b217d5b2ea0ee");
    let check = "639678ffc00e079367f3f900fe01cf5452fe830d73a193adf9e579fdec6ba45b";
    assert!(header.line().contains(check) && header.line().contains("\"lanes\":1,\"memory\":65536,\"passes\":3"));
}
