//! Adapters checked, and what an adapter makes of a page explained.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use scraper::Selector;
use serde::Serialize;

use super::{Failure, Words, count, jsonc, read_page, read_text, written};
use crate::page::html::{SavedPage, normalise};
use crate::page::{Ask, Plan, Query, SCOPE, Sightings};
use crate::site::{Adapter, Address, BUILT_IN, Case, Layout, Reading, Survey, in_charge};
use crate::sorted::Map;
use crate::vocabulary::{Audience, Field, Relation};

/// What is wrong with an adapter, or might be.
#[derive(Debug, Default, Serialize)]
struct Findings {
    errors: Vec<String>,
    warnings: Vec<String>,
}

/// Prints what is wrong with adapters: those given, or those that come with Scruple.
pub(super) fn check(words: &[&str]) -> Result<String, Failure> {
    let words = Words::of(words, &[], &["--json"])?;
    let mut named: Vec<(String, String)> =
        words.alone.iter().map(|path| Ok(((*path).to_owned(), read_text(path)?))).collect::<Result<_, Failure>>()?;
    if named.is_empty() {
        named = BUILT_IN.iter().map(|text| ("built in".to_owned(), (*text).to_owned())).collect();
    }
    let mut findings = BTreeMap::new();
    let mut adapters = Vec::new();
    for (path, text) in &named {
        let mut found = Findings::default();
        let name = match jsonc::plain(text).map_err(|problem| problem.to_string()).and_then(|text| Adapter::parse(&text)) {
            Ok(adapter) => {
                found.examine(&adapter);
                let name = if words.alone.is_empty() { adapter.id.clone() } else { path.clone() };
                adapters.push((name.clone(), adapter));
                name
            }
            Err(error) => {
                found.errors.push(error);
                path.clone()
            }
        };
        findings.insert(name, found);
    }
    for (name, error) in overlaps(&adapters) {
        findings.entry(name).or_default().errors.push(error);
    }
    let told = if words.has("--json") { written(&findings)? } else { told(&findings, &adapters) };
    if findings.values().all(|found| found.errors.is_empty()) { Ok(told) } else { Err(Failure::Found(told)) }
}

fn told(findings: &BTreeMap<String, Findings>, adapters: &[(String, Adapter)]) -> String {
    let mut text = String::new();
    for (name, Findings { errors, warnings }) in findings {
        for error in errors {
            _ = writeln!(text, "{name}: {error}");
        }
        for warning in warnings {
            _ = writeln!(text, "{name}: warning: {warning}");
        }
        let cases = adapters.iter().find(|(other, _)| other == name).map_or(0, |(_, adapter)| adapter.cases.len());
        let outcome = match (errors.len(), warnings.len()) {
            (0, 0) => "sound".to_owned(),
            (0, warnings) => format!("sound, {}", count(warnings, "warning", "warnings")),
            (errors, _) => count(errors, "error", "errors"),
        };
        _ = writeln!(text, "{name}: {outcome}, {}", count(cases, "case", "cases"));
    }
    text
}

/// Hosts that two adapters name: only one of them would ever be asked.
fn overlaps(adapters: &[(String, Adapter)]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, (name, adapter)) in adapters.iter().enumerate() {
        for (other, before) in adapters.iter().take(at) {
            for host in adapter.hosts.iter().filter(|host| *host != "*") {
                let same = |other: &&String| {
                    host == *other || host.ends_with(&format!(".{other}")) || other.ends_with(&format!(".{host}"))
                };
                if let Some(with) = before.hosts.iter().find(same) {
                    found.push((name.clone(), format!("`{host}` is covered by `{with}` of {other} too")));
                }
            }
        }
    }
    found
}

impl Findings {
    fn examine(&mut self, adapter: &Adapter) {
        self.documents(adapter);
        self.selectors(adapter);
        self.paths(adapter);
        self.degrees(adapter);
        self.layouts(adapter);
        if adapter.cases.len() < 2 {
            self.errors.push("needs at least two cases: one that is read, and one that is not".into());
        }
        for case in &adapter.cases {
            for difference in differences(adapter, case) {
                self.errors.push(format!("case \"{}\": {difference}", case.says));
            }
        }
        self.untried(adapter);
    }

