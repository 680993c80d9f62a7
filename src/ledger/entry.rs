//! What an entry of the log says.

use serde::Serialize;

use crate::json::record;
use crate::judge::Verdict;
use crate::sorted::Set;
use crate::vocabulary::{
    Audience, Choice, Code, Country, Decision, Evidence, Field, LegalBasis, Mode, PageKind, Purpose, Relation, Signal, State,
    Trace, words,
};

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
    /// Names the decision: 16 random bytes in hexadecimal.
    pub id: String,
    /// The adapter, with its version. Never the host: that of a personal site names a person.
    pub adapter: String,
    /// What the page was.
    pub page: PageKind,
    /// How the viewer stood to the owner.
    pub relation: Relation,
    /// The hash of the settings in force. Their text is exported with the log.
    pub policy: String,
    /// How strict the guard was on the site.
    pub mode: Mode,
    /// The use the capture was for; none: the main one.
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    pub use_id: Option<String>,
    /// The purpose, if the policy named one.
    pub purpose: Option<Purpose>,
    /// The legal basis, if the policy named a usable one.
    pub basis: Option<LegalBasis>,
    /// The person's country, where it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The hosts, of those that the settings name, that stand for the site. The site itself is not noted.
    #[serde(default, skip_serializing_if = "Set::is_empty")]
    pub hosts: Set<String>,
    /// What the page said to machines.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub signals: Choice<Signal>,
    /// Why nothing on the page could be taken, whatever the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Code>,
    /// One line a field.
    pub decisions: Vec<Line>,
    /// The card that was kept, and the salted hash that ties it to this entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardRef>,
}

record!(Entry { v, index, at, kind, id, adapter, page, relation, policy, mode, purpose, basis, decisions } optional {
    use_id = "use", country, hosts, signals, refusal, card
});

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
    /// The decision of the judge.
    pub decision: Decision,
    /// What it would have been if the site had not only been observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would: Option<Decision>,
    /// Whether it stood on the page.
    pub present: bool,
    /// Whether it was kept.
    pub taken: bool,
    /// The reasons.
    pub codes: Choice<Code>,
    /// Why an allowed field was not kept after all: what was read was not what had been judged, or screening left nothing.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub dropped: Choice<Code>,
    /// Every rule that applied.
    #[serde(default, skip_serializing_if = "Set::is_empty")]
    pub rules: Set<String>,
    /// The audience that was proved.
    pub audience: Audience,
    /// The evidence.
    pub evidence: Vec<Evidence>,
    /// How it stood on the page.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub states: Choice<State>,
    /// What was cut out of the text, by kind.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub cuts: Choice<Trace>,
}

record!(Line { field, decision, present, taken, codes, audience, evidence } optional { would, dropped, rules, states, cuts });

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
    /// The line of a verdict as it was judged, and as it came out after reading. Nothing is taken yet.
    #[must_use]
    pub fn of(judged: &Verdict, outcome: &Verdict) -> Self {
        let codes = |verdict: &Verdict| verdict.reasons.iter().map(|reason| reason.code).collect();
        let was_dropped = judged.decision == Decision::Allow && outcome.decision == Decision::Deny;
        Self {
            field: judged.field,
            decision: judged.decision,
            would: judged.would,
            present: judged.present,
            taken: false,
            codes: codes(judged),
            dropped: if was_dropped { codes(outcome) } else { Choice::none() },
            rules: judged.rules.clone(),
            audience: judged.audience,
            evidence: judged.evidence.clone(),
            states: Choice::none(),
            cuts: Choice::none(),
        }
    }
}

#[cfg(test)]
impl Entry {
    /// An entry about a page on which nothing was found, for tests.
    pub(crate) fn sample() -> Self {
        Self {
            v: 1,
            index: 0,
            at: "2026-01-01T00:00:00Z".into(),
            kind: EntryKind::Refused,
            id: "1d".repeat(16),
            adapter: "sample@1".into(),
            page: PageKind::Wall,
            relation: Relation::Unknown,
            policy: crate::digest::named("{}"),
            mode: Mode::Enforce,
            use_id: None,
            purpose: None,
            basis: None,
            country: None,
            hosts: Set::default(),
            signals: Choice::none(),
            refusal: None,
            decisions: Vec::new(),
            card: None,
        }
    }
}
