//! What is wrong with a document: where, what, and what to write instead.
//!
//! The guard alone only has to know that something is wrong: it denies, and never says more. Its module carries no sentence of all these; whoever wants to read
//! them asks the desk, which reads the document again.

use core::fmt::Display;

use serde::Serialize;

/// How many problems are told at once. Whoever has more has sent the wrong file.
const MOST: usize = 50;

/// Whether problems are told in words.
pub(super) const TELLS: bool = cfg!(any(feature = "desk", not(target_arch = "wasm32")));

/// A sentence about a problem; nothing, where problems are not told in words.
#[inline(always)]
pub(crate) fn told(what: impl Display) -> String {
    if TELLS { what.to_string() } else { String::new() }
}

/// Something wrong with a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What to write instead; empty where nobody can say.
    pub instead: String,
}

impl Display for Problem {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)?;
        if self.instead.is_empty() { Ok(()) } else { write!(f, "; write {}", self.instead) }
    }
}

impl core::error::Error for Problem {}

/// What is found out about a document while it is read: its problems so far, and whether it stands in its one form (RFC 8785).
#[derive(Clone, Debug, Default)]
pub struct Problems {
    told: Vec<(usize, String, String)>,
    is_loose: bool,
}

impl Problems {
    /// Tells one more, at a byte of the text.
    #[inline(always)]
    pub(super) fn tell(&mut self, at: usize, what: impl Display, instead: impl Display) {
        if !TELLS {
            if self.told.is_empty() {
                self.told.push((0, String::new(), String::new()));
            }
        } else if self.told.len() < MOST {
            // In the order of the text, and at one place in the order of telling.
            let place = self.told.partition_point(|(other, ..)| *other <= at);
            self.told.insert(place, (at, told(what), told(instead)));
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// Notes that something may not stand as it would be written. Only the tools ask.
    #[inline(always)]
    pub(super) const fn loosen(&mut self, is_loose: bool) {
        if cfg!(not(target_arch = "wasm32")) {
            self.is_loose |= is_loose;
        }
    }

    /// Whether everything stood as it is written.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) const fn is_exact(&self) -> bool {
        self.told.is_empty() && !self.is_loose
    }

    /// The problems with their lines and columns, in the order of the text.
    pub(super) fn placed(self, text: &str) -> Vec<Problem> {
        if !TELLS {
            return self.told.into_iter().map(|_| Problem::default()).collect();
        }
        let place = |(at, what, instead): (usize, String, String)| {
            let before = text.get(..at).unwrap_or(text);
            let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            Problem { line, column, what, instead }
        };
        self.told.into_iter().map(place).collect()
    }
}

/// The word of a list that was probably meant by another: at most one letter in four away, and one more.
pub(super) fn nearest<'a>(word: &str, words: &[&'a str]) -> Option<&'a str> {
    if !TELLS {
        return None;
    }
    let most = 1 + word.chars().count() / 4;
    let away = |other: &&str| strsim::levenshtein(word, other);
    words.iter().copied().min_by_key(away).filter(|other| away(other) <= most)
}
