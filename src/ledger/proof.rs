//! Proofs about the tree: that an entry is in it, and that it grew out of an earlier one (RFC 9162, sections 2.1.3 and 2.1.4). Native only.
//!
//! A subtree is the part of a tree over the leaves of a range that begins at a multiple of the next power of two of its length; every earlier tree is
//! one, from 0. Proofs about subtrees are those of draft-ietf-plants-merkle-tree-certs, section 4, which those of the RFC are a case of.

use core::fmt;
use core::ops::Range;

use super::tree::{Tree, node_hash};
use crate::digest::Hash;

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofFault {
    /// What it is to prove is out of range: an entry behind the end, a larger tree as the earlier one.
    Range,
    /// It has not as many hashes as the place asks for.
    Length,
    /// Its hashes do not lead to the root of the tree.
    Root,
    /// Its hashes do not lead to the root of the earlier tree, or of the subtree.
    EarlierRoot,
}

impl fmt::Display for ProofFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Range => "what it is to prove is not within the tree",
            Self::Length => "it has not as many hashes as it takes",
            Self::Root => "it does not lead to the root of the tree",
            Self::EarlierRoot => "it does not lead to the root of the earlier tree",
        })
    }
}

impl core::error::Error for ProofFault {}

/// Checks that a leaf stands at its place, from 0, in the tree of that size and root (RFC 9162, section 2.1.3.2).
///
/// # Errors
/// [`ProofFault`], if the proof does not show it.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), ProofFault> {
    verify_subtree_inclusion(leaf, index, 0..size, proof, root)
}

/// Checks that a leaf stands at its place in the tree, and that within the subtree over a range of leaves.
///
/// # Errors
/// [`ProofFault`], if the proof does not show it.
pub fn verify_subtree_inclusion(leaf: &Hash, index: u64, range: Range<u64>, proof: &[Hash], root: &Hash) -> Result<(), ProofFault> {
    if !is_subtree(&range) || !range.contains(&index) {
        return Err(ProofFault::Range);
    }
    // The place of the node and of the last node, level by level.
    let (mut node, mut last) = (index - range.start, range.end - range.start - 1);
    let mut hash = *leaf;
    for beside in proof {
        if last == 0 {
            return Err(ProofFault::Length);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(beside, &hash);
            // A last node without a sibling goes up as it is.
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, beside);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last != 0 {
        return Err(ProofFault::Length);
    }
    if hash == *root { Ok(()) } else { Err(ProofFault::Root) }
}

/// Checks that the tree of one size and root is the beginning of that of another (RFC 9162, section 2.1.4.2). Every tree
/// grew out of the empty one, so that nothing can be proved of it.
///
/// # Errors
/// [`ProofFault`], if the proof does not show it.
pub fn verify_consistency(
    first: u64,
    first_root: &Hash,
    second: u64,
    second_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofFault> {
    if first == 0 {
        return Err(ProofFault::Range);
    }
    verify_subtree_consistency(0..first, first_root, second, second_root, proof)
}

/// Checks that the subtree of a root over a range of leaves is a part of the tree of that size and root.
///
/// # Errors
/// [`ProofFault`], if the proof does not show it.
pub fn verify_subtree_consistency(
    range: Range<u64>,
    subtree_root: &Hash,
    size: u64,
    root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofFault> {
    if range.start == range.end && range.end <= size {
        // Of no leaves there is one tree, and it is a part of every other.
        return match (proof, *subtree_root == Tree::default().root()) {
            ([], true) => Ok(()),
            ([], false) => Err(ProofFault::EarlierRoot),
            _ => Err(ProofFault::Length),
        };
    }
    if !is_subtree(&range) || range.end > size {
        return Err(ProofFault::Range);
    }
    // The places, level by level, of the first and last node of the subtree and of the last node of the tree.
    let (mut first, mut last, mut end) = (range.start, range.end - 1, size - 1);
    let at_the_edge = last == end;
    // Up to the largest node that the subtree shares with the tree.
    while first != last && (at_the_edge || last & 1 == 1) {
        (first, last, end) = (first >> 1, last >> 1, end >> 1);
    }
    let mut proof = proof.iter();
    // Where that is the subtree itself, its root is known and no proof repeats it.
    let shared = if first == last { subtree_root } else { proof.next().ok_or(ProofFault::Length)? };
    let (mut subtree, mut whole) = (*shared, *shared);
    for beside in proof {
        if end == 0 {
            return Err(ProofFault::Length);
        }
        if last & 1 == 1 || last == end {
            if first < last {
                subtree = node_hash(beside, &subtree);
            }
            whole = node_hash(beside, &whole);
            while last & 1 == 0 && last != 0 {
                (first, last, end) = (first >> 1, last >> 1, end >> 1);
            }
        } else {
            whole = node_hash(&whole, beside);
        }
        (first, last, end) = (first >> 1, last >> 1, end >> 1);
    }
    if end != 0 {
        return Err(ProofFault::Length);
    }
    if subtree != *subtree_root {
        return Err(ProofFault::EarlierRoot);
    }
    if whole == *root { Ok(()) } else { Err(ProofFault::Root) }
}

/// Whether a range of leaves has a subtree of its own.
fn is_subtree(range: &Range<u64>) -> bool {
    let length = range.end.saturating_sub(range.start);
    length > 0 && (range.start == 0 || length.checked_next_power_of_two().is_some_and(|width| range.start.is_multiple_of(width)))
}

/// The proof that a leaf stands at its place, from 0, in the tree over all of them: hashes from the leaf's sibling up to the root's child. None if there
/// is no such leaf.
#[must_use]
pub fn inclusion(leaves: &[Hash], index: u64) -> Option<Vec<Hash>> {
    let mut index = usize::try_from(index).ok().filter(|index| *index < leaves.len())?;
    let (mut leaves, mut proof) = (leaves, Vec::new());
    while leaves.len() > 1 {
        let (left, right) = leaves.split_at(half(leaves.len()));
        let (own, other) = if index < left.len() { (left, right) } else { (right, left) };
        if index >= left.len() {
            index -= left.len();
        }
        proof.push(root(other));
        leaves = own;
    }
    proof.reverse();
    Some(proof)
}

/// The proof that the tree over the first leaves, so many, is the beginning of the tree over all of them. None if there are none or not so
/// many.
#[must_use]
pub fn consistency(leaves: &[Hash], first: u64) -> Option<Vec<Hash>> {
    let mut first = usize::try_from(first).ok().filter(|first| (1..=leaves.len()).contains(first))?;
    let (mut leaves, mut proof) = (leaves, Vec::new());
    // Whether the part that is left begins where the tree does: then whoever checks knows its root.
    let mut from_the_start = true;
    while first < leaves.len() {
        let (left, right) = leaves.split_at(half(leaves.len()));
        if first <= left.len() {
            proof.push(root(right));
            leaves = left;
        } else {
            proof.push(root(left));
            (leaves, first, from_the_start) = (right, first - left.len(), false);
        }
    }
    if !from_the_start {
        proof.push(root(leaves));
    }
    proof.reverse();
    Some(proof)
}

/// How many leaves the left half of a tree has: the largest power of two below their number.
const fn half(leaves: usize) -> usize {
    leaves.next_power_of_two() / 2
}

fn root(leaves: &[Hash]) -> Hash {
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}
