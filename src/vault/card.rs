//! A card: what was kept of one person, and where every piece of it comes from.

use serde::Serialize;

use crate::sorted::Map;
use crate::time::{millis, rfc3339};
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
        let expires_at = if held.expires <= self.deadline() { rfc3339(held.expires) } else { self.expires_at };
        Self { id: held.id.clone(), first_captured_at: held.first_captured_at.clone(), expires_at, ..self }
    }

    /// When it is to be gone, in milliseconds since 1970. A deadline that cannot be read counts as passed.
    #[must_use]
    pub fn deadline(&self) -> u64 {
        millis(&self.expires_at).unwrap_or(0)
    }

    /// What is known of it without reading it, at a moment of which the log says how old it is then (`age`, see
    /// [`Head`](crate::ledger::Head)).
    #[must_use]
    pub fn held(&self, now: u64, age: u64) -> Held {
        let expires = self.deadline();
        Held {
            id: self.id.clone(),
            first_captured_at: self.first_captured_at.clone(),
            expires,
            ends: age + expires.saturating_sub(now),
        }
    }
}

/// What is known of a kept card without reading it: all that outlives its values when it is captured again.
///
/// Its time is over by whichever of two clocks is first: that of the machine, and the age of the log, which nothing sets back. So a clock that
/// is set back keeps nobody longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Names the card.
    pub id: String,
    /// When anything of this person was first kept (RFC 3339, UTC).
    pub first_captured_at: String,
    /// When it is to be gone, in milliseconds since 1970.
    pub expires: u64,
    /// The age of the log at which it is to be gone, in milliseconds.
    pub ends: u64,
}

impl Held {
    /// Whether its time is over.
    #[must_use]
    pub const fn is_expired(&self, now: u64, age: u64) -> bool {
        self.expires <= now || self.ends <= age
    }
}
