//! What is handed out: `dist/extension/` to load unpacked, and the archive for the store. The package for npm is made in `npm.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::places;

/// Files of something that is handed out: their bytes by their place in it. Sorted, so that everything made of them is too.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Brings `dist/` up to date and returns the folder to load.
pub fn assemble(version: &str) -> Result<PathBuf> {
    let files = collect(&places::extension(), ships)?;
    check_version(&files, version)?;
    let folder = extension_folder();
    mirror(&files, &folder)?;
    let archive = places::dist().join(format!("scruple-{version}.zip"));
    write_if_changed(&archive, &zip(&files)?)?;
    Ok(folder)
}

/// The folder that Chromium loads.
pub fn extension_folder() -> PathBuf {
    places::dist().join("extension")
}

/// Writes a file unless it has these bytes already: a browser may be reading it.
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}

/// All files in a folder whose own names, and whose folders' names, are accepted.
pub fn collect(root: &Path, ships: fn(&str) -> bool) -> Result<Files> {
    let mut files = Files::new();
    let mut waiting = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = waiting.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                bail!("not a file name to ship: `{}`", entry.path().display());
            };
            if !ships(&name) {
                continue;
            }
            let place = format!("{prefix}{name}");
            if entry.file_type()?.is_dir() {
                waiting.push((entry.path(), format!("{place}/")));
            } else {
                files.insert(place, fs::read(entry.path())?);
            }
        }
    }
    Ok(files)
}

/// Types are for the developers of the extension; dotfiles are for their tools.
fn ships(name: &str) -> bool {
    !name.starts_with('.') && !name.ends_with(".d.ts")
}

fn check_version(files: &Files, version: &str) -> Result<()> {
    let manifest = files.get("manifest.json").context("`extension/manifest.json` is missing")?;
    let manifest: Value = serde_json::from_slice(manifest).context("`extension/manifest.json` is not JSON")?;
    match manifest.get("version").and_then(Value::as_str) {
        Some(found) if found == version => Ok(()),
        found => bail!("`extension/manifest.json` has version `{}`, Cargo.toml has `{version}`", found.unwrap_or_default()),
    }
}

/// Makes a folder hold these files and no others.
pub fn mirror(files: &Files, folder: &Path) -> Result<()> {
    for (place, bytes) in files {
        write_if_changed(&folder.join(place), bytes)?;
    }
    remove_others(files, folder, "")
}

fn remove_others(files: &Files, folder: &Path, prefix: &str) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let place = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            let inside = format!("{place}/");
            if files.keys().any(|file| file.starts_with(&inside)) {
                remove_others(files, &entry.path(), &inside)?;
            } else {
                fs::remove_dir_all(entry.path())?;
            }
        } else if !files.contains_key(&place) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The same files always give the same bytes: sorted, without times, owners or the system's own marks.
fn zip(files: &Files) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (place, bytes) in files {
        archive.start_file(place.as_str(), options)?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &str)]) -> Files {
        entries.iter().map(|(place, text)| ((*place).to_owned(), text.as_bytes().to_vec())).collect()
    }

    /// A folder of this test alone.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn the_archive_depends_on_nothing_but_the_files() {
        let one = files(&[("manifest.json", "{}"), ("background/worker.js", "1;")]);
        let other = files(&[("background/worker.js", "1;"), ("manifest.json", "{}")]);
        let archive = zip(&one).unwrap();
        assert_eq!(archive, zip(&other).unwrap());
        let mut read = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
        let names: Vec<_> = (0..read.len())
            .map(|index| {
                let file = read.by_index(index).unwrap();
                assert_eq!(file.last_modified(), Some(DateTime::default()));
                file.name().unwrap().into_owned()
            })
            .collect();
        assert_eq!(names, ["background/worker.js", "manifest.json"]);
    }

    #[test]
    fn only_what_ships_is_collected() {
        let root = folder("collect");
        for (place, bytes) in files(&[
            ("manifest.json", "{}"),
            (".eslintrc", "{}"),
            (".cache/x.js", "1;"),
            ("guard/wasm/scruple.js", "1;"),
            ("guard/wasm/scruple.d.ts", "1;"),
            ("guard/types/report.d.ts", "1;"),
        ]) {
            write_if_changed(&root.join(place), &bytes).unwrap();
        }
        let found = collect(&root, ships).unwrap();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(found, files(&[("guard/wasm/scruple.js", "1;"), ("manifest.json", "{}")]));
    }

    #[test]
    fn a_mirror_holds_nothing_else() {
        let root = folder("mirror");
        let before = files(&[("a.js", "1;"), ("old/b.js", "1;"), ("kept/c.js", "1;")]);
        let after = files(&[("a.js", "2;"), ("kept/d.js", "1;")]);
        mirror(&before, &root).unwrap();
        mirror(&after, &root).unwrap();
        let found = collect(&root, ships).unwrap();
        let has_old_folder = root.join("old").exists();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(found, after);
        assert!(!has_old_folder);
    }

    #[test]
    fn the_manifest_must_bear_the_version_of_the_crate() {
        let ours = files(&[("manifest.json", r#"{"version":"0.1.0"}"#)]);
        assert!(check_version(&ours, "0.1.0").is_ok());
        assert_eq!(
            check_version(&ours, "0.2.0").unwrap_err().to_string(),
            "`extension/manifest.json` has version `0.1.0`, Cargo.toml has `0.2.0`"
        );
        assert!(check_version(&files(&[]), "0.1.0").is_err());
    }
}
