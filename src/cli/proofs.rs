//! Proofs about a log: made from it, and checked without it.

use std::path::Path;

use super::logs::{open, told_faults, unreadable};
use super::{Failure, Words, read_bytes};
use crate::digest::hex;
use crate::ledger::checkpoint::{Checkpoint, Signed};
use crate::ledger::note::{NoteFault, VerifierKey};
use crate::ledger::proof::{consistency, inclusion};
use crate::ledger::proof_text::{Beside, Claim, Proof, signed_by};
use crate::ledger::{Against, Seen, leaf_hash, tiles};

/// Proves something about a log, once it is checked: that an entry is in it, or that it began as an earlier one.
pub(super) fn prove(words: &[&str]) -> Result<String, Failure> {
    let words = Words::of(words, &["--entry", "--since"], &[])?;
    let [path] = words.alone(["which log?"])?;
    let (wanted, since) = match (words.value("--entry"), words.value("--since")) {
        (Some(entry), None) => (Some(whole("--entry", entry)?), None),
        (None, Some(size)) => (None, Some(whole("--since", size)?)),
        _ => return Err(Failure::Usage("say what to prove: either `--entry N` or `--since SIZE`".into())),
    };
    let (mut leaves, mut record, mut note) = (Vec::new(), None, String::new());
    let mut seen = |seen: Seen| match seen {
        Seen::Entry { entry, bytes } => {
            leaves.push(leaf_hash(bytes));
            if wanted == Some(entry.index()) {
                record = Some(bytes.to_vec());
            }
        }
        Seen::Checkpoint(text) => note = text,
        Seen::Settings { .. } => {}
    };
    let against = Against::default();
    let verdict = if Path::new(path).is_dir() {
        tiles::verify(Path::new(path), &against, &mut seen)
    } else {
        crate::ledger::verify(open(path)?, &against, &mut seen)
    };
    let verdict = verdict.map_err(|error| unreadable(path, &error))?;
    if !verdict.faults.is_empty() {
        return Err(Failure::Work(told_faults(path, &verdict)));
    }
    let size = verdict.entries;
    let proof = match (wanted, since) {
        (Some(index), _) => {
            let hashes = inclusion(&leaves, index)
                .ok_or_else(|| Failure::Work(format!("cannot prove entry {index}: {path} has {size} entries, counted from 0")))?;
            Proof { claim: Claim::Entry { index, record }, hashes, note }
        }
        (None, from) => {
            let from = from.unwrap_or_default();
            let hashes = if from == 0 { Some(Vec::new()) } else { consistency(&leaves, from) };
            let hashes =
                hashes.ok_or_else(|| Failure::Work(format!("cannot prove a beginning of {from} entries: {path} has {size}")))?;
            Proof { claim: Claim::Grown { from }, hashes, note }
        }
    };
    Ok(proof.to_string())
}

fn whole(option: &str, word: &str) -> Result<u64, Failure> {
    word.parse().map_err(|_| Failure::Usage(format!("`{option}` takes a number from 0, not `{word}`")))
}

/// Checks a proof, without the log it is about.
pub(super) fn verify(
    words: &Words<'_>,
    path: &str,
    key: Option<&VerifierKey>,
    earlier: Option<&Signed>,
) -> Result<String, Failure> {
    let wrong = |NoteFault(what): NoteFault| Failure::Work(format!("proof not verified: {path}: {what}"));
    let proof = Proof::parse(&read_bytes(path)?).map_err(wrong)?;
    let now = proof.checkpoint().map_err(wrong)?;
    let record = words.value("--record").map(read_bytes).transpose()?;
    let beside = match (earlier, record.as_deref()) {
        (Some(_), Some(_)) => return Err(Failure::Usage("`--record` and `--checkpoint` are about proofs of two kinds".into())),
        (Some(earlier), None) => Beside::Earlier(&earlier.checkpoint),
        (None, record) => Beside::Record(record),
    };
    proof.verify(beside).map_err(wrong)?;
    let Checkpoint { origin, size, root, .. } = &now.checkpoint;
    let mut lines = vec![format!("log {origin}"), format!("root {}", hex(root))];
    match key {
        Some(key) => {
            signed_by(&now, key).map_err(wrong)?;
            if let Some(earlier) = earlier {
                signed_by(earlier, key).map_err(|NoteFault(what)| wrong(NoteFault(format!("the earlier checkpoint: {what}"))))?;
            }
            lines.push(format!("signed by the key that was given: {key}"));
        }
        None => lines.push("no key was given: who wrote the log is not proved".to_owned()),
    }
    lines.push(match &proof.claim {
        Claim::Entry { index, .. } => format!("proof verified: entry {index} of {size}\n"),
        Claim::Grown { from } => format!("proof verified: {size} entries, the first {from} as at the earlier checkpoint\n"),
    });
    Ok(lines.join("\n"))
}
