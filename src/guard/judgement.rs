//! What was decided about a page, and the report that tells of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::judge::Verdict;
use crate::ledger::Entry;
use crate::page::ReadOne;
use crate::site::Page;
use crate::vault::{Card, Commit};
use crate::vocabulary::{Decision, Field};

/// What was decided about a page. It holds no value of the page, so it may be kept while a person makes up their mind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    pub reads: BTreeMap<Field, Vec<ReadOne>>,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
