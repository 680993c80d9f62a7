//! The vault while its store fails at every place a transaction has, two tasks are under way at once, and the browser ends them at any moment.
//!
//! The safe of keys is played by a set. It is used in the order that `extension/guard/safe.js` demands of its callers, and its sweep spares keys whose rows
//! may still be on their way as that one does.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use scruple::ledger::{Head, Why};
use scruple::page::Fault;
use scruple::time::DAY;
use scruple::vault::memory::Memory;
use scruple::vault::{Ask, Change, Errand, Found, Store, Task, commit, run};
use scruple::vocabulary::Code;

use super::conformance::{card, entry, look, told};
use super::{Random, Seed, asked, at_once, log_and_cards_agree, sealed};

/// What is said when it is not known whether anything was written.
const LOST: &str = "the answer is lost";

fn fault<T>(what: &str) -> Result<T, Fault> {
    Err(Fault { code: Code::GuardError, what: what.to_owned() })
}

/// Lets others go on.
async fn pause() {
    let mut paused = false;
    poll_fn(|_| if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

/// A store that fails now and then.
struct Flaky<S> {
    store: S,
    random: RefCell<Random>,
    /// How often it failed at each place: before asking, after deciding, after writing.
    failed: [Cell<u64>; 3],
}

/// A task that was decided, and whose decision cannot be written.
struct Breaking<'a>(&'a mut dyn Task);

impl Task for Breaking<'_> {
    fn ask(&self, head: &Head) -> Ask<'_> {
        self.0.ask(head)
    }

    fn decide(&mut self, found: Found) -> Result<Option<Change>, Fault> {
        self.0.decide(found)?;
        fault("it cannot be written")
    }
}

impl<S: Store> Store for Flaky<S> {
    async fn transact(&self, task: &mut dyn Task) -> Result<(), Fault> {
        pause().await;
        let place = self.random.borrow_mut().below(20);
        if let Some(failed) = usize::try_from(place).ok().and_then(|place| self.failed.get(place)) {
            failed.set(failed.get() + 1);
        }
        match place {
            0 => return fault("it cannot be asked"),
            1 => return self.store.transact(&mut Breaking(task)).await,
            _ => self.store.transact(task).await?,
        }
        pause().await;
        if place == 2 { fault(LOST) } else { Ok(()) }
    }
}

/// A browser: what is on its disk, and what only its memory knows.
struct Browser {
    store: Flaky<Memory>,
    /// The keys on the disk.
    safe: RefCell<BTreeSet<String>>,
    made: Cell<u64>,
    clock: Cell<u64>,
    random: RefCell<Random>,
    /// Keys whose rows may be on their way. Forgotten when the browser ends, like the lock.
    unsettled: RefCell<BTreeSet<String>>,
    locked: Cell<bool>,
    /// Whether keys are destroyed although it is not known that no row needs them.
    is_reckless: bool,
    left: Cell<u32>,
}

