//! What the probe saw: which questions had matches, how those are shown, and which yes/no questions they answered with yes.

use serde::Serialize;

use super::{Fault, Plan, VERSION, is_print, parse, refusal};
use crate::json::record;
use crate::vocabulary::words;

/// The answers to a [`Plan`]. They hold no text, length, attribute or address of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sightings {
    /// Version of the protocol.
    pub v: u32,
    /// The inspection this belongs to.
    pub nonce: String,
    /// Fingerprint of everything the judgement rests on.
    pub pin: String,
    /// Elements in the page.
    pub elements: u32,
    /// One answer a query, in the order of the plan.
    pub answers: Vec<Answer>,
}

record!(Sightings { v, nonce, pin, elements, answers });

/// The answer to one query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The query.
    pub id: u32,
    /// How many nodes matched; the probe stops counting at one more than it tells of.
    #[serde(default)]
    pub count: u32,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<Node>,
    /// Why the query could not be run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

record!(Answer { id } optional { count, nodes, error });

impl Answer {
    /// Whether there are more nodes than it tells of.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        usize::try_from(self.count).is_ok_and(|count| !self.nodes.is_empty() && count > self.nodes.len())
    }
}

/// One node that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Its handle, by which a permit names it.
    pub h: u32,
    /// How it is shown.
    pub shown: Shown,
    /// Which asks of its query are answered with yes.
    #[serde(default)]
    pub yes: Vec<u32>,
    /// Salted fingerprint of its text; equal within one inspection when the texts are.
    pub print: String,
    /// Why nothing could be asked about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

record!(Node { h, shown, print } optional { yes, error });

words! {
    /// How a node is shown.
    Shown("way of being shown") {
        /// Painted.
        Rendered = "rendered",
        /// Painted, but kept from screen readers.
        AriaHidden = "aria_hidden",
        /// Not painted: display, visibility, opacity, or an element that never is.
        CssHidden = "css_hidden",
        /// Cut away or moved off the page.
        Clipped = "clipped",
        /// No size.
        ZeroSize = "zero_size",
        /// Published for machines (JSON-LD, meta elements).
        Published = "published",
    }
}

impl Shown {
    /// Whether a person in front of the page sees it. `aria-hidden` alone hides nothing from the eye.
    #[must_use]
    pub const fn is_painted(self) -> bool {
        matches!(self, Self::Rendered | Self::AriaHidden)
    }

    /// Whether a person sees it, or it was published for machines.
    #[must_use]
    pub const fn is_open(self) -> bool {
        self.is_painted() || matches!(self, Self::Published)
    }
}

/// The longest message accepted, in bytes. A full answer to the largest plan stays well below.
const LONGEST: usize = 4 << 20;

impl Sightings {
    /// Reads the probe's answer to `plan` and checks it against every question asked.
    ///
    /// # Errors
    /// A [`Fault`] with [`GuardError`](crate::vocabulary::Code::GuardError) for anything that does not answer this very plan, or with
    /// the code of the probe's own refusal.
    pub fn parse(text: &str, plan: &Plan) -> Result<Self, Fault> {
        if let Some(fault) = refusal(text) {
            return Err(fault);
        }
        let sightings: Self = parse("sightings", text, LONGEST)?;
        sightings.check(plan)?;
        Ok(sightings)
    }

    fn check(&self, plan: &Plan) -> Result<(), Fault> {
        if self.v != VERSION {
            return Err(Fault::broken("the sightings are of another version"));
        }
        if self.nonce != plan.nonce {
            return Err(Fault::broken("the sightings belong to another inspection"));
        }
        if !is_print(&self.pin) {
            return Err(Fault::broken("the fingerprint of the page is malformed"));
        }
        if self.elements > plan.limits.elements {
            return Err(Fault::broken("the sightings count more elements than the plan allows"));
        }
        if self.answers.len() != plan.queries.len() {
            return Err(Fault::broken("the sightings do not answer every question"));
        }
        let mut next_handle = 0;
        for (answer, query) in self.answers.iter().zip(&plan.queries) {
            let wrong = |what: &str| Fault::broken(format!("the answer to question {} {what}", query.id));
            if answer.id != query.id {
                return Err(wrong("is missing"));
            }
            if answer.error.is_some() && (answer.count != 0 || !answer.nodes.is_empty()) {
                return Err(wrong("is both an error and a finding"));
            }
            if query.presence {
                if answer.count > 1 || !answer.nodes.is_empty() {
                    return Err(wrong("tells more than was asked"));
                }
                continue;
            }
            let told = u32::try_from(answer.nodes.len()).unwrap_or(u32::MAX);
            let most = plan.limits.nodes;
            if told > most || answer.count > most.saturating_add(1) || told != answer.count.min(most) {
                return Err(wrong("has a wrong number of nodes"));
            }
            for node in &answer.nodes {
                // Handles only ever grow, so none can stand for two nodes.
                if node.h < next_handle {
                    return Err(wrong("uses a handle twice"));
                }
                next_handle = node.h.checked_add(1).ok_or_else(|| wrong("has an impossible handle"))?;
                if !is_print(&node.print) {
                    return Err(wrong("has a malformed fingerprint"));
                }
                let asks = u32::try_from(query.asks.len()).unwrap_or(u32::MAX);
                let rising = node.yes.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
                if !rising || node.yes.iter().any(|yes| *yes >= asks) {
                    return Err(wrong("says yes to what was not asked"));
                }
                // JSON-LD is nothing else; among elements, those of which an attribute is asked can be.
                let published = node.shown == Shown::Published;
                if published != query.ld.is_some() && !(published && query.attr.is_some()) {
                    return Err(wrong("is about another kind of node"));
                }
            }
        }
        Ok(())
    }
}
