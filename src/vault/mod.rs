//! What is kept: cards with their source, and how a card and its log entry are made to stand or fall together.
//!
//! [`Commit`] is computed from what a store holds and says everything that is to be written. A store writes all of it in one
//! transaction or nothing; the store in the browser is `src/wasm/store.rs`.

mod card;
mod time;

pub use card::{Card, Held, Kept, Source};
pub use time::{DAY, rfc3339};

use crate::digest::{hex, named};
use crate::json::{NotCanonical, to_canonical};
use crate::ledger::{CardRef, EntryKind, PageEntry, Tree, leaf_hash};

/// What a store is to write, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The card, if one is kept.
    pub card: Option<Card>,
    /// The entry.
    pub entry: PageEntry,
    /// The entry in the bytes that were hashed.
    pub line: String,
    /// The tree with the entry in it.
    pub tree: Tree,
}

impl Commit {
    /// Puts an entry, and the card it is about, on top of what a store holds.
    ///
    /// `held` is what stays of the card already kept of the same source: its identity and its deadline stay, so that seeing somebody again
    /// never lengthens how long they are kept, and nothing of its earlier values does (following people over time is not what
    /// this is for).
    ///
    /// # Errors
    /// [`NotCanonical`] if the entry has no canonical form; nothing may be written then.
    pub fn of(mut tree: Tree, held: Option<&Held>, card: Option<Card>, mut entry: PageEntry) -> Result<Self, NotCanonical> {
        let card = card.map(|card| match held {
            Some(held) => card.in_place_of(held),
            None => card,
        });
        entry.index = tree.size();
        entry.kind = if card.is_some() { EntryKind::Captured } else { EntryKind::Refused };
        entry.card = match &card {
            Some(card) => Some(CardRef { id: card.id.clone(), commitment: commitment(card)? }),
            None => None,
        };
        let line = to_canonical(&entry)?;
        tree.push(leaf_hash(line.as_bytes()));
        Ok(Self { card, entry, line, tree })
    }

    /// The root of the tree with this entry in it.
    #[must_use]
    pub fn root(&self) -> String {
        hex(&self.tree.root())
    }
}

/// The salted hash that ties an entry to a card.
///
/// # Errors
/// [`NotCanonical`] if the card has no canonical form.
pub fn commitment(card: &Card) -> Result<String, NotCanonical> {
    // The salt is a field of the card, so its canonical form is salted.
    Ok(named(&to_canonical(card)?))
}

#[cfg(test)]
mod tests;
