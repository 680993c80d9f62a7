//! What an entry of the log says.

use serde::Serialize;

use crate::json::record;
use crate::judge::Verdict;
use crate::sorted::Set;
use crate::vocabulary::{Audience, Code, Decision, Evidence, Field, LegalBasis, PageKind, Purpose, Relation, words};

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Version of the form; 1.
    pub v: u32,
    /// Its place in the log, from 0.
    pub index: u64,
    /// When it was written (RFC 3339, UTC).
    pub at: String,
    /// What happened.
    pub kind: EntryKind,
    /// The adapter, with its version. Never the host: that of a personal site names a person.
    pub adapter: String,
    /// What the page was.
    pub page: PageKind,
    /// How the viewer stood to the owner.
    pub relation: Relation,
    /// The hash of the policy.
    pub policy: String,
    /// The purpose, if the policy named one.
    pub purpose: Option<Purpose>,
    /// The legal basis, if the policy named a usable one.
    pub basis: Option<LegalBasis>,
    /// One line a field.
    pub decisions: Vec<Line>,
    /// The card that was kept, and the salted hash that ties it to this entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardRef>,
}

record!(Entry { v, index, at, kind, adapter, page, relation, policy, purpose, basis, decisions } optional { card });

words! {
    /// What an entry is about.
    EntryKind("kind of entry") {
        /// Details were kept.
        Captured = "captured",
        /// The page was judged and nothing may be taken, or nothing was left to keep.
        Refused = "refused",
    }
}

/// What was decided about one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The field.
    pub field: Field,
    /// The decision.
    pub decision: Decision,
    /// Whether it stood on the page.
    pub present: bool,
    /// Whether it was kept.
    pub taken: bool,
    /// The reasons.
    pub codes: Vec<Code>,
    /// The rules they come from.
    #[serde(default, skip_serializing_if = "Set::is_empty")]
    pub rules: Set<String>,
    /// The audience that was proved.
    pub audience: Audience,
    /// The evidence.
    pub evidence: Vec<Evidence>,
    /// Kinds of details that were cut out of the text.
    #[serde(default, skip_serializing_if = "Set::is_empty")]
    pub cuts: Set<Field>,
}

record!(Line { field, decision, present, taken, codes, audience, evidence } optional { rules, cuts });

/// The tie between an entry and a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CardRef {
    /// The card.
    pub id: String,
    /// SHA-256 over the card's salt and its canonical form. Once the salt is erased it says nothing about the card.
    pub commitment: String,
}

record!(CardRef { id, commitment });

impl Line {
    /// The line of a verdict.
    #[must_use]
    pub fn of(verdict: &Verdict, taken: bool, cuts: Set<Field>) -> Self {
        let mut codes: Vec<Code> = verdict.reasons.iter().map(|reason| reason.code).collect();
        codes.dedup();
        Self {
            field: verdict.field,
            decision: verdict.decision,
            present: verdict.present,
            taken,
            codes,
            rules: verdict.reasons.iter().filter_map(|reason| reason.rule.clone()).collect(),
            audience: verdict.audience,
            evidence: verdict.evidence.clone(),
            cuts,
        }
    }
}
