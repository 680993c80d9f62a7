//! What every store is held to, whatever it is made of: small cases, each on a store of its own that is empty at first.
//!
//! It names nothing but the library, so that the tests of another store can take it in (`#[path]`) and hold theirs to [`every_case`].

use scruple::digest::named;
use scruple::json::from_str;
use scruple::ledger::{Entry, EntryKind, Event, EventKind, Head, How, PageEntry, Why};
use scruple::page::Fault;
use scruple::sorted::{Map, Set};
use scruple::time::{DAY, rfc3339};
use scruple::vault::parts::Standing;
use scruple::vault::{
    About, Ask, Card, Change, Errand, Found, Held, PART, Part, Row, Sealed, Source, Store, Task, commit, look as looking, run,
    sign_with,
};
use scruple::vocabulary::{Choice, Code, Field, LegalBasis, Mode, PageKind, Purpose, Relation};

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
        channels: Map::default(),
        former: Choice::none(),
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

/// Looking for the card of a source, under settings that keep it for as long as it was to be.
pub fn look(source: String) -> Errand {
    Errand::Of { source, keep: u64::MAX, about: About::Look }
}

/// What a purge came to: how many cards went, and the names of the keys that are to be destroyed.
pub fn told(mut texts: Vec<String>) -> (usize, Vec<String>) {
    let keys = texts.split_off(1);
    (texts[0].parse().unwrap(), keys)
}

/// The names of the keys that a purge lets go.
async fn purge(store: &impl Store, keep: u64, now: u64) -> Vec<String> {
    let (count, keys) = told(run(store, Errand::Purge { keep }, now).await.unwrap());
    assert!(count > 0 || keys.is_empty(), "{keys:?} of no card");
    keys
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
    let Found { head, texts: entries, rows, .. } = found(store, EVERYTHING).await;
    assert_eq!(rows, []);
    let mut settings = found(store, Ask::Settings).await.texts;
    let mut keys = found(store, Ask::Keys).await.texts;
    // By the age alone, of which every row has one that is reached some day.
    let over = Ask::Over { now: 0, age: START * 1000, keep: u64::MAX, count: u32::MAX };
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
    let fields = [Field::Name, Field::Email].into_iter().collect();
    let held = Held {
        id: format!("card of {source}"),
        first_captured_at: rfc3339(START),
        expires,
        ends,
        span: expires.saturating_sub(START),
        seq: ends,
        fields,
        review: Choice::none(),
    };
    Row { source: source.to_owned(), held, sealed: format!("{key} iv data") }
}

async fn put(store: &impl Store, row: &Row, gone: &[Row]) {
    let decide = |mut head: Head| {
        let lines = line(&mut head);
        Ok(Some(Change { head, lines, rows: vec![row.clone()], gone: gone.to_vec(), ..Change::default() }))
    };
    write(store, &decide).await.unwrap();
}

async fn kept(store: &impl Store, source: &str, key: &str, days: u64, now: u64) -> Vec<String> {
    let sealed = Sealed { card: card(key, now, days), source: source.to_owned(), sealed: format!("{key} iv data") };
    commit(store, "{}", Some(sealed), entry("{}", "sample@1"), now).await.unwrap().released
}

async fn refused(store: &impl Store, now: u64) {
    commit(store, "{}", None, entry("{}", "sample@1"), now).await.unwrap();
}

