//! Verdicts: on a saved page, and on facts from elsewhere.

use serde::Serialize;

use super::{Documents, Failure, Words, read_document, read_page, read_text, written};
use crate::guard::{Decided, Guard, Moment, Report, Request, Setup, decide};
use crate::json::from_str;
use crate::judge::{FactsDocument, Verdict};
use crate::page::html::SavedPage;
use crate::report::{explain, table, verdict_table, with_messages};
use crate::site::BUILT_IN;
use crate::vault::Commit;
use crate::vocabulary::{Country, Mode};

/// The verdicts on a saved page.
pub(super) fn inspect(words: &[&str]) -> Result<String, Failure> {
    let options = ["--url", "--policy", "--managed", "--marks", "--use", "--country", "--person"];
    let words = Words::of(words, &options, &["--card", "--json"])?;
    let [page] = words.alone(["which page?"])?;
    let url =
        words.value("--url").ok_or_else(|| Failure::Usage("`--url` says at which address the page stood, and is needed".into()))?;
    let country = words.value("--country").map(country).transpose()?;
    let person = words.value("--person").map(person).transpose()?;
    let Documents { local, managed } = Documents::of(&words)?;
    let marks = words.value("--marks").map(read_text).transpose()?;
    let setup = Setup {
        local: local.as_deref(),
        managed: managed.as_deref(),
        marks: marks.as_deref(),
        adapters: BUILT_IN,
        words: crate::screen::BUILT_IN,
    };
    let request =
        Request { url: url.to_owned(), nonce: NONCE.into(), use_id: words.value("--use").map(Into::into), country, person };
    let report = inspect_as(&setup, request, &read_page(page)?, words.has("--card")).map_err(Failure::Work)?;
    if words.has("--json") { written(&report) } else { Ok(table(&report)) }
}

fn country(word: &str) -> Result<Country, Failure> {
    Country::from_word(word)
        .ok_or_else(|| Failure::Usage(format!("`{word}` is no country code: write two capital letters, such as `FR`")))
}

/// People count from 1 where people read it.
pub(super) fn person(word: &str) -> Result<u32, Failure> {
    let number = word.parse::<u32>().ok().and_then(|number| number.checked_sub(1));
    number.ok_or_else(|| Failure::Usage(format!("`{word}` is no person on the page: write 1 for the first, 2 for the second")))
}

/// Nothing is kept here, so the inspection needs no name that nobody could guess: the same page gives the same text.
const NONCE: &str = "saved-page";

/// Judges a saved page as the extension judges an open one; with `card`, also reads and screens what a capture would keep.
///
/// # Errors
/// A sentence when the guard itself cannot work.
pub fn inspect_page(policy: &str, page: &str, url: &str, card: bool) -> Result<Report, String> {
    let setup = Setup { local: Some(policy), adapters: BUILT_IN, words: crate::screen::BUILT_IN, ..Setup::default() };
    inspect_as(&setup, Request { url: url.to_owned(), nonce: NONCE.into(), ..Request::default() }, page, card)
}

fn inspect_as(setup: &Setup<'_>, request: Request, page: &str, card: bool) -> Result<Report, String> {
    let guard = Guard::new(setup)?;
    let mut page = SavedPage::parse(page);
    let sightings = guard.plan(&request).map(|plan| page.inspect(&plan));
    let judgement = guard.judge(&request, sightings.as_deref().map_err(Clone::clone));
    let mut report = judgement.clone().into_report();
    if card && judgement.allows_something() {
        let values = page.read(&judgement.permit());
        let moment = Moment { now: 0, id: "not-stored".into(), salt: "0".repeat(32) };
        let outcome = guard.conclude(&judgement, Ok(&values), &moment);
        report.verdicts.clone_from(&outcome.verdicts);
        let commit = Commit::of(Default::default(), None, outcome.card, outcome.entry, 0).map_err(|error| error.to_string())?;
        report.card = commit.card;
    }
    Ok(with_messages(report))
}

/// What `evaluate --json` prints.
#[derive(Serialize)]
struct Evaluation {
    /// The hash of the settings.
    policy: String,
    /// How strict the guard is on the site.
    mode: Mode,
    verdicts: Vec<Verdict>,
}

/// The verdicts on facts that somebody wrote down.
pub(super) fn evaluate(words: &[&str]) -> Result<String, Failure> {
    let words = Words::of(words, &["--policy", "--managed"], &["--json"])?;
    let [path] = words.alone(["which facts?"])?;
    let settings = Documents::of(&words)?.settings();
    let document: FactsDocument = from_str(&read_document(path)?).map_err(|problem| Failure::Work(format!("{path}: {problem}")))?;
    let facts = document.facts(settings.in_force().ok());
    let Decided { mode, mut verdicts } = decide(settings.in_force(), &facts);
    explain(&mut verdicts);
    if words.has("--json") {
        return written(&Evaluation { policy: settings.hash().to_owned(), mode, verdicts });
    }
    Ok(verdict_table(mode, &verdicts))
}
