//! The vault over a store in memory: random histories against a model of its own, faults at every place a transaction has, and what every store is held to.
//!
//! `SCRUPLE_SEED` and `SCRUPLE_SCHEDULES` name another seed and another number of schedules with faults, for a longer run.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "vault/backup.rs"]
mod backup;
#[path = "vault/conformance.rs"]
mod conformance;
#[path = "vault/faults.rs"]
mod faults;
#[path = "vault/model.rs"]
mod model;
#[path = "vault/search.rs"]
mod search;

use std::collections::BTreeMap;
use std::env;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use scruple::json::to_canonical;
use scruple::ledger::checkpoint::{ORIGIN, text};
use scruple::ledger::{Against, Cards, Entry, EntryKind, EventKind, Why, export, read, verify};
use scruple::page::Fault;
use scruple::time::{DAY, rfc3339};
use scruple::vault::memory::{Contents, Memory};
use scruple::vault::{Card, Errand, Sealed, Store, Task, commit, commitment, run};

use conformance::{card, entry, told};

/// Pseudo-random numbers that are the same for the same seed everywhere: `SplitMix64` (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of so many, from 0.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn is_one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    fn of<T: Copy>(&mut self, some: &[T]) -> T {
        some[usize::try_from(self.below(some.len() as u64)).unwrap()]
    }

    /// What a clock says that was moved: forwards or backwards, by seconds to years. Never 0, which no clock says that runs.
    fn moved(&mut self, clock: u64) -> u64 {
        let most = 3 * self.of(&[1000, 60_000, 3_600_000, DAY, 30 * DAY, 365 * DAY]);
        let by = self.below(most);
        if self.below(3) < 2 { clock + by } else { clock.saturating_sub(by).max(1) }
    }
}

/// Says which seed it was if a test fails while this is there.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("it was with the seed {}: SCRUPLE_SEED={} begins with it", self.0, self.0);
        }
    }
}

/// A number from the environment.
fn asked(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().expect(name))
}

/// What is there at once: over memory nothing is ever waited for.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("something is waited for"),
    }
}

/// A card as it would be sealed. What it is sealed into says what the log is to commit to.
fn sealed(source: &str, card: Card, key: &str) -> Sealed {
    let sealed = format!("{key} {}", commitment(&card).unwrap());
    Sealed { card, source: source.to_owned(), sealed }
}

/// The entries of a store, if they are a sound log as it would be handed out.
fn log_of(contents: &Contents) -> Vec<Entry> {
    let tree = &contents.head.tree;
    let settings: Vec<String> = contents.settings.values().cloned().collect();
    let log = export(&contents.entries, &settings, &text(&[ORIGIN, "test"].concat(), tree.size(), &tree.root()));
    let verdict = verify(log.as_bytes(), &Against::default(), &mut |_| {}).unwrap();
    assert_eq!((verdict.faults, verdict.entries), (Vec::new(), tree.size()));
    assert_eq!(verdict.root, tree.root());
    let checked = read(&log).unwrap();
    assert_eq!(checked.entries.len(), contents.entries.len());
    checked.entries
}

/// The cards that are there by what a log says, and what it committed to last: those that were captured, less those that were erased or purged.
fn kept_by(log: &[Entry]) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    for entry in log {
        match entry {
            Entry::Page(page) => {
                assert_eq!(page.card.is_some(), page.kind == EntryKind::Captured);
                kept.extend(page.card.as_ref().map(|card| (card.id.clone(), card.commitment.clone())));
            }
            Entry::Event(event) if matches!(event.kind, EventKind::Erased | EventKind::Purged) => {
                for id in event.cards.iter() {
                    assert!(kept.remove(id).is_some(), "entry {} says that `{id}` is gone, which was not there", event.index);
                }
            }
            Entry::Event(event) if event.kind == EventKind::Reviewed => {
                for id in event.cards.iter() {
                    assert!(kept.insert(id.clone(), event.to.clone().unwrap()).is_some(), "entry {} is about nothing", event.index);
                }
            }
            Entry::Event(_) => {}
        }
    }
    kept
}

/// Holds the rows of a store against its log: every card has its entry, and every captured entry its card, unless a later one says that it is gone.
fn log_and_cards_agree(contents: &Contents) {
    let of_row = |row: &scruple::vault::Row| (row.held.id.clone(), row.sealed.split_once(' ').unwrap().1.to_owned());
    let rows: BTreeMap<String, String> = contents.rows.values().map(of_row).collect();
    assert_eq!(rows.len(), contents.rows.len(), "two rows have one card");
    assert_eq!(rows, kept_by(&log_of(contents)));
}

#[test]
fn a_purge_takes_many_cards_in_several_goes() {
    let store = Memory::default();
    let start = 100 * DAY;
    for at in 0..600 {
        let kept = sealed(&format!("source-{at}"), card(&format!("card-{at}"), start, 1 + at % 3), &format!("key-{at}"));
        at_once(commit(&store, "{}", Some(kept), entry("{}", "sample@1"), start)).unwrap();
    }
    let mut released = Vec::new();
    let mut goes = 0;
    loop {
        let (count, keys) = told(at_once(run(&store, Errand::Purge { keep: u64::MAX }, start + 2 * DAY)).unwrap());
        assert_eq!(count, keys.len());
        if count == 0 {
            break;
        }
        goes += 1;
        released.extend(keys);
    }
    assert!(goes > 1);
    released.sort();
    released.dedup();
    assert_eq!(released.len(), 400, "those of one day and of two, each once");
    assert_eq!(store.contents().rows.len(), 200);
    log_and_cards_agree(&store.contents());
    let size = store.contents().entries.len();
    assert_eq!(size, 600 + goes, "one event for each go, none for the last, which found nothing");
    let keys = at_once(run(&store, Errand::Erase("source-2".into(), Why::Request), start + 2 * DAY)).unwrap();
    assert_eq!((keys, store.contents().entries.len()), (vec!["key-2".to_owned()], size + 1));
    assert_eq!(rfc3339(store.contents().head.wall), rfc3339(start + 2 * DAY));
}

