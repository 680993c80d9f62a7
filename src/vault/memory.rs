//! A store in memory: what the one in the browser is held to, and what tests break at will.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Ask, Found, Row, Store, Task};
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
}

/// A store in memory.
#[derive(Debug, Default)]
pub struct Memory {
    contents: RefCell<Contents>,
}

impl Memory {
    /// A store with something in it.
    #[must_use]
    pub fn of(contents: Contents) -> Self {
        Self { contents: RefCell::new(contents) }
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
        let mut found = Found { head: contents.head.clone(), ..Found::default() };
        match task.ask(&contents.head) {
            Ask::Head => {}
            Ask::Row(source) => found.rows.extend(contents.rows.get(source).cloned()),
            Ask::Over { now, age, count } => {
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                found.rows.extend(contents.rows.values().filter(|row| row.held.expires <= now).take(count).cloned());
                found.rows.extend(contents.rows.values().filter(|row| row.held.ends <= age).take(count).cloned());
            }
            Ask::Entries { from, count } => {
                let (from, count) = (usize::try_from(from).unwrap_or(usize::MAX), usize::try_from(count).unwrap_or(usize::MAX));
                found.texts.extend(contents.entries.iter().skip(from).take(count).cloned());
            }
            Ask::Settings => found.texts.extend(contents.settings.values().cloned()),
            Ask::Keys => found.texts.extend(contents.rows.values().map(|row| row.key().to_owned())),
        }
        let Some(change) = task.decide(found)? else { return Ok(()) };
        let size = contents.entries.len() + change.lines.len();
        if u64::try_from(size).ok() != Some(change.head.tree.size()) {
            return Err(Fault::broken("an entry stands there already"));
        }
        contents.head = change.head;
        contents.entries.extend(change.lines);
        contents.settings.extend(change.settings);
        for row in change.gone {
            contents.rows.remove(&row.source);
        }
        contents.rows.extend(change.row.map(|row| (row.source.clone(), row)));
        Ok(())
    }
}
