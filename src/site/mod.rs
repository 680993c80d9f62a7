//! What is known of websites: adapters as data, the plan an adapter asks of a page, and what the answers mean.
//!
//! An adapter is a JSON file (schema: `www/schema/adapter.schema.json`). It says which addresses are profiles, how each era of the
//! site marks up a profile, whose details those are, and which evidence there is for their audience. It contains no code.

mod adapter;
mod address;
mod reading;
mod survey;

pub use adapter::{Adapter, AudienceRule, Case, Expectation, KindRule, Layout, Place, View};
pub use address::Address;
pub use reading::{Finding, Page, Reading, Seen, SignalSeen};
pub use survey::Survey;

/// The adapters that come with Scruple. The extension and the package carry them as a file beside the guard, without their cases.
#[cfg(not(target_arch = "wasm32"))]
pub const BUILT_IN: &[&str] =
    &[include_str!("linkedin.json"), include_str!("x.json"), include_str!("facebook.json"), include_str!("structured.json")];

/// The adapter in charge of an address: the first one that names its host, or else the first that covers any.
#[must_use]
pub fn in_charge<'a>(adapters: &'a [Adapter], address: &Address) -> Option<&'a Adapter> {
    let mut covering = adapters.iter().filter(|adapter| adapter.covers(address));
    covering.clone().find(|adapter| !adapter.covers_any()).or_else(|| covering.next())
}

#[cfg(test)]
mod tests;
