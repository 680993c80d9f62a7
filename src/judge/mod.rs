//! The decision: a policy and what was seen of a page give one verdict for every field there is.
//!
//! Default deny. A field is allowed only if a rule permits it and nothing at all speaks against it; the order of rules never
//! matters. A verdict lists every reason, not the first one, so that a person can see all that would have to change.

use serde::Serialize;

use crate::page::Fault;
use crate::policy::{Permission, Policy};
use crate::site::{Finding, Reading, Seen};
use crate::sorted::Set;
use crate::vocabulary::{Audience, Code, Decision, Effect, Evidence, Field, Signal};

/// The decision about one field, with everything that led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The field.
    pub field: Field,
    /// The outcome.
    pub decision: Decision,
    /// Whether the field stands on the page at all.
    pub present: bool,
    /// Why, the most telling reason first. Never empty.
    pub reasons: Vec<Reason>,
    /// The audience that the evidence proves.
    pub audience: Audience,
    /// The evidence.
    pub evidence: Vec<Evidence>,
}

/// One reason of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Which.
    pub code: Code,
    /// The rule it comes from, if it comes from one.
    #[serde(default)]
    pub rule: Option<String>,
    /// What happened, where the code alone does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The reason in a sentence for the person at the screen; filled in where reports are shown.
    #[serde(default)]
    pub message: String,
}

impl Reason {
    /// A reason that needs no more than its code.
    #[must_use]
    pub const fn of(code: Code) -> Self {
        Self { code, rule: None, detail: None, message: String::new() }
    }

    fn by(code: Code, rule: &str) -> Self {
        Self { rule: Some(rule.to_owned()), ..Self::of(code) }
    }
}

impl From<&Fault> for Reason {
    fn from(fault: &Fault) -> Self {
        Self { detail: Some(fault.what.clone()), ..Self::of(fault.code) }
    }
}

/// Judges every field of the vocabulary.
#[must_use]
pub fn judge(policy: &Policy, reading: &Reading) -> Vec<Verdict> {
    Field::ALL.iter().map(|field| judge_field(policy, reading, *field)).collect()
}

/// Denies every field for one and the same reason, when there is nothing to judge by.
#[must_use]
pub fn deny_all(fault: &Fault) -> Vec<Verdict> {
    let verdict = |field: &Field| Verdict {
        field: *field,
        decision: Decision::Deny,
        present: false,
        reasons: vec![Reason::from(fault)],
        audience: Audience::Unknown,
        evidence: Vec::new(),
    };
    Field::ALL.iter().map(verdict).collect()
}

fn judge_field(policy: &Policy, reading: &Reading, field: Field) -> Verdict {
    let finding = reading.findings.get(&field);
    let evidence = finding.map(|finding| finding.evidence.clone()).unwrap_or_default();
    let audience = Audience::proved_by(&evidence);

    let mut against = Set::default();
    against.extend(reading.refusal.as_ref().map(Reason::from));
    against.extend(standing(policy));
    match finding {
        None => against.insert(Reason::of(Code::VisibilityUnproven)),
        Some(finding) => {
            against.extend(how_it_is_shown(field, finding, audience));
            against.extend(signals(policy, reading, field, finding));
            against.extend(forbidden(policy, reading, field));
        }
    }

    // Permissions are looked at one by one: each needs an audience and evidence of its own, and one that is met in full is enough.
    let mut granted = Set::default();
    if let Some(finding) = finding {
        let permissions: Vec<&Permission> = policy.permit.iter().filter(|rule| rule.fields.contains(&field)).collect();
        let mut short = Set::default();
        for rule in &permissions {
            match falls_short(rule, &finding.evidence, audience) {
                Some(code) => short.insert(Reason::by(code, &rule.id)),
                None => granted.insert(Reason::by(allow_code(audience), &rule.id)),
            }
        }
        if permissions.is_empty() {
            short.insert(Reason::of(Code::PolicyField));
            // Even where the policy does not want the field, it is worth telling that its owner kept it back.
            short.extend(withheld(audience).map(Reason::of));
        }
        if granted.is_empty() {
            against.extend(short);
        }
    }

    let allowed = against.is_empty() && !granted.is_empty();
    Verdict {
        field,
        decision: if allowed { Decision::Allow } else { Decision::Deny },
        present: finding.is_some(),
        reasons: if allowed { granted } else { against }.into_vec(),
        audience,
        evidence,
    }
}

