//! Random histories of the vault against a model that knows what is promised and nothing of how it is done.

use std::collections::{BTreeMap, BTreeSet};

use scruple::digest::named;
use scruple::json::from_str;
use scruple::ledger::{Entry, EntryKind, EventKind, TOLERANCE, Why};
use scruple::time::{DAY, millis, rfc3339};
use scruple::vault::memory::Memory;
use scruple::vault::{Errand, commit, run};

use super::conformance::{card, entry};
use super::{Random, Seed, asked, at_once, log_and_cards_agree, sealed};

/// What is promised of somebody whose card is kept.
#[derive(Debug)]
struct Promise {
    id: String,
    first: u64,
    /// Over from here on by what the clock says.
    by_clock: u64,
    /// Over once so much time has passed since the log began, as far as anybody looked.
    by_age: u64,
    /// What it is sealed into.
    sealed: String,
    key: String,
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

    fn is_over(&self, promise: &Promise, clock: u64) -> bool {
        clock >= promise.by_clock || self.age(clock) >= promise.by_age
    }

    fn release(&mut self, key: &str) {
        assert!(self.released.insert(key.to_owned()), "{key} was let go before");
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
                other => panic!("nobody did that: {other:?}"),
            };
            (word.to_owned(), event.cards.iter().cloned().collect())
        }
    }
}

const SOURCES: [&str; 5] = ["alfa", "bravo", "charlie", "delta", "echo"];
const SETTINGS: [&str; 3] = ["{}", "{\"local\":\"a\"}", "{\"local\":\"b\"}"];
const ADAPTERS: [&str; 4] = ["sample@1", "sample@2", "other@1", "other@1.0.1"];

/// A history of so many steps.
fn history(seed: u64, steps: u32) {
    let _seed = Seed(seed);
    let mut random = Random(seed);
    let store = Memory::default();
    let mut model = Model::default();
    let (mut clock, mut settings, mut adapter) = (19_000 * DAY + random.below(DAY), SETTINGS[0], ADAPTERS[0]);
    let mut compared = 0;
    for step in 0..steps {
        let source = random.of(&SOURCES);
        match random.below(100) {
            0..25 => clock = random.moved(clock),
            25..50 => capture(&store, &mut model, source, random.of(&[0, 1, 7, 30, 30, 365, 1095]), (settings, adapter), clock),
            50..58 => {
                model.look(clock);
                model.page(settings, adapter);
                model.say("refused", &[]);
                let committed = at_once(commit(&store, settings, None, entry(settings, adapter), clock)).unwrap();
                assert_eq!((committed.commit.holds, committed.released), (None, Vec::new()));
            }
            58..68 => purge(&store, &mut model, clock),
            68..78 => erase(&store, &mut model, source, if random.is_one_in(2) { Why::Request } else { Why::User }, clock),
            78..84 => settings = random.of(&SETTINGS),
            84..90 => adapter = random.of(&ADAPTERS),
            _ => {
                let count = u32::try_from(random.below(9)).unwrap();
                let newest = at_once(run(&store, Errand::Newest(count), clock)).unwrap();
                let expected: Vec<String> = store.contents().entries.into_iter().rev().take(count as usize).collect();
                assert_eq!(newest, expected);
            }
        }
        compared = compare(&store, &mut model, compared, clock, step);
    }
    let contents = store.contents();
    assert_eq!(contents.head.age, model.passed);
    log_and_cards_agree(&contents);
}

