//! Whether the tests notice when the judgement is changed: every small change that cargo-mutants can think of, one by one.

use std::path::PathBuf;
use std::process::Stdio;
use std::{fs, io};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::places::{self, shown};
use crate::run::{Run, cargo, say};

/// What is changed: where it is decided what may be taken.
const FILES: [&str; 2] = ["src/judge/**", "src/policy/**"];

/// The tests that are to notice: those that stand beside the code. They take a second; the others would make hours of it.
const TESTS: [&str; 4] = ["--lib", "--", "judge", "policy"];

/// Hundreds of runs of the tests: fewer cases of each property, which the plain tests try in full.
const CASES: &str = "64";

/// The exit status of cargo-mutants when some change was not noticed, or only by a timeout.
const NOT_ALL_NOTICED: [i32; 2] = [2, 3];

/// Tries every change and prints those that no test noticed.
pub fn mutants(jobs: Option<u32>) -> Result<()> {
    set_up()?;
    let mut command = cargo();
    command.args(["mutants", "--package", "scruple", "--no-times", "--colors", "never", "--output"]).arg(folder());
    for file in FILES {
        command.args(["--file", file]);
    }
    // The tests need none of what is installed or built, and it would be copied for every job.
    command.args(["--gitignore", "true"]);
    // A loop without an end is noticed too, but nobody should wait long for it.
    command.args(["--timeout-multiplier", "3", "--minimum-test-timeout", "20"]);
    if let Some(jobs) = jobs {
        command.args(["--jobs", &jobs.to_string()]);
    }
    command.arg("--").args(TESTS).env("PROPTEST_CASES", CASES);
    let status = command.stdout(Stdio::from(io::stderr())).status_of()?;
    if !status.success() && !status.code().is_some_and(|code| NOT_ALL_NOTICED.contains(&code)) {
        bail!("`cargo mutants` failed ({status})");
    }
    let report = folder().join("mutants.out");
    let outcomes = fs::read_to_string(report.join("outcomes.json")).context("`cargo mutants` left no report")?;
    let survivors = fs::read_to_string(report.join("missed.txt")).unwrap_or_default();
    println!("{}", summary(&serde_json::from_str(&outcomes).context("the report of `cargo mutants` is not JSON")?, &survivors)?);
    say("Written", format!("the whole report, to {}", shown(&report)));
    Ok(())
}

/// cargo-mutants makes `mutants.out` in here.
fn folder() -> PathBuf {
    places::root().join("target")
}

fn set_up() -> Result<()> {
    if cargo().args(["mutants", "--version"]).succeeds() {
        return Ok(());
    }
    say("Setting up", "cargo-mutants, with cargo");
    cargo().args(["install", "cargo-mutants", "--locked"]).run_aside()
}

fn summary(outcomes: &Value, survivors: &str) -> Result<String> {
    let mut lines: Vec<_> = survivors.lines().filter(|line| !line.is_empty()).map(|line| format!("survived: {line}")).collect();
    let counts = [("total_mutants", "changes"), ("caught", "noticed"), ("timeout", "timed out"), ("unviable", "do not compile")]
        .into_iter()
        .map(|(key, says)| {
            let count = outcomes.get(key).and_then(Value::as_u64).with_context(|| format!("the report has no `{key}`"))?;
            Ok(format!("{count} {says}"))
        })
        .collect::<Result<Vec<_>>>()?;
    lines.push(format!("{}, {} survived", counts.join(", "), lines.len()));
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn survivors_are_named_and_counted() {
        let outcomes = json!({ "total_mutants": 9, "missed": 2, "caught": 5, "timeout": 1, "unviable": 1 });
        assert_eq!(
            summary(&outcomes, "src/judge/mod.rs:3:1: replace a\nsrc/judge/mod.rs:4:1: replace b\n").unwrap(),
            "survived: src/judge/mod.rs:3:1: replace a\nsurvived: src/judge/mod.rs:4:1: replace b\n\
             9 changes, 5 noticed, 1 timed out, 1 do not compile, 2 survived"
        );
        assert!(summary(&json!({}), "").is_err());
    }
}
