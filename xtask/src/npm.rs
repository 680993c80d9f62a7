//! The package for npm: `dist/npm/`, as `npm publish` takes it. What is in it, and where, is said by `npm/layout.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::documents;
use crate::package::{Files, collect, mirror};
use crate::places;
use crate::run::{Run, node, say};
use crate::stamp::{Stamp, fingerprint, take_turn};
use crate::wasm::{self, Built};

/// What stands in `npm/package.json` where the version belongs: the version is that of the crate.
const NO_VERSION: &str = r#""version": "0.0.0""#;

/// Where the files and folders of the repository go in the package.
type Layout = BTreeMap<String, String>;

/// Builds the extension and, from the same wasm, the package.
pub fn build() -> Result<Built> {
    let built = wasm::build()?;
    let _turn = take_turn()?;
    documents::make_types()?;
    let layout = layout()?;
    let mut files = gather(&layout)?;
    set_version(&mut files, &built.version)?;
    for (place, bytes) in declarations()? {
        let Some(to) = place_of_types(&layout, &place) else {
            bail!("the package needs the types `{place}`, but `npm/layout.json` has no place for what they belong to");
        };
        if files.insert(to, bytes).is_some() {
            bail!("`{place}` is written by hand and made from the sources");
        }
    }
    mirror(&files, &folder())?;
    Ok(built)
}

/// The folder that is the package.
pub fn folder() -> PathBuf {
    places::dist().join("npm")
}

fn layout() -> Result<Layout> {
    let text = fs::read_to_string(places::npm().join("layout.json")).context("cannot read `npm/layout.json`")?;
    serde_json::from_str(&text).context("`npm/layout.json` does not map texts to texts")
}

fn gather(layout: &Layout) -> Result<Files> {
    let mut files = Files::new();
    for (from, to) in layout {
        let path = places::root().join(from);
        let found = if path.is_dir() {
            collect(&path, ships)?.into_iter().map(|(place, bytes)| (format!("{to}/{place}"), bytes)).collect()
        } else {
            Files::from([(to.clone(), fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?)])
        };
        for (place, bytes) in found {
            if files.contains_key(&place) {
                bail!("`npm/layout.json` puts two files at `{place}`");
            }
            files.insert(place, bytes);
        }
    }
    Ok(files)
}

/// Dotfiles are for the tools of those who made them. Types are for those who use the package.
fn ships(name: &str) -> bool {
    !name.starts_with('.')
}

/// The text is kept as it is, because the order in it means something: of the ways to load a module the first that fits is taken.
fn set_version(files: &mut Files, version: &str) -> Result<()> {
    let manifest = files.get_mut("package.json").context("`npm/layout.json` names no `package.json`")?;
    let text = str::from_utf8(manifest).context("`npm/package.json` is not UTF-8")?;
    if text.matches(NO_VERSION).count() != 1 {
        bail!("`npm/package.json` must say `{NO_VERSION}`, once: the version comes from Cargo.toml");
    }
    let filled = text.replace(NO_VERSION, &format!(r#""version": "{version}""#));
    let read: Value = serde_json::from_str(&filled).context("`npm/package.json` is not JSON")?;
    if read.get("version").and_then(Value::as_str) != Some(version) {
        bail!("`npm/package.json` says its version at the wrong place");
    }
    *manifest = filled.into_bytes();
    Ok(())
}

/// The types of the package's own sources, by their place in the repository; made anew only if something changed.
fn declarations() -> Result<Files> {
    let workshop = places::state().join("npm-types");
    let everything = |_: &str| true;
    let mut source = vec![fs::read(places::root().join("package-lock.json"))?];
    for folder in [places::extension(), places::npm()] {
        for (place, bytes) in collect(&folder, everything)? {
            if [".js", ".ts", ".json"].iter().any(|ending| place.ends_with(ending)) {
                source.extend([place.into_bytes(), bytes]);
            }
        }
    }
    let source = fingerprint(source.iter().map(Vec::as_slice));
    let stamp = Stamp::at(places::state().join("npm-types.stamp"));
    let read = || -> Result<(Files, String)> {
        let files = collect(&workshop, everything)?;
        let made = fingerprint(files.iter().flat_map(|(place, bytes)| [place.as_bytes(), bytes]));
        Ok((files, format!("{source} {made}")))
    };
    if let Ok((files, made)) = read()
        && stamp.says(&made)
    {
        return Ok(files);
    }

    say("Typing", "the package, with tsc");
    if workshop.exists() {
        fs::remove_dir_all(&workshop)?;
    }
    node(places::node_package("typescript/bin/tsc"))
        .arg("-p")
        .arg(places::npm().join("tsconfig.json"))
        .arg("--rootDir")
        .arg(places::root())
        .arg("--outDir")
        .arg(&workshop)
        .args(["--newLine", "lf"])
        .current_dir(places::root())
        .run_aside()?;
    let (files, made) = read()?;
    stamp.write(&made)?;
    Ok(files)
}

/// Where the types of a source go: beside the source.
fn place_of_types(layout: &Layout, types: &str) -> Option<String> {
    let source = format!("{}.js", types.strip_suffix(".d.ts")?);
    let place = layout.iter().find_map(|(from, to)| {
        let inside = source.strip_prefix(from)?;
        (inside.is_empty() || inside.starts_with('/')).then(|| format!("{to}{inside}"))
    })?;
    let place = Path::new(&place).with_extension("d.ts");
    Some(place.to_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_filled_in_and_nothing_else_changes() {
        let text = "{\n  \"name\": \"scruple\",\n  \"version\": \"0.0.0\",\n  \"exports\": { \"types\": \"./a\", \"default\": \"./b\" }\n}\n";
        let mut files = Files::from([("package.json".to_owned(), text.as_bytes().to_vec())]);
        set_version(&mut files, "1.2.3").unwrap();
        assert_eq!(files["package.json"], text.replace("0.0.0", "1.2.3").as_bytes());
        // It is no longer there to be filled in.
        assert!(set_version(&mut files, "1.2.3").is_err());
        let nested = br#"{"peer":{"version": "0.0.0"}}"#.to_vec();
        assert!(set_version(&mut Files::from([("package.json".to_owned(), nested)]), "1.2.3").is_err());
        assert!(set_version(&mut Files::new(), "1.2.3").is_err());
    }

    #[test]
    fn types_stand_beside_what_they_belong_to() {
        let layout = Layout::from([
            ("extension/guard".to_owned(), "guard".to_owned()),
            ("npm/worker.js".to_owned(), "worker/index.js".to_owned()),
        ]);
        let place = |types| place_of_types(&layout, types);
        assert_eq!(place("extension/guard/index.d.ts").as_deref(), Some("guard/index.d.ts"));
        assert_eq!(place("extension/guard/wasm/a.d.ts").as_deref(), Some("guard/wasm/a.d.ts"));
        assert_eq!(place("npm/worker.d.ts").as_deref(), Some("worker/index.d.ts"));
        assert_eq!(place("extension/guardian.d.ts"), None);
        assert_eq!(place("extension/guard/index.js"), None);
    }
}
