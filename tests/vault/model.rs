//! Random histories of the vault against a model that knows what is promised and nothing of how it is done.

use std::collections::{BTreeMap, BTreeSet};

use scruple::digest::named;
use scruple::json::from_str;
use scruple::ledger::{Entry, EntryKind, EventKind, How, TOLERANCE, Why};
use scruple::page::Fault;
use scruple::time::{DAY, rfc3339};
use scruple::vault::memory::Memory;
use scruple::vault::{About, Card, Errand, Kept, PART, Part, commit, run};
use scruple::vocabulary::{Audience, Choice, Code, Field};

use super::conformance::{card, entry, look, put_part, told};
use super::{Random, Seed, asked, at_once, log_and_cards_agree, sealed};

/// What is promised of somebody whose card is kept.
#[derive(Debug)]
struct Promise {
    id: String,
    first: u64,
    /// When its time began, by what the clock said, and by how much time had passed since the log began, as far as anybody looked.
    since: u64,
    since_age: i64,
    /// How long it is kept from then on.
    span: u64,
    /// The fields that a person has to look at, and those it has.
    waiting: BTreeSet<Field>,
    fields: BTreeSet<Field>,
    /// What it is sealed into.
    sealed: String,
    key: String,
    /// The entry that its values came with.
    seq: u64,
}

/// What has to be the case.
#[derive(Debug, Default)]
struct Model {
    /// When somebody looked at the clock last, and how much time went by between one look and the next.
    looked: Option<u64>,
    passed: u64,
    cards: BTreeMap<String, Promise>,
    /// How many keys were made, and those that were let go.
    keys: u64,
    released: BTreeSet<String>,
    /// The keys of parts, by their numbers.
    parts: BTreeMap<u64, String>,
    settings: Option<String>,
    adapters: BTreeMap<String, String>,
    /// What the log has to say since it was compared last: one word each, and the cards it names.
    said: Vec<(String, BTreeSet<String>)>,
}

impl Model {
    fn say(&mut self, word: &str, cards: &[&str]) {
        self.said.push((word.to_owned(), cards.iter().map(|card| (*card).to_owned()).collect()));
    }

    /// Somebody looks at the clock.
    fn look(&mut self, clock: u64) {
        match self.looked {
            Some(before) if clock + TOLERANCE < before => self.say("clock_anomaly", &[]),
            // By a moment: the clock was set right, and time stands until it is there again.
            Some(before) if clock < before => return,
            Some(before) => self.passed += clock - before,
            None => {}
        }
        self.looked = Some(clock);
    }

    /// How much time has passed by what the clock says, whether or not anybody notes it.
    fn age(&self, clock: u64) -> u64 {
        self.passed + self.looked.map_or(0, |before| clock.saturating_sub(before))
    }

    /// Whether it is over under settings that keep for so long.
    fn is_over(&self, promise: &Promise, keep: u64, clock: u64) -> bool {
        let span = promise.span.min(keep);
        clock >= promise.since + span || signed(self.age(clock)) >= promise.since_age.saturating_add(signed(span))
    }

    fn release(&mut self, key: &str) {
        assert!(self.released.insert(key.to_owned()), "{key} was let go before");
    }

    /// Something comes to where a part is, or goes from there: the key of that part, if there is one, which is let go.
    fn part_of(&mut self, seq: u64) -> Option<String> {
        let key = self.parts.remove(&(seq / PART))?;
        self.release(&key);
        Some(key)
    }

    /// What a page says of settings and adapter.
    fn page(&mut self, settings: &str, adapter: &str) {
        if self.settings.replace(settings.to_owned()).is_some_and(|before| before != settings) {
            self.say("policy_changed", &[]);
        }
        let name = adapter.split('@').next().unwrap().to_owned();
        if self.adapters.insert(name, adapter.to_owned()).is_some_and(|before| before != adapter) {
            self.say("adapter_changed", &[]);
        }
    }
}

