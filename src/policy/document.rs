//! The policy document: who is responsible, for what and on what ground details are taken, which, seen by whom, for how long.

use serde::Serialize;

use crate::json::record;
use crate::screen::Term;
use crate::sorted::Map;
use crate::vocabulary::{
    Audience, Channel, Choice, Country, Effect, EvidenceKind, Field, Group, LegalBasis, Mode, Purpose, Relation, Removal, Signal,
};

/// A policy document.
///
/// The same form serves whoever uses the extension and the organisation that manages their browser. What has to be in it depends on which of the
/// two it is: see [`Role`](super::Role).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The schema this file follows, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Version of the document's form; 1.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(required))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// In managed settings: the name of the organisation that set them, as people are shown it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// Who is responsible.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(required))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller: Option<Controller>,
    /// What the details are used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The ground they are taken on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// The way people will be contacted, where rules ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Further uses, each with a purpose and a basis of its own. A capture names one of them by its id; if it names none, the purpose,
    /// basis and channel above hold, under the id `main`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<Use>,
    /// What may be taken. A field that no rule names stays where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permit: Option<Vec<Rule>>,
    /// What may not be taken, whatever a permission says.
    #[serde(default)]
    pub forbid: Vec<Rule>,
    /// What signals of a page come to; those not named keep their default.
    #[serde(default)]
    pub signals: Map<Signal, Effect>,
    /// How strict the guard is where `modes` says nothing; `enforce` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// How strict the guard is on a site, by host. A host stands for its subdomains too; the longest that fits holds.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub modes: Map<String, Mode>,
    /// What is looked for in the texts that may be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen: Option<Screening>,
    /// How long details are kept.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(required))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
}

record!(Policy {} optional {
    schema = "$schema", version, organisation, controller, purpose, basis, channel, uses, permit, forbid, signals, mode, modes, screen, retention
});

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

impl Basis {
    /// The basis, if it is one on which details can be taken now.
    ///
    /// Legitimate interest needs the reference of its balancing test. Consent is given person by person, and no record of it is
    /// kept yet, so nothing can rest on it.
    #[must_use]
    pub fn usable(&self) -> Option<LegalBasis> {
        let assessed = !super::is_blank(self.assessment.as_deref().unwrap_or_default());
        match self.kind {
            LegalBasis::Consent => None,
            LegalBasis::LegitimateInterest if !assessed => None,
            kind => Some(kind),
        }
    }
}

/// What details are taken for. A capture is for one use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// Short name; a capture names it, and its log entry carries it.
    pub id: String,
    /// What the details are used for.
    pub purpose: Purpose,
    /// The ground they are taken on.
    pub basis: Basis,
    /// The way people will be contacted, where rules ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
}

record!(Use { id, purpose, basis } optional { channel });

/// A rule: under `permit` it lets fields be taken, under `forbid` it keeps them from being taken.
///
/// It applies where every one of its clauses holds; a clause that is left out always holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Short name; verdicts carry it.
    pub id: String,
    /// What the rule means, in a sentence for people.
    pub says: String,
    /// The fields.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub fields: Choice<Field>,
    /// Groups of fields, beside those named one by one.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub groups: Choice<Group>,
    /// Hosts; each stands for its subdomains too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Audiences. A permission must name those that are wide enough: `platform_members`, `public_web`.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub audiences: Choice<Audience>,
    /// Kinds of evidence. A permission must name those it believes.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub evidence: Choice<EvidenceKind>,
    /// How the viewer stands to the owner. Where that is not known, a prohibition holds and a permission does not.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub relations: Choice<Relation>,
    /// Purposes of the capture.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub purposes: Choice<Purpose>,
    /// Legal bases of the capture.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub bases: Choice<LegalBasis>,
    /// Countries of the person. Where that is not known, a prohibition holds and a permission does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<Country>,
    /// The way the person will be contacted. Where the capture does not say, the field is denied.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub channels: Choice<Channel>,
    /// Signals on the page, of which one is there. Only in prohibitions: a signal may lower what is allowed, never raise it.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub signals: Choice<Signal>,
    /// In a permission: reference of the balancing test for these fields; needed where a contact field is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<String>,
}

record!(Rule { id, says } optional {
    fields, groups, hosts, audiences, evidence, relations, purposes, bases, countries, channels, signals, assessment
});

impl Rule {
    /// Whether the rule is about a field.
    #[must_use]
    pub fn names(&self, field: Field) -> bool {
        self.fields.contains(field) || self.groups.contains(field.group())
    }
}

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

/// What is looked for in the texts that may be taken, beside what always is: contact details are cut, wherever they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Screening {
    /// What becomes of a text that tells of health, belief or another special category, of an offence, or of a child: `cut`, the default, takes the
    /// sentence out; `deny` leaves the whole field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special: Option<Removal>,
    /// What becomes of a text that names somebody else: `cut`, the default, `deny`, or `keep`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<Removal>,
    /// Words to look for beside the built-in ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
    /// Phrases in which nothing is looked for, such as the name of an employer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<Vec<String>>,
}

record!(Screening {} optional { special, people, terms, allow });
