//! What the command-line tool does, as functions from arguments to text. Native only.

mod audit;
mod export;
mod jsonc;
mod logs;
mod pages;
mod policy;
mod proofs;
mod screen;
mod site;
mod strip;

pub use pages::inspect_page;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::policy::Settings;
use crate::site::Adapter;

/// The policy of the tools when none is given: professional details, under an invented controller.
pub const SAMPLE_POLICY: &str = include_str!("../../www/policies/professional.json");

/// Why a command did not end well.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// It was called wrongly.
    Usage(String),
    /// It could not do its work.
    Work(String),
    /// It did its work, and what it found is not sound: the answer, as it would have been given otherwise.
    Found(String),
}

/// Runs a command.
///
/// # Errors
/// [`Failure::Usage`] when the arguments are not understood, [`Failure::Work`] when a file cannot be read or a log does not verify,
/// [`Failure::Found`] when a policy or an adapter has errors or a replayed log says something else than its evidence.
pub fn run(arguments: &[String]) -> Result<String, Failure> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["inspect", rest @ ..] => pages::inspect(rest),
        ["evaluate", rest @ ..] => pages::evaluate(rest),
        ["policy", "check", rest @ ..] => policy::check(rest),
        ["policy", "diff", rest @ ..] => policy::diff(rest),
        ["policy", "simulate", rest @ ..] => policy::simulate(rest),
        ["policy", ..] => Err(Failure::Usage("`policy` is followed by `check`, `diff` or `simulate`".into())),
        ["site", "check", rest @ ..] => site::check(rest),
        ["site", "explain", rest @ ..] => site::explain(rest),
        ["site", ..] => Err(Failure::Usage("`site` is followed by `check` or `explain`".into())),
        ["screen", rest @ ..] => screen::screen(rest),
        // For the build of the extension only, so no help names it.
        ["compile-screen"] => screen::compiled(),
        ["strip", rest @ ..] => strip::strip(rest),
        ["verify", rest @ ..] => logs::verify(rest),
        ["prove", rest @ ..] => proofs::prove(rest),
        ["replay", rest @ ..] => logs::replay(rest),
        ["audit", rest @ ..] => audit::audit(rest),
        ["export", rest @ ..] => export::export(rest),
        ["schema", rest @ ..] => schema(rest),
        [] => Err(Failure::Usage("say what to do".into())),
        [other, ..] => Err(misunderstood(other)),
    }
}

fn schema(words: &[&str]) -> Result<String, Failure> {
    let [document] = Words::of(words, &[], &[])?.alone(["which document?"])?;
    let mut schema = match document {
        "policy" => schemars::schema_for!(crate::policy::Policy),
        "adapter" => schemars::schema_for!(Adapter),
        "report" => schemars::schema_for!(crate::guard::Report),
        "facts" => schemars::schema_for!(crate::judge::FactsDocument),
        other => return Err(Failure::Usage(format!("there is no schema called `{other}`"))),
    };
    // In one order, whatever order the maps of this build keep.
    if let Some(parts) = schema.as_object_mut() {
        *parts = parts.iter().map(|(key, part)| (key.clone(), sorted(part))).collect::<BTreeMap<_, _>>().into_iter().collect();
    }
    let text = serde_json::to_string_pretty(&schema).map_err(|error| Failure::Work(error.to_string()))?;
    Ok(text + "\n")
}

/// A document with the keys of every object in order.
fn sorted(json: &Value) -> Value {
    match json {
        Value::Object(parts) => {
            parts.iter().map(|(key, part)| (key.clone(), sorted(part))).collect::<BTreeMap<_, _>>().into_iter().collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// The words behind a command: those that stand alone, options with a value, and options without.
struct Words<'a> {
    alone: Vec<&'a str>,
    values: Vec<(&'a str, &'a str)>,
    flags: Vec<&'a str>,
}

impl<'a> Words<'a> {
    /// Sorts them, if all are known and none stands there twice.
    fn of(words: &[&'a str], valued: &[&str], flags: &[&str]) -> Result<Self, Failure> {
        let mut sorted = Self { alone: Vec::new(), values: Vec::new(), flags: Vec::new() };
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            if sorted.value(word).is_some() || sorted.has(word) {
                return Err(Failure::Usage(format!("`{word}` stands there twice")));
            } else if valued.contains(&word) {
                let value = words.next().ok_or_else(|| Failure::Usage(format!("`{word}` needs a value")))?;
                sorted.values.push((word, value));
            } else if flags.contains(&word) {
                sorted.flags.push(word);
            } else if word.starts_with('-') {
                return Err(misunderstood(word));
            } else {
                sorted.alone.push(word);
            }
        }
        Ok(sorted)
    }

    /// The words that stand alone, if they are as many as are asked for.
    fn alone<const N: usize>(&self, ask: [&str; N]) -> Result<[&'a str; N], Failure> {
        if let Some(other) = self.alone.get(N) {
            return Err(misunderstood(other));
        }
        let missing = ask.get(self.alone.len()).copied().unwrap_or_default();
        self.alone.as_slice().try_into().map_err(|_| Failure::Usage(missing.to_owned()))
    }

    fn value(&self, option: &str) -> Option<&'a str> {
        self.values.iter().find(|(name, _)| *name == option).map(|(_, value)| *value)
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }
}

fn misunderstood(word: &str) -> Failure {
    Failure::Usage(format!("`{word}` is not understood here"))
}

/// The documents that settings are made of.
struct Documents {
    local: Option<String>,
    managed: Option<String>,
}

impl Documents {
    /// Those that `--policy` and `--managed` name. Without a policy it is the sample, unless the organisation's settings are a whole policy.
    fn of(words: &Words<'_>) -> Result<Self, Failure> {
        Self::read(words.value("--policy"), words.value("--managed"))
    }

    fn read(local: Option<&str>, managed: Option<&str>) -> Result<Self, Failure> {
        let managed = managed.map(read_document).transpose()?;
        let stands_alone = managed.as_deref().is_some_and(|text| Settings::of(None, Some(text)).in_force().is_ok());
        let local = match local {
            Some(path) => Some(read_document(path)?),
            None => (!stands_alone).then(|| SAMPLE_POLICY.to_owned()),
        };
        Ok(Self { local, managed })
    }

    fn settings(&self) -> Settings {
        Settings::of(self.local.as_deref(), self.managed.as_deref())
    }
}

fn read_bytes(path: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::Work(format!("cannot read `{path}`: {error}")))
}

/// A saved page. Pages are saved in all encodings; what is not UTF-8 in them is replaced, as a browser would.
fn read_page(path: &str) -> Result<String, Failure> {
    Ok(String::from_utf8_lossy(&read_bytes(path)?).into_owned())
}

/// A text that counts byte by byte.
fn read_text(path: &str) -> Result<String, Failure> {
    String::from_utf8(read_bytes(path)?).map_err(|_| Failure::Work(format!("cannot read `{path}`: it is not UTF-8")))
}

/// A document that people write, without the comments they put in it.
fn read_document(path: &str) -> Result<String, Failure> {
    jsonc::plain(&read_text(path)?).map_err(|problem| Failure::Work(format!("{path}: {problem}")))
}

/// A document as JSON, in one line.
fn written(document: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string(document).map_err(|error| Failure::Work(error.to_string()))?;
    Ok(text + "\n")
}

/// So many of something.
fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
