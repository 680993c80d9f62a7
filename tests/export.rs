//! A log in words and in the formats of others: `scruple audit` and `scruple export`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "export/audit.rs"]
mod audit;
#[path = "export/formats.rs"]
mod formats;
#[path = "judgement/random.rs"]
#[allow(dead_code, reason = "the properties of the judge use all of it")]
mod random;
#[path = "export/sample.rs"]
mod sample;

use scruple::cli::Failure;

/// Runs a command.
fn run(words: &[&str]) -> Result<String, Failure> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    scruple::cli::run(&words)
}

/// What a command says of a log, whether it found it sound or not.
fn told(words: &[&str]) -> String {
    match run(words) {
        Ok(text) | Err(Failure::Found(text)) => text,
        Err(failure) => panic!("{words:?}: {failure:?}"),
    }
}