/// Nothing is in a new store, and asking changes nothing.
async fn an_empty_store_has_nothing(store: &impl Store) {
    let nothing = (Head::default(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    assert_eq!(all(store).await, nothing);
    for ask in [Ask::Head, Ask::Row("a"), Ask::Row(""), Ask::Over { now: u64::MAX >> 12, age: u64::MAX >> 12, keep: 0, count: 9 }] {
        assert_eq!(found(store, ask).await, Found::default(), "{ask:?}");
    }
    assert_eq!(purge(store, u64::MAX, 0).await, [""; 0]);
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
    let card = run(store, look("a".into()), START).await.unwrap();
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
                rows: vec![row("c", "key.3", START, 3)],
                gone: vec![row("a", "key.1", START, 1)],
                ..Change::default()
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
        let over = found(store, Ask::Over { now, age, keep: u64::MAX, count: 9 }).await.rows;
        let mut sources: Vec<&str> = over.iter().map(|row| row.source.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        assert_eq!(sources, expected, "{now} {age}");
        assert!(over.iter().all(|row| rows.contains(row)), "each as it was put");
    }
    let few = found(store, Ask::Over { now: START + 3, age: 0, keep: u64::MAX, count: 2 }).await.rows;
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
    let mut released = purge(store, u64::MAX, START + 2 * DAY).await;
    released.sort();
    assert_eq!(released, ["key.a", "key.b"]);
    assert_eq!(purge(store, u64::MAX, START + 2 * DAY).await, [""; 0]);
    let (head, entries, _, keys, rows) = all(store).await;
    assert_eq!((keys, rows.len(), rows[0].source.as_str()), (vec!["key.c".to_owned()], 1, "c"));
    assert_eq!((head.tree.size(), entries.len()), (6, 6), "four captures, one erasure, one purge");
    for gone in ["a", "b", "d"] {
        assert_eq!(found(store, Ask::Row(gone)).await.rows, [], "{gone}");
        assert_eq!(run(store, look(gone.into()), START).await.unwrap(), [""; 0], "{gone}");
    }
}

/// The newest entry, which is an event.
async fn last_event(store: &impl Store) -> Event {
    let newest = run(store, Errand::Newest(1), START).await.unwrap();
    match from_str(&newest[0]).unwrap() {
        Entry::Event(event) => {
            assert_eq!(event.fault(), None);
            event
        }
        Entry::Page(page) => panic!("this is about a page: {page:?}"),
    }
}

/// What is done about a card under settings that keep it for so many days.
async fn about(store: &impl Store, about: About, days: u64, now: u64) -> Result<Vec<String>, Fault> {
    run(store, Errand::Of { source: "a".into(), keep: days * DAY, about }, now).await
}

/// What is known of the card of a source.
async fn held(store: &impl Store, source: &str) -> Held {
    found(store, Ask::Row(source)).await.rows.pop().unwrap().held
}

/// Rows come by the entries that their values came with, in either direction, as many as are wanted.
async fn rows_come_by_their_entries(store: &impl Store) {
    for source in ["a", "b", "c", "d", "b"] {
        kept(store, source, &format!("key of {source}"), 30, START).await;
        refused(store, START).await;
    }
    let seqs = async |ask| found(store, ask).await.rows.iter().map(|row| (row.held.seq, row.source.clone())).collect::<Vec<_>>();
    let all = [(0, "a"), (4, "c"), (6, "d"), (8, "b")].map(|(seq, source)| (seq, source.to_owned()));
    for (from, count, expected) in [(0, 9, 0..4), (0, 2, 0..2), (1, 9, 1..4), (4, 1, 1..2), (8, 9, 3..4), (9, 9, 4..4)] {
        assert_eq!(seqs(Ask::Rows { from, count }).await, all[expected], "{from} {count}");
    }
    for (before, count, expected) in
        [(u64::MAX >> 12, 9, 0..4), (9, 2, 2..4), (8, 9, 0..3), (7, 1, 2..3), (1, 9, 0..1), (0, 9, 0..0)]
    {
        let newest: Vec<_> = all[expected].iter().rev().cloned().collect();
        assert_eq!(seqs(Ask::Newest { before, count }).await, newest, "{before} {count}");
    }
}

/// All parts.
async fn parts(store: &impl Store) -> Vec<Part> {
    found(store, Ask::Parts { from: 0, count: u32::MAX }).await.parts
}

/// Keeps a part of cards with these `seq`. Of one that is not there nothing is known.
pub async fn put_part(store: &impl Store, part: Part, of: &[u64]) -> Result<Vec<String>, Fault> {
    let rows = found(store, Ask::Rows { from: 0, count: u32::MAX }).await.rows;
    let standing = |seq: &u64| match rows.iter().find(|row| row.held.seq == *seq) {
        Some(row) => Standing::of(&row.held),
        None => Standing { seq: *seq, expires: 0, ends: 0, span: 0, flagged: false },
    };
    let of: Vec<Standing> = of.iter().map(standing).collect();
    looking::put_part(store, part, &of).await
}

fn part(number: u64, key: &str) -> Part {
    Part { number, sealed: format!("{key} iv part") }
}

/// A part is kept only if it is of the very rows that lie in its range, and goes with the first of them that comes or goes; its key is let go then.
async fn a_part_goes_with_its_rows(store: &impl Store) {
    for source in ["a", "b", "c"] {
        kept(store, source, &format!("key.{source}"), 30, START).await;
    }
    for wrong in [&[0, 1][..], &[0, 1, 2, 3], &[0, 1, 3], &[]] {
        assert!(put_part(store, part(0, "key.p"), wrong).await.is_err(), "{wrong:?}");
    }
    assert!(put_part(store, part(1, "key.p"), &[0, 1, 2]).await.is_err(), "they lie in another range");
    assert_eq!(parts(store).await, []);
    assert_eq!(put_part(store, part(0, "key.p"), &[0, 1, 2]).await.unwrap(), [""; 0]);
    assert_eq!(put_part(store, part(0, "key.q"), &[0, 1, 2]).await.unwrap(), ["key.p"], "the one before");
    assert_eq!(put_part(store, part(7, "key.r"), &[]).await.unwrap(), [""; 0], "a range without cards");
    assert_eq!(parts(store).await, [part(0, "key.q"), part(7, "key.r")]);
    assert_eq!(found(store, Ask::Parts { from: 1, count: 9 }).await.parts, [part(7, "key.r")]);
    assert_eq!(found(store, Ask::Parts { from: 0, count: 1 }).await.parts, [part(0, "key.q")]);
    let mut keys = run(store, Errand::Keys, START).await.unwrap();
    keys.sort();
    assert_eq!(keys, ["key.a", "key.b", "key.c", "key.q", "key.r"], "a sweep spares them");

    refused(store, START).await;
    about(store, About::Restricted(Choice::none()), 30, START).await.unwrap();
    assert_eq!(parts(store).await.len(), 2, "no card came or went");
    let mut released = kept(store, "a", "key.d", 30, START).await;
    released.sort();
    assert_eq!(released, ["key.a", "key.q"]);
    assert_eq!(parts(store).await, [part(7, "key.r")]);

    put_part(store, part(0, "key.s"), &[1, 2, 4]).await.unwrap();
    assert_eq!(kept(store, "e", "key.e", 1, START).await, ["key.s"], "one came");
    put_part(store, part(0, "key.t"), &[1, 2, 4, 5]).await.unwrap();
    let mut released = run(store, Errand::Erase("b".into(), Why::User), START).await.unwrap();
    released.sort();
    assert_eq!(released, ["key.b", "key.t"]);
    put_part(store, part(0, "key.u"), &[2, 4, 5]).await.unwrap();
    let (count, mut released) = told(run(store, Errand::Purge { keep: u64::MAX }, START + DAY).await.unwrap());
    released.sort();
    assert_eq!((count, released), (1, ["key.e", "key.u"].map(str::to_owned).to_vec()), "one card, and what told of it");
    let mut keys = run(store, Errand::Keys, START).await.unwrap();
    keys.sort();
    assert_eq!((parts(store).await, keys), (vec![part(7, "key.r")], ["key.c", "key.d", "key.r"].map(str::to_owned).to_vec()));
}

/// Parts end where the next range begins.
async fn a_part_is_about_one_range(store: &impl Store) {
    kept(store, "a", "key.a", 30, START).await;
    for _ in 2..PART {
        refused(store, START).await;
    }
    kept(store, "b", "key.b", 30, START).await;
    put_part(store, part(0, "key.p"), &[0, PART - 1]).await.unwrap();
    assert_eq!(kept(store, "c", "key.c", 30, START).await, [""; 0], "the next range");
    assert_eq!(held(store, "c").await.seq, PART);
    put_part(store, part(1, "key.q"), &[PART]).await.unwrap();
    assert_eq!(parts(store).await, [part(0, "key.p"), part(1, "key.q")]);
    let mut released = run(store, Errand::Erase("b".into(), Why::User), START).await.unwrap();
    released.sort();
    assert_eq!(released, ["key.b", "key.p"]);
    assert_eq!(parts(store).await, [part(1, "key.q")]);
}

/// Settings that keep for less shorten what is kept, at once for whoever asks and for good once it was purged.
async fn settings_shorten_for_good(store: &impl Store) {
    for (source, days) in [("a", 30), ("b", 3), ("c", 90)] {
        kept(store, source, &format!("key.{source}"), days, START).await;
    }
    let now = START + 7 * DAY;
    assert_eq!(about(store, About::Look, 7, now).await.unwrap(), [""; 0], "it is over already");
    assert_eq!(about(store, About::Look, 10, now).await.unwrap()[2], rfc3339(START + 10 * DAY));
    assert_eq!(about(store, About::Look, 90, now).await.unwrap()[2], rfc3339(START + 30 * DAY));
    assert_eq!(purge(store, 10 * DAY, START).await, [""; 0]);
    for (source, days) in [("a", 10), ("b", 3), ("c", 10)] {
        let held = held(store, source).await;
        let all = (held.expires, held.ends, held.span, held.seq);
        assert_eq!((all.0, all.1, all.2), (START + days * DAY, days * DAY, days * DAY), "{source} {all:?}");
    }
    assert_eq!(purge(store, 90 * DAY, START).await, [""; 0]);
    assert_eq!(held(store, "a").await.expires, START + 10 * DAY, "what was shortened stays so");
    let mut keys = purge(store, 5 * DAY, START + 5 * DAY).await;
    keys.sort();
    assert_eq!(keys, ["key.a", "key.b", "key.c"]);
    assert_eq!(last_event(store).await.cards.iter().count(), 3, "one event names all");
}

/// More rows are shortened than one transaction takes.
async fn every_row_is_shortened(store: &impl Store) {
    for at in 0..300 {
        kept(store, &format!("source-{at}"), &format!("key-{at}"), 30, START).await;
    }
    kept(store, "a", "key.a", 1, START).await;
    assert_eq!(purge(store, 10 * DAY, START).await, [""; 0]);
    let over = Ask::Over { now: 0, age: 0, keep: 10 * DAY, count: 9 };
    assert_eq!(found(store, over).await.rows, []);
    assert_eq!(purge(store, 10 * DAY, START + DAY).await, ["key.a"]);
}

/// A contact that came from the person counts from that day, noted, and never for longer than the settings allow.
async fn a_contact_counts_from_its_day(store: &impl Store) {
    kept(store, "a", "key.a", 30, START).await;
    let before = all(store).await;
    let now = START + 20 * DAY;
    for (at, days) in [(now + 1, 30), (START - 1, 30), (0, 30)] {
        assert!(about(store, About::Contacted(How::Replied, at), days, now).await.is_err(), "{at}");
    }
    let unknown = Errand::Of { source: "a".into(), keep: u64::MAX, about: About::Contacted(How::Replied, now) };
    assert!(run(store, unknown, now).await.is_err(), "nobody knows how long it may be kept");
    assert_eq!(all(store).await, before);

    let at = START + 15 * DAY;
    assert_eq!(about(store, About::Contacted(How::Clicked, at), 30, now).await.unwrap(), [rfc3339(at + 30 * DAY)]);
    let event = last_event(store).await;
    assert_eq!((event.kind, event.how), (EventKind::Contacted, Some(How::Clicked)));
    assert_eq!((event.from, event.to), (Some(rfc3339(at)), Some(rfc3339(at + 30 * DAY))));
    assert!(event.cards.contains(&"key.a".to_owned()));
    let kept_now = held(store, "a").await;
    assert_eq!((kept_now.expires, kept_now.ends, kept_now.seq), (at + 30 * DAY, 45 * DAY, 0));
    assert_eq!(kept_now.first_captured_at, rfc3339(START), "the first day stays");
    // An earlier one takes nothing away, and settings that keep for less still do.
    about(store, About::Contacted(How::Met, START), 30, now).await.unwrap();
    assert_eq!(held(store, "a").await.expires, at + 30 * DAY);
    assert_eq!(kept(store, "a", "key.b", 90, now).await, ["key.a"]);
    assert_eq!(held(store, "a").await.expires, at + 30 * DAY, "to capture somebody again is no contact of theirs");
    purge(store, 20 * DAY, now).await;
    assert_eq!(held(store, "a").await.expires, at + 20 * DAY);
    assert_eq!(about(store, About::Contacted(How::Met, now), 20, at + 20 * DAY).await.unwrap(), [""; 0], "it is over");
    assert_eq!(purge(store, 20 * DAY, at + 20 * DAY).await, ["key.b"]);
}

/// What its owner restricts later is noted once, and the card is not captured again until somebody looked at it.
async fn a_later_restriction_waits_for_a_person(store: &impl Store) {
    put(store, &row("a", "key.a", START + 30 * DAY, 30 * DAY), &[]).await;
    let fields = |some: &[Field]| some.iter().copied().collect::<Choice<Field>>();
    let restricted = async |some: &[Field]| about(store, About::Restricted(fields(some)), 30, START).await.unwrap();
    assert_eq!(restricted(&[]).await, [""; 0]);
    assert_eq!(restricted(&[Field::Telephone, Field::Image]).await, [""; 0], "the card has nothing of it");
    assert_eq!(all(store).await.1.len(), 1, "so nothing is noted");
    assert_eq!(restricted(&[Field::Email, Field::Image]).await, ["email"]);
    let event = last_event(store).await;
    assert_eq!((event.kind, event.fields), (EventKind::Restricted, fields(&[Field::Email])));
    assert!(event.cards.contains(&"card of a".to_owned()));
    assert_eq!(restricted(&[Field::Email]).await, ["email"]);
    assert_eq!(all(store).await.1.len(), 2, "noted once");
    assert_eq!(restricted(&[]).await, ["email"]);
    assert_eq!(about(store, About::Look, 30, START).await.unwrap()[4..], ["email"]);

    let before = all(store).await;
    let again = || Sealed { card: card("new", START, 30), source: "a".into(), sealed: "key.n iv data".into() };
    let refused = commit(store, "{}", Some(again()), entry("{}", "sample@1"), START).await;
    assert_eq!(refused.map_err(|fault| fault.code).unwrap_err(), Code::ReviewPending);
    let reviewed = |key: &str| About::Reviewed { key: key.into(), sealed: "key.b iv rest".into(), commitment: named("rest") };
    assert!(about(store, reviewed("key.z"), 30, START).await.is_err(), "that is another card");
    assert_eq!(all(store).await, before);

    put_part(store, part(0, "key.p"), &[30 * DAY]).await.unwrap_err();
    put_part(store, part(30 * DAY / PART, "key.p"), &[30 * DAY]).await.unwrap();
    let mut released = about(store, reviewed("key.a"), 30, START).await.unwrap();
    released.sort();
    assert_eq!(released, ["key.a", "key.p"]);
    let event = last_event(store).await;
    assert_eq!((event.kind, event.fields, event.to), (EventKind::Reviewed, fields(&[Field::Email]), Some(named("rest"))));
    let left = found(store, Ask::Row("a")).await.rows.pop().unwrap();
    assert_eq!((left.held.fields, left.held.review, left.held.seq), (fields(&[Field::Name]), Choice::none(), event.index));
    assert_eq!((left.sealed.as_str(), left.held.expires), ("key.b iv rest", START + 30 * DAY));
    assert!(about(store, reviewed("key.b"), 30, START).await.is_err(), "there is nothing to be looked at any more");
    assert_eq!(commit(store, "{}", Some(again()), entry("{}", "sample@1"), START).await.unwrap().released, ["key.b"]);
    assert_eq!(
        about(store, About::Restricted(fields(&[Field::Email])), 30, START + 30 * DAY).await.unwrap(),
        [""; 0],
        "it is over"
    );
}

/// A row is never written over: the one before it goes in the same transaction, or nothing is written.
async fn a_row_is_never_written_over(store: &impl Store) {
    put(store, &row("a", "key.1", START, 1), &[]).await;
    let before = all(store).await;
    let over = |mut head: Head| {
        let lines = line(&mut head);
        Ok(Some(Change { head, lines, rows: vec![row("a", "key.2", START, 2)], ..Change::default() }))
    };
    assert!(write(store, &over).await.is_err());
    assert_eq!(all(store).await, before);
    put(store, &row("a", "key.2", START, 2), &[row("a", "key.1", START, 1)]).await;
    assert_eq!(all(store).await.3, ["key.2"]);
}

/// What a key is needed for decides which are in use, and not what a row or a part says itself.
async fn a_key_goes_with_what_needs_it(store: &impl Store) {
    put(store, &row("a", "key.1", START, 1), &[]).await;
    put(store, &row("b", "key.2", START, 2), &[]).await;
    // As somebody reads it whose row was damaged.
    let read = Row { sealed: "key.9 iv data".into(), ..row("a", "key.1", START, 1) };
    put(store, &row("a", "key.3", START, 3), std::slice::from_ref(&read)).await;
    let mut keys = run(store, Errand::Keys, START).await.unwrap();
    keys.sort();
    assert_eq!(keys, ["key.2", "key.3"]);
    put(store, &row("c", "key.4", START, 4), &[Row { source: "b".into(), ..read }]).await;
    let mut keys = run(store, Errand::Keys, START).await.unwrap();
    keys.sort();
    assert_eq!(keys, ["key.3", "key.4"]);
}

/// Two that use one store take turns in every order: what either remembers of it is never written over what the other did.
async fn two_take_turns(one: &impl Store, other: &impl Store) {
    let (mut now, mut captured) = (START, 0);
    for round in 0..16_u64 {
        for turn in 0..4 {
            now += DAY / 24;
            let is_one = (round >> turn) & 1 == 0;
            let source = format!("source-{}", (round + turn) % 5);
            let keys = match (turn, is_one) {
                (3, true) => run(one, Errand::Erase(source, Why::User), now).await.unwrap(),
                (3, false) => run(other, Errand::Erase(source, Why::User), now).await.unwrap(),
                // Nothing comes into the log by that, but its end: the clock was looked at.
                (1, true) => purge(one, u64::MAX, now).await,
                (1, false) => purge(other, u64::MAX, now).await,
                (_, true) => kept(one, &source, &format!("key.{round}.{turn}"), 30, now).await,
                (_, false) => kept(other, &source, &format!("key.{round}.{turn}"), 30, now).await,
            };
            captured += u64::from(turn != 3 && turn != 1);
            let there = all(other).await;
            assert_eq!(all(one).await, there, "{round} {turn}");
            let (head, entries, _, in_use, rows) = there;
            assert_eq!((head.wall, head.age), (now, now - START - DAY / 24), "{round} {turn}: time goes on");
            assert_eq!(head.tree.size(), entries.len() as u64);
            let mut tree = scruple::ledger::Tree::default();
            entries.iter().for_each(|entry| tree.push(scruple::ledger::leaf_hash(entry.as_bytes())));
            assert_eq!(tree, head.tree, "{round} {turn}: one log");
            let mut needed: Vec<String> = rows.iter().map(|row| row.key().to_owned()).collect();
            needed.sort();
            assert_eq!(in_use, needed, "{round} {turn}");
            assert!(keys.iter().all(|key| !needed.contains(key)), "{round} {turn}: {keys:?}");
            if turn == 0 {
                // A part that the next capture has to take away, whoever makes that.
                let seqs: Vec<u64> = {
                    let mut seqs: Vec<u64> = rows.iter().map(|row| row.held.seq).collect();
                    seqs.sort_unstable();
                    seqs
                };
                let made = part(0, &format!("part.{round}"));
                if is_one {
                    put_part(other, made, &seqs).await.unwrap()
                } else {
                    put_part(one, made, &seqs).await.unwrap()
                };
                now += DAY / 24;
                let last = format!("last-{round}");
                let released = if is_one {
                    kept(one, &last, &format!("key.l.{round}"), 30, now).await
                } else {
                    kept(other, &last, &format!("key.l.{round}"), 30, now).await
                };
                assert!(released.contains(&format!("part.{round}")), "{round}: {released:?}");
                captured += 1;
            }
        }
    }
    let entries = all(one).await.1;
    let pages =
        entries.iter().filter(|entry| matches!(from_str(entry), Ok(Entry::Page(page)) if page.kind == EntryKind::Captured)).count();
    assert_eq!(pages as u64, captured, "every capture has its entry");
}

/// Who has not looked since the other did something misses nothing of it, whatever is remembered.
async fn what_was_missed_is_asked_for(one: &impl Store, other: &impl Store) {
    kept(one, "a", "key.a", 30, START).await;
    // Only the end of the log says that time went on; twice, as that is no less unseen then. Meanwhile the clock is set back.
    purge(other, u64::MAX, START + 9 * DAY).await;
    purge(other, u64::MAX, START + 10 * DAY).await;
    let now = START + DAY;
    kept(one, "b", "key.b", 30, now).await;
    let (head, entries, ..) = all(other).await;
    let Entry::Event(event) = from_str(&entries[1]).unwrap() else { panic!("{entries:?}") };
    assert_eq!((event.kind, event.to), (EventKind::ClockAnomaly, Some(rfc3339(now))));
    assert_eq!((head.wall, head.age, entries.len()), (now, 10 * DAY, 3));

    // A part that the other made, with and without entries between.
    put_part(other, part(0, "part.1"), &[0, 2]).await.unwrap();
    assert_eq!(kept(one, "c", "key.c", 30, now).await, ["part.1"]);
    put_part(other, part(0, "part.2"), &[0, 2, 3]).await.unwrap();
    refused(one, now).await;
    refused(other, now).await;
    refused(one, now).await;
    assert_eq!(kept(one, "d", "key.d", 30, now).await, ["part.2"]);

    // Entries and rows of the other.
    kept(other, "e", "key.e", 30, now).await;
    assert_eq!(kept(one, "e", "key.f", 30, now).await, ["key.e"], "the row that one has not seen");
    refused(other, now).await;
    refused(one, now).await;
    run(other, Errand::Erase("e".into(), Why::User), now).await.unwrap();
    assert_eq!(kept(one, "e", "key.g", 30, now).await, [""; 0], "the row is gone by now");
    assert_eq!(held(other, "e").await.seq, 13);
    let (head, entries, ..) = all(other).await;
    let mut tree = scruple::ledger::Tree::default();
    entries.iter().for_each(|entry| tree.push(scruple::ledger::leaf_hash(entry.as_bytes())));
    assert_eq!((head.tree.size(), &head.tree), (14, &tree), "one log");
}

/// Holds two that use one store, which is empty at first, to what must be so whoever wrote last.
pub async fn every_case_of_two<S: Store, T: Store>(fresh: impl AsyncFn() -> (S, T)) {
    let (one, other) = fresh().await;
    two_take_turns(&one, &other).await;
    let (one, other) = fresh().await;
    what_was_missed_is_asked_for(&one, &other).await;
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
    a_row_is_never_written_over(&fresh().await).await;
    a_key_goes_with_what_needs_it(&fresh().await).await;
    rows_that_go_are_gone(&fresh().await).await;
    rows_come_by_their_entries(&fresh().await).await;
    a_part_goes_with_its_rows(&fresh().await).await;
    a_part_is_about_one_range(&fresh().await).await;
    settings_shorten_for_good(&fresh().await).await;
    every_row_is_shortened(&fresh().await).await;
    a_contact_counts_from_its_day(&fresh().await).await;
    a_later_restriction_waits_for_a_person(&fresh().await).await;
}
