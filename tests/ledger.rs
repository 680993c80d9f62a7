//! The log: its tree, its notes, how it is checked, and what is noticed when somebody changes it.
//!
//! The public vectors and specifications are no part of the project: `SCRUPLE_CORPUS` names their folder, which is `../shared/corpus` unless it is named;
//! where there is none the tests that need them say that they were skipped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "ledger/checks.rs"]
mod checks;
#[path = "ledger/interop.rs"]
mod interop;
#[path = "ledger/notes.rs"]
mod notes;
#[path = "ledger/proofs.rs"]
mod proofs;
#[path = "ledger/sample.rs"]
mod sample;
#[path = "ledger/tamper.rs"]
mod tamper;
#[path = "ledger/tiles.rs"]
mod tiles;

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A folder with public vectors or specifications, if it is here.
fn corpus(folder: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let found = env::var_os("SCRUPLE_CORPUS").map_or_else(beside, PathBuf::from).join(folder);
    if found.is_dir() {
        return Some(found);
    }
    say(&format!("{folder}: skipped, it is not here (SCRUPLE_CORPUS may name the folder it is in)"));
    None
}

/// A line that is seen whether or not the test passes.
fn say(line: &str) {
    _ = writeln!(std::io::stderr(), "{line}");
}
