//! The bench of the screen: installs those who are measured beside it, builds the program that measures, and puts its tables into the page about
//! what the screen catches.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use crate::artifact;
use crate::browser::Stage;
use crate::package::write_if_changed;
use crate::places;
use crate::run::{Run, cargo, say};
use crate::stamp::{Stamp, fingerprint};

/// Those in Node, in the very versions that figures are given for.
const NODE_PEERS: [&str; 3] = ["libphonenumber-js@1.13.16", "redact-pii@3.4.0", "@arcjet/redact-wasm@1.12.0"];

/// That in Python.
const PYTHON_PEER: &str = "presidio-analyzer==2.2.366";

/// Measures, and gives back what was printed: one JSON document. The tables in it are put into the page.
pub fn measure(stage: &Stage) -> Result<String> {
    let mut build = cargo();
    // For release, as what it measures ships like that.
    build.args(["build", "--release", "--package", "screen-bench"]);
    let program = artifact::build(&mut build, "screen-bench", "")?.file;

    let mut command = Command::new(program);
    command
        .current_dir(places::root())
        .env("SCRUPLE_WORKSHOP", places::state())
        .env("SCRUPLE_NODE_SCRIPT", places::tests().join("browser").join("bench-screen.mjs"));
    stage.tell(&mut command);
    match node_peers() {
        Ok(folder) => _ = command.env("SCRUPLE_PEERS", folder),
        Err(error) => say("Skipping", format!("the peers in Node: {error:#}")),
    }
    match python_peer() {
        Ok(python) => {
            command.env("SCRUPLE_PYTHON", python).env("SCRUPLE_PYTHON_SCRIPT", places::tests().join("screen").join("presidio.py"));
        }
        Err(error) => say("Skipping", format!("Presidio: {error:#}")),
    }
    let printed = command.read()?;
    let document: Value = serde_json::from_str(&printed).context("the bench of the screen printed no JSON document")?;
    for sentence in document.get("failing_sentences").and_then(Value::as_array).into_iter().flatten() {
        eprintln!("  {}", sentence.as_str().unwrap_or_default());
    }
    if let Some(tables) = document.get("page").and_then(Value::as_object) {
        let page = places::root().join("www").join("screen.md");
        let text = fs::read_to_string(&page).with_context(|| format!("cannot read `{}`", places::shown(&page)))?;
        write_if_changed(&page, filled(&text, tables)?.as_bytes())?;
    }
    Ok(printed)
}

/// The folder with the peers in Node; npm puts them there.
fn node_peers() -> Result<PathBuf> {
    let folder = places::state().join("peers");
    node_packages(&folder, &NODE_PEERS)?;
    Ok(folder)
}

/// Has npm put packages of Node into a folder, and nothing else.
pub fn node_packages(folder: &Path, packages: &[&str]) -> Result<()> {
    installed(folder, "node.stamp", &packages.join(" "), || {
        say("Setting up", "what is measured in Node, with npm");
        fs::write(folder.join("package.json"), "{\"private\": true}\n")?;
        Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
            // Nothing of theirs is run but what is measured.
            .args(["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
            .args(packages)
            .current_dir(folder)
            .run_aside()
    })
}

/// The Python that has Presidio.
fn python_peer() -> Result<PathBuf> {
    let folder = places::state().join("peers");
    let inside = folder.join("python");
    let python = if cfg!(windows) { inside.join("Scripts").join("python.exe") } else { inside.join("bin").join("python") };
    installed(&folder, "python.stamp", PYTHON_PEER, || {
        say("Setting up", "Presidio, with pip: 400 MB under target/");
        let base = if cfg!(windows) { "python" } else { "python3" };
        Command::new(base).args(["-m", "venv"]).arg(&inside).run_aside()?;
        Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PYTHON_PEER]).run_aside()
    })?;
    Ok(python)
}

/// Installs what is wanted, unless exactly that is installed.
fn installed(folder: &Path, stamp: &str, wanted: &str, install: impl FnOnce() -> Result<()>) -> Result<()> {
    fs::create_dir_all(folder)?;
    let stamp = Stamp::at(folder.join(stamp));
    let wanted = fingerprint([wanted.as_bytes()]);
    if stamp.says(&wanted) {
        return Ok(());
    }
    install()?;
    stamp.write(&wanted)
}

const BEGIN: &str = "<!-- bench: ";
const END: &str = "<!-- end -->";

/// A page with each table between its marks, `<!-- bench: NAME -->` and `<!-- end -->`. What was not measured this time stays as it is.
fn filled(page: &str, tables: &Map<String, Value>) -> Result<String> {
    let mut made = String::with_capacity(page.len());
    let mut rest = page;
    while let Some((before, behind)) = rest.split_once(BEGIN) {
        let Some((name, behind)) = behind.split_once(" -->") else { bail!("a mark of the page has no end") };
        let Some((old, behind)) = behind.split_once(END) else { bail!("the table `{name}` of the page has no end") };
        made.push_str(before);
        match tables.get(name).and_then(Value::as_str) {
            Some(table) => made.push_str(&format!("{BEGIN}{name} -->\n{}\n{END}", table.trim_end())),
            None => made.push_str(&format!("{BEGIN}{name} -->{old}{END}")),
        }
        rest = behind;
    }
    made.push_str(rest);
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tables_stand_between_their_marks() {
        let tables = json!({ "one": "| a |\n", "none": "| b |" });
        let page = "# P\n<!-- bench: one -->\nold\n<!-- end -->\ntext\n<!-- bench: two -->\nkept\n<!-- end -->\n";
        let made = filled(page, tables.as_object().unwrap()).unwrap();
        assert_eq!(made, "# P\n<!-- bench: one -->\n| a |\n<!-- end -->\ntext\n<!-- bench: two -->\nkept\n<!-- end -->\n");
        assert_eq!(filled(&made, tables.as_object().unwrap()).unwrap(), made);
        assert!(filled("<!-- bench: one -->\n", &Map::new()).is_err());
    }

    #[test]
    fn the_page_has_a_place_for_every_table() {
        let page = fs::read_to_string(places::root().join("www").join("screen.md")).unwrap();
        for name in ["kinds", "phones", "numbers", "speed", "development", "held-out", "descriptors", "long"] {
            assert!(page.contains(&format!("{BEGIN}{name} -->")), "{name}");
        }
        assert!(filled(&page, &Map::new()).unwrap() == page);
    }
}
