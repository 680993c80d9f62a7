//! Proofs as they are handed on, each with the checkpoint it leads to: that an entry is in a log (c2sp.org/tlog-proof), and that a log grew out of an
//! earlier one (the form in which witnesses are asked, c2sp.org/tlog-witness). Native only.

use core::fmt;

use base64ct::{Base64, Encoding};

use super::checkpoint::{Checkpoint, Signed, number};
use super::leaf_hash;
use super::note::{NoteFault, VerifierKey, check_text};
use super::proof::{ProofFault, verify_consistency, verify_inclusion};
use crate::digest::{Hash, base64, hash_from_base64};

/// The first line of a proof about an entry.
const ENTRY: &str = "c2sp.org/tlog-proof@v1";

/// The most hashes that are read: a tree of 2^63 entries has no longer proof, and no more are allowed.
const MOST: usize = 63;

/// What is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// An entry is in the log.
    Entry {
        /// Its place, from 0.
        index: u64,
        /// The entry itself, if the proof carries it. It counts only once it is proved.
        record: Option<Vec<u8>>,
    },
    /// The log began as one of so many entries.
    Grown {
        /// How many it had.
        from: u64,
    },
}

/// A proof, with the checkpoint it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What is proved.
    pub claim: Claim,
    /// The hashes of the proof, the lowest first.
    pub hashes: Vec<Hash>,
    /// The checkpoint as it was written: a signed note, or its text alone where nobody signs.
    pub note: String,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.claim {
            Claim::Entry { index, record } => {
                writeln!(f, "{ENTRY}")?;
                if let Some(record) = record {
                    writeln!(f, "extra {}", base64(record))?;
                }
                writeln!(f, "index {index}")?;
            }
            Claim::Grown { from } => writeln!(f, "old {from}")?,
        }
        for hash in &self.hashes {
            writeln!(f, "{}", base64(hash))?;
        }
        write!(f, "\n{}", self.note)
    }
}

impl Proof {
    /// Reads a proof of either form.
    ///
    /// # Errors
    /// Which line is wrong, and why.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteFault> {
        let text = check_text(bytes)?;
        let (lines, note) =
            text.split_once("\n\n").ok_or_else(|| NoteFault("there is no empty line before the checkpoint".to_owned()))?;
        let mut lines = (1..).zip(lines.split('\n')).peekable();
        let wrong = |line: usize, what: &str| NoteFault(format!("line {line}: {what}"));
        let claim = match lines.next() {
            Some((_, ENTRY)) => {
                let extra = lines.peek().and_then(|(line, text)| Some((*line, text.strip_prefix("extra ")?)));
                let record = match extra {
                    Some((line, extra)) => {
                        lines.next();
                        Some(Base64::decode_vec(extra).map_err(|_| wrong(line, "what stands behind `extra` is not base64"))?)
                    }
                    None => None,
                };
                let (line, text) = lines.next().unwrap_or((2, ""));
                let index = text.strip_prefix("index ").and_then(number);
                Claim::Entry { index: index.ok_or_else(|| wrong(line, "`index` and a number should stand here"))?, record }
            }
            Some((line, text)) => {
                let from = text.strip_prefix("old ").and_then(number);
                Claim::Grown {
                    from: from.ok_or_else(|| wrong(line, &format!("`{ENTRY}` or `old` and a number should stand here")))?,
                }
            }
            None => return Err(wrong(1, "there is nothing here")),
        };
        let mut hashes = Vec::new();
        for (line, text) in lines {
            if hashes.len() == MOST {
                return Err(wrong(line, &format!("there are more than {MOST} hashes")));
            }
            hashes.push(hash_from_base64(text).ok_or_else(|| wrong(line, "this is no hash in base64"))?);
        }
        Ok(Self { claim, hashes, note: note.to_owned() })
    }

    /// The checkpoint it leads to.
    ///
    /// # Errors
    /// What in its form is wrong.
    pub fn checkpoint(&self) -> Result<Signed, NoteFault> {
        Signed::parse(self.note.as_bytes()).map_err(|NoteFault(what)| NoteFault(format!("the checkpoint cannot be read: {what}")))
    }

    /// Checks the proof by itself: the tree its checkpoint names has the entry, or began as the earlier one. Who signed is [`signed_by`]'s to say.
    ///
    /// # Errors
    /// Why it does not hold.
    pub fn verify(&self, beside: Beside<'_>) -> Result<(), NoteFault> {
        let Checkpoint { origin, size, root, .. } = self.checkpoint()?.checkpoint;
        let fault = |what: String| Err(NoteFault(what));
        match (&self.claim, beside) {
            (Claim::Entry { index, record }, Beside::Record(given)) => {
                let record = match (record.as_deref(), given) {
                    (Some(own), Some(given)) if own != given => {
                        return fault("the entry in it is not the one that was given".into());
                    }
                    (Some(record), _) | (None, Some(record)) => record,
                    (None, None) => return fault("the entry is not in it, and has to be given beside it".into()),
                };
                verify_inclusion(&leaf_hash(record), *index, size, &self.hashes, &root)
                    .or_else(|what| fault(format!("entry {index} is not proved to be among the {size} of the checkpoint: {what}")))
            }
            (Claim::Grown { from }, Beside::Earlier(earlier)) => {
                if earlier.origin != origin {
                    return fault(format!("the earlier checkpoint is of the log `{}`, and this is `{origin}`", earlier.origin));
                }
                if earlier.size != *from {
                    return fault(format!("the earlier checkpoint is of {} entries, and the proof of {from}", earlier.size));
                }
                // Of no entries there is one tree, and every log began as it.
                let held = match (*from, self.hashes.as_slice()) {
                    (0, []) if earlier.root == super::Tree::default().root() => Ok(()),
                    (0, []) => Err(ProofFault::EarlierRoot),
                    (0, _) => Err(ProofFault::Length),
                    _ => verify_consistency(*from, &earlier.root, size, &root, &self.hashes),
                };
                held.or_else(|what| fault(format!("the {size} entries are not proved to begin with those {from}: {what}")))
            }
            (Claim::Entry { .. }, Beside::Earlier(_)) => fault("it is about an entry, and takes no earlier checkpoint".into()),
            (Claim::Grown { .. }, Beside::Record(_)) => {
                fault("it is about an earlier checkpoint, which has to be given beside it".into())
            }
        }
    }
}

/// What a proof is held against, beside its checkpoint.
#[derive(Clone, Copy, Debug)]
pub enum Beside<'a> {
    /// The entry, if it is given.
    Record(Option<&'a [u8]>),
    /// The earlier checkpoint. Who signed that is to be checked like the other.
    Earlier(&'a Checkpoint),
}

/// Checks that a key signed a checkpoint, and that it is the key of that log: its name is the origin (c2sp.org/tlog-checkpoint).
///
/// # Errors
/// Why it does not count as signed.
pub fn signed_by(signed: &Signed, key: &VerifierKey) -> Result<(), NoteFault> {
    let (origin, name) = (&signed.checkpoint.origin, key.name());
    if origin != name {
        return Err(NoteFault(format!("the checkpoint is of the log `{origin}`, and the key of `{name}`")));
    }
    let known = core::slice::from_ref(key);
    let signers = signed.note.as_ref().map(|note| note.verify(known)).transpose()?.unwrap_or_default();
    if signers.is_empty() { Err(NoteFault(format!("the key `{name}` did not sign the checkpoint"))) } else { Ok(()) }
}