/// What an entry says, in one word, and the cards it names.
fn said(line: &str) -> (String, BTreeSet<String>) {
    match from_str::<Entry>(line).unwrap() {
        Entry::Page(page) => {
            let word = if page.kind == EntryKind::Captured { "captured" } else { "refused" };
            (word.to_owned(), page.card.iter().map(|card| card.id.clone()).collect())
        }
        Entry::Event(event) => {
            assert_eq!(event.fault(), None, "{line}");
            let word = match event.kind {
                EventKind::Purged => "purged",
                EventKind::Erased if event.why == Some(Why::Request) => "erased for a request",
                EventKind::Erased => "erased",
                EventKind::PolicyChanged => "policy_changed",
                EventKind::AdapterChanged => "adapter_changed",
                EventKind::ClockAnomaly => "clock_anomaly",
                EventKind::Contacted => "contacted",
                EventKind::Restricted => "restricted",
                EventKind::Reviewed => "reviewed",
                other => panic!("nobody did that: {other:?}"),
            };
            (word.to_owned(), event.cards.iter().cloned().collect())
        }
    }
}

const FIELDS: [Field; 4] = [Field::Name, Field::WorksFor, Field::Email, Field::Telephone];
const SOURCES: [&str; 5] = ["alfa", "bravo", "charlie", "delta", "echo"];
const SETTINGS: [&str; 3] = ["{}", "{\"local\":\"a\"}", "{\"local\":\"b\"}"];
const ADAPTERS: [&str; 4] = ["sample@1", "sample@2", "other@1", "other@1.0.1"];

/// How long settings keep things, in days; as far as they can be used.
const DAYS: [Option<u64>; 7] = [None, Some(0), Some(1), Some(7), Some(30), Some(365), Some(1095)];

fn keep(days: Option<u64>) -> u64 {
    days.map_or(u64::MAX, |days| days * DAY)
}

/// A time that is before the beginning by the rest of the second in which something began.
fn signed(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}

/// What is done in a history.
struct History {
    store: Memory,
    model: Model,
    random: Random,
    clock: u64,
    settings: &'static str,
    adapter: &'static str,
    /// What the settings say of how long things are kept.
    days: Option<u64>,
}

/// A history of so many steps.
fn history(seed: u64, steps: u32) {
    let _seed = Seed(seed);
    let mut random = Random(seed);
    let clock = 19_000 * DAY + random.below(DAY);
    let (settings, adapter, days) = (SETTINGS[0], ADAPTERS[0], Some(1095));
    let mut history = History { store: Memory::default(), model: Model::default(), random, clock, settings, adapter, days };
    let mut compared = 0;
    for step in 0..steps {
        history.step();
        compared = history.compare(compared, step);
    }
    let contents = history.store.contents();
    assert_eq!(contents.head.age, history.model.passed);
    log_and_cards_agree(&contents);
}

impl History {
    fn step(&mut self) {
        let source = self.random.of(&SOURCES);
        match self.random.below(100) {
            0..20 => self.clock = self.random.moved(self.clock),
            20..42 => self.capture(source),
            42..48 => {
                self.model.look(self.clock);
                self.model.page(self.settings, self.adapter);
                self.model.say("refused", &[]);
                let refused = at_once(commit(&self.store, self.settings, None, entry(self.settings, self.adapter), self.clock));
                let committed = refused.unwrap();
                assert_eq!((committed.commit.holds, committed.released), (None, Vec::new()));
            }
            48..56 => self.purge(),
            56..62 => self.erase(source),
            62..68 => self.contacted(source),
            68..74 => self.restricted(source),
            74..80 => self.reviewed(source),
            80..84 => self.put_part(),
            84..88 => self.settings = self.random.of(&SETTINGS),
            88..92 => self.days = self.random.of(&DAYS),
            92..96 => self.adapter = self.random.of(&ADAPTERS),
            _ => {
                let count = u32::try_from(self.random.below(9)).unwrap();
                let newest = at_once(run(&self.store, Errand::Newest(count), self.clock)).unwrap();
                let expected: Vec<String> = self.store.contents().entries.into_iter().rev().take(count as usize).collect();
                assert_eq!(newest, expected);
            }
        }
    }

    /// Something about the card of a source.
    fn about(&self, source: &str, about: About) -> Result<Vec<String>, Fault> {
        at_once(run(&self.store, Errand::Of { source: source.to_owned(), keep: keep(self.days), about }, self.clock))
    }

    fn some_fields(&mut self) -> BTreeSet<Field> {
        FIELDS.into_iter().filter(|_| self.random.is_one_in(2)).collect()
    }

