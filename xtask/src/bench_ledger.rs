//! The bench of the log: builds the tool and the program that measures, and those who are measured beside them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use wasm_bindgen_cli_support::Bindgen;

use crate::artifact;
use crate::bench_screen::node_packages;
use crate::browser::Stage;
use crate::interop;
use crate::places;
use crate::run::{Run, cargo, say};
use crate::toolchain::Toolchain;

/// The peer in Node, in the very version that figures are given for.
const NODE_PEERS: [&str; 1] = ["merkletreejs@0.6.0"];

/// Measures, and gives back what was printed: one JSON document.
pub fn measure(stage: &Stage) -> Result<String> {
    let mut build = cargo();
    build.args(["build", "--profile", "native", "--package", "ledger-bench", "--package", "scruple", "--bins"]);
    let programs = artifact::build_programs(&mut build, &["ledger-bench", "scruple"])?;
    let mut programs = programs.into_iter();
    let mut command = Command::new(programs.next().context("there is no program that measures")?);
    command.env("SCRUPLE_WORKSHOP", places::state()).env("SCRUPLE_BIN", programs.next().context("there is no tool")?);
    match interop::program() {
        Ok(go) => _ = command.env("SCRUPLE_GO", go),
        Err(error) => say("Skipping", format!("Go: {error:#}")),
    }
    let native: Value = serde_json::from_str(&command.read()?).context("the bench of the log printed no JSON document")?;

    let mut script = stage.script("bench-ledger.mjs");
    script.arg("--json");
    let peers = places::state().join("peers").join("ledger");
    match node_packages(&peers, &NODE_PEERS).and_then(|()| tree_in_wasm()) {
        Ok(tree) => _ = script.env("SCRUPLE_PEERS", peers).env("SCRUPLE_TREE", tree),
        Err(error) => say("Skipping", format!("the peer in Node: {error:#}")),
    }
    let others: Value = serde_json::from_str(&script.read()?).context("the bench of the log printed no JSON document")?;
    let rows = [&native, &others].into_iter().filter_map(|document| document.get("rows")?.as_array()).flatten();
    Ok(json!({ "bench": "ledger", "rows": rows.collect::<Vec<_>>() }).to_string())
}

/// The tree of the log in wasm, compiled and optimised for size as what ships, for Node.
fn tree_in_wasm() -> Result<PathBuf> {
    let mut build = Toolchain::set_up()?.cargo("build");
    build.args(["--release", "--package", "ledger-bench", "--example", "tree_in_wasm"]);
    let wasm = artifact::build(&mut build, "tree_in_wasm", ".wasm")?.file;
    let folder = places::state().join("ledger").join("wasm");
    Bindgen::new().input_path(wasm).out_name("tree").nodejs(true)?.typescript(false).generate(&folder)?;
    // The bindings are no ES module, whatever the project around them is.
    fs::write(folder.join("package.json"), r#"{"type": "commonjs"}"#)?;
    Ok(folder.join("tree.js"))
}
