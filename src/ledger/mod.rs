//! The log: entries in canonical JSON, hashed as the leaves of a Merkle tree whose head is kept.
//!
//! An entry holds no value and no address. It names fields, decisions, reasons, kinds of evidence, and the hashes of policy and
//! adapter; what was kept is tied to it by a salted hash, so that the log stays whole when the card is erased.

mod entry;
mod head;
mod log;
mod tree;

pub use entry::{CardRef, Entry, EntryKind, Event, EventKind, Line, PageEntry, Why};
pub use head::{Head, TOLERANCE};
pub use log::{Checked, LogFault, export, verify};
pub use tree::{Tree, leaf_hash};
