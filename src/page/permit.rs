//! What may be read, and what came back.

use serde::Serialize;

use super::{Fault, VERSION, parse, refusal};
use crate::json::record;

/// The only message that lets the probe read: it names nodes one by one, each with the fingerprint it had when it was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Permit {
    /// Version of the protocol.
    pub v: u32,
    /// The inspection this belongs to.
    pub nonce: String,
    /// Fingerprint of everything the judgement rests on.
    pub pin: String,
    /// The nodes.
    pub read: Vec<ReadOne>,
}

/// One node that may be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReadOne {
    /// Its handle.
    pub h: u32,
    /// Its fingerprint when it was judged.
    pub print: String,
}

/// What the probe read under a [`Permit`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Values {
    /// Version of the protocol.
    pub v: u32,
    /// The inspection this belongs to.
    pub nonce: String,
    /// One entry a node of the permit, in its order.
    pub values: Vec<Value>,
}

record!(Values { v, nonce, values });

/// One text, or why it was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// The handle.
    pub h: u32,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Set when the node is no longer what was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

record!(Value { h } optional { text, refused });

/// The longest message accepted, in bytes.
const LONGEST: usize = 8 << 20;

impl Values {
    /// Reads the probe's answer to `permit`: one entry for each node asked, nothing else.
    ///
    /// # Errors
    /// A [`Fault`] for anything that does not answer this very permit, or with the code of the probe's own refusal.
    pub fn parse(text: &str, permit: &Permit, longest_text: u32) -> Result<Self, Fault> {
        if let Some(fault) = refusal(text) {
            return Err(fault);
        }
        let values: Self = parse("values", text, LONGEST)?;
        if values.v != VERSION || values.nonce != permit.nonce {
            return Err(Fault::broken("the values belong to another inspection"));
        }
        if values.values.len() != permit.read.len() {
            return Err(Fault::broken("the values are not those that were asked for"));
        }
        for (value, one) in values.values.iter().zip(&permit.read) {
            if value.h != one.h || value.text.is_some() == value.refused.is_some() {
                return Err(Fault::broken("a value is not the one that was asked for"));
            }
            let longest = usize::try_from(longest_text).unwrap_or(usize::MAX);
            if value.text.as_ref().is_some_and(|text| text.chars().count() > longest) {
                return Err(Fault::broken("a value is longer than what was judged"));
            }
        }
        Ok(values)
    }
}