fn capture(store: &Memory, model: &mut Model, source: &str, days: u64, (settings, adapter): (&str, &str), clock: u64) {
    model.keys += 1;
    let (id, key) = (format!("card-{}", model.keys), format!("key-{}", model.keys));
    let kept = sealed(source, card(&id, clock, days), &key);
    let text = kept.sealed.clone();
    let deadline = millis(&kept.card.expires_at).unwrap();
    model.look(clock);
    let age = model.age(clock);
    let before = model.cards.remove(source);
    let mut promise =
        Promise { id, first: clock, by_clock: deadline, by_age: age + deadline.saturating_sub(clock), sealed: text, key };
    let mut released = Vec::new();
    if let Some(before) = before {
        model.release(&before.key);
        released.push(before.key.clone());
        if model.is_over(&before, clock) {
            // Somebody new, as far as anybody can know; and what was there is gone.
            model.say("purged", &[&before.id]);
        } else {
            promise.by_clock = promise.by_clock.min(before.by_clock);
            promise.by_age = before.by_age.min(age + promise.by_clock.saturating_sub(clock));
            (promise.id, promise.first) = (before.id, before.first);
        }
    }
    model.page(settings, adapter);
    model.say("captured", &[&promise.id]);
    let committed = at_once(commit(store, settings, Some(kept), entry(settings, adapter), clock)).unwrap();
    assert_eq!(committed.released, released);
    let (given, card) = (committed.commit.holds.unwrap(), committed.commit.card.unwrap());
    assert_eq!((&given.id, given.expires), (&card.id, card.deadline()));
    assert_eq!((given.expires, given.ends), (promise.by_clock, promise.by_age));
    assert_eq!(committed.commit.entry.policy, named(settings));
    model.cards.insert(source.to_owned(), promise);
}

fn purge(store: &Memory, model: &mut Model, clock: u64) {
    model.look(clock);
    let over = |promise: &Promise| model.is_over(promise, clock);
    let sources: Vec<String> = model.cards.iter().filter(|(_, promise)| over(promise)).map(|(source, _)| source.clone()).collect();
    let gone: Vec<Promise> = sources.iter().filter_map(|source| model.cards.remove(source)).collect();
    if !gone.is_empty() {
        let ids: Vec<&str> = gone.iter().map(|promise| promise.id.as_str()).collect();
        model.say("purged", &ids);
    }
    gone.iter().for_each(|promise| model.release(&promise.key));
    let keys: BTreeSet<String> = gone.into_iter().map(|promise| promise.key).collect();
    let released = at_once(run(store, Errand::Purge, clock)).unwrap();
    assert_eq!(released.len(), keys.len(), "each once");
    assert_eq!(released.into_iter().collect::<BTreeSet<_>>(), keys);
}

fn erase(store: &Memory, model: &mut Model, source: &str, why: Why, clock: u64) {
    model.look(clock);
    let gone = model.cards.remove(source);
    if let Some(gone) = &gone {
        model.say(if why == Why::Request { "erased for a request" } else { "erased" }, &[&gone.id]);
        model.release(&gone.key);
    }
    let released = at_once(run(store, Errand::Erase(source.to_owned(), why), clock)).unwrap();
    assert_eq!(released, gone.map(|gone| gone.key).into_iter().collect::<Vec<_>>());
}

/// Compares all that can be seen with what has to be; gives back how long the log is.
fn compare(store: &Memory, model: &mut Model, compared: usize, clock: u64, step: u32) -> usize {
    for source in SOURCES {
        let given = at_once(run(store, Errand::Card(source.to_owned()), clock)).unwrap();
        let promised: Vec<String> = match model.cards.get(source) {
            Some(promise) if !model.is_over(promise, clock) => {
                vec![promise.id.clone(), rfc3339(promise.first), rfc3339(promise.by_clock), promise.sealed.clone()]
            }
            _ => Vec::new(),
        };
        assert_eq!(given, promised, "step {step}, {source}: {model:?}");
    }
    let keys = at_once(run(store, Errand::Keys, clock)).unwrap();
    let in_use: BTreeSet<String> = model.cards.values().map(|promise| promise.key.clone()).collect();
    assert_eq!(keys.len(), in_use.len());
    assert_eq!(keys.into_iter().collect::<BTreeSet<_>>(), in_use, "step {step}");
    assert_eq!((in_use.len() + model.released.len()) as u64, model.keys, "every key is needed or was let go");
    assert!(in_use.is_disjoint(&model.released));
    let entries = store.contents().entries;
    let new: Vec<_> = entries[compared..].iter().map(|line| said(line)).collect();
    assert_eq!(new, std::mem::take(&mut model.said), "step {step}");
    entries.len()
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
    assert_eq!(at_once(run(&store, Errand::Card("alfa".into()), 10 * DAY + 1)).unwrap(), [""; 0], "thirty days of use");
}