#[test]
fn the_store_in_memory_is_a_store() {
    at_once(conformance::every_case(async || Memory::default()));
    at_once(conformance::every_case_of_two(async || {
        let store = std::rc::Rc::new(Memory::default());
        (Shared(std::rc::Rc::clone(&store)), Shared(store))
    }));
}

/// A store in memory that two have.
struct Shared(std::rc::Rc<Memory>);

impl Store for Shared {
    async fn transact(&self, task: &mut dyn Task) -> Result<(), Fault> {
        self.0.transact(task).await
    }
}

/// Rows that cannot be read keep nobody else, are never given out, and go with the next purge, which says so.
#[test]
fn what_is_damaged_is_erased_by_the_purge_and_keeps_nothing_else() {
    let store = Memory::default();
    for (source, days) in [("a", 1), ("b", 1), ("c", 90), ("d", 90)] {
        let kept = sealed(source, card(&format!("card-{source}"), DAY, days), &format!("key-{source}"));
        at_once(commit(&store, "{}", Some(kept), entry("{}", "sample@1"), DAY)).unwrap();
    }
    let mut contents = store.contents();
    for (source, id) in [("b", Some("card-b")), ("c", None)] {
        let row = contents.rows.remove(source).unwrap();
        contents.damaged.insert(source.to_owned(), (id.map(str::to_owned), row.key().to_owned()));
    }
    contents.parts.insert(0, "key-p iv data".into());
    let store = Memory::of(contents);
    let before = store.contents();
    assert!(at_once(run(&store, conformance::look("c".into()), DAY)).is_err(), "it is not believed");
    assert!(at_once(run(&store, Errand::Erase("c".into(), Why::User), DAY)).is_err());
    let again = sealed("c", card("another", DAY, 30), "key-n");
    assert!(at_once(commit(&store, "{}", Some(again.clone()), entry("{}", "sample@1"), DAY)).is_err());
    assert_eq!(store.contents(), before);
    assert_eq!(at_once(run(&store, conformance::look("d".into()), DAY)).unwrap()[0], "card-d", "the others can be read");

    let (count, keys) = told(at_once(run(&store, Errand::Purge { keep: u64::MAX }, 3 * DAY)).unwrap());
    assert_eq!((count, keys), (3, ["key-a", "key-p"].map(str::to_owned).to_vec()), "one whose time is over, two that are damaged");
    let contents = store.contents();
    assert_eq!(contents.rows.keys().collect::<Vec<_>>(), ["d"]);
    assert!(contents.damaged.is_empty() && contents.parts.is_empty(), "no part tells of them");
    assert_eq!(at_once(run(&store, Errand::Keys, 3 * DAY)).unwrap(), ["key-d"], "a sweep destroys the others");
    let log = log_of(&contents);
    let said = |entry: &Entry| match entry {
        Entry::Event(event) => Some((event.kind, event.why, event.cards.iter().cloned().collect::<Vec<_>>(), event.fault())),
        Entry::Page(_) => None,
    };
    let events: Vec<_> = log.iter().filter_map(said).collect();
    assert_eq!(
        events,
        [
            (EventKind::Purged, None, vec!["card-a".to_owned()], None),
            (EventKind::Purged, Some(Why::Damaged), vec!["card-b".to_owned()], None)
        ]
    );
    assert_eq!(told(at_once(run(&store, Errand::Purge { keep: u64::MAX }, 3 * DAY)).unwrap()), (0, Vec::new()));
    at_once(commit(&store, "{}", Some(again), entry("{}", "sample@1"), 3 * DAY)).unwrap();
}

#[test]
fn a_card_that_is_handed_out_is_what_its_entry_committed_to() {
    let store = Memory::default();
    let committed =
        at_once(commit(&store, "{}", Some(sealed("a", card("one", DAY, 30), "k")), entry("{}", "sample@1"), DAY)).unwrap();
    let contents = store.contents();
    let (tree, settings) = (&contents.head.tree, contents.settings.values().cloned().collect::<Vec<_>>());
    let log = export(&contents.entries, &settings, &text(&[ORIGIN, "test"].concat(), tree.size(), &tree.root()));
    let faults = |card: &Card| {
        let cards = Cards::read(to_canonical(card).unwrap().as_bytes()).unwrap();
        verify(log.as_bytes(), &Against { cards: Some(cards), ..Against::default() }, &mut |_| {}).unwrap().faults.len()
    };
    let kept = committed.commit.card.unwrap();
    assert_eq!(faults(&kept), 0);
    assert_eq!(faults(&Card { salt: "00".repeat(16), ..kept.clone() }), 1);
    assert_eq!(faults(&Card { id: "another".into(), ..kept }), 2, "one that no entry names, and one that is missing");
}
