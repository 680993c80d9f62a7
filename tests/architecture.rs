//! The shape of the house: what may know of what.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The room a file belongs to: the folder or file directly below `src`.
fn room(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap();
    path.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

#[test]
fn only_the_wasm_room_knows_a_browser() {
    for path in sources(&root()).into_iter().filter(|path| room(path) != "wasm") {
        let text = fs::read_to_string(&path).unwrap();
        for stranger in ["wasm_bindgen", "web_sys", "js_sys"] {
            assert!(!text.contains(stranger), "{} knows `{stranger}`", path.display());
        }
    }
}

/// The rooms from the ground up. A room may use what stands before it, and nothing behind it.
const FLOORS: [&[&str]; 9] = [
    &["digest", "sorted", "time"],
    &["json"],
    &["vocabulary"],
    &["page", "picture", "screen"],
    &["site", "policy"],
    &["judge"],
    &["ledger", "vault"],
    &["guard"],
    &["wasm", "cli", "export", "report", "bin"],
];

#[test]
fn arrows_run_one_way() {
    let floor = |name: &str| FLOORS.iter().position(|rooms| rooms.contains(&name));
    for path in sources(&root()) {
        let from = room(&path);
        let text = fs::read_to_string(&path).unwrap();
        // Tests may reach for whatever they need.
        let is_test = path.file_name().unwrap() == "tests.rs";
        let code = text.split("#[cfg(test)]").next().unwrap();
        let Some(own) = floor(&from).filter(|_| !is_test) else { continue };
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + 7..];
            let to: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let Some(other) = floor(&to) else { continue };
            assert!(other <= own, "{} reaches up from `{from}` to `{to}`", path.display());
        }
    }
}

#[test]
fn schemas_are_those_of_the_types() {
    for document in ["policy", "adapter", "report", "facts"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("www/schema/{document}.schema.json"));
        let written = fs::read_to_string(&path).unwrap_or_default();
        let made = scruple::cli::run(&["schema".into(), document.into()]).unwrap();
        assert!(written == made, "{} is not up to date: `scruple schema {document}` prints it", path.display());
    }
}

#[test]
fn documents_in_the_repository_follow_their_schemas() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: PathBuf| -> serde_json::Value { serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap() };
    for (schema, folder) in [("policy", "www/policies"), ("adapter", "src/site")] {
        let validator = jsonschema::validator_for(&read(base.join(format!("www/schema/{schema}.schema.json")))).unwrap();
        let files = fs::read_dir(base.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
            let problems: Vec<String> = validator.iter_errors(&read(path.clone())).map(|error| format!("{error}")).collect();
            assert!(problems.is_empty(), "{}: {}", path.display(), problems.join("; "));
        }
    }
}

#[test]
fn the_example_in_the_guide_is_sound() {
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("www/adapters.md")).unwrap();
    let example = guide.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let path = std::env::temp_dir().join(format!("scruple-guide-{}.json", std::process::id()));
    fs::write(&path, example).unwrap();
    let told = scruple::cli::run(&["site".into(), "check".into(), path.display().to_string()]);
    fs::remove_file(&path).unwrap();
    let told = told.unwrap();
    assert!(told.contains(": sound, ") && !told.contains("warning"), "{told}");
}

#[test]
fn every_sentence_of_the_extension_stands_once_in_each_language() {
    let catalogues = Path::new(env!("CARGO_MANIFEST_DIR")).join("extension/_locales");
    let keys = |language: &str| {
        let text = fs::read_to_string(catalogues.join(language).join("messages.json")).unwrap();
        let mut keys: Vec<String> =
            text.lines().filter_map(|line| line.strip_prefix("  \"")?.strip_suffix("\": {")).map(str::to_owned).collect();
        keys.sort();
        let mut once = keys.clone();
        once.dedup();
        assert_eq!(keys, once, "{language}: of two with one key the browser shows the second");
        let read: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(read.len(), keys.len(), "{language}: every key is at the beginning of its line");
        keys
    };
    assert_eq!(keys("en"), keys("fr"));
}
