//! Checkpoints (c2sp.org/tlog-checkpoint): which log, how many entries, and the root of their tree. Signed, they are notes.

use crate::digest::{Hash, base64};

/// What the origin of every log of this kind begins with; what follows is the id of the log.
pub const ORIGIN: &str = "scruple/";

/// The text of a checkpoint: what is signed, or stands alone where nobody signs.
#[must_use]
pub fn text(origin: &str, size: u64, root: &Hash) -> String {
    [origin, "\n", &size.to_string(), "\n", &base64(root), "\n"].concat()
}

#[cfg(not(target_arch = "wasm32"))]
pub(super) use reading::number;
#[cfg(not(target_arch = "wasm32"))]
pub use reading::{Checkpoint, Signed};

#[cfg(not(target_arch = "wasm32"))]
mod reading {
    use crate::digest::{Hash, hash_from_base64};
    use crate::ledger::note::{Note, NoteFault, check_text};

    /// What a checkpoint says.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Checkpoint {
        /// Which log it is of.
        pub origin: String,
        /// How many entries the log had.
        pub size: u64,
        /// The root of their tree.
        pub root: Hash,
        /// Lines that mean something to others.
        pub extensions: Vec<String>,
    }

    impl Checkpoint {
        /// Reads the text of a checkpoint.
        ///
        /// # Errors
        /// Which line is wrong, and why.
        pub fn parse(text: &str) -> Result<Self, NoteFault> {
            let wrong = |what: &str| NoteFault(what.to_owned());
            let mut lines = text.strip_suffix('\n').ok_or_else(|| wrong("its last line does not end"))?.split('\n');
            let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
                return Err(wrong("it has fewer than three lines"));
            };
            if origin.is_empty() {
                return Err(wrong("its origin is empty"));
            }
            let size = number(size).ok_or_else(|| wrong("its second line is no number of entries"))?;
            let root = hash_from_base64(root).ok_or_else(|| wrong("its third line is no hash in base64"))?;
            let extensions: Vec<String> = lines.map(str::to_owned).collect();
            if extensions.iter().any(String::is_empty) {
                return Err(wrong("it has an empty line in it"));
            }
            Ok(Self { origin: origin.to_owned(), size, root, extensions })
        }
    }

    /// A number in its one form: digits without zeros before them.
    pub(in crate::ledger) fn number(text: &str) -> Option<u64> {
        let number: u64 = text.parse().ok()?;
        (number.to_string() == text).then_some(number)
    }

    /// A checkpoint, and the note it came as, if it was signed at all.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Signed {
        /// What it says.
        pub checkpoint: Checkpoint,
        /// The note. None: the text stood alone.
        pub note: Option<Note>,
    }

    impl Signed {
        /// Reads a checkpoint, as a note or as its text alone.
        ///
        /// # Errors
        /// What in its form is wrong.
        pub fn parse(bytes: &[u8]) -> Result<Self, NoteFault> {
            let text = check_text(bytes)?;
            if text.contains("\n\n") {
                let note = Note::parse(bytes)?;
                Ok(Self { checkpoint: Checkpoint::parse(&note.text)?, note: Some(note) })
            } else {
                Ok(Self { checkpoint: Checkpoint::parse(text)?, note: None })
            }
        }
    }
}