    fn capture(&mut self, source: &str) {
        let clock = self.clock;
        // Settings that cannot be used capture nothing.
        let days = self.days.unwrap_or(30);
        let fields = self.some_fields();
        self.model.keys += 1;
        let (id, key) = (format!("card-{}", self.model.keys), format!("key-{}", self.model.keys));
        let kept = sealed(source, card_with(&id, clock, days, &fields), &key);
        let waits = |promise: &&Promise| !self.model.is_over(promise, days * DAY, clock) && !promise.waiting.is_empty();
        // The clock is looked at only by what is written.
        if self.model.cards.get(source).is_some_and(|promise| waits(&promise)) {
            let before = self.store.contents();
            let entry = entry(self.settings, self.adapter);
            let refused = at_once(commit(&self.store, self.settings, Some(kept), entry, clock)).unwrap_err();
            assert_eq!((refused.code, self.store.contents()), (Code::ReviewPending, before));
            self.model.released.insert(key);
            return;
        }
        let model = &mut self.model;
        model.look(clock);
        let since = clock - clock % 1000;
        let mut promise = Promise {
            id,
            first: clock,
            since,
            // What is left of the second in which the document says that it began.
            since_age: signed(model.age(clock) + (since + days * DAY).saturating_sub(clock)) - signed(days * DAY),
            span: days * DAY,
            waiting: BTreeSet::new(),
            fields,
            seq: 0,
            sealed: kept.sealed.clone(),
            key,
        };
        let mut released = BTreeSet::new();
        if let Some(before) = model.cards.remove(source) {
            model.release(&before.key);
            released.insert(before.key.clone());
            released.extend(model.part_of(before.seq));
            if model.is_over(&before, days * DAY, clock) {
                // Somebody new, as far as anybody can know; and what was there is gone.
                model.say("purged", &[&before.id]);
            } else {
                promise.span = promise.span.min(before.span);
                promise.since = promise.since.min(before.since);
                promise.since_age = promise.since_age.min(before.since_age);
                (promise.id, promise.first) = (before.id, before.first);
            }
        }
        model.page(self.settings, self.adapter);
        model.say("captured", &[&promise.id]);
        let entry = entry(self.settings, self.adapter);
        let committed = at_once(commit(&self.store, self.settings, Some(kept), entry, clock)).unwrap();
        let (given, card) = (committed.commit.holds.unwrap(), committed.commit.card.unwrap());
        promise.seq = committed.commit.entry.index;
        released.extend(model.part_of(promise.seq));
        assert_eq!(committed.released.into_iter().collect::<BTreeSet<_>>(), released);
        assert_eq!((&given.id, given.expires, given.seq), (&card.id, card.deadline(), promise.seq));
        let ends = promise.since_age + signed(promise.span);
        assert_eq!((given.expires, signed(given.ends)), (promise.since + promise.span, ends.max(0)));
        assert_eq!(committed.commit.entry.policy, named(self.settings));
        model.cards.insert(source.to_owned(), promise);
    }

    fn purge(&mut self) {
        let (model, clock, keep) = (&mut self.model, self.clock, keep(self.days));
        model.look(clock);
        // One that was shortened stays so.
        model.cards.values_mut().for_each(|promise| promise.span = promise.span.min(keep));
        let over = |promise: &Promise| model.is_over(promise, keep, clock);
        let sources: Vec<String> =
            model.cards.iter().filter(|(_, promise)| over(promise)).map(|(source, _)| source.clone()).collect();
        let gone: Vec<Promise> = sources.iter().filter_map(|source| model.cards.remove(source)).collect();
        if !gone.is_empty() {
            let ids: Vec<&str> = gone.iter().map(|promise| promise.id.as_str()).collect();
            model.say("purged", &ids);
        }
        let mut keys: BTreeSet<String> = BTreeSet::new();
        for promise in gone {
            model.release(&promise.key);
            keys.extend(model.part_of(promise.seq));
            keys.insert(promise.key);
        }
        let (_, released) = told(at_once(run(&self.store, Errand::Purge { keep }, clock)).unwrap());
        assert_eq!(released.len(), keys.len(), "each once");
        assert_eq!(released.into_iter().collect::<BTreeSet<_>>(), keys);
    }

    fn erase(&mut self, source: &str) {
        let why = if self.random.is_one_in(2) { Why::Request } else { Why::User };
        let model = &mut self.model;
        model.look(self.clock);
        let mut keys = BTreeSet::new();
        if let Some(gone) = model.cards.remove(source) {
            model.say(if why == Why::Request { "erased for a request" } else { "erased" }, &[&gone.id]);
            model.release(&gone.key);
            keys.extend(model.part_of(gone.seq));
            keys.insert(gone.key);
        }
        let released = at_once(run(&self.store, Errand::Erase(source.to_owned(), why), self.clock)).unwrap();
        assert_eq!(released.into_iter().collect::<BTreeSet<_>>(), keys);
    }