    fn documents(&mut self, adapter: &Adapter) {
        if adapter.rests_on.trim().is_empty() {
            self.errors.push("`rests_on` does not say which knowledge it rests on".into());
        }
        let mut ids = BTreeSet::new();
        for layout in &adapter.layouts {
            if !ids.insert(&layout.id) {
                self.errors.push(format!("two layouts are called `{}`", layout.id));
            }
        }
    }

    /// Selectors that cannot be read, and words that no text could ever equal.
    fn selectors(&mut self, adapter: &Adapter) {
        let plan = plan_of(adapter);
        let mut told = BTreeSet::new();
        let selectors = plan.queries.iter().filter_map(|query| query.css.as_ref()).chain(&plan.never).chain(&plan.shadows);
        for css in selectors.filter(|css| *css != SCOPE) {
            if let Err(error) = Selector::parse(css)
                && told.insert(css)
            {
                self.errors.push(format!("the selector `{css}` cannot be read: {error}"));
            }
        }
        let words = plan.queries.iter().flat_map(|query| &query.asks).flat_map(words_of).collect::<BTreeSet<_>>();
        for word in words.into_iter().filter(|word| normalise(word) != *word) {
            self.errors.push(format!(
                "texts are compared in lower case and without needless space: write `{}` for `{word}`",
                normalise(&word)
            ));
        }
    }

    /// Patterns that an earlier one makes needless, and profiles that a kind of page takes away.
    fn paths(&mut self, adapter: &Adapter) {
        let kinds: Vec<&String> = adapter.kinds.iter().flat_map(|kind| &kind.paths).collect();
        for (at, path) in kinds.iter().enumerate() {
            if let Some(before) = kinds.iter().take(at).find(|before| swallows(before, path)) {
                self.warnings.push(format!("the path `{path}` is never reached: `{before}` stands before it"));
            }
        }
        for path in &adapter.profile_paths {
            if let Some(kind) = kinds.iter().find(|kind| swallows(kind, path)) {
                self.errors.push(format!("no page at `{path}` is ever a profile: `{kind}` says it is something else"));
            }
        }
    }

    fn degrees(&mut self, adapter: &Adapter) {
        let mut seen = BTreeSet::new();
        for word in adapter.degrees.values().flatten() {
            if !seen.insert(word) {
                self.errors.push(format!("the label `{word}` states a degree twice"));
            }
        }
    }

    /// Layouts that an earlier one hides, and places that say the same twice.
    fn layouts(&mut self, adapter: &Adapter) {
        for (at, layout) in adapter.layouts.iter().enumerate() {
            let hidden = |before: &&Layout| {
                before.unless.is_empty()
                    && before.owner == layout.owner
                    && before.anchors.iter().all(|anchor| layout.anchors.contains(anchor))
            };
            if let Some(before) = adapter.layouts.iter().take(at).find(hidden) {
                self.errors.push(format!("the layout `{}` is never reached: `{}` is found wherever it is", layout.id, before.id));
            }
            for (field, places) in layout.fields.iter() {
                for (at, place) in places.iter().enumerate() {
                    if places.iter().take(at).any(|before| before == place) {
                        self.warnings.push(format!("layout `{}` looks for `{field}` in one place twice", layout.id));
                    }
                }
            }
        }
    }

    /// Layouts that no case is of: nothing shows that they can be reached.
    fn untried(&mut self, adapter: &Adapter) {
        let tried: BTreeSet<String> = adapter.cases.iter().filter_map(|case| read(adapter, case)?.page.layout).collect();
        for layout in adapter.layouts.iter().filter(|layout| !tried.contains(&layout.id)) {
            self.warnings.push(format!("no case is of the layout `{}`", layout.id));
        }
    }
}

