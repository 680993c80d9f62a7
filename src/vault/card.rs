//! A card: what was kept of one person, and where every piece of it comes from.

use serde::Serialize;

use super::time::millis;
use crate::json::{Json, Problems, Read};
use crate::sorted::Map;
use crate::vocabulary::{Audience, Choice, Code, Evidence, Field, LegalBasis, Purpose, Relation, Trace};

/// What was kept of one person. It cannot be made without its source (GDPR Article 14(2)(f)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Its identity; says nothing about the person.
    pub id: String,
    /// 16 random bytes in hexadecimal: with them, the log commits to this card; without them, the commitment says nothing.
    pub salt: String,
    /// Where it comes from.
    pub source: Source,
    /// When these values were read (RFC 3339, UTC).
    pub captured_at: String,
    /// When anything of this person was first kept. Retention counts from here.
    pub first_captured_at: String,
    /// When it is to be gone.
    pub expires_at: String,
    /// The legal basis.
    pub basis: LegalBasis,
    /// The purpose.
    pub purpose: Purpose,
    /// The hash of the policy.
    pub policy: String,
    /// The values.
    pub fields: Map<Field, Kept>,
}

/// The source of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The address of the page.
    pub url: String,
    /// Its host.
    pub site: String,
    /// The adapter that read it, with its version.
    pub adapter: String,
    /// How the viewer stood to the owner.
    pub relation: Relation,
}

/// The values of one field, and why they were allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The texts; one, unless the field is a list.
    pub values: Vec<String>,
    /// Why it was allowed.
    pub code: Code,
    /// The rule that allowed it.
    pub rule: Option<String>,
    /// The audience that was proved.
    pub audience: Audience,
    /// The evidence.
    pub evidence: Vec<Evidence>,
    /// What was cut out of the texts, by kind.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub cuts: Choice<Trace>,
}

impl Card {
    /// This card in the place of an older one of the same source: same identity, same first day, and the earlier deadline.
    #[must_use]
    pub fn in_place_of(self, held: &Held) -> Self {
        let expires_at = if held.deadline() <= self.deadline() { held.expires_at.clone() } else { self.expires_at };
        Self { id: held.id.clone(), first_captured_at: held.first_captured_at.clone(), expires_at, ..self }
    }

    /// When it is to be gone, in milliseconds since 1970. A deadline that cannot be read counts as passed.
    #[must_use]
    pub fn deadline(&self) -> u64 {
        millis(&self.expires_at).unwrap_or(0)
    }
}

/// What outlives the values of a card when it is captured again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    id: String,
    first_captured_at: String,
    expires_at: String,
}

impl Read for Held {
    fn blank() -> Self {
        Self { id: String::new(), first_captured_at: String::new(), expires_at: String::new() }
    }

    /// From the text of a card, whose values are left alone.
    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        let places: &mut [&mut dyn Read] = &mut [&mut self.id, &mut self.first_captured_at, &mut self.expires_at];
        let card = json.members(problems);
        card.is_some_and(|card| card.fill(&["id", "first_captured_at", "expires_at"], 3, places, problems))
    }
}

impl Held {
    /// When it is to be gone, in milliseconds since 1970. A deadline that cannot be read counts as passed.
    #[must_use]
    pub fn deadline(&self) -> u64 {
        millis(&self.expires_at).unwrap_or(0)
    }

    /// Whether its time is over.
    #[must_use]
    pub fn is_expired(&self, now: u64) -> bool {
        self.deadline() <= now
    }
}
