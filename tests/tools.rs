//! The command-line tool, from arguments to text.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "tools/check.rs"]
mod check;
#[path = "tools/diff.rs"]
mod diff;
#[path = "tools/logs.rs"]
mod logs;
#[path = "tools/pages.rs"]
mod pages;
#[path = "judgement/random.rs"]
#[allow(dead_code, reason = "the properties of the judge use all of it")]
mod random;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use scruple::cli::Failure;

/// Runs a command.
fn run(words: &[&str]) -> Result<String, Failure> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    scruple::cli::run(&words)
}

/// Runs a command that answers in JSON, whether it found something or not.
fn json(words: &[&str]) -> serde_json::Value {
    let words = [words, &["--json"]].concat();
    match run(&words) {
        Ok(text) | Err(Failure::Found(text)) => serde_json::from_str(&text).unwrap(),
        Err(failure) => panic!("{words:?}: {failure:?}"),
    }
}

/// The sentence of a command that could not do its work.
fn failed(words: &[&str]) -> String {
    match run(words) {
        Err(Failure::Work(what)) => what,
        other => panic!("{words:?}: {other:?}"),
    }
}

/// A path in the repository.
fn at(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).to_str().unwrap().to_owned()
}

/// A file of which nobody else knows, for as long as this is held.
struct Gone(String);

impl Gone {
    fn of(text: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("tools-{}-{}.json", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, text).unwrap();
        Self(path.to_str().unwrap().to_owned())
    }
}

impl Drop for Gone {
    fn drop(&mut self) {
        // What cannot be removed stays in a folder for such files.
        let _ = fs::remove_file(&self.0);
    }
}

/// A document in the repository, as JSON.
fn document(path: &str) -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(at(path)).unwrap()).unwrap()
}

#[test]
fn what_is_called_wrongly_is_told() {
    for (words, says) in [
        (&[][..], "say what to do"),
        (&["inspekt"], "`inspekt` is not understood here"),
        (&["inspect"], "which page?"),
        (&["inspect", "a.html"], "`--url` says at which address the page stood, and is needed"),
        (&["inspect", "a.html", "--url"], "`--url` needs a value"),
        (&["inspect", "a.html", "--url", "u", "--url", "v"], "`--url` stands there twice"),
        (&["inspect", "a.html", "--json", "--json"], "`--json` stands there twice"),
        (&["inspect", "a.html", "b.html", "--url", "u"], "`b.html` is not understood here"),
        (
            &["inspect", "a.html", "--url", "u", "--country", "fr"],
            "`fr` is no country code: write two capital letters, such as `FR`",
        ),
        (&["evaluate"], "which facts?"),
        (&["policy"], "`policy` is followed by `check`, `diff` or `simulate`"),
        (&["policy", "chekc", "p.json"], "`policy` is followed by `check`, `diff` or `simulate`"),
        (&["policy", "check"], "which policy?"),
        (&["policy", "check", "p.json", "--strict"], "`--strict` is not understood here"),
        (&["policy", "diff", "p.json"], "which policy to compare it with?"),
        (&["policy", "simulate", "p.json"], "which log?"),
        (&["verify"], "which log?"),
        (&["replay", "a", "b"], "`b` is not understood here"),
        (&["schema", "card"], "there is no schema called `card`"),
    ] {
        assert_eq!(run(words), Err(Failure::Usage(says.into())), "{words:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let missing = at("tests/tools/no-such-file.json");
    let broken = Gone::of("");
    fs::write(&broken.0, b"{\"a\": \"\xff\"}").unwrap();
    for (words, path) in [
        (&["policy", "check"][..], &missing),
        (&["policy", "diff", &at("www/policies/professional.json")], &missing),
        (&["policy", "check"], &broken.0),
        (&["evaluate"], &broken.0),
        (&["verify"], &missing),
        (&["replay"], &broken.0),
    ] {
        let told = failed(&[words, &[path]].concat());
        assert!(told.starts_with(&format!("cannot read `{path}`: ")), "{told}");
    }
}
