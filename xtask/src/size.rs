//! The size budgets: what may be shipped at most, and what is.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::places;
use crate::wasm::MODULES;

/// What each module of wasm may be, and what as a gzip file: the guard runs at every capture, the desk when somebody asks for it.
const WASM_LIMITS: [(usize, usize); MODULES.len()] = [(300 * 1024, 120 * 1024), (260 * 1024, 105 * 1024)];
const PROBE_GZIP_LIMIT: usize = 12 * 1024;

/// A number of bytes and what it may be at most.
pub struct Budget {
    what: String,
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
    let mut budgets = Vec::new();
    let mut both = [(0, 0); 2];
    for (module, (limit, gzip_limit)) in MODULES.iter().zip(WASM_LIMITS) {
        let wasm = read(places::wasm().join(module.wasm()))?;
        let measured = [(limit, wasm.len()), (gzip_limit, gzip_size(&wasm)?)];
        for ((limits, values), (limit, value)) in both.iter_mut().zip(measured) {
            *limits += limit;
            *values += value;
        }
        budgets.extend(of_wasm(module.feature, measured));
    }
    budgets.extend(of_wasm("guard and desk", both));
    let probe = read(places::extension().join("content").join("probe.js"))?;
    budgets.push(Budget { what: "probe, gzip".to_owned(), limit: PROBE_GZIP_LIMIT, value: gzip_size(&probe)? });
    Ok(budgets)
}

/// The budgets of wasm, each of limit and value: as it is, and as a gzip file.
fn of_wasm(what: &str, [plain, gzip]: [(usize, usize); 2]) -> [Budget; 2] {
    [(format!("{what} wasm"), plain), (format!("{what} wasm, gzip"), gzip)].map(|(what, (limit, value))| Budget {
        what,
        limit,
        value,
    })
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
        Budget { what: "guard wasm".to_owned(), limit: 100, value }
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
