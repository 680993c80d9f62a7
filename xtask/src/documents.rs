//! The types that JavaScript has of the documents: made from their JSON Schemas, so that they are those of the guard.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::package::write_if_changed;
use crate::places;
use crate::run::{Run, node, say};
use crate::stamp::{Stamp, fingerprint};

/// The documents that JavaScript hands in or gets.
const DOCUMENTS: [&str; 3] = ["report", "policy", "facts"];

/// What each file begins with; `NAME` stands for the document.
const BANNER: &str = "// Made by `cargo xtask build` from www/schema/NAME.schema.json.";

/// How the tool is run: what a schema does not name is not there.
const OPTIONS: [&str; 1] = ["--no-additionalProperties"];

/// Makes one file of types for each document, unless they are from these schemas already. Whoever calls this has the turn to build.
pub fn make_types() -> Result<()> {
    let folder = places::document_types();
    let mut schemas = Vec::new();
    for name in DOCUMENTS {
        let path = places::schemas().join(format!("{name}.schema.json"));
        schemas.push(fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?);
    }
    let lock = fs::read(places::root().join("package-lock.json"))?;
    let recipe = [lock.as_slice(), BANNER.as_bytes()].into_iter().chain(OPTIONS.map(str::as_bytes));
    let source = fingerprint(recipe.chain(schemas.iter().map(Vec::as_slice)));
    let stamp = Stamp::at(places::state().join("documents.stamp"));
    let made = || {
        let read = |name| fs::read(folder.join(format!("{name}.d.ts"))).ok();
        let files = DOCUMENTS.into_iter().map(read).collect::<Option<Vec<_>>>()?;
        Some(format!("{source} {}", fingerprint(files.iter().map(Vec::as_slice))))
    };
    if made().is_some_and(|made| stamp.says(&made)) {
        return Ok(());
    }

    say("Typing", "the documents, with json-schema-to-typescript");
    let workshop = places::state().join("documents");
    fs::create_dir_all(&workshop)?;
    for (name, schema) in DOCUMENTS.into_iter().zip(&schemas) {
        let schema: Value = serde_json::from_slice(schema).with_context(|| format!("the schema `{name}` is not JSON"))?;
        let prepared = workshop.join(format!("{name}.json"));
        fs::write(&prepared, with_bare_references(schema).to_string())?;
        let typed = workshop.join(format!("{name}.d.ts"));
        node(places::node_package("json-schema-to-typescript/dist/src/cli.js"))
            .arg("--input")
            .arg(&prepared)
            .arg("--output")
            .arg(&typed)
            .args(OPTIONS)
            .args(["--bannerComment", &BANNER.replace("NAME", name)])
            .current_dir(places::root())
            .run_aside()?;
        write_if_changed(&folder.join(format!("{name}.d.ts")), &fs::read(&typed)?)?;
    }
    stamp.write(&made().context("the generated types have gone")?)
}

/// The same schema, with nothing beside any `$ref`. Where something stands beside it, such as what a property is for, the tool copies
/// the type instead of naming it, and makes a second one under another name.
fn with_bare_references(schema: Value) -> Value {
    match schema {
        Value::Array(items) => items.into_iter().map(with_bare_references).collect(),
        Value::Object(members) => {
            let mut members: Map<_, _> = members.into_iter().map(|(key, value)| (key, with_bare_references(value))).collect();
            if members.len() > 1
                && members.get("$ref").is_some_and(Value::is_string)
                && let Some(reference) = members.remove("$ref")
            {
                let bare = Value::Object(Map::from_iter([("$ref".to_owned(), reference)]));
                members.insert("allOf".to_owned(), Value::Array(vec![bare]));
            }
            Value::Object(members)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_stands_beside_a_reference() {
        let schema = json!({
            "properties": {
                "page": { "description": "The page.", "$ref": "#/$defs/Page" },
                "lines": { "items": { "$ref": "#/$defs/Line" } },
                "$ref": { "type": "string" },
            },
        });
        let prepared = json!({
            "properties": {
                "page": { "description": "The page.", "allOf": [{ "$ref": "#/$defs/Page" }] },
                "lines": { "items": { "$ref": "#/$defs/Line" } },
                // A property of that name is no reference.
                "$ref": { "type": "string" },
            },
        });
        assert_eq!(with_bare_references(schema), prepared);
    }
}