struct Lock<'a>(&'a Cell<bool>);

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl Browser {
    async fn lock(&self) -> Lock<'_> {
        while self.locked.replace(true) {
            pause().await;
        }
        Lock(&self.locked)
    }

    async fn seal(&self) -> Result<String, Fault> {
        let _lock = self.lock().await;
        self.made.set(self.made.get() + 1);
        let key = format!("key-{}", self.made.get());
        self.unsettled.borrow_mut().insert(key.clone());
        pause().await;
        self.safe.borrow_mut().insert(key.clone());
        pause().await;
        if self.random.borrow_mut().is_one_in(20) {
            self.settle(&key);
            return fault("the card cannot be sealed");
        }
        Ok(key)
    }

    fn settle(&self, key: &str) {
        self.unsettled.borrow_mut().remove(key);
    }

    /// Destroys keys, or fails somewhere on the way: what is left is for the sweep.
    async fn destroy(&self, keys: &[String]) {
        let _lock = self.lock().await;
        for key in keys {
            pause().await;
            if self.random.borrow_mut().is_one_in(20) {
                return;
            }
            self.safe.borrow_mut().remove(key);
        }
        keys.iter().for_each(|key| self.settle(key));
    }

    async fn sweep(&self, store: &impl Store) -> Result<(), Fault> {
        let _lock = self.lock().await;
        let spared = self.unsettled.borrow().clone();
        pause().await;
        let in_use = run(store, Errand::Keys, self.clock.get()).await?;
        pause().await;
        self.safe.borrow_mut().retain(|key| in_use.contains(key) || spared.contains(key));
        Ok(())
    }

    async fn capture(&self, source: &str, days: u64) -> Result<(), Fault> {
        let key = self.seal().await?;
        let now = self.clock.get();
        pause().await;
        let kept = sealed(source, card(&format!("card of {key}"), now, days), &key);
        match commit(&self.store, "{}", Some(kept), entry("{}", "sample@1"), self.clock.get()).await {
            Ok(committed) => {
                self.settle(&key);
                self.destroy(&committed.released).await;
            }
            Err(fault) if fault.what == LOST && !self.is_reckless => self.settle(&key),
            Err(_) => self.destroy(&[key]).await,
        }
        Ok(())
    }

    async fn tend(&self) -> Result<(), Fault> {
        loop {
            let (count, keys) = told(run(&self.store, Errand::Purge { keep: u64::MAX }, self.clock.get()).await?);
            if count == 0 {
                return self.sweep(&self.store).await;
            }
            self.destroy(&keys).await;
        }
    }

    /// Does one thing after the other, as long as any are left. What fails is not tried again.
    async fn work(&self) {
        while self.left.get() > 0 {
            self.left.set(self.left.get() - 1);
            let (source, what, days) = {
                let mut random = self.random.borrow_mut();
                (random.of(&["alfa", "bravo", "charlie"]), random.below(20), random.of(&[1, 30, 365]))
            };
            _ = match what {
                0..8 => self.capture(source, days).await,
                8..10 => commit(&self.store, "{}", None, entry("{}", "sample@1"), self.clock.get()).await.map(drop),
                10..13 => match run(&self.store, Errand::Erase(source.to_owned(), Why::User), self.clock.get()).await {
                    Ok(keys) => {
                        self.destroy(&keys).await;
                        Ok(())
                    }
                    Err(fault) => Err(fault),
                },
                13..15 => self.tend().await,
                15..17 => run(&self.store, look(source.to_owned()), self.clock.get()).await.map(drop),
                _ => {
                    let moved = self.random.borrow_mut().moved(self.clock.get());
                    self.clock.set(moved);
                    Ok(())
                }
            };
            pause().await;
        }
    }

    /// Two tasks, of which any may go on next, until nothing is left to do or the browser ends; true if it did.
    fn live(&self) -> bool {
        let mut tasks: [Option<Pin<Box<dyn Future<Output = ()> + '_>>>; 2] =
            [Some(Box::pin(self.work())), Some(Box::pin(self.work()))];
        let mut context = Context::from_waker(Waker::noop());
        while tasks.iter().any(Option::is_some) {
            let next = self.random.borrow_mut().below(2);
            let Some(slot) = tasks.get_mut(usize::from(next == 1)) else { continue };
            if slot.as_mut().is_some_and(|task| task.as_mut().poll(&mut context).is_ready()) {
                *slot = None;
            }
            if self.random.borrow_mut().is_one_in(150) {
                return true;
            }
        }
        false
    }

    /// What a browser does at its start, with a store that does not fail: it would be tried again until it does not.
    fn start(&self) {
        self.unsettled.borrow_mut().clear();
        assert!(!self.locked.get());
        let mut sweep = std::pin::pin!(self.sweep(&self.store.store));
        let mut context = Context::from_waker(Waker::noop());
        while sweep.as_mut().poll(&mut context).is_pending() {}
    }
}

/// How often each fault came, and the browser ended.
type Counts = [u64; 4];

/// So many things to do, whatever fails; at the end, and whenever the browser ended, everything has to fit. Gives back the keys that rows need and that
/// are gone.
fn schedule(seed: u64, is_reckless: bool, counts: &mut Counts) -> Vec<String> {
    let _seed = Seed(seed);
    let browser = Browser {
        store: Flaky { store: Memory::default(), random: RefCell::new(Random(!seed)), failed: Default::default() },
        safe: RefCell::default(),
        made: Cell::new(0),
        clock: Cell::new(20_000 * DAY),
        random: RefCell::new(Random(seed)),
        unsettled: RefCell::default(),
        locked: Cell::new(false),
        is_reckless,
        left: Cell::new(30),
    };
    loop {
        let ended = browser.live();
        let contents = browser.store.store.contents();
        log_and_cards_agree(&contents);
        if ended {
            counts[3] += 1;
        }
        browser.start();
        assert_eq!(browser.store.store.contents(), contents, "a sweep changes nothing in the store");
        let keys = at_once(run(&browser.store.store, Errand::Keys, browser.clock.get())).unwrap();
        let in_use: BTreeSet<String> = keys.iter().cloned().collect();
        assert_eq!(in_use.len(), keys.len(), "every row has a key of its own");
        let safe = browser.safe.borrow().clone();
        assert_eq!(safe.difference(&in_use).count(), 0, "a key is left that no row needs");
        let gone: Vec<String> = in_use.difference(&safe).cloned().collect();
        if !gone.is_empty() || !ended {
            for (count, failed) in counts.iter_mut().zip(&browser.store.failed) {
                *count += failed.get();
            }
            return gone;
        }
    }
}

#[test]
fn whatever_fails_cards_entries_and_keys_fit() {
    let seed = asked("SCRUPLE_SEED", 1);
    let mut counts = Counts::default();
    for seed in seed..seed + asked("SCRUPLE_SCHEDULES", 1000) {
        let gone = schedule(seed, false, &mut counts);
        assert!(gone.is_empty(), "seed {seed}: rows need keys that are gone: {gone:?}");
    }
    eprintln!("failed before asking, after deciding, after writing; ended: {counts:?}");
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

/// Who destroys a key without knowing that its row was not stored is found out: so the schedules do reach what they are there for.
#[test]
fn a_key_that_is_destroyed_too_early_is_noticed() {
    let found = (1..200).find(|seed| !schedule(*seed, true, &mut Counts::default()).is_empty());
    assert!(found.is_some());
}
