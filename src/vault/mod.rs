//! What is kept: cards with their source, and how a card and its log entry are made to stand or fall together.
//!
//! [`Commit`] is computed from what a store holds and says everything that is to be written. A store writes all of it in one
//! transaction or nothing; the store in the browser is `src/wasm/store.rs`.

#[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
pub mod backup;
mod card;
mod former;
mod keep;
#[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
pub mod look;
#[cfg(not(target_arch = "wasm32"))]
pub mod memory;
pub mod parts;
pub mod search;
mod store;

pub use card::{Card, Held, Kept, Reach, Source};
pub use former::former;
pub use keep::{About, Committed, Errand, Sealed, commit, pending, run, sign_with};
#[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
pub use store::Damaged;
pub use store::{Ask, Change, Found, PART, Part, Row, Store, Task};

use crate::digest::{hex, named};
use crate::json::{NotCanonical, to_canonical};
use crate::ledger::{CardRef, EntryKind, EventKind, Head, PageEntry};
use crate::sorted::Set;

/// What a store is to write, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The card, if one is kept.
    pub card: Option<Card>,
    /// What is known of that card without reading it.
    pub holds: Option<Held>,
    /// The entry.
    pub entry: PageEntry,
    /// What comes into the log, in the bytes that were hashed: the entry last, before it what had to be noted first.
    pub lines: Vec<String>,
    /// The end of the log with all of it.
    pub head: Head,
}

impl Commit {
    /// Puts an entry, and the card it is about, on top of what a store holds.
    ///
    /// `held` is what stays of the card already kept of the same source: its identity and its deadline stay, so that seeing somebody again
    /// never lengthens how long they are kept, and nothing of its earlier values does (following people over time is not what
    /// this is for). Settings that keep for less than those before shorten its deadline. One whose time is over stays in nothing, and is noted as purged.
    ///
    /// `now` is what the clock says, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`NotCanonical`] if the entry has no canonical form; nothing may be written then.
    pub fn of(
        mut head: Head,
        held: Option<&Held>,
        card: Option<Card>,
        mut entry: PageEntry,
        now: u64,
    ) -> Result<Self, NotCanonical> {
        let mut lines = Vec::new();
        head.observe(now, &mut lines)?;
        let fresh = card.as_ref().map(|card| card.held(now, head.age));
        // What was kept is kept no longer than what is kept from now on.
        let keep = fresh.as_ref().map_or(u64::MAX, |fresh| fresh.span);
        let before = held.map(|held| held.within(keep));
        let stays = before.as_ref().filter(|held| !held.is_expired(now, head.age));
        if let (Some(over), None) = (held, stays) {
            // It goes with this entry and not by a purge, and the log has to say so all the same.
            let mut cards = Set::default();
            cards.insert(over.id.clone());
            head.removed(EventKind::Purged, None, cards, &mut lines)?;
        }
        let mut holds = match (fresh, stays) {
            (Some(fresh), Some(held)) => Some(fresh.in_place_of(held)),
            (fresh, _) => fresh,
        };
        let card = match (card, &holds) {
            (Some(card), Some(held)) => Some(card.kept_as(held)),
            _ => None,
        };
        entry.kind = if card.is_some() { EntryKind::Captured } else { EntryKind::Refused };
        entry.card = match &card {
            Some(card) => Some(CardRef { id: card.id.clone(), commitment: commitment(card)? }),
            None => None,
        };
        head.add(&mut entry, &mut lines)?;
        if let Some(held) = &mut holds {
            held.seq = entry.index;
        }
        Ok(Self { card, holds, entry, lines, head })
    }

    /// The root of the tree with this entry in it.
    #[must_use]
    pub fn root(&self) -> String {
        hex(&self.head.tree.root())
    }
}

/// What is kept of a card besides what is [known of it without reading it](Held), in canonical form: what is sealed.
///
/// # Errors
/// [`NotCanonical`] if the card has no canonical form.
pub fn contents(card: &Card) -> Result<String, NotCanonical> {
    let (id, first_captured_at, expires_at) = Default::default();
    to_canonical(&Card { id, first_captured_at, expires_at, ..card.clone() })
}

/// The salted hash that ties an entry to a card: of its [`contents`], whose salt is a part of them.
///
/// # Errors
/// [`NotCanonical`] if the card has no canonical form.
pub fn commitment(card: &Card) -> Result<String, NotCanonical> {
    Ok(named(&contents(card)?))
}

#[cfg(test)]
mod tests;
