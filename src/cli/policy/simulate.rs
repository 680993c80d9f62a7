//! What a policy would make of the fields in a log.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::space::{is_at_or_below, named_hosts};
use super::{in_force, listed};
use crate::cli::{Documents, Failure, Words, count, logs, written};
use crate::guard::{Decided, decide, facts_of};
use crate::ledger::{Entry, PageEntry};
use crate::policy::{InForce, Settings};
use crate::site::{Adapter, BUILT_IN};
use crate::sorted::Set;
use crate::vocabulary::{Code, Decision, Field};

/// What a policy would make of a log. The JSON document of `policy simulate`.
#[derive(Debug, Default, Serialize)]
struct Simulation {
    /// Entries in the log.
    entries: usize,
    /// Fields that stood on the pages.
    fields: usize,
    /// Those of them that would be denied, and those of these that were allowed.
    denied: usize,
    newly_denied: usize,
    /// Those that would be allowed and were denied.
    newly_allowed: usize,
    /// Entries of which it is not known whether they are of a site that the policy names. They are judged as strictly as on any.
    site_unknown: usize,
    /// How often each reason would be given for each field.
    reasons: Vec<Row>,
}

/// How often a reason would be given for a field.
#[derive(Debug, Serialize)]
struct Row {
    field: Field,
    code: Code,
    fields: usize,
    /// How many of these were decided otherwise.
    newly: usize,
}

/// Prints what a policy would make of a log.
pub(in crate::cli) fn simulate(words: &[&str]) -> Result<String, Failure> {
    let words = Words::of(words, &["--managed"], &["--json"])?;
    let [policy, log] = words.alone(["which policy?", "which log?"])?;
    let managed = words.value("--managed");
    let settings = Documents::read(Some(policy), managed)?.settings();
    let problems = [(policy, &settings.local_problems), (managed.unwrap_or_default(), &settings.managed_problems)];
    let told: String = problems.iter().map(|(path, problems)| listed(path, problems)).collect();
    if !told.is_empty() {
        return Err(Failure::Work(told));
    }
    let checked = logs::read(log)?;
    let earlier = logs::restored(&checked);
    let pages: Vec<&PageEntry> = checked.entries.iter().filter_map(Entry::page).collect();
    let simulation = Simulation::of(in_force(&settings)?, &pages, &|entry| earlier.get(&entry.policy));
    if words.has("--json") { written(&simulation) } else { Ok(simulation.told()) }
}

impl Simulation {
    fn of<'a>(in_force: &InForce, entries: &[&PageEntry], earlier: &dyn Fn(&PageEntry) -> Option<&'a Settings>) -> Self {
        let adapters: Vec<Adapter> = BUILT_IN.iter().filter_map(|text| Adapter::parse(text).ok()).collect();
        let mut simulation = Self { entries: entries.len(), ..Self::default() };
        let mut reasons: BTreeMap<(Field, Code), (usize, usize)> = BTreeMap::new();
        for entry in entries {
            let asked = earlier(entry).and_then(|settings| settings.in_force().ok()).map(named_hosts).unwrap_or_default();
            let mut facts = facts_of(entry);
            facts.hosts = Site { noted: &entry.hosts, asked: &asked, network: network(entry, &adapters) }.hosts(in_force);
            simulation.site_unknown += usize::from(facts.hosts.is_none());
            let Decided { verdicts, .. } = decide(Ok(in_force), &facts);
            for (line, verdict) in entry.decisions.iter().zip(&verdicts).filter(|(line, _)| line.present) {
                let is_new = line.decision != verdict.decision;
                let is_denied = verdict.decision == Decision::Deny;
                simulation.fields += 1;
                simulation.denied += usize::from(is_denied);
                simulation.newly_denied += usize::from(is_denied && is_new);
                simulation.newly_allowed += usize::from(!is_denied && is_new);
                let codes: BTreeSet<Code> = verdict.reasons.iter().map(|reason| reason.code).collect();
                for code in codes {
                    let (fields, newly) = reasons.entry((verdict.field, code)).or_default();
                    *fields += 1;
                    *newly += usize::from(is_new);
                }
            }
        }
        let row = |((field, code), (fields, newly))| Row { field, code, fields, newly };
        Self { reasons: reasons.into_iter().map(row).collect(), ..simulation }
    }

    fn told(&self) -> String {
        let Self { entries, fields, denied, newly_denied, newly_allowed, site_unknown, reasons } = self;
        let mut told = format!("{denied} of the last {fields} fields would be denied, {newly_allowed} would be newly allowed\n");
        told.push_str(&format!("of those denied, {newly_denied} were allowed when they were judged\n"));
        if !reasons.is_empty() {
            told.push_str(&format!("\n{:<16} {:<29} {:>6} {:>6}\n", "field", "reason", "fields", "newly"));
        }
        for Row { field, code, fields, newly } in reasons {
            told.push_str(&format!("{:<16} {:<29} {fields:>6} {newly:>6}\n", field.as_str(), code.as_str()));
        }
        if *site_unknown > 0 {
            let entries = count(*entries, "entry", "entries");
            told.push_str(&format!(
                "\nof {entries}, {site_unknown} may be of a site that the policy names, and the log does not say: judged as strictly as on any\n"
            ));
        }
        told
    }
}