    /// The promise about a source, unless its time is over.
    fn promise(&mut self, source: &str) -> Option<&mut Promise> {
        let over = self.model.cards.get(source).is_none_or(|promise| self.model.is_over(promise, keep(self.days), self.clock));
        if over { None } else { self.model.cards.get_mut(source) }
    }

    /// The person got in touch, some time or other.
    fn contacted(&mut self, source: &str) {
        let (clock, days) = (self.clock, self.days);
        let at = match self.random.below(4) {
            0 => clock,
            1 => self.random.moved(clock),
            _ => clock.saturating_sub(self.random.below(400 * DAY)),
        };
        let how = self.random.of(How::ALL);
        let before = self.store.contents();
        let answer = self.about(source, About::Contacted(how, at));
        let age = self.model.age(clock);
        let Some(promise) = self.promise(source) else {
            assert_eq!((answer, self.store.contents()), (Ok(Vec::new()), before));
            return;
        };
        let Some(span) = days.map(|days| days * DAY).filter(|_| at >= promise.first - promise.first % 1000 && at <= clock) else {
            assert!(answer.is_err(), "{at} at {clock}: {promise:?}");
            assert_eq!(self.store.contents(), before);
            return;
        };
        promise.span = promise.span.min(span);
        let at = at - at % 1000;
        if at + span > promise.since + promise.span {
            let until = (promise.since_age + signed(promise.span)).max(signed((age + span).saturating_sub(clock - at)));
            promise.since = at;
            promise.span = span;
            promise.since_age = until - signed(span);
        }
        let (id, until, seq) = (promise.id.clone(), rfc3339(promise.since + promise.span), promise.seq);
        assert_eq!(answer, Ok(vec![until]));
        self.model.part_of(seq);
        self.model.look(clock);
        self.model.say("contacted", &[&id]);
    }

    /// The page restricts some fields now.
    fn restricted(&mut self, source: &str) {
        let fields = self.some_fields();
        let answer = self.about(source, About::Restricted(fields.iter().copied().collect()));
        let (mut said, keep) = (None, keep(self.days));
        let waiting = match self.promise(source) {
            None => BTreeSet::new(),
            Some(promise) => {
                let new: BTreeSet<Field> = fields.intersection(&promise.fields).copied().collect();
                if !new.is_subset(&promise.waiting) {
                    promise.waiting.extend(new);
                    promise.span = promise.span.min(keep);
                    said = Some((promise.id.clone(), promise.seq));
                }
                promise.waiting.clone()
            }
        };
        if let Some((id, seq)) = said {
            self.model.part_of(seq);
            self.model.look(self.clock);
            self.model.say("restricted", &[&id]);
        }
        assert_eq!(answer, Ok(words(&waiting)));
    }

    /// A person looked at what was restricted, and keeps the rest.
    fn reviewed(&mut self, source: &str) {
        let Some(promise) = self.promise(source).map(|promise| (promise.key.clone(), promise.waiting.clone())) else { return };
        let (key, waiting) = promise;
        self.model.keys += 1;
        let new = format!("key-{}", self.model.keys);
        let commitment = named(&new);
        let before = self.store.contents();
        let opened = if self.random.is_one_in(9) { "another".to_owned() } else { key.clone() };
        let is_it = opened == key && !waiting.is_empty();
        let sealed = format!("{new} {commitment}");
        let reviewed = About::Reviewed { key: opened, sealed: sealed.clone(), commitment };
        let answer = self.about(source, reviewed);
        if !is_it {
            assert!(answer.is_err());
            assert_eq!(self.store.contents(), before);
            self.model.released.insert(new);
            return;
        }
        let (seq, keep) = (self.store.contents().head.tree.size() - 1, keep(self.days));
        self.model.look(self.clock);
        let promise = self.model.cards.get_mut(source).unwrap();
        promise.fields.retain(|field| !waiting.contains(field));
        promise.waiting.clear();
        promise.span = promise.span.min(keep);
        promise.key = new;
        promise.sealed = sealed;
        let old = std::mem::replace(&mut promise.seq, seq);
        let id = promise.id.clone();
        self.model.say("reviewed", &[&id]);
        self.model.release(&key);
        let mut keys: BTreeSet<String> = [key].into();
        keys.extend(self.model.part_of(old));
        keys.extend(self.model.part_of(seq));
        assert_eq!(answer.unwrap().into_iter().collect::<BTreeSet<_>>(), keys);
    }

