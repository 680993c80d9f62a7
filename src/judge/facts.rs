//! What a decision rests on: what is known of a page and its fields. It holds no value of the page, so it can be written down, and the decision made again
//! from it later.

use serde::Serialize;

use crate::page::Fault;
use crate::sorted::{Map, Set};
#[cfg(not(target_arch = "wasm32"))]
use crate::vocabulary::Code;
use crate::vocabulary::{Choice, Country, Evidence, Field, Relation, Signal, State};

/// Everything a judgement rests on beside the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The hosts, of those that the settings name, that stand for the site; none where the site is not known.
    pub hosts: Option<Set<String>>,
    /// How the viewer stands to the owner.
    pub relation: Relation,
    /// What the page says to machines.
    pub signals: Choice<Signal>,
    /// The person's country, where it is known.
    pub country: Option<Country>,
    /// The use the capture is for; none: the main one.
    pub use_id: Option<String>,
    /// Why nothing on this page may be taken, whatever a policy says.
    pub refusal: Option<Fault>,
    /// The fields that stand on the page.
    pub fields: Map<Field, Standing>,
}

/// What is known of a field on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// What is known of who may see it.
    pub evidence: Vec<Evidence>,
    /// How it stands there.
    #[serde(default)]
    pub states: Choice<State>,
}

crate::json::record!(Standing { evidence } optional { states });

/// Facts as a document, for whoever asks what the settings say without a page at hand.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename = "Facts", deny_unknown_fields)]
pub struct FactsDocument {
    /// The host of the page; none: not known.
    #[serde(default)]
    pub site: Option<String>,
    /// How the viewer stands to the owner.
    #[serde(default)]
    pub relation: Relation,
    /// What the page says to machines.
    #[serde(default)]
    pub signals: Choice<Signal>,
    /// The person's country; none: not known, and then the strictest rules hold.
    #[serde(default)]
    pub country: Option<Country>,
    /// The use the capture is for; none: the main one.
    #[serde(rename = "use", default)]
    pub use_id: Option<String>,
    /// Why nothing on the page may be taken, whatever the policy says.
    #[serde(default)]
    pub refusal: Option<Code>,
    /// The fields that stand on the page.
    pub fields: Map<Field, Standing>,
}

#[cfg(not(target_arch = "wasm32"))]
crate::json::record!(FactsDocument { fields } optional { site, relation, signals, country, use_id = "use", refusal });

#[cfg(not(target_arch = "wasm32"))]
impl FactsDocument {
    /// The facts, under settings that name these hosts.
    #[must_use]
    pub fn facts(self, in_force: Option<&crate::policy::InForce>) -> Facts {
        Facts {
            hosts: self.site.map(|site| in_force.map(|in_force| in_force.hosts_of(&site)).unwrap_or_default()),
            relation: self.relation,
            signals: self.signals,
            country: self.country,
            use_id: self.use_id,
            refusal: self.refusal.map(|code| Fault { code, what: String::new() }),
            fields: self.fields,
        }
    }
}