/// What a log says of the site of an entry. The site itself is not in it.
struct Site<'a> {
    /// Hosts that stand for the site.
    noted: &'a Set<String>,
    /// Hosts that were asked about when it was judged: one that is not noted does not stand for it.
    asked: &'a BTreeSet<&'a str>,
    /// The site is one of these or lies below one, if there are any.
    network: &'a [String],
}

impl Site<'_> {
    /// The hosts, of those that settings name, that stand for the site; nothing if that cannot be told of one of them.
    fn hosts(&self, in_force: &InForce) -> Option<Set<String>> {
        let mut hosts = Set::default();
        for host in named_hosts(in_force) {
            if self.is_below(host)? {
                hosts.insert(host.to_owned());
            }
        }
        Some(hosts)
    }

    /// Whether a host stands for the site, where that is known.
    fn is_below(&self, host: &str) -> Option<bool> {
        let is_apart = |other: &str| !is_at_or_below(host, other) && !is_at_or_below(other, host);
        let in_network = |holds: &dyn Fn(&str) -> bool| !self.network.is_empty() && self.network.iter().all(|one| holds(one));
        if self.noted.iter().any(|noted| is_at_or_below(noted, host)) || in_network(&|one| is_at_or_below(one, host)) {
            return Some(true);
        }
        let refuted = self.asked.iter().any(|asked| self.noted.get(asked).is_none() && is_at_or_below(host, asked));
        let elsewhere = self.noted.iter().any(|noted| is_apart(noted)) || in_network(&is_apart);
        (refuted || elsewhere).then_some(false)
    }
}

/// The hosts of the network that an entry is about, if it is one of those that are known.
fn network<'a>(entry: &PageEntry, adapters: &'a [Adapter]) -> &'a [String] {
    let id = entry.adapter.split('@').next().unwrap_or_default();
    let adapter = adapters.iter().find(|adapter| adapter.id == id && !adapter.covers_any());
    adapter.map(|adapter| adapter.hosts.as_slice()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_known_only_as_far_as_the_log_tells() {
        let noted: Set<String> = ["linkedin.com".to_owned()].into_iter().collect();
        let asked = BTreeSet::from(["linkedin.com", "x.com", "shop.example"]);
        let site = Site { noted: &noted, asked: &asked, network: &[] };
        for (host, known) in [
            ("linkedin.com", Some(true)),
            ("com", Some(true)),
            ("de.linkedin.com", None),
            ("x.com", Some(false)),
            ("shop.example", Some(false)),
            ("a.shop.example", Some(false)),
            ("example", Some(false)),
        ] {
            assert_eq!(site.is_below(host), known, "{host}");
        }
        let none = Set::default();
        let network = ["x.com".to_owned(), "twitter.com".to_owned()];
        let site = Site { noted: &none, asked: &BTreeSet::new(), network: &network };
        for (host, known) in [("com", Some(true)), ("x.com", None), ("mobile.x.com", None), ("linkedin.com", Some(false))] {
            assert_eq!(site.is_below(host), known, "{host}");
        }
        let site = Site { network: &[], ..site };
        assert_eq!(site.is_below("com"), None);
    }
}
