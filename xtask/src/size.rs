//! The size budgets: what may be shipped at most, and what is.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::places;

const WASM_LIMIT: usize = 300 * 1024;
const WASM_GZIP_LIMIT: usize = 120 * 1024;
const PROBE_GZIP_LIMIT: usize = 12 * 1024;

/// A number of bytes and what it may be at most.
pub struct Budget {
    what: &'static str,
    limit: usize,
    value: usize,
}

impl Budget {
    /// As `cargo xtask bench` prints it.
    pub fn json(&self) -> Value {
        json!({ "what": self.what, "limit": self.limit, "value": self.value })
    }

    /// As people read it.
    pub fn line(&self) -> String {
        format!("{:<32} {:>9} of {:>9} bytes", self.what, self.value, self.limit)
    }

    fn is_kept(&self) -> bool {
        self.value <= self.limit
    }
}

/// Measures what the last build made.
pub fn measure() -> Result<Vec<Budget>> {
    let read = |path: std::path::PathBuf| fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()));
    let wasm = read(places::wasm().join("scruple_bg.wasm"))?;
    let probe = read(places::extension().join("content").join("probe.js"))?;
    Ok(vec![
        Budget { what: "guard wasm", limit: WASM_LIMIT, value: wasm.len() },
        Budget { what: "guard wasm, gzip", limit: WASM_GZIP_LIMIT, value: gzip_size(&wasm)? },
        Budget { what: "probe, gzip", limit: PROBE_GZIP_LIMIT, value: gzip_size(&probe)? },
    ])
}

/// An error that names every budget that is not kept.
pub fn enforce(budgets: &[Budget]) -> Result<()> {
    let broken: Vec<_> = budgets
        .iter()
        .filter(|budget| !budget.is_kept())
        .map(|budget| format!("{}: {} bytes, at most {}", budget.what, budget.value, budget.limit))
        .collect();
    if !broken.is_empty() {
        bail!("over the size budget ({})", broken.join("; "));
    }
    Ok(())
}

/// How many bytes these are as a gzip file, at the best level.
pub fn gzip_size(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(value: usize) -> Budget {
        Budget { what: "guard wasm", limit: 100, value }
    }

    #[test]
    fn a_budget_is_kept_up_to_its_limit() {
        assert!(enforce(&[budget(99), budget(100)]).is_ok());
        let error = enforce(&[budget(99), budget(101)]).unwrap_err();
        assert_eq!(error.to_string(), "over the size budget (guard wasm: 101 bytes, at most 100)");
    }

    #[test]
    fn gzip_is_measured_as_a_whole_file() {
        let zeros = gzip_size(&[0; 10_000]).unwrap();
        assert!((20..100).contains(&zeros), "{zeros}");
    }
}
