//! What crosses the boundary between the guard and a page: [`Plan`] out, [`Sightings`] in, [`Permit`] out, [`Values`] in.
//!
//! A page is hostile. Whatever comes from it is parsed with every key known, every count, length and number checked against the
//! question that was asked, and the first thing wrong ends it with a [`Fault`]. A fault never repeats what the page sent.

mod permit;
mod plan;
mod sightings;

#[cfg(not(target_arch = "wasm32"))]
mod hiding;
#[cfg(not(target_arch = "wasm32"))]
pub mod html;
#[cfg(not(target_arch = "wasm32"))]
mod names;
#[cfg(not(target_arch = "wasm32"))]
mod published;

pub use permit::{Permit, ReadOne, Value, Values};
pub use plan::{Ask, Limits, Linked, MOST_QUERIES, Near, Plan, Query, SCOPE};
pub use sightings::{Answer, Node, Shown, Sightings};

use crate::json::{Problem, Read, from_str, record};
use crate::vocabulary::Code;

/// The version of the protocol between guard and probe.
pub const VERSION: u32 = 1;

/// Why something from a page was refused: always a denial with its code, never a text of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The reason code of the denial.
    pub code: Code,
    /// What is wrong, in our own words.
    pub what: String,
}

impl Fault {
    /// A message that does not follow the protocol: the guard cannot go on.
    pub(crate) fn broken(what: impl Into<String>) -> Self {
        Self { code: Code::GuardError, what: what.into() }
    }

    /// The page is not the one that was judged.
    pub(crate) fn changed(what: impl Into<String>) -> Self {
        Self { code: Code::GuardChanged, what: what.into() }
    }
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}", self.code, self.what)
    }
}

impl core::error::Error for Fault {}

/// Reads a message of the probe: not too long, well formed, no unknown keys.
///
/// What is wrong with it is not passed on, because it can repeat what the page sent; where it is wrong is.
fn parse<T: Read>(name: &str, text: &str, longest: usize) -> Result<T, Fault> {
    if text.len() > longest {
        return Err(Fault::broken(format!("the {name} message is longer than {longest} bytes")));
    }
    from_str(text).map_err(|Problem { line, column, .. }| {
        Fault::broken(format!("the {name} message is not well formed (line {line}, column {column})"))
    })
}

/// What the probe answers when it could not do what was asked.
struct Refusal {
    _version: u32,
    _nonce: Option<String>,
    error: String,
}

record!(Refusal { _version = "v", error } optional { _nonce = "nonce" });

/// The fault behind a refusal of the probe, if the message is one.
fn refusal(text: &str) -> Option<Fault> {
    let refusal: Refusal = from_str(text).ok()?;
    Some(match refusal.error.as_str() {
        "changed" => Fault::changed("the page changed after it was judged"),
        "no_inspection" => Fault::changed("the page no longer holds the inspection"),
        "not_html" => Fault { code: Code::SiteUnsupported, what: "not_html".into() },
        "too_many_elements" => Fault { code: Code::SiteUnsupported, what: "too_many_elements".into() },
        _ => Fault::broken("the probe could not answer"),
    })
}

/// Whether a fingerprint has the only form a fingerprint has: 16 lower-case hexadecimal digits.
fn is_print(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
