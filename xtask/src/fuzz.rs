//! Fuzzing with libFuzzer: plain cargo on the stable compiler, so that nobody has to install a nightly one or cargo-fuzz.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::artifact;
use crate::places::{self, shown};
use crate::run::{self, say};
use crate::setup;
use crate::toolchain;

/// How long a target runs when nobody says otherwise.
pub const USUAL: Duration = Duration::from_secs(60);

/// The names of the programs in `fuzz/fuzz_targets/`.
pub const TARGETS: [&str; 8] = ["log", "note", "picture", "policy", "screen", "screen_document", "settings", "sightings"];

/// What cargo-fuzz passes for a release build without a sanitizer, and checks on top: an overflow or a broken assertion is a find.
const FLAGS: [&str; 10] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg",
    "fuzzing",
    // With several units the pass would keep functions from being inlined across them.
    "-Ccodegen-units=1",
    "-Cdebug-assertions",
    "-Coverflow-checks",
];

/// Longer words are sentences or hashes: no building blocks of a document.
const LONGEST_WORD: usize = 48;

/// How many lines of a failed run are shown.
const SHOWN_LINES: usize = 40;

/// Runs one target, or all one after the other, and prints a line for each. Anything found fails the command, after all have run.
pub fn fuzz(target: Option<&str>, time: Duration) -> Result<()> {
    setup::cpp_compiler()?;
    let wanted: Vec<_> = TARGETS.into_iter().filter(|name| target.is_none_or(|target| target == *name)).collect();
    let programs = build(&wanted)?;
    let mut failed = Vec::new();
    for (name, program) in wanted.iter().zip(programs) {
        say("Fuzzing", format!("`{name}` for {} s", time.as_secs()));
        let outcome = run(name, &program, time)?;
        println!("{}", outcome.line(name));
        if let Outcome::Failed { output, .. } = outcome {
            eprintln!("{}", tail(&output));
            failed.push(*name);
        }
    }
    if !failed.is_empty() {
        bail!("fuzzing found something in {}", failed.join(", "));
    }
    Ok(())
}

/// The manifest of the targets.
pub fn manifest() -> PathBuf {
    places::fuzz().join("Cargo.toml")
}

/// `cargo SUBCOMMAND` for the targets. They are compiled apart from everything else, because of their flags.
pub fn cargo(subcommand: &str) -> Command {
    let mut command = run::cargo();
    command
        .arg(subcommand)
        .arg("--manifest-path")
        .arg(manifest())
        .arg("--target-dir")
        .arg(places::root().join("target").join("fuzz"));
    command
}

fn build(names: &[&str]) -> Result<Vec<PathBuf>> {
    let mut command = cargo("build");
    let mut flags = FLAGS.to_vec();
    if cfg!(target_os = "linux") {
        flags.push("-Cllvm-args=-sanitizer-coverage-stack-depth");
    }
    if cfg!(target_env = "msvc") {
        // The entry point is inside libFuzzer's library, where the linker would not look for it.
        flags.push("-Clink-arg=/include:main");
    }
    command
        .arg("--release")
        .args(names.iter().flat_map(|name| ["--bin", name]))
        // Where a target is named, the flags are kept from build scripts and macros, which could not run with them.
        .args(["--target", &toolchain::host()?])
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    artifact::build_programs(&mut command, names)
}

fn run(name: &str, program: &Path, time: Duration) -> Result<Outcome> {
    let corpus = places::fuzz().join("corpus").join(name);
    let artifacts = places::fuzz().join("artifacts").join(name);
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder)?;
    }
    let seeds = seeds(name, program)?;
    let words = places::state().join(format!("fuzz-{name}.dict"));
    fs::create_dir_all(places::state())?;
    fs::write(&words, dictionary(&seeds)?)?;

    let mut command = Command::new(program);
    command
        .arg(format!("-max_total_time={}", time.as_secs()))
        .args(["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048", "-max_len=16384"])
        .arg(option("-dict=", &words, ""))
        .arg(option("-artifact_prefix=", &artifacts, std::path::MAIN_SEPARATOR_STR))
        // What is new goes into the first folder; the others are only read.
        .arg(corpus)
        .args(seeds)
        .current_dir(places::root());
    let output = command.output().with_context(|| format!("cannot start the fuzz target `{name}`"))?;
    // A page's text in it need not be UTF-8.
    Ok(Outcome::read(output.status.success(), &String::from_utf8_lossy(&output.stderr)))
}

