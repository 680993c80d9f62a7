//! A store in memory: what the one in the browser is held to, and what tests break at will.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::{Ask, Change, Damaged, Found, PART, Part, Row, Store, Task};
use crate::ledger::Head;
use crate::page::Fault;

/// What is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The end of the log.
    pub head: Head,
    /// The entries, in order.
    pub entries: Vec<String>,
    /// The texts of settings, by their hash.
    pub settings: BTreeMap<String, String>,
    /// The rows, by their source.
    pub rows: BTreeMap<String, Row>,
    /// What the parts are sealed into, by their numbers.
    pub parts: BTreeMap<u64, String>,
    /// What stands in the place of rows and cannot be read, by their sources: the name of the card, if that can be, and the name of the key.
    pub damaged: BTreeMap<String, (Option<String>, String)>,
}

impl Contents {
    fn by_seq(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows.values().collect();
        rows.sort_by_key(|row| row.held.seq);
        rows
    }

    fn damaged(&self, source: &str) -> Option<Damaged> {
        self.damaged.get(source).map(|(id, _)| Damaged { source: source.to_owned(), id: id.clone() })
    }

    fn part(&self, number: u64) -> Option<Part> {
        self.parts.get(&number).map(|sealed| Part { number, sealed: sealed.clone() })
    }

    /// Keeps what is to be written, all of it or nothing.
    fn keep(&mut self, change: Change) -> Result<(), Fault> {
        let size = self.entries.len() + change.lines.len();
        if u64::try_from(size).ok() != Some(change.head.tree.size()) {
            return Err(Fault::broken("an entry stands there already"));
        }
        let goes = |source: &str| {
            change.gone.iter().any(|row| row.source == source) || change.damaged.iter().any(|gone| gone.source == source)
        };
        let stands = |source: &str| self.rows.contains_key(source) || self.damaged.contains_key(source);
        if change.rows.iter().any(|row| stands(&row.source) && !goes(&row.source)) {
            return Err(Fault::broken("a row stands there already"));
        }
        self.head = change.head;
        self.entries.extend(change.lines);
        self.settings.extend(change.settings);
        for row in change.gone {
            self.rows.remove(&row.source);
        }
        for gone in change.damaged {
            self.damaged.remove(&gone.source);
            self.parts.clear();
        }
        for part in change.stale {
            self.parts.remove(&part.number);
        }
        self.rows.extend(change.rows.into_iter().map(|row| (row.source.clone(), row)));
        self.parts.extend(change.part.map(|part| (part.number, part.sealed)));
        Ok(())
    }
}

/// A count as an iterator takes it.
fn many(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A store in memory. It remembers the end of the log as the one in the browser does, where it is not of use but to have tasks decided as they are there.
#[derive(Debug, Default)]
pub struct Memory {
    contents: RefCell<Contents>,
    last: RefCell<Head>,
    is_unseen: Cell<bool>,
}

impl Memory {
    /// A store with something in it.
    #[must_use]
    pub fn of(contents: Contents) -> Self {
        Self { contents: RefCell::new(contents), ..Self::default() }
    }

    /// What is in it.
    #[must_use]
    pub fn contents(&self) -> Contents {
        self.contents.borrow().clone()
    }
}

impl Store for Memory {
    async fn transact(&self, task: &mut dyn Task) -> Result<(), Fault> {
        let busy = |_| Fault::broken("two transactions at once");
        let mut contents = self.contents.try_borrow_mut().map_err(busy)?;
        let last = self.last.replace(contents.head.clone());
        if task.appends()
            && last.tree.size() > 0
            && !self.is_unseen.get()
            && let Ok(Some(change)) = task.decide(Found { head: last, ..Found::default() })
            && contents.keep(change).is_ok()
        {
            return Ok(());
        }
        let mut found = Found { head: contents.head.clone(), ..Found::default() };
        match task.ask(&contents.head) {
            Ask::Head => {}
            Ask::Row(source) => {
                found.rows.extend(contents.rows.get(source).cloned());
                if contents.damaged.contains_key(source) {
                    return Err(Fault::broken("the row cannot be read"));
                }
            }
            Ask::Over { now, age, keep, count } => {
                let count = many(count);
                found.rows.extend(contents.rows.values().filter(|row| row.held.expires <= now).take(count).cloned());
                found.rows.extend(contents.rows.values().filter(|row| row.held.ends <= age).take(count).cloned());
                found.rows.extend(contents.rows.values().filter(|row| row.held.span > keep).take(count).cloned());
                found.damaged.extend(contents.damaged.keys().filter_map(|source| contents.damaged(source)));
            }
            Ask::Entries { from, count } => {
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                found.texts.extend(contents.entries.iter().skip(from).take(many(count)).cloned());
            }
            Ask::Settings => found.texts.extend(contents.settings.values().cloned()),
            Ask::Keys => {
                found.texts.extend(contents.rows.values().map(|row| row.key().to_owned()));
                found.texts.extend(contents.damaged.values().map(|(_, key)| key.clone()));
                found.texts.extend(contents.parts.keys().filter_map(|number| Some(contents.part(*number)?.key().to_owned())));
            }
            Ask::Rows { from, count } => {
                let rows = contents.by_seq();
                found.rows.extend(rows.into_iter().filter(|row| row.held.seq >= from).take(many(count)).cloned());
            }
            Ask::Newest { before, count } => {
                let rows = contents.by_seq();
                found.rows.extend(rows.into_iter().rev().filter(|row| row.held.seq < before).take(many(count)).cloned());
            }
            Ask::These(seqs) => {
                let rows = contents.by_seq();
                found
                    .rows
                    .extend(seqs.iter().filter_map(|seq| rows.iter().find(|row| row.held.seq == *seq).map(|row| (*row).clone())));
            }
            Ask::Parts { from, count } => {
                found.parts.extend(contents.parts.range(from..).take(many(count)).filter_map(|(number, _)| contents.part(*number)));
            }
        }
        if task.writes() && found.parts.is_empty() {
            let mut numbers: BTreeSet<u64> = found.rows.iter().map(|row| row.held.seq / PART).collect();
            numbers.insert(contents.head.tree.size() / PART);
            found.parts.extend(numbers.into_iter().filter_map(|number| contents.part(number)));
        }
        let parts = found.parts.len();
        let Some(change) = task.decide(found)? else { return Ok(()) };
        let is_unseen = change.is_unseen(parts);
        contents.keep(change)?;
        self.is_unseen.set(is_unseen);
        Ok(())
    }
}
