//! Decisions as data: a ruling, as the judge makes it, and a verdict, as documents and people read it.

use serde::Serialize;

use super::Clause;
use crate::page::Fault;
use crate::policy::{InForce, RuleName};
use crate::sorted::Set;
use crate::vocabulary::{Audience, Code, Decision, Evidence, Field};

/// A decision in numbers: rules by their place in [`InForce::names`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling<'a> {
    /// The field.
    pub field: Field,
    /// The outcome.
    pub decision: Decision,
    /// What it would be if the mode did not hold it back.
    pub would: Option<Decision>,
    /// Whether the field stands on the page at all.
    pub present: bool,
    /// Why. Never empty.
    pub because: Set<Because<'a>>,
    /// The audience that the evidence proves.
    pub audience: Audience,
    /// The evidence.
    pub evidence: &'a [Evidence],
    /// Every rule that applies, permissions that are met and prohibitions alike.
    pub rules: Set<u16>,
    /// Rules that could not be evaluated, and the clause at fault.
    pub errors: Set<(u16, Clause)>,
}

/// One reason of a ruling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Because<'a> {
    /// Which.
    pub code: Code,
    /// The rule it comes from.
    pub rule: Option<u16>,
    /// What happened, where the code alone does not say it.
    pub detail: Option<&'a str>,
}

/// The decision about one field, with everything that led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The field.
    pub field: Field,
    /// The outcome.
    pub decision: Decision,
    /// What the outcome would be if the site were not only observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would: Option<Decision>,
    /// Whether the field stands on the page at all.
    pub present: bool,
    /// Why, the most telling reason first. Never empty.
    pub reasons: Vec<Reason>,
    /// The audience that the evidence proves.
    pub audience: Audience,
    /// The evidence.
    pub evidence: Vec<Evidence>,
    /// Every rule that applies to the field as it stands, whatever came of it.
    #[serde(default, skip_serializing_if = "Set::is_empty")]
    pub rules: Set<String>,
    /// Rules that could not be evaluated. One is enough for a denial.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<RuleError>,
}

/// One reason of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Which.
    pub code: Code,
    /// The rule it comes from, if it comes from one; `mark`, `mode` and `use` stand for what the user marked, the mode of the site, and the use of the
    /// capture.
    #[serde(default)]
    pub rule: Option<String>,
    /// What happened, where the code alone does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The organisation whose managed settings the rule belongs to: the person at the screen cannot change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<String>,
    /// The reason in a sentence for the person at the screen; filled in where reports are shown.
    #[serde(default)]
    pub message: String,
    /// The reason in a sentence for whoever is in charge of data protection; filled in where reports are shown.
    #[serde(default)]
    pub lead: String,
}

/// A rule that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleError {
    /// The rule.
    pub rule: String,
    /// The clause.
    pub clause: Clause,
    /// What is missing.
    pub what: String,
}

impl Reason {
    /// A reason that needs no more than its code.
    #[must_use]
    pub const fn of(code: Code) -> Self {
        Self { code, rule: None, detail: None, locked: None, message: String::new(), lead: String::new() }
    }
}

impl From<&Fault> for Reason {
    fn from(fault: &Fault) -> Self {
        Self { detail: Some(fault.what.clone()), ..Self::of(fault.code) }
    }
}

impl Ruling<'_> {
    /// This ruling with the names of its rules.
    #[must_use]
    pub fn told(&self, in_force: &InForce) -> Verdict {
        let name = |rule: u16| in_force.names.get(usize::from(rule));
        let id = |rule: u16| name(rule).map(|name| name.id.clone()).unwrap_or_default();
        let (mut reasons, mut rules, mut errors) = (Vec::new(), Set::default(), Vec::new());
        for because in self.because.iter() {
            let rule = because.rule.and_then(name);
            reasons.push(Reason {
                rule: rule.map(|name| name.id.clone()),
                detail: because.detail.map(str::to_owned),
                locked: rule.and_then(|RuleName { locked, .. }| locked.clone()),
                ..Reason::of(because.code)
            });
        }
        for rule in self.rules.iter() {
            rules.insert(id(*rule));
        }
        for (rule, clause) in self.errors.iter() {
            errors.push(RuleError { rule: id(*rule), clause: *clause, what: clause.missing().into() });
        }
        Verdict {
            field: self.field,
            decision: self.decision,
            would: self.would,
            present: self.present,
            reasons,
            audience: self.audience,
            evidence: self.evidence.to_vec(),
            rules,
            errors,
        }
    }
}

/// Denies every field for one and the same reason, when there are no settings to judge by.
#[must_use]
pub fn deny_all(fault: &Fault) -> Vec<Verdict> {
    let verdict = |field: &Field| Verdict {
        field: *field,
        decision: Decision::Deny,
        would: None,
        present: false,
        reasons: vec![Reason::from(fault)],
        audience: Audience::Unknown,
        evidence: Vec::new(),
        rules: Set::default(),
        errors: Vec::new(),
    };
    Field::ALL.iter().map(verdict).collect()
}
