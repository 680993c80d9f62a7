//! The command line: what may be asked for, and how that is read.

use std::ffi::OsString;
use std::time::Duration;

use crate::bench::BENCHES;
use crate::fuzz;
use crate::steps::STEPS;

pub const USAGE: &str = "\
usage: cargo xtask COMMAND

  demo [--headless]          build, open Chromium with the extension on a sample profile, capture it, verify the log
  test [--only STEP]...      run everything that must pass, or some steps of it
  build                      make dist/extension/ (to load unpacked), the archive for the store, and dist/npm/ (for npm)
  capture PAGE.html --url URL [--policy P.json] [--json]
                             capture a saved page in Chromium as if it were at URL
  capture --batch LIST.jsonl capture many pages, one JSON document a line
  bench [NAME] [--json]      measure beside others, and show the size budgets
  interop [--record]         have Go's sumdb read our logs and proofs, and read its own; --record keeps what it made
  fuzz [--seconds N] [TARGET]
                             look for inputs that break the guard, for 60 seconds a target
  mutants [--jobs N]         change the judgement in every small way and name what no test notices; takes long
  setup                      only install what the other commands would install";

/// What was asked for.
#[derive(Debug, PartialEq)]
pub enum Command {
    Help,
    Setup,
    Build,
    Demo {
        headless: bool,
    },
    /// The script reads these itself.
    Capture(Vec<OsString>),
    Test {
        only: Vec<String>,
    },
    Bench {
        name: Option<String>,
        json: bool,
    },
    Fuzz {
        target: Option<String>,
        time: Duration,
    },
    Interop {
        record: bool,
    },
    Mutants {
        jobs: Option<u32>,
    },
}

impl Command {
    /// Reads the words after `cargo xtask`; the error is for people.
    pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut words = words.into_iter();
        let Some(command) = words.next() else {
            return Err("no command given".to_owned());
        };
        let command = command.to_string_lossy().into_owned();
        if command == "capture" {
            return Ok(Self::Capture(words.collect()));
        }
        let mut words = words.map(|word| word.to_string_lossy().into_owned());
        match command.as_str() {
            "help" | "--help" | "-h" => Ok(Self::Help),
            "setup" => no_more(words, Self::Setup),
            "build" => no_more(words, Self::Build),
            "demo" => {
                let mut headless = false;
                for word in words {
                    match word.as_str() {
                        "--headless" => headless = true,
                        _ => return Err(unexpected(&word)),
                    }
                }
                Ok(Self::Demo { headless })
            }
            "test" => {
                let mut only = Vec::new();
                while let Some(word) = words.next() {
                    match word.as_str() {
                        "--only" => only.push(step(words.next())?),
                        _ => return Err(unexpected(&word)),
                    }
                }
                Ok(Self::Test { only })
            }
            "bench" => {
                let (mut name, mut json) = (None, false);
                for word in words {
                    match word.as_str() {
                        "--json" => json = true,
                        known if name.is_none() && names(&BENCHES, |bench| bench.name).contains(&known) => {
                            name = Some(word);
                        }
                        _ => {
                            let names = names(&BENCHES, |bench| bench.name).join(", ");
                            return Err(format!("`bench` takes `--json` and one of {names}, not `{word}`"));
                        }
                    }
                }
                Ok(Self::Bench { name, json })
            }
            "fuzz" => {
                let (mut target, mut time) = (None, fuzz::USUAL);
                while let Some(word) = words.next() {
                    match word.as_str() {
                        "--seconds" => time = Duration::from_secs(number("--seconds", words.next())?.into()),
                        known if target.is_none() && fuzz::TARGETS.contains(&known) => target = Some(word),
                        _ => {
                            let names = fuzz::TARGETS.join(", ");
                            return Err(format!("`fuzz` takes `--seconds N` and one of {names}, not `{word}`"));
                        }
                    }
                }
                Ok(Self::Fuzz { target, time })
            }
            "interop" => {
                let mut record = false;
                for word in words {
                    match word.as_str() {
                        "--record" => record = true,
                        _ => return Err(unexpected(&word)),
                    }
                }
                Ok(Self::Interop { record })
            }
            "mutants" => {
                let mut jobs = None;
                while let Some(word) = words.next() {
                    match word.as_str() {
                        "--jobs" => jobs = Some(number("--jobs", words.next())?),
                        _ => return Err(unexpected(&word)),
                    }
                }
                Ok(Self::Mutants { jobs })
            }
            _ => Err(format!("there is no command `{command}`")),
        }
    }
}

