//! What was decided about a page, and the report that tells of it.

use serde::Serialize;

use crate::judge::Verdict;
use crate::ledger::Entry;
use crate::page::ReadOne;
use crate::site::Page;
use crate::sorted::Map;
use crate::vault::{Card, Commit};
use crate::vocabulary::{Decision, Field};

/// What is kept of an inspection while a person makes up their mind: the evidence, from which the judgement is made again.
///
/// It holds no value of the page, only what the probe saw. Keeping the evidence rather than the verdicts means that a capture
/// never rests on a verdict that somebody wrote into a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Inspection {
    /// The address of the page.
    pub url: String,
    /// Names the inspection.
    pub nonce: String,
    /// The hash of the policy that was in force.
    pub policy: String,
    /// The probe's answer.
    pub sightings: String,
}

crate::json::record!(Inspection { url, nonce, policy, sightings });

/// What was decided about a page. It holds no value of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Names the inspection.
    pub nonce: String,
    /// Fingerprint of everything the judgement rests on.
    pub pin: String,
    /// The address a card would name as its source.
    pub source: String,
    /// The hash of the policy that was in force.
    pub policy: String,
    /// The page.
    pub page: Page,
    /// One verdict for each field there is.
    pub verdicts: Vec<Verdict>,
    /// The nodes that hold what was allowed.
    pub reads: Map<Field, Vec<ReadOne>>,
}

impl Judgement {
    /// Whether there is anything to capture.
    #[must_use]
    pub fn allows_something(&self) -> bool {
        self.verdicts.iter().any(|verdict| verdict.decision == Decision::Allow)
    }

    /// The report of this judgement, with nothing captured yet.
    #[must_use]
    pub fn report(&self) -> Report {
        Report { page: self.page.clone(), verdicts: self.verdicts.clone(), card: None, log: None }
    }
}

/// The document that every face of Scruple shows: what the page is, every verdict, and after a capture the card and its entry.
/// Its JSON Schema is `www/schema/report.schema.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The page.
    pub page: Page,
    /// One verdict for each field there is.
    pub verdicts: Vec<Verdict>,
    /// What was kept.
    pub card: Option<Card>,
    /// The entry that proves it.
    pub log: Option<LogPosition>,
}

/// Where in the log an entry stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LogPosition {
    /// Its index.
    pub index: u64,
    /// Entries in the log with it.
    pub size: u64,
    /// The root of the log with it.
    pub root: String,
    /// The entry.
    pub entry: Entry,
}

impl Report {
    /// This report with what was committed.
    #[must_use]
    pub fn with(self, commit: Commit) -> Self {
        let root = commit.root();
        let log = LogPosition { index: commit.entry.index, size: commit.tree.size(), root, entry: commit.entry };
        Self { card: commit.card, log: Some(log), ..self }
    }
}
