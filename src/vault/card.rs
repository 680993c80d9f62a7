//! A card: what was kept of one person, and where every piece of it comes from.

use serde::Serialize;

use crate::sorted::Map;
use crate::time::{millis, rfc3339};
use crate::vocabulary::{Audience, Channel, Choice, Code, Evidence, Field, LegalBasis, Purpose, Relation, Trace};

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
    /// Whether the person may be contacted in each way, by the policy of that day.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub channels: Map<Channel, Reach>,
    /// Fields that may belong to the employer the person had before: the page names another one now.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub former: Choice<Field>,
}

/// Whether somebody may be contacted in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Whether they may.
    pub allowed: bool,
    /// Why, or why not.
    pub code: Code,
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
    /// This card with what outlives the values of an older one of the same source: identity, first day and deadline.
    #[must_use]
    pub fn kept_as(self, held: &Held) -> Self {
        let (id, first_captured_at) = (held.id.clone(), held.first_captured_at.clone());
        Self { id, first_captured_at, expires_at: rfc3339(held.expires), ..self }
    }

    /// When it is to be gone, in milliseconds since 1970. A deadline that cannot be read counts as passed.
    #[must_use]
    pub fn deadline(&self) -> u64 {
        millis(&self.expires_at).unwrap_or(0)
    }

    /// What is known of it without reading it, when it is first kept: at a moment of which the log says how old it is then (`age`, see
    /// [`Head`](crate::ledger::Head)).
    #[must_use]
    pub fn held(&self, now: u64, age: u64) -> Held {
        let expires = self.deadline();
        Held {
            id: self.id.clone(),
            first_captured_at: self.first_captured_at.clone(),
            expires,
            ends: age + expires.saturating_sub(now),
            // Both are whole seconds, so this is the very time that the settings gave.
            span: expires.saturating_sub(millis(&self.captured_at).unwrap_or(expires)),
            seq: 0,
            fields: self.fields.keys().copied().collect(),
            review: Choice::none(),
        }
    }
}

/// What is known of a kept card without reading it: all that outlives its values when it is captured again, and what lists and searches need.
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
    /// How long it is kept from the first capture, or from the last contact that came from the person, in milliseconds: what the strictest settings
    /// that were ever in force over it allow.
    pub span: u64,
    /// The index of the log entry that its values came with. So no two cards have the same, and the newest values have the highest.
    pub seq: u64,
    /// The fields it has values of.
    pub fields: Choice<Field>,
    /// Those whose owner was seen to restrict them afterwards. While there are any the card is not captured again: a person has to decide first.
    pub review: Choice<Field>,
}

impl Held {
    /// Whether its time is over.
    #[must_use]
    pub const fn is_expired(&self, now: u64, age: u64) -> bool {
        self.expires <= now || self.ends <= age
    }

    /// The same under settings that keep nothing longer than `keep` (milliseconds): both deadlines come earlier by as much as that is less than what it
    /// was kept for. Settings that allow more change nothing.
    #[must_use]
    pub fn within(&self, keep: u64) -> Self {
        let less = self.span.saturating_sub(keep);
        Self {
            expires: self.expires.saturating_sub(less),
            ends: self.ends.saturating_sub(less),
            span: self.span - less,
            ..self.clone()
        }
    }

    /// What is known of a card that was captured just now, in the place of one that was kept before: the same identity and first day, the shorter of the
    /// two times, and of the two days from which it counts the earlier, by either clock.
    #[must_use]
    pub fn in_place_of(&self, before: &Self) -> Self {
        let (now, before) = (self.within(before.span), before.within(self.span));
        Self {
            id: before.id,
            first_captured_at: before.first_captured_at,
            expires: before.expires.min(now.expires),
            ends: before.ends.min(now.ends),
            ..now
        }
    }

    /// The same after a contact that came from the person, at `at` (milliseconds since 1970, not after `now`): kept for `keep` from then on, if that is
    /// longer than before.
    #[must_use]
    pub fn contacted(&self, at: u64, keep: u64, now: u64, age: u64) -> Self {
        let before = self.within(keep);
        // Documents have whole seconds.
        let at = at - at % 1000;
        if at + keep <= before.expires {
            return before;
        }
        let ends = before.ends.max((age + keep).saturating_sub(now.saturating_sub(at)));
        Self { expires: at + keep, ends, span: keep, ..before }
    }
}
