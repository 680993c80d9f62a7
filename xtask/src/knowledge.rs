//! What the guard knows, as it ships: documents one a line, beside the guard, without what only people and tests read of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::artifact;
use crate::package::write_if_changed;
use crate::places;
use crate::run::Run;

/// What does not ship: the schema is for editors, the cases are for the tests, and what a document says of itself is for people.
const LEFT_OUT: [&str; 3] = ["$schema", "cases", "says"];

/// Brings the files up to date.
pub fn ship() -> Result<()> {
    let src = places::root().join("src");
    // The order of adapters means nothing, as no two of them name the same host.
    let mut adapters = String::new();
    for path in documents(&src.join("site"))? {
        adapters.push_str(&line(&path)?);
    }
    write_if_changed(&places::guard().join("adapters.jsonl"), adapters.as_bytes())?;

    // What the screen knows ships compiled, by the code that also reads it.
    let screen = Command::new(artifact::native_tool()?).arg("compile-screen").read()?;
    write_if_changed(&places::guard().join("screen.jsonl"), screen.as_bytes())
}

/// The documents of a folder, in the order of their names.
fn documents(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        bail!("there is no document in `{}`", folder.display());
    }
    paths.sort();
    Ok(paths)
}

/// A document on a line of its own.
fn line(path: &Path) -> Result<String> {
    let line = shipped(&fs::read(path)?).with_context(|| format!("cannot ship `{}`", path.display()))?;
    Ok(line + "\n")
}

fn shipped(text: &[u8]) -> Result<String> {
    let mut document: Value = serde_json::from_slice(text)?;
    let parts = document.as_object_mut().context("a document is an object")?;
    for part in LEFT_OUT {
        parts.shift_remove(part);
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_guard_needs_ships_on_one_line() {
        let text = b"{\n  \"$schema\": \"a\",\n  \"id\": \"x\",\n  \"cases\": [1],\n  \"says\": \"a\",\n  \"what\": \"two\\nlines\",\n  \"at\": {\"z\": 1, \"a\": 2}\n}\n";
        assert_eq!(shipped(text).unwrap(), r#"{"id":"x","what":"two\nlines","at":{"z":1,"a":2}}"#);
        assert!(shipped(b"[]").is_err());
    }
}
