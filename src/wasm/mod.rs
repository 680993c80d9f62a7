//! The only door to JavaScript: turns calls into calls of the guard, and promises into answers with a time limit. No decisions here.

mod chance;
mod probe;
mod store;

use js_sys::Function;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::guard::{Guard, Inspection, Judgement, Moment, Report};
use crate::json::from_str;
use crate::json::to_canonical;
use crate::judge::deny_all;
use crate::ledger::export;
use crate::page::Fault;
use crate::policy::{self, Policy};
use crate::vault::Commit;
use crate::vocabulary::Code;

use store::Store;

/// What an inspection gives back.
#[derive(Serialize)]
struct Inspected {
    /// The report, as JSON text.
    report: String,
    /// To be handed to `capture`; holds no value. Absent when there is nothing to capture.
    inspection: Option<String>,
    /// What went wrong beside the verdicts.
    problem: Option<Problem>,
}

/// What a capture gives back.
#[derive(Serialize)]
struct Captured {
    /// The report, as JSON text.
    report: String,
    problem: Option<Problem>,
}

/// Something that went wrong, by its reason code and in our own words.
#[derive(Serialize)]
struct Problem {
    code: Code,
    detail: String,
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self { code: fault.code, detail: fault.what }
    }
}

/// What a check of a policy gives back.
#[derive(Serialize)]
struct Checked {
    hash: String,
    problems: Vec<String>,
}

/// Judges the page at `url`. `ask` sends a message to the probe and promises its answer.
///
/// A page on which nothing may be taken is noted in the log at once.
///
/// # Errors
/// Only when the built-in adapters are broken; everything else is a denial.
#[wasm_bindgen]
pub async fn inspect(policy: Option<String>, url: String, ask: Function) -> Result<JsValue, JsError> {
    let guard = guard(policy.as_deref())?;
    let drawn = chance::hex16();
    let nonce = drawn.as_deref().unwrap_or_default().to_owned();
    let sightings = match drawn.and_then(|nonce| guard.plan(&url, &nonce)) {
        Ok(plan) => probe::ask(&ask, &plan, Code::SiteUnsupported).await,
        Err(fault) => Err(fault),
    };
    let judgement = guard.judge(&url, &nonce, sightings.as_deref().map_err(Clone::clone));
    let mut problem = sightings.as_ref().err().cloned().map(Problem::from).or_else(|| policy_problem(&guard));
    if let (true, Ok(sightings)) = (judgement.allows_something(), sightings) {
        let inspection = Inspection { url, nonce, policy: judgement.policy.clone(), sightings };
        return to_js(&Inspected { report: text_of(&judgement.report())?, inspection: to_canonical(&inspection).ok(), problem });
    }
    let mut report = judgement.report();
    // Nothing is known of a page without adapter (a page of the browser itself), so there is nothing to note either.
    if !judgement.page.adapter.is_empty() {
        let entry = guard.refused(&judgement, chance::now());
        match Store::open().await {
            Ok(store) => match store.commit(&judgement.source, None, entry, chance::now()).await {
                Ok(commit) => report = report.with(commit),
                Err(fault) => problem = Some(fault.into()),
            },
            Err(fault) => problem = Some(fault.into()),
        }
    }
    to_js(&Inspected { report: text_of(&report)?, inspection: None, problem })
}

/// Reads what an inspection allows, screens it, commits card and entry in one transaction, and only then gives the card back.
///
/// # Errors
/// When `inspection` is not one that [`inspect`] gave, or the built-in adapters are broken. A page that changed, a probe that is silent
/// and a store that fails are denials.
#[wasm_bindgen]
pub async fn capture(policy: Option<String>, inspection: String, ask: Function) -> Result<JsValue, JsError> {
    let guard = guard(policy.as_deref())?;
    let inspection: Inspection = from_str(&inspection).map_err(|_| JsError::new("this is not an inspection"))?;
    let judgement = guard.judge_again(&inspection);
    let (values, moment) = match chance::moment() {
        Ok(moment) => (probe::ask(&ask, &judgement.permit(), Code::GuardChanged).await, moment),
        // Nothing is read, so nothing will be named or salted.
        Err(fault) => (Err(fault), Moment { now: chance::now(), id: String::new(), salt: String::new() }),
    };
    let outcome = guard.conclude(&judgement, values.as_deref().map_err(Clone::clone), &moment);
    let mut report = judgement.report();
    report.verdicts.clone_from(&outcome.verdicts);
    let problem = match commit(&judgement, outcome.card, outcome.entry).await {
        Ok(commit) => {
            report = report.with(commit);
            values.err().map(Problem::from)
        }
        Err(fault) => {
            // No entry, no value: what was read is dropped here.
            report.verdicts = deny_all(&fault);
            Some(fault.into())
        }
    };
    to_js(&Captured { report: text_of(&report)?, problem })
}

async fn commit(judgement: &Judgement, card: Option<crate::vault::Card>, entry: crate::ledger::Entry) -> Result<Commit, Fault> {
    Store::open().await?.commit(&judgement.source, card, entry, chance::now()).await
}

/// Checks a policy document.
///
/// # Errors
/// Only when the answer cannot be handed over.
#[wasm_bindgen(js_name = checkPolicy)]
pub fn check_policy(text: &str) -> Result<JsValue, JsError> {
    let problems = Policy::parse(text).err().unwrap_or_default();
    to_js(&Checked { hash: policy::hash(text), problems })
}

/// The newest entries of the log, newest first, each in its canonical text.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = newestEntries)]
pub async fn newest_entries(count: u32) -> Result<Vec<String>, JsError> {
    let (_, lines) = Store::open().await?.entries(Some(count)).await?;
    Ok(lines.into_iter().rev().collect())
}

/// The whole log as it is handed to whoever checks it.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = exportLog)]
pub async fn export_log() -> Result<String, JsError> {
    let (tree, lines) = Store::open().await?.entries(None).await?;
    Ok(export(&lines, &tree))
}

/// Deletes every card whose time is over, and says how many there were.
///
/// # Errors
/// When the store cannot be written.
#[wasm_bindgen]
pub async fn purge() -> Result<u32, JsError> {
    Ok(Store::open().await?.purge(chance::now()).await?)
}

fn guard(policy: Option<&str>) -> Result<Guard, JsError> {
    Guard::new(policy).map_err(|what| JsError::new(&what))
}

/// What the person at the screen is told of a policy that cannot be used; the settings show what is wrong with it.
fn policy_problem(guard: &Guard) -> Option<Problem> {
    let fault = guard.policy_fault()?;
    let detail = if fault.code == Code::GuardError { "policy_broken" } else { "policy_missing" };
    Some(Problem { code: fault.code, detail: detail.into() })
}

fn text_of(report: &Report) -> Result<String, JsError> {
    to_canonical(report).map_err(|_| JsError::new("the report cannot be written"))
}

fn to_js<T: Serialize>(value: &T) -> Result<JsValue, JsError> {
    value.serialize(&Serializer::json_compatible()).map_err(|_| JsError::new("the answer cannot be handed over"))
}