/// Whether every path of a pattern is one of an earlier pattern.
fn swallows(before: &str, path: &str) -> bool {
    let parts = |pattern: &str| pattern.split('/').filter(|part| !part.is_empty()).map(str::to_lowercase).collect::<Vec<_>>();
    let (before, path) = (parts(before), parts(path));
    for (at, part) in before.iter().enumerate() {
        match (part.as_str(), path.get(at).map(String::as_str)) {
            ("**", _) => return true,
            (_, None | Some("**")) => return false,
            ("*", Some(_)) => {}
            (want, Some(have)) if want == have => {}
            _ => return false,
        }
    }
    before.len() == path.len()
}

fn words_of(ask: &Ask) -> Vec<String> {
    match ask {
        Ask::Is(words) | Ask::Has(words) | Ask::Tokens(words) => words.clone(),
        Ask::Near(near) => near.has.clone(),
        _ => Vec::new(),
    }
}

fn plan_of(adapter: &Adapter) -> Plan {
    Survey::of(&[adapter]).plan("n", "https://a.example/", None)
}

/// What an adapter reads from the page of a case; none if the case has no address of the web.
fn read(adapter: &Adapter, case: &Case) -> Option<Reading> {
    let survey = Survey::of(&[adapter]);
    let plan = survey.plan("n", &case.url, case.person);
    let sightings = Sightings::parse(&SavedPage::parse(&case.html).inspect(&plan), &plan).ok()?;
    Some(Reading::of(&[adapter], &survey, &Address::parse(&case.url)?, &sightings, case.person.is_some()))
}

/// In what a case does not come out as it says.
fn differences(adapter: &Adapter, case: &Case) -> Vec<String> {
    let Some(reading) = read(adapter, case) else { return vec!["its page cannot be looked at".into()] };
    let expect = &case.expect;
    let mut found = Vec::new();
    let mut differ = |what: &str, is: String, should: String| {
        if is != should {
            found.push(format!("{what} is {is}, expected {should}"));
        }
    };
    let none = || "none".to_owned();
    differ("the kind of page", reading.page.kind.to_string(), expect.kind.to_string());
    differ("the relation", reading.page.relation.to_string(), expect.relation.unwrap_or(Relation::Unknown).to_string());
    if let Some(layout) = &expect.layout {
        differ("the layout", reading.page.layout.clone().unwrap_or_else(none), layout.clone());
    }
    // A kind of page that is never captured says by itself that it is refused.
    if expect.refused.is_some() || reading.page.layout.is_some() {
        let is = reading.refusal.as_ref().map_or_else(none, |fault| fault.code.to_string());
        let should = expect.refused.map_or_else(
            || if expect.kind == crate::vocabulary::PageKind::Profile { none() } else { is.clone() },
            |code| code.to_string(),
        );
        differ("the refusal", is, should);
    }
    if let Some(signals) = &expect.signals {
        differ("the list of signals", listed(reading.page.signals.iter().map(|seen| seen.signal)), listed(signals.iter().copied()));
    }
    let fields: Map<Field, Audience> =
        reading.findings.iter().map(|(field, finding)| (*field, Audience::proved_by(&finding.evidence()))).collect();
    let all: BTreeSet<Field> = fields.keys().chain(expect.fields.keys()).copied().collect();
    for field in all {
        let told = |fields: &Map<Field, Audience>| fields.get(&field).map_or_else(|| "not found".to_owned(), ToString::to_string);
        differ(&format!("`{field}`"), told(&fields), told(&expect.fields));
    }
    found
}

fn listed<T: ToString>(items: impl Iterator<Item = T>) -> String {
    let items: Vec<String> = items.map(|item| item.to_string()).collect();
    format!("[{}]", items.join(", "))
}

