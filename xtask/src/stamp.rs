//! What keeps a build from making the same thing twice: small files that say for which input some output was made, and a lock.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher};
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::places;
use crate::run::say;

/// A file that holds the fingerprint of what was last done.
pub struct Stamp(PathBuf);

impl Stamp {
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Whether the last thing done is the wanted one.
    pub fn says(&self, wanted: &str) -> bool {
        fs::read_to_string(&self.0).is_ok_and(|found| found == wanted)
    }

    pub fn write(&self, done: &str) -> Result<()> {
        if let Some(folder) = self.0.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.0, done).with_context(|| format!("cannot write `{}`", self.0.display()))
    }
}

/// Waits for other builds to end, as two at once would write the same files. The turn is over when the file is dropped.
pub fn take_turn() -> Result<File> {
    fs::create_dir_all(places::state())?;
    let lock = File::create(places::state().join("lock"))?;
    if lock.try_lock().is_err() {
        say("Waiting", "for another build");
        lock.lock()?;
    }
    Ok(lock)
}

/// A short name for some content. It tells changes apart; it protects against nobody.
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        hasher.write_usize(part.len());
        hasher.write(part);
    }
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart() {
        let whole = fingerprint([b"ab".as_slice(), b"c"]);
        assert_eq!(whole, fingerprint([b"ab".as_slice(), b"c"]));
        assert_ne!(whole, fingerprint([b"a".as_slice(), b"bc"]));
        assert_ne!(whole, fingerprint([b"abc".as_slice()]));
    }
}
