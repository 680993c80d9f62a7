//! The adapters as they ship: one a line, beside the guard, without what only people and tests read of them.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::package::write_if_changed;
use crate::places;

/// What does not ship: the schema is for editors, the cases are for the tests.
const LEFT_OUT: [&str; 2] = ["$schema", "cases"];

/// Brings the file of adapters up to date. Their order means nothing, as no two of them name the same host; it is that of their files.
pub fn ship() -> Result<()> {
    let folder = places::root().join("src").join("site");
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot list `{}`", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        bail!("there is no adapter in `{}`", folder.display());
    }
    paths.sort();
    let mut lines = String::new();
    for path in paths {
        let line = shipped(&fs::read(&path)?).with_context(|| format!("cannot ship the adapter `{}`", path.display()))?;
        lines.push_str(&line);
        lines.push('\n');
    }
    write_if_changed(&places::guard().join("adapters.jsonl"), lines.as_bytes())
}

fn shipped(text: &[u8]) -> Result<String> {
    let mut adapter: Value = serde_json::from_slice(text)?;
    let parts = adapter.as_object_mut().context("an adapter is an object")?;
    for part in LEFT_OUT {
        parts.shift_remove(part);
    }
    Ok(adapter.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_guard_needs_ships_on_one_line() {
        let text = b"{\n  \"$schema\": \"a\",\n  \"id\": \"x\",\n  \"cases\": [1],\n  \"says\": \"two\\nlines\",\n  \"at\": {\"z\": 1, \"a\": 2}\n}\n";
        assert_eq!(shipped(text).unwrap(), r#"{"id":"x","says":"two\nlines","at":{"z":1,"a":2}}"#);
        assert!(shipped(b"[]").is_err());
    }
}
