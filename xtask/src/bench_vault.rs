//! The bench of the vault: installs who is measured beside it.

use anyhow::Result;

use crate::bench_screen::node_packages;
use crate::browser::Stage;
use crate::places;
use crate::run::{Run, say};

/// Searches texts in memory, in the very version that figures are given for.
const PEERS: [&str; 1] = ["minisearch@7.2.0"];

/// Measures, and gives back what was printed: one JSON document.
pub fn measure(stage: &Stage) -> Result<String> {
    let (mut script, peers) = (stage.script("bench-vault.mjs"), places::state().join("peers").join("vault"));
    match node_packages(&peers, &PEERS) {
        Ok(()) => _ = script.env("SCRUPLE_PEERS", peers),
        Err(error) => say("Skipping", format!("MiniSearch: {error:#}")),
    }
    script.arg("--json").read()
}
