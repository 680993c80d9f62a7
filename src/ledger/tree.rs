//! The Merkle tree of RFC 6962, section 2.1, kept as a compact range: the hashes of its full subtrees, the largest first.

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::digest::{Hash, from_hex, hex};
use crate::json::{Json, Problems, Read, put};

/// The hash of a leaf: SHA-256 over a zero byte and the entry.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// The hashes of many leaves. They do not depend on each other, so they are made side by side, several times as fast as one after the other.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn leaf_hashes(entries: &[&[u8]]) -> Vec<Hash> {
    prefixed(0, entries)
}

/// The hashes of the nodes over pairs of hashes.
#[cfg(not(target_arch = "wasm32"))]
fn node_hashes(pairs: &[[Hash; 2]]) -> Vec<Hash> {
    let pairs: Vec<&[u8]> = pairs.iter().map(|pair| pair.as_flattened()).collect();
    prefixed(1, &pairs)
}

#[cfg(not(target_arch = "wasm32"))]
fn prefixed(prefix: u8, texts: &[&[u8]]) -> Vec<Hash> {
    let mut hashes = vec![Hash::default(); texts.len()];
    tape_sha256::hash_many_prefixed(&[prefix], texts, &mut hashes);
    hashes
}

/// The hash of a node: SHA-256 over a one byte and its children.
pub(super) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A tree to which leaves are added at the end. It holds one hash for each bit set in its size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    size: u64,
    #[serde(serialize_with = "write_hashes")]
    peaks: Vec<Hash>,
}

impl Tree {
    /// No tree, though it says its size: its parts do not fit together. It stands in a store until a backup is there as a whole, so that nobody takes
    /// half of it for a log.
    #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
    #[must_use]
    pub fn unfinished(size: u64) -> Self {
        Self { size, peaks: core::iter::repeat_n(Hash::default(), 1 + size.count_ones() as usize).collect() }
    }

    /// Whether it is what stands for half of a backup, and no tree that was damaged.
    #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        *self == Self::unfinished(self.size)
    }

    /// How many leaves it has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf. Constant time over many leaves, logarithmic at worst.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each bit set at the low end of the size is a full subtree that pairs up with what comes.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Adds many leaves: what [`Self::push`] does with each, level by level.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn extend(&mut self, mut leaves: Vec<Hash>) {
        let (mut bits, mut peaks) = (self.size, Vec::new());
        self.size += leaves.len() as u64;
        while !leaves.is_empty() {
            // A full subtree of this height that was left alone so far pairs up with what comes.
            if bits & 1 == 1 {
                leaves.splice(..0, self.peaks.pop());
            }
            let (pairs, alone) = leaves.as_chunks::<2>();
            peaks.extend_from_slice(alone);
            leaves = node_hashes(pairs);
            bits >>= 1;
        }
        self.peaks.extend(peaks.into_iter().rev());
    }

    /// The hash of the whole tree; of an empty one, the SHA-256 of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        root_of(&self.peaks)
    }

    /// The hashes of its full subtrees, the largest first.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Whether the parts fit together, after they were read from a store.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        usize::try_from(self.size.count_ones()).is_ok_and(|ones| ones == self.peaks.len())
    }
}

/// The root over the hashes of full subtrees, the largest first.
pub(super) fn root_of(peaks: &[Hash]) -> Hash {
    let mut peaks = peaks.iter().rev();
    let Some(last) = peaks.next() else { return Sha256::digest([]).into() };
    peaks.fold(*last, |right, left| node_hash(left, &right))
}

fn write_hashes<S: Serializer>(hashes: &[Hash], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(hashes.iter().map(|hash| hex(hash)))
}

impl Read for Tree {
    fn blank() -> Self {
        Self::default()
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        let mut hashes: Vec<String> = Vec::new();
        let sound = json.record(&["size", "peaks"], 2, &mut [&mut self.size, &mut hashes], problems);
        let peaks: Option<Vec<Hash>> = hashes.iter().map(|text| from_hex(text)).collect();
        if peaks.is_none() {
            json.wrong(problems, "a hash of the tree is not 64 hexadecimal digits", "");
        }
        put(&mut self.peaks, peaks) && sound
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition of RFC 6962, word for word: split at the largest power of two below the size.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            _ => {
                let half = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(half);
                node_hash(&by_definition(left), &by_definition(right))
            }
        }
    }

    #[test]
    fn the_compact_range_has_the_root_of_the_definition() {
        let leaves: Vec<Hash> = (0..130_u32).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let mut tree = Tree::default();
        assert_eq!(tree.root(), by_definition(&[]));
        for (number, leaf) in leaves.iter().enumerate() {
            tree.push(*leaf);
            assert_eq!(tree.root(), by_definition(&leaves[..=number]), "size {}", number + 1);
            assert!(tree.is_sound());
        }
    }

    proptest! {
        #[test]
        fn many_at_once_are_as_one_after_the_other(
            entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..700),
            split in 0..700_usize,
        ) {
            let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
            let leaves = leaf_hashes(&entries);
            prop_assert_eq!(&leaves, &entries.iter().map(|entry| leaf_hash(entry)).collect::<Vec<_>>());
            let (mut one, mut many) = (Tree::default(), Tree::default());
            leaves.iter().for_each(|leaf| one.push(*leaf));
            let (first, second) = leaves.split_at(split.min(leaves.len()));
            many.extend(first.to_vec());
            many.extend(second.to_vec());
            prop_assert_eq!(one, many);
        }
    }

    #[test]
    fn known_hashes() {
        // RFC 6962: the hash of an empty tree and of one empty leaf.
        assert_eq!(hex(&Tree::default().root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex(&leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }

    #[test]
    fn a_tree_reads_back_and_a_broken_one_is_noticed() {
        let mut tree = Tree::default();
        (0..5_u8).for_each(|n| tree.push(leaf_hash(&[n])));
        let text = serde_json::to_string(&tree).unwrap();
        assert_eq!(crate::json::from_str::<Tree>(&text).unwrap(), tree);
        let broken: Tree = crate::json::from_str(&text.replace("\"size\":5", "\"size\":7")).unwrap();
        assert!(!broken.is_sound());
        assert!(crate::json::from_str::<Tree>(&text.replace('a', "g")).is_err());
    }
}
