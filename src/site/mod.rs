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

/// The adapters that come with Scruple, the most particular first; the last one knows any site that publishes structured data.
///
/// They are shipped without their cases, as `build.rs` writes them.
pub const BUILT_IN: &[&str] = &[
    include_str!(concat!(env!("OUT_DIR"), "/linkedin.json")),
    include_str!(concat!(env!("OUT_DIR"), "/x.json")),
    include_str!(concat!(env!("OUT_DIR"), "/facebook.json")),
    include_str!(concat!(env!("OUT_DIR"), "/structured.json")),
];

/// Reads the built-in adapters.
///
/// # Errors
/// The name of the adapter and what is wrong with it. A test holds the files sound, so this happens only when one was replaced.
pub fn built_in() -> Result<Vec<Adapter>, String> {
    BUILT_IN.iter().map(|text| Adapter::parse(text)).collect()
}

/// The adapter in charge of an address: the first one that names its host.
#[must_use]
pub fn in_charge<'a>(adapters: &'a [Adapter], address: &Address) -> Option<&'a Adapter> {
    adapters.iter().find(|adapter| adapter.covers(address))
}

#[cfg(test)]
mod tests;
