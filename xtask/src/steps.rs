//! `cargo xtask test`: everything that must pass, step by step, stopping at the first that fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::artifact;
use crate::browser::Stage;
use crate::documents;
use crate::fuzz;
use crate::knowledge;
use crate::npm;
use crate::places;
use crate::run::{Run, cargo, node, say};
use crate::setup;
use crate::stamp::take_turn;
use crate::toolchain::Toolchain;
use crate::wasm::MODULES;

/// One thing that must pass.
#[derive(Clone, Copy)]
pub struct Step {
    pub name: &'static str,
    pub says: &'static str,
    run: fn() -> Result<()>,
}

/// In this order. The build comes before the types, as the worker's types include those of the generated glue.
pub const STEPS: [Step; 10] = [
    Step { name: "fmt", says: "the Rust code is formatted", run: formatting },
    Step { name: "clippy", says: "no lint complains, natively and for wasm", run: lints },
    Step { name: "native", says: "the native tests pass", run: native_tests },
    Step { name: "build", says: "the extension and the package build, within their size budgets", run: build },
    Step { name: "wasm-node", says: "the wasm tests pass in node", run: wasm_tests_in_node },
    Step { name: "wasm-worker", says: "the wasm tests pass in a service worker", run: wasm_tests_in_worker },
    Step { name: "types", says: "the JavaScript agrees with its types", run: types },
    Step { name: "package", says: "the package and its guard do their job in node", run: package_tests },
    Step { name: "fuzz", says: "a short search finds no input that breaks the guard", run: fuzzing },
    Step { name: "browser", says: "the extension does its job in Chromium", run: browser_tests },
];

/// Runs the steps named in `only`, or all.
pub fn test(only: &[String]) -> Result<()> {
    let steps: Vec<_> = STEPS.into_iter().filter(|step| only.is_empty() || only.iter().any(|name| name == step.name)).collect();
    let begun = Instant::now();
    for (passed, step) in steps.iter().enumerate() {
        eprintln!("\n== {}/{} {}: {}", passed + 1, steps.len(), step.name, step.says);
        let started = Instant::now();
        let outcome = (step.run)();
        let took = seconds(started.elapsed());
        if let Err(error) = outcome {
            eprintln!("== {} failed after {took}", step.name);
            let skipped = steps.len() - passed - 1;
            println!("steps: {passed} passed, 1 failed, {skipped} skipped");
            return Err(error.context(format!("step `{}` failed", step.name)));
        }
        eprintln!("== {} passed in {took}", step.name);
    }
    eprintln!("\n== all passed in {}", seconds(begun.elapsed()));
    println!("steps: {} passed, 0 failed", steps.len());
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn formatting() -> Result<()> {
    cargo().args(["fmt", "--all", "--check"]).run()?;
    cargo().args(["fmt", "--check", "--manifest-path"]).arg(fuzz::manifest()).run()
}

fn lints() -> Result<()> {
    cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]).run()?;
    fuzz::cargo("clippy").args(["--all-targets", "--", "-D", "warnings"]).run()?;
    let toolchain = Toolchain::set_up()?;
    if !toolchain.has_clippy() {
        say("Skipping", "the lints for wasm: this compiler has no ready-made target");
        return Ok(());
    }
    // Each module of wasm by itself: in both together nothing is unused that only one of them needs.
    for module in &MODULES {
        let mut command = toolchain.cargo("clippy");
        command.args(["--package", "scruple", "--lib", "--no-default-features", "--features", module.feature]);
        command.args(["--", "-D", "warnings"]).run()?;
    }
    Ok(())
}

fn native_tests() -> Result<()> {
    cargo().args(["test", "--workspace"]).run()
}

fn build() -> Result<()> {
    for budget in npm::build()?.budgets {
        eprintln!("  {}", budget.line());
    }
    Ok(())
}

fn wasm_tests_in_node() -> Result<()> {
    wasm_tests()?
        // A file that asks for a worker is left to the next step.
        .env("WASM_BINDGEN_TEST_ONLY_NODE", "1")
        .run()
}

fn wasm_tests_in_worker() -> Result<()> {
    let settings = places::state().join("webdriver.json");
    let options = json!({
        "goog:chromeOptions": {
            "binary": setup::chromium()?,
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        },
    });
    fs::create_dir_all(places::state())?;
    fs::write(&settings, options.to_string())?;
    wasm_tests()?
        .env("WASM_BINDGEN_USE_SERVICE_WORKER", "1")
        .env("WASM_BINDGEN_TEST_ONLY_WEB", "1")
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", settings)
        .env("CHROMEDRIVER", setup::chromedriver()?)
        .run()
}

/// `cargo test` for wasm, with the test runner in place.
fn wasm_tests() -> Result<Command> {
    // They try the guard with what ships beside it.
    knowledge::ship()?;
    let mut command = Toolchain::set_up()?.cargo("test");
    command
        .args(["--package", "scruple", "--test", "wasm_*"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", test_runner()?)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120")
        // The runner takes long over debug information, and nobody attaches a debugger here.
        .env("CARGO_PROFILE_DEV_DEBUG", "false");
    Ok(command)
}

/// Compiled into a folder of its own: in the common one it would take turns with the running xtask.
fn test_runner() -> Result<PathBuf> {
    let mut command = cargo();
    command
        // A warning about the age of crates that only this runner uses would come with every run.
        .args(["--config", "future-incompat-report.frequency='never'"])
        .args(["build", "--package", "xtask", "--features", "test-runner"])
        .args(["--bin", "wasm-test-runner", "--target-dir"])
        .arg(places::root().join("target").join("tools"));
    Ok(artifact::build(&mut command, "wasm-test-runner", "")?.file)
}

fn types() -> Result<()> {
    setup::node_packages()?;
    let turn = take_turn()?;
    documents::make_types()?;
    drop(turn);
    node(places::node_package("typescript/bin/tsc")).args(["-p", "tsconfig.json"]).current_dir(places::root()).run()
}

fn package_tests() -> Result<()> {
    npm::build()?;
    node_tests(&["guard", "npm"])?.env("SCRUPLE_NPM", npm::folder()).run()
}

/// Long enough to read all seeds and try some thousand neighbours of each.
fn fuzzing() -> Result<()> {
    fuzz::fuzz(None, Duration::from_secs(10))
}

fn browser_tests() -> Result<()> {
    let mut command = node_tests(&["browser"])?;
    command.env("SCRUPLE_BIN", artifact::native_tool()?);
    Stage::with_browser()?.tell(&mut command);
    command.run()
}

/// `node --test` with all tests of these folders in `tests/`, three files at a time: each may have a browser of its own, and much of their time is
/// waiting, for the disk or for the browser to notice something.
fn node_tests(folders: &[&str]) -> Result<Command> {
    let mut command = node("--test");
    command.args(["--test-concurrency=3", "--test-reporter=spec"]).current_dir(places::root());
    for folder in folders {
        command.args(test_files(&places::tests().join(folder))?);
    }
    Ok(command)
}

fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    if files.is_empty() {
        bail!("there is no `*.test.mjs` in `{}`", folder.display());
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_can_be_told_apart() {
        for (index, step) in STEPS.iter().enumerate() {
            assert!(!STEPS[..index].iter().any(|other| other.name == step.name));
        }
    }
}