/// What the policy lacks as a whole.
fn standing(policy: &Policy) -> impl Iterator<Item = Reason> {
    let basis = policy.usable_basis().is_none().then_some(Code::PolicyNoLegalBasis);
    let purpose = policy.purpose.is_none().then_some(Code::PolicyNoPurpose);
    basis.into_iter().chain(purpose).map(Reason::of)
}

/// What speaks against a field in the way it stands on the page.
fn how_it_is_shown(field: Field, finding: &Finding, audience: Audience) -> Set<Reason> {
    let mut against = Set::default();
    if finding.nodes.iter().any(|seen| seen.unreadable) {
        let detail = Some("the text is too long to be looked at".to_owned());
        against.insert(Reason { detail, ..Reason::of(Code::GuardError) });
    }
    if finding.nodes.iter().any(|seen| seen.foreign) {
        against.insert(Reason::of(Code::ThirdParty));
    }
    let open: Vec<&Seen> = finding.nodes.iter().filter(|seen| seen.is_open()).collect();
    if open.is_empty() {
        against.insert(Reason::of(Code::VisibilityHidden));
    }
    if open.iter().any(|seen| seen.masked) {
        against.insert(Reason::of(Code::VisibilityMasked));
    }
    let texts: Set<&str> = open.iter().map(|seen| seen.print.as_str()).collect();
    // Of what is withheld anyway it does not matter which place is right.
    if texts.len() > 1 && !field.is_list() && withheld(audience).is_none() {
        let detail = Some("two places on the page disagree about it".to_owned());
        against.insert(Reason { detail, ..Reason::of(Code::SiteDrift) });
    }
    against
}

/// The signals that deny a field.
fn signals(policy: &Policy, reading: &Reading, field: Field, finding: &Finding) -> Set<Reason> {
    let of_page = reading.page.signals.iter().map(|seen| seen.signal);
    let of_node = finding.nodes.iter().any(|seen| seen.nosnippet).then_some(Signal::DataNosnippet);
    of_page
        .chain(of_node)
        .filter(|signal| policy.effect(*signal) == Effect::Deny)
        .filter(|signal| !signal.is_about_pictures() || field == Field::Image)
        .map(|signal| Reason { detail: Some(signal.to_string()), ..Reason::of(Code::SignalOptout) })
        .collect()
}

/// The prohibitions that name a field on this site.
fn forbidden(policy: &Policy, reading: &Reading, field: Field) -> Set<Reason> {
    let site = &reading.page.site;
    let names = |host: &String| site == host || site.strip_suffix(host.as_str()).is_some_and(|front| front.ends_with('.'));
    policy
        .forbid
        .iter()
        .filter(|rule| rule.fields.contains(&field))
        .filter(|rule| rule.hosts.is_empty() || rule.hosts.iter().any(names))
        .map(|rule| Reason::by(Code::PolicyField, &rule.id))
        .collect()
}

/// Why a permission does not reach a field, if it does not.
fn falls_short(rule: &Permission, evidence: &[Evidence], audience: Audience) -> Option<Code> {
    if let Some(code) = withheld(audience) {
        return Some(code);
    }
    if !evidence.iter().any(|piece| rule.evidence.contains(&piece.kind)) {
        return Some(Code::VisibilityUnproven);
    }
    // The audience is what all evidence together leaves, so what is believed can never raise it.
    (!rule.audiences.contains(&audience)).then_some(Code::VisibilityRestricted)
}

/// What an audience too small for any permission comes to.
const fn withheld(audience: Audience) -> Option<Code> {
    match audience {
        Audience::Unknown => Some(Code::VisibilityUnproven),
        Audience::PlatformMembers | Audience::PublicWeb => None,
        Audience::OnlyMe | Audience::Connections1 | Audience::Connections12 | Audience::Network123 => {
            Some(Code::VisibilityRestricted)
        }
    }
}

const fn allow_code(audience: Audience) -> Code {
    match audience {
        Audience::PublicWeb => Code::AllowPublic,
        _ => Code::AllowMembers,
    }
}

#[cfg(test)]
mod tests;
