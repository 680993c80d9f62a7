//! The policy: who is responsible, for what purpose and on what basis details are taken, which fields, seen by whom, for how long.
//!
//! A document that cannot be read allows nothing. One that can be read but names no purpose or no usable basis loads, so that the
//! missing part can be told, and allows nothing either.

use serde::Serialize;

use crate::digest::sha256_hex;
use crate::json::{from_str, record};
use crate::sorted::Map;
use crate::vocabulary::{Audience, Effect, EvidenceKind, Field, Group, LegalBasis, Purpose, Signal};

/// The version of the policy document.
pub const VERSION: u32 = 1;

/// The longest retention without a written reason, in days: three years, the period the CNIL gives for prospects.
pub const LONGEST_RETENTION: u32 = 1096;

/// The longest document accepted, in bytes.
const LONGEST: usize = 256 << 10;

/// A policy document.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The schema this file follows, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Version of the document's form; 1.
    pub version: u32,
    /// Who is responsible.
    pub controller: Controller,
    /// What the details are used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The ground they are taken on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// What may be taken. A field that no rule names stays where it is.
    #[serde(default)]
    pub permit: Vec<Permission>,
    /// What may not be taken, whatever a permission says.
    #[serde(default)]
    pub forbid: Vec<Prohibition>,
    /// What signals of a page come to; those not named keep their default.
    #[serde(default)]
    pub signals: Map<Signal, Effect>,
    /// How long details are kept.
    pub retention: Retention,
}

record!(Policy { version, controller, retention } optional { schema = "$schema", purpose, basis, permit, forbid, signals });

/// Who is responsible for the details (GDPR Article 4(7)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Controller {
    /// Name of the organisation.
    pub name: String,
    /// Where people can reach it about their data.
    pub contact: String,
}

record!(Controller { name, contact });

/// The legal basis, with the reference of its assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Which of the six.
    pub kind: LegalBasis,
    /// Reference of the balancing test, or of whatever records that the basis holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<String>,
}

record!(Basis { kind } optional { assessment });

/// A rule that lets fields be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// Short name; verdicts carry it.
    pub id: String,
    /// What the rule means, in a sentence for people.
    pub says: String,
    /// The fields.
    pub fields: Vec<Field>,
    /// Audiences that are wide enough: `platform_members`, `public_web`.
    pub audiences: Vec<Audience>,
    /// The kinds of evidence that are believed.
    pub evidence: Vec<EvidenceKind>,
    /// Reference of the balancing test for these fields; needed where a contact field is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<String>,
}

record!(Permission { id, says, fields, audiences, evidence } optional { assessment });

/// A rule that keeps fields from being taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Prohibition {
    /// Short name; verdicts carry it.
    pub id: String,
    /// What the rule means, in a sentence for people.
    pub says: String,
    /// The fields.
    pub fields: Vec<Field>,
    /// Hosts the rule is for; none: all.
    #[serde(default)]
    pub hosts: Vec<String>,
}

record!(Prohibition { id, says, fields } optional { hosts });

/// How long details are kept, counted from the first capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Days.
    pub days: u32,
    /// Why it has to be longer than three years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

record!(Retention { days } optional { reason });

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// Every problem found, each a sentence that says where and what.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        if text.len() > LONGEST {
            return Err(vec![format!("the policy is longer than {LONGEST} bytes")]);
        }
        let policy: Self = from_str(text).map_err(|error| vec![error.to_string()])?;
        let problems = policy.problems();
        if problems.is_empty() { Ok(policy) } else { Err(problems) }
    }

    /// Everything that makes a document of the right form unusable.
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.version != VERSION {
            problems.push(format!("`version` is {}, and only {VERSION} is known", self.version));
        }
        if is_blank(&self.controller.name) || is_blank(&self.controller.contact) {
            problems.push("`controller` needs a `name` and a `contact`".into());
        }
        let ids: Vec<&str> = self.permit.iter().map(|rule| &*rule.id).chain(self.forbid.iter().map(|rule| &*rule.id)).collect();
        for (number, id) in ids.iter().enumerate() {
            if is_blank(id) {
                problems.push("a rule has an empty `id`".into());
            } else if ids.iter().take(number).any(|other| other == id) {
                problems.push(format!("two rules are called `{id}`"));
            }
        }
        for rule in &self.permit {
            problems.extend(rule.problems());
        }
        for rule in &self.forbid {
            if rule.fields.is_empty() {
                problems.push(format!("rule `{}` names no field", rule.id));
            }
        }
        if self.retention.days == 0 {
            problems.push("`retention.days` is 0, so nothing could be kept".into());
        }
        let reason = self.retention.reason.as_deref().unwrap_or_default();
        if self.retention.days > LONGEST_RETENTION && is_blank(reason) {
            problems.push(format!("`retention.days` is above {LONGEST_RETENTION} (three years) and needs a `reason`"));
        }
        problems
    }

    /// The basis, if it is one on which details can be taken now.
    ///
    /// Legitimate interest needs the reference of its balancing test. Consent is given person by person, and no record of it is
    /// kept yet, so nothing can rest on it.
    #[must_use]
    pub fn usable_basis(&self) -> Option<LegalBasis> {
        let basis = self.basis.as_ref()?;
        let assessed = !is_blank(basis.assessment.as_deref().unwrap_or_default());
        match basis.kind {
            LegalBasis::Consent => None,
            LegalBasis::LegitimateInterest if !assessed => None,
            kind => Some(kind),
        }
    }

    /// What a signal comes to.
    #[must_use]
    pub fn effect(&self, signal: Signal) -> Effect {
        self.signals.get(&signal).copied().unwrap_or_else(|| signal.default_effect())
    }
}

impl Permission {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let id = &self.id;
        if self.fields.is_empty() {
            problems.push(format!("rule `{id}` names no field"));
        }
        if self.audiences.is_empty() || self.evidence.is_empty() {
            problems.push(format!("rule `{id}` needs at least one audience and one kind of evidence"));
        }
        for audience in self.audiences.iter().filter(|audience| **audience < Audience::PlatformMembers) {
            // What an owner shows to their connections was not shown to a prospecting tool.
            problems.push(format!("rule `{id}` permits audience `{audience}`, which the owner limited; only `platform_members` and `public_web` can be permitted"));
        }
        let contact = self.fields.iter().find(|field| field.group() == Group::Contact);
        let assessed = !is_blank(self.assessment.as_deref().unwrap_or_default());
        if let (Some(field), false) = (contact, assessed) {
            problems.push(format!("rule `{id}` permits `{field}`, a way to reach somebody, and needs an `assessment`: the reference of its own balancing test"));
        }
        problems
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// The name of a policy text in reports and log entries: the SHA-256 of its bytes.
#[must_use]
pub fn hash(text: &str) -> String {
    format!("sha256:{}", sha256_hex(text.as_bytes()))
}

#[cfg(test)]
mod tests;
