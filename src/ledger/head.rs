//! The end of the log: all that has to be known of it to write on, so that nothing before it is read again.

use serde::Serialize;

use super::checkpoint::ORIGIN;
use super::note::verifier_key;
use super::{Event, EventKind, PageEntry, Tree, Why, leaf_hash};
use crate::digest::Hash;
use crate::json::{NotCanonical, record, to_canonical};
use crate::sorted::{Map, Set};
use crate::time::rfc3339;

/// By how much a clock may go backwards, in milliseconds, before that is noted: clocks are set right now and then by a moment.
pub const TOLERANCE: u64 = 120_000;

/// The end of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The tree of its entries.
    pub tree: Tree,
    /// What the clock said last, in milliseconds since 1970; 0: it was never asked.
    pub wall: u64,
    /// How much time has passed since the first entry, in milliseconds, as far as the clock went forwards. What is set back does not shorten it.
    pub age: u64,
    /// Names the log; nothing until somebody signs it.
    pub origin: String,
    /// The key that signs, as its verifier has it; nothing until somebody signs.
    pub key: String,
    /// The hash of the settings of the last entry.
    pub policy: String,
    /// The version of each adapter that was noted last, by its name.
    pub adapters: Map<String, String>,
}

record!(Head { tree } optional { wall, age, origin, key, policy, adapters });

impl Head {
    /// How old the log is when the clock says this, in milliseconds.
    #[must_use]
    pub const fn age_at(&self, now: u64) -> u64 {
        // Before the first look no time has passed. A clock that was set back to the very beginning looks the same, and forgets nothing.
        if self.wall == 0 { self.age } else { self.age + now.saturating_sub(self.wall) }
    }

    /// Looks at the clock. One that went backwards is noted, and time goes on from where it stands now; meanwhile no time has passed.
    ///
    /// # Errors
    /// [`NotCanonical`] if what is noted has no canonical form.
    pub fn observe(&mut self, now: u64, lines: &mut Vec<String>) -> Result<(), NotCanonical> {
        if self.wall <= now {
            self.age = self.age_at(now);
            self.wall = now;
        } else if self.wall - now > TOLERANCE {
            let (from, to) = (Some(rfc3339(self.wall)), Some(rfc3339(now)));
            self.wall = now;
            self.note(Event { from, to, ..Event::new(EventKind::ClockAnomaly) }, lines)?;
        }
        Ok(())
    }

    /// Notes which key signs from here on, if it is not the one that does: a public key of Ed25519. `before` is the key it took the place of on purpose; if
    /// another signed, that one is lost. `name` names the log if nothing does yet.
    ///
    /// # Errors
    /// [`NotCanonical`] if that has no canonical form.
    pub fn sign_with(
        &mut self,
        name: &str,
        key: &Hash,
        before: Option<&Hash>,
        lines: &mut Vec<String>,
    ) -> Result<(), NotCanonical> {
        if self.origin.is_empty() {
            self.origin = [ORIGIN, name].concat();
        }
        let verifier = |key: &Hash| verifier_key(&self.origin, key);
        let to = verifier(key);
        if self.key == to {
            return Ok(());
        }
        let why = if self.key.is_empty() {
            Why::First
        } else if before.is_some_and(|before| verifier(before) == self.key) {
            Why::Rotated
        } else {
            Why::Lost
        };
        let from = core::mem::replace(&mut self.key, to.clone());
        let from = (!from.is_empty()).then_some(from);
        self.note(Event { from, to: Some(to), why: Some(why), ..Event::new(EventKind::KeyChanged) }, lines)
    }

    /// Notes that cards are gone: nothing, if there are none. Of one that was damaged it may not be known which it was.
    ///
    /// # Errors
    /// [`NotCanonical`] if that has no canonical form.
    #[inline(never)]
    pub fn removed(
        &mut self,
        kind: EventKind,
        why: Option<Why>,
        cards: Set<String>,
        lines: &mut Vec<String>,
    ) -> Result<(), NotCanonical> {
        if cards.is_empty() && why != Some(Why::Damaged) {
            return Ok(());
        }
        self.note(Event { cards, why, ..Event::new(kind) }, lines)
    }

    /// Notes something that happened beside the pages.
    ///
    /// # Errors
    /// [`NotCanonical`] if it has no canonical form.
    #[inline(never)]
    pub fn note(&mut self, mut event: Event, lines: &mut Vec<String>) -> Result<(), NotCanonical> {
        event.index = self.tree.size();
        event.at = rfc3339(self.wall);
        self.append(to_canonical(&event)?, lines);
        Ok(())
    }

    /// Puts an entry about a page at the end, and before it what changed since the last one: the settings, or the adapter.
    ///
    /// # Errors
    /// [`NotCanonical`] if it has no canonical form.
    pub fn add(&mut self, entry: &mut PageEntry, lines: &mut Vec<String>) -> Result<(), NotCanonical> {
        let before = core::mem::replace(&mut self.policy, entry.policy.clone());
        self.changed(EventKind::PolicyChanged, before, &entry.policy, lines)?;
        let end = entry.adapter.bytes().position(|byte| byte == b'@').unwrap_or(entry.adapter.len());
        let name = entry.adapter.get(..end).unwrap_or_default().to_owned();
        let before = self.adapters.insert(name, entry.adapter.clone()).unwrap_or_default();
        self.changed(EventKind::AdapterChanged, before, &entry.adapter, lines)?;
        entry.index = self.tree.size();
        entry.at = rfc3339(self.wall);
        self.append(to_canonical(entry)?, lines);
        Ok(())
    }

    /// Notes that something else is in force than before, if there was something before.
    fn changed(&mut self, kind: EventKind, before: String, now: &str, lines: &mut Vec<String>) -> Result<(), NotCanonical> {
        if before.is_empty() || before == now {
            return Ok(());
        }
        self.note(Event { from: Some(before), to: Some(now.to_owned()), ..Event::new(kind) }, lines)
    }

    fn append(&mut self, line: String, lines: &mut Vec<String>) {
        self.tree.push(leaf_hash(line.as_bytes()));
        lines.push(line);
    }
}
