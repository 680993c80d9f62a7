//! What is known of websites: adapters as data, the plan an adapter asks of a page, and what the answers mean.
//!
//! An adapter is a JSON file (schema: `www/schema/adapter.schema.json`). It says which addresses are profiles, how each era of the
//! site marks up a profile, whose details those are, and which evidence there is for their audience. It contains no code.

mod adapter;
mod address;
mod reading;
mod survey;

pub use adapter::{Adapter, AudienceRule, Case, Expectation, KindRule, Layout, Place, SignalRule, View};
pub use address::Address;
pub use reading::{Drift, Finding, Page, People, Reading, Seen, SignalSeen};
pub use survey::Survey;

/// The adapters that come with Scruple. The extension and the package carry them as a file beside the guard, without their cases.
#[cfg(not(target_arch = "wasm32"))]
pub const BUILT_IN: &[&str] = &[
    include_str!("bluesky.json"),
    include_str!("crunchbase.json"),
    include_str!("facebook.json"),
    include_str!("github.json"),
    include_str!("gitlab-hosted.json"),
    include_str!("gitlab.json"),
    include_str!("gravatar.json"),
    include_str!("instagram.json"),
    include_str!("linkedin.json"),
    include_str!("malt.json"),
    include_str!("mastodon.json"),
    include_str!("orcid.json"),
    include_str!("researchgate.json"),
    include_str!("scholar.json"),
    include_str!("stackoverflow.json"),
    include_str!("structured.json"),
    include_str!("team.json"),
    include_str!("x.json"),
    include_str!("xing.json"),
];

/// The adapters that may be in charge of a page: the one that names its host, or else all that cover any host, in the order in which they are
/// asked. An adapter given earlier stands before one given later.
#[must_use]
pub fn in_charge<'a>(adapters: &'a [Adapter], address: &Address) -> Vec<&'a Adapter> {
    if let Some(named) = adapters.iter().find(|adapter| !adapter.covers_any() && adapter.covers(address)) {
        return vec![named];
    }
    let covering = |last: bool| adapters.iter().filter(move |adapter| adapter.covers_any() && adapter.last == last);
    covering(false).chain(covering(true)).collect()
}

#[cfg(test)]
mod tests;
