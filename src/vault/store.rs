//! What a store is: one transaction that asks, decides and writes, all of it or nothing.
//!
//! What is asked for and what is to be written are plain data, so everything that decides is the same over any store: the one in the browser
//! (`src/wasm/store.rs`) and the one in memory ([`super::memory`]).

use super::Held;
use crate::ledger::Head;
use crate::page::Fault;

/// What a transaction asks for besides the end of the log. A count is at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask<'a> {
    /// Nothing more.
    Head,
    /// The row of a source.
    Row(&'a str),
    /// The rows whose time is over by what the clock says, those whose time is over by the age of the log, and those that are kept for longer than the
    /// settings in force allow (milliseconds all). A row may be in all of them.
    Over {
        /// What the clock says.
        now: u64,
        /// The age of the log.
        age: u64,
        /// How long anything may be kept.
        keep: u64,
        /// How many of each, at most.
        count: u32,
    },
    /// So many entries, in their order, from an index on.
    Entries {
        /// The first of them.
        from: u64,
        /// How many, at most.
        count: u32,
    },
    /// The texts of all settings that entries name.
    Settings,
    /// The names of all keys that rows and parts need.
    Keys,
    /// So many rows by their `seq`, from one on.
    #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
    Rows {
        /// The first of them.
        from: u64,
        /// How many, at most.
        count: u32,
    },
    /// So many rows whose `seq` is lower than this, the highest first.
    #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
    Newest {
        /// None of them has this `seq`.
        before: u64,
        /// How many, at most.
        count: u32,
    },
    /// The rows with these `seq`, as far as there are any, in this order.
    #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
    These(&'a [u64]),
    /// So many parts by their numbers, from one on.
    #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
    Parts {
        /// The first of them.
        from: u64,
        /// How many, at most.
        count: u32,
    },
}

/// What is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The end of the log.
    pub head: Head,
    /// Rows, if they were asked for.
    pub rows: Vec<Row>,
    /// Entries, settings or names of keys, if they were asked for.
    pub texts: Vec<String>,
    /// Parts, if they were asked for. For a task that may write, those in whose range a row was found, or the next entry would be: each once, and with no more
    /// than the name of its key.
    pub parts: Vec<Part>,
    /// Where rows whose time is over were asked for, those of them that cannot be read, and those of which it is not known when their time is over. Who asks for
    /// one row is told that it cannot be read; a list does not have it.
    #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
    pub damaged: Vec<Damaged>,
}

/// A row that cannot be read: never believed, never given out.
#[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// Stands for its source, see [`Row`].
    pub source: String,
    /// The name of the card, if that can be read.
    pub id: Option<String>,
}

/// A card as it is stored: what is known of it without reading it, and the rest sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Stands for its source: a keyed hash of the address, so that nothing in a store names a person.
    pub source: String,
    /// What is known of it without reading it.
    pub held: Held,
    /// The name of the key, a space, and what was made of the card with it. Without the key it says nothing: destroying that is the erasure.
    pub sealed: String,
}

impl Row {
    /// The name of its key.
    #[must_use]
    pub fn key(&self) -> &str {
        key_of(&self.sealed)
    }
}

/// A part of what is searched: the cards whose `seq` lies in one range, read together and sealed again. It is made from rows and can be made anew from
/// them, so it is thrown away as soon as a row of its range comes or goes: nothing of a card outlives its row in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its number: that of a `seq` divided by [`PART`].
    pub number: u64,
    /// The name of its key, a space, and what was made with it, as in a [`Row`].
    pub sealed: String,
}

/// How many indexes of the log one part is about.
pub const PART: u64 = 256;

impl Part {
    /// The name of its key.
    #[must_use]
    pub fn key(&self) -> &str {
        key_of(&self.sealed)
    }
}

fn key_of(sealed: &str) -> &str {
    let end = sealed.bytes().position(|byte| byte == b' ').unwrap_or(sealed.len());
    sealed.get(..end).unwrap_or_default()
}

/// What is to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The end of the log, with the lines in it.
    pub head: Head,
    /// What comes to the end of the log. Where an entry stands already nothing is written, and the transaction fails.
    pub lines: Vec<String>,
    /// The text of settings, by its hash.
    pub settings: Option<(String, String)>,
    /// The rows that come, or stay with something else known of them. Those of the same source are among those that go: a row is never written over.
    pub rows: Vec<Row>,
    /// The rows that go. Keys that none of those that come needs are to be destroyed then.
    pub gone: Vec<Row>,
    /// The damaged rows that go. All parts go with them, as it is not known which tell of them, and the keys of all that are destroyed by the next
    /// sweep.
    #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
    pub damaged: Vec<Damaged>,
    /// A part that comes.
    #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
    pub part: Option<Part>,
    /// The parts that go: that of every row that comes or goes with another `seq` than before. Their keys are to be destroyed then.
    pub stale: Vec<Part>,
}

impl Change {
    /// Whether somebody who remembers the end of the log from before this could miss something of it, though no entry comes: the end of the log alone says
    /// something else, or not all parts go that were found, and a card of the next entry may belong into one that stays.
    #[must_use]
    pub fn is_unseen(&self, parts: usize) -> bool {
        self.lines.is_empty() || self.stale.len() < parts
    }
}

/// What is done in one transaction: it asks, decides, and says what is to be written.
pub trait Task {
    /// Whether it may write: one that does not can run beside others.
    fn writes(&self) -> bool {
        true
    }

    /// Whether all it does is to put something on top of the log, and a row with it. A store that remembers the end of the log may have it decide by that, as if
    /// there were no row yet, and ask for nothing: where that was wrong, nothing is written, and it is decided again by what is found.
    fn appends(&self) -> bool {
        false
    }

    /// What it asks for, knowing the end of the log. A [row](Ask::Row) must not depend on that.
    fn ask(&self, head: &Head) -> Ask<'_>;

    /// What is to be written, by what was found. Nothing is waited for; nothing to be written is no fault. It is asked once, or
    /// once more where it [appends](Self::appends).
    ///
    /// # Errors
    /// Why nothing may be written.
    fn decide(&mut self, found: Found) -> Result<Option<Change>, Fault>;
}

/// A store of cards and of the log.
pub trait Store {
    /// Carries out a task. Whatever is written is on the disk before this comes back, or none of it is; no other runs beside one that may write.
    ///
    /// # Errors
    /// What the store could not do, or what the task says; nothing was written then.
    fn transact(&self, task: &mut dyn Task) -> impl Future<Output = Result<(), Fault>>;
}