    /// Somebody makes a part of what is searched, of the rows that are there or of some that were.
    fn put_part(&mut self) {
        self.model.keys += 1;
        let key = format!("key-{}", self.model.keys);
        let number = self.store.contents().head.tree.size() / PART;
        let mut seqs: Vec<u64> = self.model.cards.values().map(|promise| promise.seq).filter(|seq| seq / PART == number).collect();
        seqs.sort_unstable();
        let is_of_all = !self.random.is_one_in(4);
        if !is_of_all {
            seqs.push(seqs.last().map_or(number * PART, |seq| seq + 1));
        }
        let put = at_once(put_part(&self.store, Part { number, sealed: format!("{key} iv part") }, &seqs));
        assert_eq!(put.is_ok(), is_of_all);
        if is_of_all {
            assert_eq!(put.unwrap(), self.model.part_of(number * PART).into_iter().collect::<Vec<_>>());
            self.model.parts.insert(number, key);
        } else {
            self.model.released.insert(key);
        }
    }

    /// Compares all that can be seen with what has to be; gives back how long the log is.
    fn compare(&mut self, compared: usize, step: u32) -> usize {
        for source in SOURCES {
            let given = self.about(source, About::Look).unwrap();
            let span = keep(self.days);
            let promised: Vec<String> = self.promise(source).map_or_else(Vec::new, |promise| {
                let until = rfc3339(promise.since + promise.span.min(span));
                let mut texts = vec![promise.id.clone(), rfc3339(promise.first), until, promise.sealed.clone()];
                texts.extend(words(&promise.waiting));
                texts
            });
            assert_eq!(given, promised, "step {step}, {source}: {:?}", self.model);
        }
        let (store, model) = (&self.store, &mut self.model);
        let keys = at_once(run(store, Errand::Keys, self.clock)).unwrap();
        let in_use: BTreeSet<String> =
            model.cards.values().map(|promise| promise.key.clone()).chain(model.parts.values().cloned()).collect();
        assert_eq!(keys.len(), in_use.len());
        assert_eq!(keys.into_iter().collect::<BTreeSet<_>>(), in_use, "step {step}");
        assert_eq!((in_use.len() + model.released.len()) as u64, model.keys, "every key is needed or was let go");
        assert!(in_use.is_disjoint(&model.released));
        let entries = store.contents().entries;
        let new: Vec<_> = entries[compared..].iter().map(|line| said(line)).collect();
        assert_eq!(new, std::mem::take(&mut model.said), "step {step}");
        entries.len()
    }
}

/// A card with a value of some fields.
fn card_with(id: &str, clock: u64, days: u64, fields: &BTreeSet<Field>) -> Card {
    let kept = Kept {
        values: vec!["somebody".into()],
        code: Code::AllowPublic,
        rule: None,
        audience: Audience::PublicWeb,
        evidence: Vec::new(),
        cuts: Choice::none(),
    };
    Card { fields: fields.iter().map(|field| (*field, kept.clone())).collect(), ..card(id, clock, days) }
}

/// Fields as they are written, in the order of their list.
fn words(fields: &BTreeSet<Field>) -> Vec<String> {
    fields.iter().map(|field| field.to_string()).collect()
}

#[test]
fn random_histories_are_as_the_model_says() {
    let seed = asked("SCRUPLE_SEED", 1);
    for history_of in seed..seed + asked("SCRUPLE_HISTORIES", 520) {
        history(history_of, 200);
    }
}

/// 0 stands for a clock that nobody asked yet, and is what one says that lost its battery.
#[test]
fn a_clock_set_to_the_very_beginning_forgets_no_time() {
    let store = Memory::default();
    let page = |clock: u64| at_once(commit(&store, "{}", None, entry("{}", "sample@1"), clock)).unwrap().commit.head.age;
    assert_eq!(page(100 * DAY), 0);
    let kept = sealed("alfa", card("card", 100 * DAY, 30), "key");
    at_once(commit(&store, "{}", Some(kept), entry("{}", "sample@1"), 100 * DAY)).unwrap();
    assert_eq!(page(120 * DAY), 20 * DAY);
    assert_eq!(page(0), 20 * DAY);
    page(1);
    page(10 * DAY);
    assert_eq!(at_once(run(&store, look("alfa".into()), 10 * DAY + 1)).unwrap(), [""; 0], "thirty days of use");
}
