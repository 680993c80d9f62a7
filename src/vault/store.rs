//! What a store is: one transaction that asks, decides and writes, all of it or nothing.
//!
//! What is asked for and what is to be written are plain data, so everything that decides is the same over any store: the one in the browser
//! (`src/wasm/store.rs`) and the one in memory ([`super::memory`]).

use super::Held;
use crate::ledger::Head;
use crate::page::Fault;

/// What a transaction asks for besides the end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask<'a> {
    /// Nothing more.
    Head,
    /// The row of a source.
    Row(&'a str),
    /// The rows whose time is over by what the clock says, and those whose time is over by the age of the log (milliseconds both). A row may be in both.
    Over {
        /// What the clock says.
        now: u64,
        /// The age of the log.
        age: u64,
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
    /// The names of all keys that rows need.
    Keys,
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
        let end = self.sealed.bytes().position(|byte| byte == b' ').unwrap_or(self.sealed.len());
        self.sealed.get(..end).unwrap_or_default()
    }
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
    /// A row that comes. That of the same source is among those that go.
    pub row: Option<Row>,
    /// The rows that go. Their keys are to be destroyed then.
    pub gone: Vec<Row>,
}

/// What is done in one transaction: it asks, decides, and says what is to be written.
pub trait Task {
    /// Whether it may write: one that does not can run beside others.
    fn writes(&self) -> bool {
        true
    }

    /// What it asks for, knowing the end of the log.
    fn ask(&self, head: &Head) -> Ask<'_>;

    /// What is to be written, by what was found. Nothing is waited for; nothing to be written is no fault.
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
