//! Proofs: the public vectors, and that what is made verifies and nothing else does.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use scruple::digest::{Hash, hash_from_base64};
use scruple::ledger::proof::{
    ProofFault, consistency, inclusion, verify_consistency, verify_inclusion, verify_subtree_consistency, verify_subtree_inclusion,
};
use scruple::ledger::{Tree, leaf_hash};
use serde_json::Value;

use super::{corpus, say};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Runs each vector of a folder. One whose hashes are not hashes, or whose numbers are not numbers, is refused where it is read.
fn vectors(kind: &str, holds: impl Fn(&Vector) -> Option<bool>) {
    let Some(root) = corpus("merkle-vectors") else { return };
    let (mut accepted, mut refused) = (0, 0);
    for path in files(&root.join(kind)) {
        let vector = Vector(serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap());
        let is_sound = holds(&vector) == Some(true);
        assert_eq!(is_sound, vector.0["wantErr"] == Value::Bool(false), "{}: {}", path.display(), vector.0["desc"]);
        *(if is_sound { &mut accepted } else { &mut refused }) += 1;
    }
    assert!(accepted > 0 && refused > 0);
    say(&format!("merkle-vectors/{kind}: {accepted} accepted, {refused} refused"));
}

struct Vector(Value);

impl Vector {
    fn number(&self, key: &str) -> Option<u64> {
        self.0[key].as_u64()
    }

    /// Where a vector does not care for a root it has a word in its place: words that are alike stand for hashes that are alike.
    fn hash(&self, key: &str) -> Option<Hash> {
        let text = self.0[key].as_str()?;
        hash_from_base64(text).or_else(|| (!text.is_empty()).then(|| leaf_hash(text.as_bytes())))
    }

    fn proof(&self) -> Option<Vec<Hash>> {
        match &self.0["proof"] {
            Value::Null => Some(Vec::new()),
            proof => proof.as_array()?.iter().map(|hash| hash_from_base64(hash.as_str()?)).collect(),
        }
    }
}

#[test]
fn vectors_of_inclusion() {
    vectors("inclusion", |v| {
        let leaf = v.hash("leafHash")?;
        Some(verify_inclusion(&leaf, v.number("leafIdx")?, v.number("treeSize")?, &v.proof()?, &v.hash("root")?).is_ok())
    });
}

#[test]
fn vectors_of_consistency() {
    vectors("consistency", |v| {
        let (first, second) = (v.number("size1")?, v.number("size2")?);
        Some(verify_consistency(first, &v.hash("root1")?, second, &v.hash("root2")?, &v.proof()?).is_ok())
    });
}

#[test]
fn vectors_of_inclusion_in_a_subtree() {
    vectors("subtreeinclusion", |v| {
        let (leaf, range) = (v.hash("leafHash")?, v.number("start")?..v.number("end")?);
        Some(verify_subtree_inclusion(&leaf, v.number("leafIdx")?, range, &v.proof()?, &v.hash("root")?).is_ok())
    });
}

#[test]
fn vectors_of_consistency_of_a_subtree() {
    vectors("subtreeconsistency", |v| {
        let range = v.number("start")?..v.number("end")?;
        Some(verify_subtree_consistency(range, &v.hash("root1")?, v.number("size")?, &v.hash("root2")?, &v.proof()?).is_ok())
    });
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

fn root(leaves: &[Hash]) -> Hash {
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}

#[test]
fn every_proof_of_small_trees_verifies() {
    for size in 1..=40 {
        let leaves = leaves(size);
        let whole = root(&leaves);
        for index in 0..size {
            let proof = inclusion(&leaves, index).unwrap();
            assert_eq!(verify_inclusion(&leaves[index as usize], index, size, &proof, &whole), Ok(()), "{index} of {size}");
        }
        for first in 1..=size {
            let proof = consistency(&leaves, first).unwrap();
            let earlier = root(&leaves[..first as usize]);
            assert_eq!(verify_consistency(first, &earlier, size, &whole, &proof), Ok(()), "{first} of {size}");
        }
        assert_eq!((inclusion(&leaves, size), consistency(&leaves, size + 1)), (None, None));
    }
}

#[test]
fn a_proof_that_does_not_hold_says_why() {
    let leaves = leaves(5);
    let whole = root(&leaves);
    let proof = inclusion(&leaves, 2).unwrap();
    let check = |index, size, proof: &[Hash], root| verify_inclusion(&leaves[2], index, size, proof, root);
    assert_eq!(check(5, 5, &proof, &whole), Err(ProofFault::Range));
    assert_eq!(check(0, 0, &proof, &whole), Err(ProofFault::Range));
    assert_eq!(check(2, 5, &proof[1..], &whole), Err(ProofFault::Length));
    assert_eq!(check(2, 5, &[&proof[..], &proof[..1]].concat(), &whole), Err(ProofFault::Length));
    assert_eq!(check(2, 5, &proof, &leaves[0]), Err(ProofFault::Root));
    let proof = consistency(&leaves, 3).unwrap();
    let earlier = root(&leaves[..3]);
    let check = |first, earlier, second, proof: &[Hash]| verify_consistency(first, earlier, second, &whole, proof);
    assert_eq!(check(6, &earlier, 5, &proof), Err(ProofFault::Range));
    assert_eq!(check(3, &whole, 5, &proof), Err(ProofFault::EarlierRoot));
    assert_eq!(check(3, &earlier, 5, &[]), Err(ProofFault::Length));
    assert_eq!(check(0, &root(&[]), 5, &[]), Err(ProofFault::Range), "the empty tree proves nothing");
    assert_eq!(consistency(&leaves, 0), None);
    assert_eq!(verify_consistency(3, &earlier, 5, &earlier, &proof), Err(ProofFault::Root));
    assert_eq!(verify_inclusion(&leaves[0], u64::MAX, u64::MAX, &[], &whole), Err(ProofFault::Range));
    assert_eq!(verify_subtree_inclusion(&leaves[0], 5, 3..7, &[], &whole), Err(ProofFault::Range));
    assert_eq!(verify_subtree_consistency(0..u64::MAX, &whole, u64::MAX, &whole, &[]), Ok(()));
}

/// What is done to a proof.
#[derive(Clone, Debug)]
enum Change {
    Bit(usize, usize),
    Drop(usize),
    Double(usize),
    Leaf(usize),
    Root(usize),
    Index(u64),
    Size(u64),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<usize>(), 0..256_usize).prop_map(|(hash, bit)| Change::Bit(hash, bit)),
        any::<usize>().prop_map(Change::Drop),
        any::<usize>().prop_map(Change::Double),
        (0..256_usize).prop_map(Change::Leaf),
        (0..256_usize).prop_map(Change::Root),
        (1..2000_u64).prop_map(Change::Index),
        (1..2000_u64).prop_map(Change::Size),
    ]
}

