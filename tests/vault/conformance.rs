//! What every store is held to, whatever it is made of: small cases, each on a store of its own that is empty at first.
//!
//! It names nothing but the library, so that the tests of another store can take it in (`#[path]`) and hold theirs to [`every_case`].

use scruple::digest::named;
use scruple::ledger::{EntryKind, Event, EventKind, Head, PageEntry, Why};
use scruple::page::Fault;
use scruple::sorted::{Map, Set};
use scruple::time::{DAY, rfc3339};
use scruple::vault::{Ask, Card, Change, Errand, Found, Held, Row, Sealed, Source, Store, Task, commit, run, sign_with};
use scruple::vocabulary::{Choice, Code, LegalBasis, Mode, PageKind, Purpose, Relation};

/// A card that is kept for so many days from a moment on.
pub fn card(id: &str, at: u64, days: u64) -> Card {
    Card {
        id: id.to_owned(),
        salt: named(id)[7..39].to_owned(),
        source: Source {
            url: "https://people.example/in/a".into(),
            site: "people.example".into(),
            adapter: "sample@1".into(),
            relation: Relation::Third,
        },
        captured_at: rfc3339(at),
        first_captured_at: rfc3339(at),
        expires_at: rfc3339(at + days * DAY),
        basis: LegalBasis::LegitimateInterest,
        purpose: Purpose::DirectMarketing,
        policy: named("{}"),
        fields: Map::default(),
    }
}

/// An entry about a page on which nothing was found, under settings and with an adapter.
pub fn entry(settings: &str, adapter: &str) -> PageEntry {
    PageEntry {
        v: 1,
        index: 0,
        at: String::new(),
        kind: EntryKind::Refused,
        id: "1d".repeat(16),
        adapter: adapter.to_owned(),
        page: PageKind::Profile,
        relation: Relation::Third,
        policy: named(settings),
        mode: Mode::Enforce,
        use_id: None,
        purpose: None,
        basis: None,
        country: None,
        hosts: Set::default(),
        signals: Choice::none(),
        refusal: None,
        decisions: Vec::new(),
        card: None,
    }
}

/// A moment at which a test begins.
const START: u64 = 20_000 * DAY;

/// What is done with the end of the log that was found.
type Deciding<'a> = &'a dyn Fn(Head) -> Result<Option<Change>, Fault>;

/// A task that keeps what was found.
struct Doing<'a> {
    ask: Ask<'a>,
    decide: Deciding<'a>,
    found: Option<Found>,
}

impl Task for Doing<'_> {
    fn ask(&self, _: &Head) -> Ask<'_> {
        self.ask
    }

    fn decide(&mut self, found: Found) -> Result<Option<Change>, Fault> {
        assert!(self.found.is_none(), "a task decides once");
        self.found = Some(found.clone());
        (self.decide)(found.head)
    }
}

/// What is found, with nothing written.
async fn found(store: &impl Store, ask: Ask<'_>) -> Found {
    let mut doing = Doing { ask, decide: &|_| Ok(None), found: None };
    store.transact(&mut doing).await.unwrap();
    doing.found.unwrap()
}

async fn write(store: &impl Store, decide: Deciding<'_>) -> Result<(), Fault> {
    store.transact(&mut Doing { ask: Ask::Head, decide, found: None }).await
}

const EVERYTHING: Ask<'static> = Ask::Entries { from: 0, count: u32::MAX };

/// All that a store can be asked for.
async fn all(store: &impl Store) -> (Head, Vec<String>, Vec<String>, Vec<String>, Vec<Row>) {
    let Found { head, texts: entries, rows } = found(store, EVERYTHING).await;
    assert_eq!(rows, []);
    let mut settings = found(store, Ask::Settings).await.texts;
    let mut keys = found(store, Ask::Keys).await.texts;
    // By the age alone, of which every row has one that is reached some day.
    let over = Ask::Over { now: 0, age: START * 1000, count: u32::MAX };
    let mut rows = found(store, over).await.rows;
    settings.sort();
    keys.sort();
    rows.sort_by(|one, other| one.source.cmp(&other.source));
    (head, entries, settings, keys, rows)
}

