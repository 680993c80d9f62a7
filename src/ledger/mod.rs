//! The log: entries in canonical JSON, hashed as the leaves of a Merkle tree whose head is kept.
//!
//! An entry holds no value and no address. It names fields, decisions, reasons, kinds of evidence, and the hashes of policy and
//! adapter; what was kept is tied to it by a salted hash, so that the log stays whole when the card is erased.

#[cfg(not(target_arch = "wasm32"))]
mod blame;
#[cfg(not(target_arch = "wasm32"))]
mod cards;
#[cfg(not(target_arch = "wasm32"))]
mod check;
pub mod checkpoint;
mod entry;
mod head;
#[cfg(not(target_arch = "wasm32"))]
mod lines;
mod log;
pub mod note;
#[cfg(not(target_arch = "wasm32"))]
mod part;
#[cfg(not(target_arch = "wasm32"))]
pub mod proof;
#[cfg(not(target_arch = "wasm32"))]
pub mod proof_text;
pub mod tiles;
mod tree;

#[cfg(not(target_arch = "wasm32"))]
pub use cards::Cards;
#[cfg(not(target_arch = "wasm32"))]
pub use check::{Against, Checked, LogFault, Place, Seen, Signer, Verdict, read, verify};
pub use entry::{CardRef, Entry, EntryKind, Event, EventKind, How, Line, PageEntry, Why};
pub use head::{Head, TOLERANCE};
pub use log::Writer;
#[cfg(not(target_arch = "wasm32"))]
pub use log::export;
pub use tree::{Tree, leaf_hash};