fn no_more(mut words: impl Iterator<Item = String>, command: Command) -> Result<Command, String> {
    match words.next() {
        Some(word) => Err(unexpected(&word)),
        None => Ok(command),
    }
}

fn unexpected(word: &str) -> String {
    format!("`{word}` is not expected here")
}

fn names<T>(table: &[T], name: impl Fn(&T) -> &'static str) -> Vec<&'static str> {
    table.iter().map(name).collect()
}

/// What stands behind an option that takes a number; none of them makes sense with 0.
fn number(option: &str, word: Option<String>) -> Result<u32, String> {
    let number = word.and_then(|word| word.parse().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| format!("`{option}` takes a number above 0"))
}

fn step(word: Option<String>) -> Result<String, String> {
    let names = names(&STEPS, |step| step.name);
    match word {
        Some(name) if names.contains(&name.as_str()) => Ok(name),
        _ => Err(format!("`--only` takes one of {}", names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        Command::parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn every_command_is_read() {
        assert_eq!(parse("build"), Ok(Command::Build));
        assert_eq!(parse("setup"), Ok(Command::Setup));
        assert_eq!(parse("demo"), Ok(Command::Demo { headless: false }));
        assert_eq!(parse("demo --headless"), Ok(Command::Demo { headless: true }));
        assert_eq!(parse("test"), Ok(Command::Test { only: Vec::new() }));
        assert_eq!(parse("test --only fmt --only types"), Ok(Command::Test { only: vec!["fmt".to_owned(), "types".to_owned()] }));
        assert_eq!(parse("bench inspect --json"), Ok(Command::Bench { name: Some("inspect".to_owned()), json: true }));
        assert_eq!(parse("bench"), Ok(Command::Bench { name: None, json: false }));
        assert_eq!(parse("bench judge"), Ok(Command::Bench { name: Some("judge".to_owned()), json: false }));
        assert_eq!(parse("bench screen"), Ok(Command::Bench { name: Some("screen".to_owned()), json: false }));
        assert_eq!(parse("fuzz"), Ok(Command::Fuzz { target: None, time: Duration::from_secs(60) }));
        let ten = Duration::from_secs(10);
        assert_eq!(parse("fuzz --seconds 10 policy"), Ok(Command::Fuzz { target: Some("policy".to_owned()), time: ten }));
        assert_eq!(parse("bench ledger"), Ok(Command::Bench { name: Some("ledger".to_owned()), json: false }));
        assert_eq!(parse("interop"), Ok(Command::Interop { record: false }));
        assert_eq!(parse("interop --record"), Ok(Command::Interop { record: true }));
        assert_eq!(parse("mutants"), Ok(Command::Mutants { jobs: None }));
        assert_eq!(parse("mutants --jobs 2"), Ok(Command::Mutants { jobs: Some(2) }));
    }

    #[test]
    fn capture_is_passed_on_untouched() {
        let line = "p.html --url https://example.org/ --json --help";
        assert_eq!(parse(&format!("capture {line}")), Ok(Command::Capture(line.split(' ').map(OsString::from).collect())));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            "",
            "nothing",
            "build --fast",
            "demo now",
            "test --only",
            "test --only all",
            "bench other",
            "interop now",
            "bench inspect inspect",
            "fuzz other",
            "fuzz --seconds",
            "fuzz --seconds 0",
            "mutants 2",
            "mutants --jobs two",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