fn flip(hash: &mut Hash, bit: usize) {
    hash[bit / 8] ^= 1 << (bit % 8);
}

/// Changes a proof; false if there is nothing to change.
fn changed(proof: &mut Vec<Hash>, change: &Change) -> bool {
    let length = proof.len();
    match change {
        Change::Bit(..) | Change::Drop(_) | Change::Double(_) if length == 0 => return false,
        Change::Bit(hash, bit) => flip(&mut proof[hash % length], *bit),
        Change::Drop(hash) => _ = proof.remove(hash % length),
        Change::Double(hash) => proof.insert(hash % length, proof[hash % length]),
        _ => {}
    }
    true
}

/// Whether the way from a leaf to the root is the same in a tree of another size. A proof of inclusion is as good for that tree then, and the checkpoint is
/// what tells the sizes apart.
fn same_way(index: u64, one: u64, other: u64) -> bool {
    let way = |size: u64| {
        let (mut node, mut last, mut turns) = (index, size - 1, Vec::new());
        while last > 0 {
            if node & 1 == 1 {
                turns.push(true);
            } else if node < last {
                turns.push(false);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        turns
    };
    way(one) == way(other)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_changed_proof_of_inclusion_does_not_verify(size in 1..1500_u64, index in any::<prop::sample::Index>(), change in change()) {
        let leaves = leaves(size);
        let index = index.index(size as usize) as u64;
        let (mut proof, mut root, mut leaf) = (inclusion(&leaves, index).unwrap(), root(&leaves), leaves[index as usize]);
        prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));
        prop_assume!(changed(&mut proof, &change));
        let (mut other_index, mut other_size) = (index, size);
        match change {
            Change::Leaf(bit) => flip(&mut leaf, bit),
            Change::Root(bit) => flip(&mut root, bit),
            Change::Index(by) => other_index = (index + by) % 2000,
            Change::Size(by) => other_size = (size + by) % 2000,
            _ => {}
        }
        prop_assume!(!matches!(change, Change::Index(_)) || other_index != index);
        if let Change::Size(_) = change {
            prop_assume!(other_size <= index || !same_way(index, size, other_size));
        }
        prop_assert!(verify_inclusion(&leaf, other_index, other_size, &proof, &root).is_err());
    }

    #[test]
    fn a_changed_proof_of_consistency_does_not_verify(size in 1..1500_u64, first in any::<prop::sample::Index>(), change in change()) {
        let leaves = leaves(size);
        let first = 1 + first.index(size as usize) as u64;
        let (mut proof, mut second_root, mut first_root) =
            (consistency(&leaves, first).unwrap(), root(&leaves), root(&leaves[..first as usize]));
        prop_assert_eq!(verify_consistency(first, &first_root, size, &second_root, &proof), Ok(()));
        prop_assume!(changed(&mut proof, &change));
        match change {
            Change::Leaf(bit) => flip(&mut first_root, bit),
            Change::Root(bit) => flip(&mut second_root, bit),
            Change::Index(_) | Change::Size(_) => return Ok(()),
            _ => {}
        }
        prop_assert!(verify_consistency(first, &first_root, size, &second_root, &proof).is_err());
    }

    /// Of sizes a proof says nothing where the shape of the tree is the same, so that its own root must speak against them.
    #[test]
    fn a_proof_of_consistency_is_none_of_another_earlier_tree(size in 2..1500_u64, one in 0..1500_u64, other in 0..1500_u64) {
        let leaves = leaves(size);
        let (one, other) = (1 + one % size, 1 + other % size);
        prop_assume!(one != other);
        let proof = consistency(&leaves, one).unwrap();
        let other_root = root(&leaves[..other as usize]);
        prop_assert!(verify_consistency(one, &other_root, size, &root(&leaves), &proof).is_err());
    }

    #[test]
    fn whatever_a_proof_is_it_is_judged(
        numbers in (any::<u64>(), any::<u64>(), any::<u64>()),
        proof in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let (hash, (a, b, c)) = ([7; 32], numbers);
        prop_assert!(verify_inclusion(&hash, a, b, &proof, &[8; 32]).is_err());
        prop_assert!(verify_subtree_consistency(a..b, &hash, c, &[8; 32], &proof).is_err());
    }
}