/// A line at the end of a log: what it says is nothing to a store.
fn line(head: &mut Head) -> Vec<String> {
    let mut lines = Vec::new();
    let event = Event { why: Some(Why::User), cards: ["a".to_owned()].into_iter().collect(), ..Event::new(EventKind::Erased) };
    head.note(event, &mut lines).unwrap();
    lines
}

fn row(source: &str, key: &str, expires: u64, ends: u64) -> Row {
    let held = Held { id: format!("card of {source}"), first_captured_at: rfc3339(START), expires, ends };
    Row { source: source.to_owned(), held, sealed: format!("{key} iv data") }
}

async fn put(store: &impl Store, row: &Row, gone: &[Row]) {
    let decide = |mut head: Head| {
        let lines = line(&mut head);
        Ok(Some(Change { head, lines, row: Some(row.clone()), gone: gone.to_vec(), ..Change::default() }))
    };
    write(store, &decide).await.unwrap();
}

async fn kept(store: &impl Store, source: &str, key: &str, days: u64, now: u64) -> Vec<String> {
    let sealed = Sealed { card: card(key, now, days), source: source.to_owned(), sealed: format!("{key} iv data") };
    commit(store, "{}", Some(sealed), entry("{}", "sample@1"), now).await.unwrap().released
}

/// Nothing is in a new store, and asking changes nothing.
async fn an_empty_store_has_nothing(store: &impl Store) {
    let nothing = (Head::default(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    assert_eq!(all(store).await, nothing);
    for ask in [Ask::Head, Ask::Row("a"), Ask::Row(""), Ask::Over { now: u64::MAX >> 12, age: u64::MAX >> 12, count: 9 }] {
        assert_eq!(found(store, ask).await, Found::default(), "{ask:?}");
    }
    assert_eq!(run(store, Errand::Purge, 0).await.unwrap(), [""; 0]);
    assert_eq!(run(store, Errand::Newest(9), START).await.unwrap(), [""; 0]);
    assert_eq!(all(store).await, nothing);
}

/// Card, entry, settings and head are there after a commit, as they were made.
async fn a_commit_is_all_there(store: &impl Store) {
    let sealed = Sealed { card: card("one", START, 30), source: "a".into(), sealed: "key.1 iv data".into() };
    let committed = commit(store, "{}", Some(sealed), entry("{}", "sample@1"), START).await.unwrap();
    let (head, entries, settings, keys, rows) = all(store).await;
    assert_eq!((&head, &entries), (&committed.commit.head, &committed.commit.lines));
    assert_eq!((settings, keys), (vec!["{}".to_owned()], vec!["key.1".to_owned()]));
    let held = committed.commit.holds.unwrap();
    assert_eq!((held.expires, held.ends), (START + 30 * DAY, 30 * DAY));
    assert_eq!(rows, [Row { source: "a".into(), held, sealed: "key.1 iv data".into() }]);
    assert_eq!(committed.released, [""; 0]);
    assert_eq!((head.wall, head.tree.size()), (START, 1));
    let card = run(store, Errand::Card("a".into()), START).await.unwrap();
    assert_eq!(card, ["one", &rfc3339(START), &rfc3339(START + 30 * DAY), "key.1 iv data"]);
    assert_eq!(all(store).await.1.len(), 1, "looking at a card writes nothing");
}

/// An entry is never written over, and what would have come with it does not come either.
async fn an_entry_is_never_written_over(store: &impl Store) {
    put(store, &row("a", "key.1", START, 1), &[]).await;
    put(store, &row("b", "key.2", START, 2), &[]).await;
    let before = all(store).await;
    for behind in [0, 1] {
        let decide = |_: Head| {
            // As one would who did not see the last entries.
            let mut head = Head::default();
            (0..behind).for_each(|_| drop(line(&mut head)));
            let lines = line(&mut head);
            Ok(Some(Change {
                head,
                lines,
                settings: Some((named("other"), "other".into())),
                row: Some(row("c", "key.3", START, 3)),
                gone: vec![row("a", "key.1", START, 1)],
            }))
        };
        assert!(write(store, &decide).await.is_err(), "{behind}");
        assert_eq!(all(store).await, before, "{behind}");
    }
    put(store, &row("c", "key.3", START, 3), &[]).await;
    assert_eq!(all(store).await.0.tree.size(), 3, "and the store goes on");
}

/// A task that says why nothing may be written is heard, and nothing is written.
async fn a_fault_while_deciding_changes_nothing(store: &impl Store) {
    put(store, &row("a", "key.1", START, 1), &[]).await;
    let before = all(store).await;
    let fault = Fault { code: Code::GuardError, what: "it may not be".into() };
    assert_eq!(write(store, &|_| Err(fault.clone())).await, Err(fault.clone()));
    assert_eq!(all(store).await, before);
    assert_eq!(write(store, &|_| Ok(None)).await, Ok(()));
    assert_eq!(all(store).await, before);
}

/// A row is found by its source alone.
async fn a_row_is_found_by_its_source(store: &impl Store) {
    let (one, other) = (row("a", "key.1", START, 1), row("ab", "key.2", START, 2));
    put(store, &one, &[]).await;
    put(store, &other, &[]).await;
    assert_eq!(found(store, Ask::Row("a")).await.rows, [one]);
    assert_eq!(found(store, Ask::Row("ab")).await.rows, [other]);
    for none in ["", "b", "A", "a "] {
        assert_eq!(found(store, Ask::Row(none)).await.rows, [], "{none}");
    }
}

/// Rows are over by either of two clocks, from the very millisecond on, and no more of them are given than are wanted.
async fn rows_are_over_by_either_clock(store: &impl Store) {
    let rows = [
        row("a", "k.1", START, 500),
        row("b", "k.2", START + 1, 400),
        row("c", "k.3", START + 2, 300),
        row("d", "k.4", START + 3, 600),
    ];
    for row in &rows {
        put(store, row, &[]).await;
    }
    let cases: [(u64, u64, &[&str]); 7] = [
        (START - 1, 299, &[]),
        (START, 299, &["a"]),
        (START + 1, 0, &["a", "b"]),
        (0, 300, &["c"]),
        (START, 400, &["a", "b", "c"]),
        (START + 3, 600, &["a", "b", "c", "d"]),
        (0, 0, &[]),
    ];
    for (now, age, expected) in cases {
        let over = found(store, Ask::Over { now, age, count: 9 }).await.rows;
        let mut sources: Vec<&str> = over.iter().map(|row| row.source.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        assert_eq!(sources, expected, "{now} {age}");
        assert!(over.iter().all(|row| rows.contains(row)), "each as it was put");
    }
    let few = found(store, Ask::Over { now: START + 3, age: 0, count: 2 }).await.rows;
    assert_eq!(few.len(), 2);
}

/// Entries come in their order, those that are there of those that are wanted.
async fn entries_come_in_their_order(store: &impl Store) {
    let mut lines = Vec::new();
    for at in 0..12 {
        kept(store, "a", &format!("key.{at}"), 30, START + at * 1000).await;
        lines.extend(found(store, EVERYTHING).await.texts.last().cloned());
    }
    let cases = [(0, 12, 0..12), (0, 5, 0..5), (3, 4, 3..7), (9, 1, 9..10), (10, 99, 10..12), (12, 1, 12..12), (500, 2, 12..12)];
    for (from, count, expected) in cases {
        assert_eq!(found(store, Ask::Entries { from, count }).await.texts, lines[expected], "{from} {count}");
    }
    let newest = run(store, Errand::Newest(3), START).await.unwrap();
    assert_eq!(newest, [lines[11].as_str(), &lines[10], &lines[9]]);
    assert_eq!(run(store, Errand::Entries(10, 9), START).await.unwrap(), lines[10..]);
}

/// Settings are kept once by their hash, as long as the log is.
async fn settings_are_kept_once(store: &impl Store) {
    for (at, settings) in (0..).zip(["{}", "{\"local\":\"é\"}", "{}", "{}"]) {
        commit(store, settings, None, entry(settings, "sample@1"), START + at).await.unwrap();
    }
    let (head, _, settings, keys, rows) = all(store).await;
    assert_eq!(settings, ["{\"local\":\"é\"}", "{}"]);
    assert_eq!((head.tree.size(), keys, rows), (6, Vec::new(), Vec::new()), "four pages, and twice a change");
    let (signed, texts) = sign_with(store, "log", &[7; 32], None, START + 9).await.unwrap();
    assert_eq!((signed.tree.size(), texts.len()), (7, 2), "the key is noted");
    assert_eq!(sign_with(store, "log", &[7; 32], None, START + 9).await.unwrap().0, signed, "once");
    assert_eq!(all(store).await.0, signed);
}

/// A row of the same source takes the place of the one before, whose key is let go.
async fn a_row_is_replaced(store: &impl Store) {
    assert_eq!(kept(store, "a", "key.1", 30, START).await, [""; 0]);
    assert_eq!(kept(store, "b", "key.2", 30, START).await, [""; 0]);
    assert_eq!(kept(store, "a", "key.3", 90, START + DAY).await, ["key.1"]);
    let (_, _, _, keys, rows) = all(store).await;
    assert_eq!(keys, ["key.2", "key.3"]);
    assert_eq!((rows.len(), rows[0].sealed.as_str(), rows[0].held.id.as_str()), (2, "key.3 iv data", "key.1"));
    assert_eq!((rows[0].held.expires, rows[0].held.ends), (START + 30 * DAY, 30 * DAY));
    let mut in_use = run(store, Errand::Keys, START).await.unwrap();
    in_use.sort();
    assert_eq!(in_use, ["key.2", "key.3"]);
}

/// Rows that go are gone, with the names of their keys; the others stay.
async fn rows_that_go_are_gone(store: &impl Store) {
    for (source, days) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
        kept(store, source, &format!("key.{source}"), days, START).await;
    }
    assert_eq!(run(store, Errand::Erase("d".into(), Why::Request), START).await.unwrap(), ["key.d"]);
    assert_eq!(run(store, Errand::Erase("d".into(), Why::User), START).await.unwrap(), [""; 0]);
    let mut released = run(store, Errand::Purge, START + 2 * DAY).await.unwrap();
    released.sort();
    assert_eq!(released, ["key.a", "key.b"]);
    assert_eq!(run(store, Errand::Purge, START + 2 * DAY).await.unwrap(), [""; 0]);
    let (head, entries, _, keys, rows) = all(store).await;
    assert_eq!((keys, rows.len(), rows[0].source.as_str()), (vec!["key.c".to_owned()], 1, "c"));
    assert_eq!((head.tree.size(), entries.len()), (6, 6), "four captures, one erasure, one purge");
    for gone in ["a", "b", "d"] {
        assert_eq!(found(store, Ask::Row(gone)).await.rows, [], "{gone}");
        assert_eq!(run(store, Errand::Card(gone.into()), START).await.unwrap(), [""; 0], "{gone}");
    }
}

/// Holds a store to every case; `fresh` makes one that is empty, and may throw away the one before.
pub async fn every_case<S: Store>(fresh: impl AsyncFn() -> S) {
    an_empty_store_has_nothing(&fresh().await).await;
    a_commit_is_all_there(&fresh().await).await;
    an_entry_is_never_written_over(&fresh().await).await;
    a_fault_while_deciding_changes_nothing(&fresh().await).await;
    a_row_is_found_by_its_source(&fresh().await).await;
    rows_are_over_by_either_clock(&fresh().await).await;
    entries_come_in_their_order(&fresh().await).await;
    settings_are_kept_once(&fresh().await).await;
    a_row_is_replaced(&fresh().await).await;
    rows_that_go_are_gone(&fresh().await).await;
}
