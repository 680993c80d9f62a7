//! The log: entries in canonical JSON, hashed as the leaves of a Merkle tree whose head is kept.
//!
//! An entry holds no value and no address. It names fields, decisions, reasons, kinds of evidence, and the hashes of policy and
//! adapter; what was kept is tied to it by a salted hash, so that the log stays whole when the card is erased.

mod canonical;
mod entry;
mod log;
mod tree;

pub use canonical::{NotCanonical, to_canonical};
pub use entry::{CardRef, Entry, EntryKind, Line};
pub use log::{Checked, LogFault, export, verify};
pub use tree::{Hash, Tree, leaf_hash};

use sha2::{Digest, Sha256};

/// The SHA-256 of some bytes in hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes).into())
}

/// A hash in hexadecimal.
#[must_use]
pub fn hex(hash: &Hash) -> String {
    hash.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|half| char::from_digit(u32::from(half), 16)).collect()
}

/// A hash from its 64 lower-case hexadecimal digits.
#[must_use]
pub fn from_hex(text: &str) -> Option<Hash> {
    let half = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut hash = [0; 32];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != hash.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
        *byte = half(*high)? << 4 | half(*low)?;
    }
    Some(hash)
}