/// Prints what the adapters make of a saved page: which questions found what kind of node. Values only where they are asked for.
pub(super) fn explain(words: &[&str]) -> Result<String, Failure> {
    let words = Words::of(words, &["--url", "--adapter", "--person"], &["--values"])?;
    let [path] = words.alone(["which page?"])?;
    let url =
        words.value("--url").ok_or_else(|| Failure::Usage("`--url` says at which address the page stood, and is needed".into()))?;
    let person = words.value("--person").map(super::pages::person).transpose()?;
    let own = words.value("--adapter").map(read_text).transpose()?;
    let adapters: Vec<Adapter> = own
        .iter()
        .map(String::as_str)
        .chain(BUILT_IN.iter().copied())
        .map(|text| jsonc::plain(text).map_err(|problem| problem.to_string()).and_then(|text| Adapter::parse(&text)))
        .collect::<Result<_, _>>()
        .map_err(Failure::Work)?;
    let address = Address::parse(url).ok_or_else(|| Failure::Work(format!("`{url}` is not an address of the web")))?;
    let in_charge = in_charge(&adapters, &address);
    let survey = Survey::of(&in_charge);
    let plan = survey.plan("n", url, person);
    let mut page = SavedPage::parse(&read_page(path)?);
    let answer = page.inspect(&plan);
    let sightings = Sightings::parse(&answer, &plan).map_err(|fault| Failure::Work(fault.to_string()))?;
    let reading = Reading::of(&in_charge, &survey, &address, &sightings, person.is_some());

    let mut text = String::new();
    _ = writeln!(text, "asked      {}", in_charge.iter().map(|adapter| adapter.label()).collect::<Vec<_>>().join(", "));
    _ = writeln!(text, "in charge  {}", reading.page.adapter);
    _ = writeln!(text, "kind       {}", reading.page.kind);
    _ = writeln!(text, "layout     {}", reading.page.layout.as_deref().unwrap_or("none"));
    _ = writeln!(text, "relation   {}", reading.page.relation);
    _ = writeln!(text, "signals    {}", listed(reading.page.signals.iter().map(|seen| seen.signal)));
    if let Some(refusal) = &reading.refusal {
        _ = writeln!(text, "refused    {refusal}");
    }
    for (query, (answer, says)) in plan.queries.iter().zip(sightings.answers.iter().zip(survey.told(&in_charge))) {
        if answer.count == 0 && answer.error.is_none() {
            continue;
        }
        _ = writeln!(text, "\n{says}\n  {}", asked(query));
        if let Some(error) = &answer.error {
            _ = writeln!(text, "    cannot be asked: {error}");
        }
        for node in &answer.nodes {
            let value = if words.has("--values") { page.value(node.h).map(|value| format!(" {value:?}")) } else { None };
            let kind = page.node_kind(node.h).unwrap_or_default();
            _ = writeln!(text, "    {kind} {}{}", node.shown, value.unwrap_or_default());
        }
    }
    Ok(text)
}

fn asked(query: &Query) -> String {
    let place = match (&query.css, &query.ld) {
        (Some(css), _) => css.clone(),
        (None, Some(linked)) => format!("JSON-LD {} {}", linked.kind, linked.key.join(".")),
        (None, None) => String::new(),
    };
    query.attr.as_ref().map_or_else(|| place.clone(), |attr| format!("{place} @{attr}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_adapter_that_comes_with_scruple_is_sound() {
        let told = match check(&[]) {
            Ok(told) | Err(Failure::Found(told)) => told,
            Err(other) => panic!("{other:?}"),
        };
        let errors: Vec<&str> = told.lines().filter(|line| !line.contains(": warning: ") && !line.contains(": sound")).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }

    #[test]
    fn a_pattern_swallows_what_it_covers() {
        for (before, path, covers) in [
            ("/in/**", "/in/*", true),
            ("/in/*", "/in/*", true),
            ("/IN/*", "/in/a", true),
            ("/in/a", "/in/*", false),
            ("/in/*", "/in/**", false),
            ("/in", "/in/*", false),
            ("/**", "/", true),
        ] {
            assert_eq!(swallows(before, path), covers, "{before} {path}");
        }
    }
}