fn option(name: &str, path: &Path, ending: &str) -> std::ffi::OsString {
    let mut option = OsStr::new(name).to_owned();
    option.push(path);
    option.push(ending);
    option
}

/// Where a target starts from: its own seeds, and the documents in the repository that are input for it as they are.
fn seeds(name: &str, program: &Path) -> Result<Vec<PathBuf>> {
    let kept = places::fuzz().join("seeds").join(name);
    match name {
        "policy" => Ok(vec![kept, places::root().join("www").join("policies")]),
        "screen_document" => Ok(vec![kept, places::root().join("src").join("screen").join("data")]),
        // A kept answer to a plan would no longer fit after the next change of an adapter, so the target makes its seeds itself.
        "sightings" => {
            let made = places::state().join("fuzz-seeds").join(name);
            let output = Command::new(program).env("SCRUPLE_SEEDS", &made).output()?;
            if !output.status.success() {
                bail!("the fuzz target `{name}` makes no seeds:\n{}", tail(&String::from_utf8_lossy(&output.stderr)));
            }
            Ok(vec![made])
        }
        _ => Ok(vec![kept]),
    }
}

/// The words that documents are made of, as libFuzzer reads them. It sees comparisons of numbers, not those of texts.
fn dictionary(seeds: &[PathBuf]) -> Result<String> {
    let mut words = BTreeSet::new();
    let mut files = vec![places::schemas().join("policy.schema.json")];
    for folder in seeds {
        for entry in fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))? {
            files.push(entry?.path());
        }
    }
    for file in files {
        // Some seeds are broken on purpose, or are no JSON.
        if let Ok(document) = serde_json::from_slice(&fs::read(file)?) {
            collect_words(&document, &mut words);
        }
    }
    let mut lines = String::new();
    for word in words {
        // As they stand in a document: quoted. Writing to a string cannot fail.
        let _ = writeln!(lines, r#""\"{word}\"""#);
    }
    Ok(lines)
}

