//! What was decided about a page, and the report that tells of it.

use serde::Serialize;

use super::Request;
use crate::judge::{Facts, Verdict};
use crate::ledger::PageEntry;
use crate::page::ReadOne;
use crate::site::Page;
use crate::sorted::Map;
use crate::vault::{Card, Commit};
use crate::vocabulary::{Choice, Decision, Field, Mode};

/// What is kept of an inspection while a person makes up their mind: the evidence, from which the judgement is made again.
///
/// It holds no value of the page, only what the probe saw. Keeping the evidence rather than the verdicts means that a capture
/// never rests on a verdict that somebody wrote into a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Inspection {
    /// What was asked for.
    pub request: Request,
    /// The hash of the settings and marks that were in force.
    pub stamp: String,
    /// The probe's answer.
    pub sightings: String,
}

crate::json::record!(Inspection { request, stamp, sightings });

/// What was decided about a page. It holds no value of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Names the inspection and its decisions.
    pub nonce: String,
    /// Fingerprint of everything the judgement rests on.
    pub pin: String,
    /// The address a card would name as its source.
    pub source: String,
    /// The hash of the settings and marks it stands under.
    pub stamp: String,
    /// The hash of the settings alone, which is what the log names.
    pub policy: String,
    /// How strict the guard is on the site.
    pub mode: Mode,
    /// The page.
    pub page: Page,
    /// What the verdicts rest on.
    pub facts: Facts,
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

    /// The fields that somebody does not want to be used, see [`Code::is_restriction`](crate::vocabulary::Code::is_restriction).
    #[must_use]
    pub fn restricted(&self) -> Choice<Field> {
        let is_restricted = |verdict: &&Verdict| verdict.reasons.iter().any(|reason| reason.code.is_restriction());
        self.verdicts.iter().filter(is_restricted).map(|verdict| verdict.field).collect()
    }

    /// Whether it rests on an answer of the probe that could be read.
    #[must_use]
    pub const fn is_of_an_answer(&self) -> bool {
        !self.pin.is_empty()
    }

    /// The report of this judgement, with nothing captured yet.
    #[must_use]
    pub fn into_report(self) -> Report {
        Report {
            id: self.nonce,
            policy: self.policy,
            use_id: self.facts.use_id,
            mode: self.mode,
            page: self.page,
            verdicts: self.verdicts,
            card: None,
            log: None,
        }
    }
}

/// The document that every face of Scruple shows: what the page is, every verdict, and after a capture the card and its entry.
/// Its JSON Schema is `www/schema/report.schema.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Names the decision; its log entry carries the same.
    pub id: String,
    /// The hash of the settings it was made under.
    pub policy: String,
    /// The use the capture is for; none: the main one.
    #[serde(rename = "use")]
    pub use_id: Option<String>,
    /// How strict the guard is on the site.
    pub mode: Mode,
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
    pub entry: PageEntry,
}

impl Report {
    /// This report with what was committed.
    #[must_use]
    pub fn with(self, commit: Commit) -> Self {
        let root = commit.root();
        let log = LogPosition { index: commit.entry.index, size: commit.head.tree.size(), root, entry: commit.entry };
        Self { card: commit.card, log: Some(log), ..self }
    }
}
