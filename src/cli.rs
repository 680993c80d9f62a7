//! What the command-line tool does, as functions from arguments to text. Native only.

use crate::guard::{Guard, Moment};
use crate::ledger::verify;
use crate::page::html::SavedPage;
use crate::report::{table, with_messages};
use crate::site::Adapter;
use crate::vault::Commit;

/// The policy of the tools when none is given: professional details, under an invented controller.
pub const SAMPLE_POLICY: &str = include_str!("../www/policies/professional.json");

/// Why a command did not end well.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// It was called wrongly.
    Usage(String),
    /// It could not do its work.
    Work(String),
}

/// Runs a command.
///
/// # Errors
/// [`Failure::Usage`] when the arguments are not understood, [`Failure::Work`] when a file cannot be read or a log does not verify.
pub fn run(arguments: &[String]) -> Result<String, Failure> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["inspect", rest @ ..] => inspect(rest),
        ["verify", log] => verify_log(log),
        ["schema", document] => schema(document),
        [] => Err(Failure::Usage("say what to do".into())),
        [other, ..] => Err(Failure::Usage(format!("`{other}` is not understood here"))),
    }
}

/// What `inspect` was asked.
#[derive(Default)]
struct Inspect<'a> {
    page: Option<&'a str>,
    url: Option<&'a str>,
    policy: Option<&'a str>,
    card: bool,
    json: bool,
}

fn inspect(words: &[&str]) -> Result<String, Failure> {
    let mut asked = Inspect::default();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| Failure::Usage(format!("`{word}` needs a value")));
        match word {
            "--url" => asked.url = Some(value()?),
            "--policy" => asked.policy = Some(value()?),
            "--card" => asked.card = true,
            "--json" => asked.json = true,
            page if !page.starts_with('-') && asked.page.is_none() => asked.page = Some(page),
            other => return Err(Failure::Usage(format!("`{other}` is not understood here"))),
        }
    }
    let page = asked.page.ok_or_else(|| Failure::Usage("which page?".into()))?;
    let url = asked.url.ok_or_else(|| Failure::Usage("`--url` says at which address the page stood, and is needed".into()))?;
    let policy = match asked.policy {
        Some(path) => read(path)?,
        None => SAMPLE_POLICY.to_owned(),
    };
    let report = inspect_page(&policy, &read(page)?, url, asked.card).map_err(Failure::Work)?;
    if !asked.json {
        return Ok(table(&report));
    }
    let text = serde_json::to_string(&report).map_err(|error| Failure::Work(error.to_string()))?;
    Ok(text + "\n")
}

/// Judges a saved page as the extension judges an open one; with `card`, also reads and screens what a capture would keep.
///
/// # Errors
/// A sentence when the guard itself cannot work.
pub fn inspect_page(policy: &str, page: &str, url: &str, card: bool) -> Result<crate::guard::Report, String> {
    const NONCE: &str = "saved-page";
    let guard = Guard::new(Some(policy))?;
    let mut page = SavedPage::parse(page);
    let sightings = guard.plan(url, NONCE).map(|plan| page.inspect(&plan));
    let judgement = guard.judge(url, NONCE, sightings.as_deref().map_err(Clone::clone));
    let mut report = judgement.report();
    if card && judgement.allows_something() {
        let values = page.read(&judgement.permit());
        // Nothing is stored here, so neither time nor chance matters: the same page gives the same text.
        let moment = Moment { now: 0, id: "not-stored".into(), salt: "0".repeat(32) };
        let outcome = guard.conclude(&judgement, Ok(&values), &moment);
        report.verdicts.clone_from(&outcome.verdicts);
        let commit = Commit::of(Default::default(), None, outcome.card, outcome.entry).map_err(|error| error.to_string())?;
        report.card = commit.card;
    }
    Ok(with_messages(report))
}

fn verify_log(path: &str) -> Result<String, Failure> {
    let checked = verify(&read(path)?).map_err(|fault| Failure::Work(format!("log not verified: {path}, {fault}")))?;
    let mut out = String::new();
    for entry in &checked.entries {
        let taken: Vec<&str> = entry.decisions.iter().filter(|line| line.taken).map(|line| line.field.as_str()).collect();
        let held = entry.decisions.iter().filter(|line| line.present && !line.taken).count();
        let what = if taken.is_empty() { "nothing taken".to_owned() } else { format!("took {}", taken.join(", ")) };
        out.push_str(&format!("{}  {}  {} ({}): {what}; {held} held back\n", entry.index, entry.at, entry.page, entry.adapter));
    }
    out.push_str(&format!("root {}\nlog verified: {} entries\n", checked.root, checked.entries.len()));
    Ok(out)
}

fn schema(document: &str) -> Result<String, Failure> {
    let schema = match document {
        "policy" => schemars::schema_for!(crate::policy::Policy),
        "adapter" => schemars::schema_for!(Adapter),
        "report" => schemars::schema_for!(crate::guard::Report),
        other => return Err(Failure::Usage(format!("there is no schema called `{other}`"))),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(|error| Failure::Work(error.to_string()))?;
    Ok(text + "\n")
}

fn read(path: &str) -> Result<String, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::Work(format!("cannot read `{path}`: {error}")))?;
    // Pages are saved in all encodings; what is not UTF-8 in them is replaced, as a browser would.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
