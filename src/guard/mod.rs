//! The guard: one inspection from address to entry, as pure steps that something else (a browser, a file, a test) connects.
//!
//! ```text
//! Guard::plan -> Plan          the questions for a page
//! Guard::judge -> Judgement    verdicts, and which nodes hold what was allowed
//! Judgement::permit -> Permit  what may be read
//! Guard::conclude -> Outcome   screened values as a card, and the entry, for one commit
//! ```
//!
//! An inspection can be written down and judged again later: it holds no value, and reading under it is refused unless the page, the
//! policy and every node are what they were.

mod conclude;
mod judgement;

pub use conclude::{Moment, Outcome};
pub use judgement::{Inspection, Judgement, Report};

use crate::judge::{deny_all, judge};
use crate::page::{Fault, Permit, Plan, ReadOne, Sightings, VERSION};
use crate::policy::{self, Policy};
use crate::site::{Adapter, Address, Page, Reading, Seen, Survey, built_in, in_charge};
use crate::sorted::Map;
use crate::vocabulary::{Code, Decision, Field, PageKind, Relation};

/// A policy and the known sites, ready to judge pages.
#[derive(Clone, Debug)]
pub struct Guard {
    policy: Result<Policy, Fault>,
    policy_hash: String,
    adapters: Vec<Adapter>,
}

impl Guard {
    /// Makes a guard with the built-in adapters. Without a policy, and with one that cannot be read, it denies everything and says why.
    ///
    /// # Errors
    /// What is wrong with a built-in adapter.
    pub fn new(policy: Option<&str>) -> Result<Self, String> {
        let text = policy.unwrap_or_default();
        let policy = match policy {
            None => Err(Fault { code: Code::PolicyNoLegalBasis, what: "no policy is set".into() }),
            Some(text) => {
                Policy::parse(text).map_err(|problems| Fault::broken(format!("the policy cannot be used: {}", problems.join("; "))))
            }
        };
        Ok(Self { policy, policy_hash: policy::hash(text), adapters: built_in()? })
    }

    /// Why the policy allows nothing, if it cannot be used.
    #[must_use]
    pub fn policy_fault(&self) -> Option<&Fault> {
        self.policy.as_ref().err()
    }

    /// The questions for the page at an address.
    ///
    /// # Errors
    /// A [`Fault`] with [`SiteUnsupported`](Code::SiteUnsupported) when it is no page that could hold a profile.
    pub fn plan(&self, url: &str, nonce: &str) -> Result<Plan, Fault> {
        let (_, adapter) = self.find(url)?;
        Ok(Survey::of(adapter).plan(nonce, url))
    }

    /// Judges what the probe saw. Whatever goes wrong becomes a judgement that denies everything.
    #[must_use]
    pub fn judge(&self, url: &str, nonce: &str, sightings: Result<&str, Fault>) -> Judgement {
        match self.try_judge(url, nonce, sightings) {
            Ok(judgement) => judgement,
            Err(fault) => self.refuse(url, nonce, &fault),
        }
    }

    /// Makes the judgement of an earlier inspection again, from its evidence. It stands under the policy of that time: if another is in
    /// force now, nothing can be captured under it.
    #[must_use]
    pub fn judge_again(&self, inspection: &Inspection) -> Judgement {
        let judgement = self.judge(&inspection.url, &inspection.nonce, Ok(&inspection.sightings));
        Judgement { policy: inspection.policy.clone(), ..judgement }
    }

    fn try_judge(&self, url: &str, nonce: &str, sightings: Result<&str, Fault>) -> Result<Judgement, Fault> {
        let (address, adapter) = self.find(url)?;
        let survey = Survey::of(adapter);
        let sightings = Sightings::parse(sightings?, &survey.plan(nonce, url))?;
        let mut reading = Reading::of(adapter, &survey, &address, &sightings);
        let verdicts = match &self.policy {
            Ok(policy) => {
                for seen in &mut reading.page.signals {
                    seen.effect = policy.effect(seen.signal);
                }
                judge(policy, &reading)
            }
            Err(fault) => deny_all(fault),
        };
        let allowed = verdicts.iter().filter(|verdict| verdict.decision == Decision::Allow).map(|verdict| verdict.field);
        let reads = allowed.filter_map(|field| Some((field, reads(field, &reading.findings.get(&field)?.nodes)))).collect();
        Ok(Judgement {
            nonce: nonce.to_owned(),
            pin: sightings.pin,
            source: address.source(adapter.keep_query),
            policy: self.policy_hash.clone(),
            page: reading.page,
            verdicts,
            reads,
        })
    }

    /// A judgement that denies everything for one reason.
    fn refuse(&self, url: &str, nonce: &str, fault: &Fault) -> Judgement {
        let address = Address::parse(url);
        let adapter = address.as_ref().and_then(|address| in_charge(&self.adapters, address));
        Judgement {
            nonce: nonce.to_owned(),
            pin: String::new(),
            source: String::new(),
            policy: self.policy_hash.clone(),
            page: Page {
                kind: PageKind::Other,
                site: address.as_ref().map(|address| address.site().to_owned()).unwrap_or_default(),
                adapter: adapter.map(Adapter::label).unwrap_or_default(),
                layout: None,
                relation: Relation::Unknown,
                signals: Vec::new(),
            },
            verdicts: deny_all(fault),
            reads: Map::default(),
        }
    }

    fn find(&self, url: &str) -> Result<(Address, &Adapter), Fault> {
        let unsupported = || Fault { code: Code::SiteUnsupported, what: "this is not a page of the web".into() };
        let address = Address::parse(url).ok_or_else(unsupported)?;
        let adapter = in_charge(&self.adapters, &address).ok_or_else(unsupported)?;
        Ok((address, adapter))
    }
}

/// The nodes to read for a field: each text once, and of a field that is no list the first.
fn reads(field: Field, nodes: &[Seen]) -> Vec<ReadOne> {
    let mut reads: Vec<ReadOne> = Vec::new();
    for seen in nodes.iter().filter(|seen| seen.is_open()) {
        if reads.iter().all(|one| one.print != seen.print) {
            reads.push(ReadOne { h: seen.h, print: seen.print.clone() });
        }
    }
    if !field.is_list() {
        reads.truncate(1);
    }
    reads
}

impl Judgement {
    /// What may be read: the nodes of every allowed field, and no other.
    #[must_use]
    pub fn permit(&self) -> Permit {
        Permit {
            v: VERSION,
            nonce: self.nonce.clone(),
            pin: self.pin.clone(),
            read: self.reads.values().flatten().cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests;
