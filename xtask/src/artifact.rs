//! Builds with cargo and learns from cargo itself where the result is.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::run::{Run, cargo};

/// One file that cargo made.
#[derive(Debug, PartialEq)]
pub struct Artifact {
    pub file: PathBuf,
    /// The version of the package it belongs to.
    pub version: String,
}

/// The command line tool, as the browser scripts use it beside the extension.
pub fn native_tool() -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--package", "scruple", "--bin", "scruple"]);
    Ok(build(&mut command, "scruple", "")?.file)
}

/// Runs a `cargo build` and returns the file of the named target: its executable, or the one with this ending.
pub fn build(command: &mut Command, target: &str, ending: &str) -> Result<Artifact> {
    find(&messages(command)?, target, ending)
}

/// Runs a `cargo build` and returns the executables of the named targets, in that order.
pub fn build_programs(command: &mut Command, targets: &[&str]) -> Result<Vec<PathBuf>> {
    let messages = messages(command)?;
    targets.iter().map(|target| Ok(find(&messages, target, "")?.file)).collect()
}

fn messages(command: &mut Command) -> Result<String> {
    command.arg("--message-format=json-render-diagnostics").read()
}

fn find(messages: &str, target: &str, ending: &str) -> Result<Artifact> {
    for line in messages.lines() {
        let message: Value = serde_json::from_str(line).context("cargo printed broken JSON")?;
        if let Some(found) = artifact(&message, target, ending) {
            return Ok(found);
        }
    }
    bail!("cargo built no `{target}{ending}`")
}

fn artifact(message: &Value, target: &str, ending: &str) -> Option<Artifact> {
    if message.get("reason")? != "compiler-artifact" || message.get("target")?.get("name")? != target {
        return None;
    }
    let file = if ending.is_empty() {
        message.get("executable")?.as_str()?
    } else {
        let files = message.get("filenames")?.as_array()?;
        files.iter().filter_map(Value::as_str).find(|file| file.ends_with(ending))?
    };
    Some(Artifact { file: file.into(), version: version(message.get("package_id")?.as_str()?)?.to_owned() })
}

/// A package id ends in `#1.2.3`, or in `#name@1.2.3`.
fn version(package_id: &str) -> Option<&str> {
    let (_, package) = package_id.rsplit_once('#')?;
    Some(package.rsplit_once('@').map_or(package, |(_, version)| version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_right_file_of_the_right_target_is_taken() {
        let message = json!({
            "reason": "compiler-artifact",
            "package_id": "path+file:///home/ada/scruple#0.1.0",
            "target": { "name": "scruple" },
            "filenames": ["/t/libscruple.rlib", "/t/scruple.wasm"],
            "executable": null,
        });
        let found = artifact(&message, "scruple", ".wasm").unwrap();
        assert_eq!(found.file, PathBuf::from("/t/scruple.wasm"));
        assert_eq!(found.version, "0.1.0");
        assert_eq!(artifact(&message, "scruple", ""), None);
        assert_eq!(artifact(&message, "other", ".wasm"), None);
        assert_eq!(artifact(&json!({"reason": "build-finished"}), "scruple", ""), None);
    }

    #[test]
    fn reads_both_forms_of_a_package_id() {
        assert_eq!(version("path+file:///home/ada/scruple#0.1.0"), Some("0.1.0"));
        assert_eq!(version("path+file:///home/ada/main#scruple@0.2.1"), Some("0.2.1"));
        assert_eq!(version("scruple"), None);
    }
}