fn collect_words(value: &Value, words: &mut BTreeSet<String>) {
    let mut take = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        // What begins with # points to another place of the schema.
        if !text.is_empty() && !text.starts_with('#') && text.len() <= LONGEST_WORD && text.bytes().all(plain) {
            words.insert(text.to_owned());
        }
    };
    match value {
        Value::String(text) => take(text),
        Value::Array(items) => items.iter().for_each(|item| collect_words(item, words)),
        Value::Object(members) => {
            members.keys().for_each(|key| take(key));
            members.values().for_each(|value| collect_words(value, words));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// How a run ended.
#[derive(Debug, PartialEq)]
enum Outcome {
    Clean(Figures),
    Failed {
        /// The file with the input, if libFuzzer got as far as to write it.
        input: Option<PathBuf>,
        output: String,
    },
}

/// What libFuzzer tells of a run; a figure it did not print is missing.
#[derive(Debug, Default, PartialEq)]
struct Figures {
    executions: Option<u64>,
    per_second: Option<u64>,
    /// Places in the code that were reached.
    coverage: Option<u64>,
}

impl Outcome {
    fn read(success: bool, output: &str) -> Self {
        if !success {
            let written = output.lines().find_map(|line| line.split_once("Test unit written to "));
            let input = written.map(|(_, path)| PathBuf::from(path.trim_end()));
            return Self::Failed { input, output: output.to_owned() };
        }
        let figure = |name: &str| output.lines().rev().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        Self::Clean(Figures {
            executions: figure("stat::number_of_executed_units:"),
            per_second: figure("stat::average_exec_per_sec:"),
            coverage: output.lines().rev().find_map(coverage),
        })
    }

    fn line(&self, name: &str) -> String {
        match self {
            Self::Clean(figures) => {
                let text = |figure: Option<u64>| figure.map_or_else(|| "?".to_owned(), |figure| figure.to_string());
                let Figures { executions, per_second, coverage } = figures;
                let (executions, per_second, coverage) = (text(*executions), text(*per_second), text(*coverage));
                format!("{name:<15} {executions:>10} executions {per_second:>8} a second {coverage:>7} covered  no crash")
            }
            Self::Failed { input: Some(input), .. } => format!("{name:<15} CRASH: the input is `{}`", shown(input)),
            Self::Failed { input: None, .. } => format!("{name:<15} FAILED without an input"),
        }
    }
}

/// Reads the figure in `#1234 DONE cov: 567 ft: 890 corp: 12/3Kb`.
fn coverage(line: &str) -> Option<u64> {
    line.strip_prefix('#')?.split_once("cov: ")?.1.split_whitespace().next()?.parse().ok()
}

/// The last lines, where the message of the failure is.
fn tail(output: &str) -> String {
    let lines: Vec<_> = output.lines().collect();
    lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLEAN: &str = "\
#2\tINITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 26Mb
#1012937\tDONE   cov: 1234 ft: 890 corp: 12/3Kb lim: 4096 exec/s: 92085 rss: 28Mb
Done 1012937 runs in 11 second(s)
stat::number_of_executed_units: 1012937
stat::average_exec_per_sec:     92085
stat::new_units_added:          4891
";

    #[test]
    fn the_figures_of_a_clean_run_are_read() {
        let outcome = Outcome::read(true, CLEAN);
        let figures = Figures { executions: Some(1_012_937), per_second: Some(92_085), coverage: Some(1234) };
        assert_eq!(outcome, Outcome::Clean(figures));
        let line = outcome.line("policy");
        let words: Vec<_> = line.split_whitespace().collect();
        assert_eq!(words, "policy 1012937 executions 92085 a second 1234 covered no crash".split(' ').collect::<Vec<_>>());
    }

    #[test]
    fn a_crash_says_where_the_input_is() {
        let input = places::fuzz().join("artifacts").join("policy").join("crash-12");
        let output =
            format!("panicked at src/lib.rs\nartifact_prefix='x'; Test unit written to {}\nBase64: e30=\n", input.display());
        let outcome = Outcome::read(false, &output);
        let shown = Path::new("fuzz").join("artifacts").join("policy").join("crash-12");
        assert!(outcome.line("policy").ends_with(&format!("`{}`", shown.display())));
        assert_eq!(outcome, Outcome::Failed { input: Some(input), output });
    }

    #[test]
    fn a_failure_without_a_find_is_no_success() {
        let outcome = Outcome::read(false, "ParseDictionaryFile: error in line 1\n");
        assert!(outcome.line("policy").contains("FAILED"));
        assert_eq!(tail(&"line\n".repeat(100)).lines().count(), SHOWN_LINES);
        assert_eq!(tail("one\ntwo"), "one\ntwo");
    }

    #[test]
    fn words_come_from_keys_and_values_alike() {
        let mut words = BTreeSet::new();
        collect_words(&json!({ "fields": ["email", "a sentence of words", "q\"", ""], "n": { "deep": 1 } }), &mut words);
        assert_eq!(words.into_iter().collect::<Vec<_>>(), ["deep", "email", "fields", "n"]);
    }

    #[test]
    fn every_target_is_declared() {
        let manifest = fs::read_to_string(manifest()).unwrap();
        for name in TARGETS {
            assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
            assert!(places::fuzz().join("fuzz_targets").join(name).with_extension("rs").is_file(), "{name}");
        }
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
    }
}
