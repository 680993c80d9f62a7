//! How two policies differ: what becomes allowed, what becomes denied, and under which circumstances.

use std::collections::BTreeMap;

use serde::Serialize;

use super::regions::cover;
use super::space::{Named, Point, Region, Signals, Space, Value, points_of};
use super::words::{Becomes, asks_for_one, circumstances, is_evidence, or, sides};
use super::{in_force, policy_alone};
use crate::cli::{Failure, Words, count, written};
use crate::judge::{Because, Case, Clause, Ruling};
use crate::policy::{Basis, InForce, Policy, Retention, Use, pseudo};
use crate::vocabulary::{Audience, Code, Decision, EvidenceKind, Field, Mode, Relation, Signal};

/// More points than this are not looked at one by one.
const MOST: usize = 4_000_000;

/// How two policies differ. The JSON document of `policy diff`.
#[derive(Debug, Default, Serialize)]
pub(super) struct Difference {
    /// What holds for the policy as a whole, in sentences.
    settings: Vec<String>,
    /// What is decided otherwise.
    fields: Vec<Change>,
}

/// One field that is decided otherwise under some circumstances.
#[derive(Debug, Serialize)]
struct Change {
    field: Field,
    /// `allowed` or `denied`: the decision under the second policy, wherever `when` holds.
    becomes: &'static str,
    /// Under which circumstances; any one of these is enough.
    when: Vec<When>,
    /// The rules behind it.
    rules: Vec<String>,
    /// The same in a sentence.
    says: String,
}

/// Circumstances that must all hold. Of each list one is enough, and what is left out does not matter.
#[derive(Debug, Default, Serialize)]
struct When {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    audiences: Vec<Audience>,
    /// Kinds of evidence: of each of these lists, one must be there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    with: Vec<Vec<EvidenceKind>>,
    /// Kinds of evidence that must not be there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    without: Vec<EvidenceKind>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    relations: Vec<Relation>,
    /// Hosts, of which the longest that fits counts; `*` where none of those that the policies name fits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sites: Vec<String>,
    /// Countries; `*` is any that the policies do not name, and nothing one that is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    countries: Vec<Option<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    uses: Vec<String>,
    /// The signal on the page; nothing where there is none. Those that deny under both policies are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signals: Vec<Option<Signal>>,
}

/// Prints how two policies differ.
pub(in crate::cli) fn diff(words: &[&str]) -> Result<String, Failure> {
    let words = Words::of(words, &[], &["--json"])?;
    let [before, after] = words.alone(["which policies?", "which policy to compare it with?"])?;
    let (before, after) = (policy_alone(before)?, policy_alone(after)?);
    let difference = Difference::of(in_force(&before)?, in_force(&after)?)?;
    if words.has("--json") { written(&difference) } else { Ok(difference.told()) }
}

impl Difference {
    fn of(before: &InForce, after: &InForce) -> Result<Self, Failure> {
        let mut fields = Vec::new();
        for space in Space::all(&[before, after], Signals::Telling) {
            if space.size() > MOST {
                let what = format!("the policies tell apart too many circumstances of `{}` to look at each", space.field());
                return Err(Failure::Work(what));
            }
            fields.extend(changes(&space, before, after));
        }
        // The sort is stable, so the changes of one field stay in the order they were found in.
        fields.sort_by_key(|change: &Change| change.field);
        Ok(Self { settings: settings(before, after), fields })
    }

    fn told(&self) -> String {
        if self.settings.is_empty() && self.fields.is_empty() {
            return "no difference: both allow and deny the same\n".to_owned();
        }
        let mut told: String = self.settings.iter().map(|sentence| format!("~ {sentence}\n")).collect();
        // Fields of which the same is to be said share a line.
        let mut lines: Vec<(&str, &str, Vec<&str>)> = Vec::new();
        for Change { field, becomes, says, .. } in &self.fields {
            match lines.iter_mut().find(|(other, sentence, _)| other == becomes && sentence == says) {
                Some((.., fields)) => fields.push(field.as_str()),
                None => lines.push((becomes, says, vec![field.as_str()])),
            }
        }
        for (becomes, says, fields) in &lines {
            let sign = if *becomes == "allowed" { '+' } else { '-' };
            let verb = if fields.len() == 1 { "becomes" } else { "become" };
            told.push_str(&format!("{sign} {} {verb} {says}\n", super::words::and(fields)));
        }
        if !lines.is_empty() {
            told.push_str("(details that are shown in full and are the owner's; whatever else denies them still does)\n");
        }
        told
    }
}

fn ruling_at<T>(space: &Space<'_>, point: &Point, in_force: &InForce, take: impl Fn(Ruling<'_>) -> T) -> T {
    let facts = space.facts(point, in_force);
    take(Case::of(in_force, &facts).rule_on(space.field()))
}

/// The changes for all fields of a space.
fn changes(space: &Space<'_>, before: &InForce, after: &InForce) -> Vec<Change> {
    let allows = |ruling: Ruling<'_>| ruling.decision == Decision::Allow;
    let decided =
        |in_force: &InForce| space.points().map(|point| ruling_at(space, &point, in_force, allows)).collect::<Vec<bool>>();
    let (was, is) = (decided(before), decided(after));
    let mut told = Vec::new();
    for becomes in [Becomes::Allowed, Becomes::Denied] {
        let wanted = becomes == Becomes::Allowed;
        let changed: Vec<bool> = was.iter().zip(&is).map(|(was, is)| was != is && *is == wanted).collect();
        // What becomes allowed is told in full. Of what becomes denied it is enough to tell the part in which nothing is allowed now: where
        // nothing was allowed there before, nothing is lost.
        let inside = if wanted { changed.clone() } else { is.iter().map(|is| !is).collect() };
        for regions in merged(space, cover(space, &changed, &inside)) {
            let points = regions.iter().flat_map(|region| points_of(region.clone()));
            let points: Vec<Point> = points.filter(|point| changed.get(space.number(point)) == Some(&true)).collect();
            told.extend(tell(space, &regions, becomes, &causes(space, &points, becomes, after)));
        }
    }
    told
}

/// Puts together regions that differ only in the one kind of evidence they ask for.
fn merged(space: &Space<'_>, regions: Vec<Region>) -> Vec<Vec<Region>> {
    let elsewhere = |region: &Region| -> Region {
        space.axes.iter().zip(region).filter(|(axis, _)| !is_evidence(axis)).map(|(_, classes)| classes.clone()).collect()
    };
    let mut groups: Vec<Vec<Region>> = Vec::new();
    for region in regions {
        let fits = |group: &&mut Vec<Region>| {
            group.first().is_some_and(|first| {
                asks_for_one(space, first) && asks_for_one(space, &region) && elsewhere(first) == elsewhere(&region)
            })
        };
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(region),
            None => groups.push(vec![region]),
        }
    }
    groups
}

/// Why a decision is what it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cause {
    /// What is told first.
    rank: u8,
    says: String,
    rule: Option<String>,
}

/// Of the reasons at these points, as few as are needed to have one for each point.
fn causes(space: &Space<'_>, points: &[Point], becomes: Becomes, in_force: &InForce) -> Vec<Cause> {
    let because =
        |ruling: Ruling<'_>| ruling.because.iter().map(|because| cause(because, becomes, in_force)).collect::<Vec<Cause>>();
    let mut open: Vec<Vec<Cause>> = points.iter().map(|point| ruling_at(space, point, in_force, because)).collect();
    let mut chosen = Vec::new();
    while !open.is_empty() {
        let mut counts: BTreeMap<&Cause, usize> = BTreeMap::new();
        open.iter().flatten().for_each(|cause| *counts.entry(cause).or_default() += 1);
        // The most telling one of those that explain most.
        let Some(best) = counts.iter().rev().max_by_key(|(_, count)| **count).map(|(cause, _)| (*cause).clone()) else { break };
        open.retain(|causes| !causes.contains(&best));
        chosen.push(best);
    }
    chosen.sort();
    chosen
}

fn cause(because: &Because<'_>, becomes: Becomes, in_force: &InForce) -> Cause {
    let rule = because.rule.filter(|rule| usize::from(*rule) >= pseudo::NAMES.len());
    let rule = rule.and_then(|rule| in_force.names.get(usize::from(rule))).map(|name| name.id.clone());
    let id = rule.as_deref().unwrap_or_default();
    let detail = because.detail.unwrap_or_default();
    let (rank, says) = match (because.code, because.rule) {
        _ if becomes == Becomes::Allowed => (0, format!("rule `{id}`")),
        (Code::PolicyField, Some(pseudo::MODE)) => (1, format!("the mode is `{detail}`")),
        (Code::PolicyField, Some(_)) => (0, format!("rule `{id}` forbids it")),
        (Code::GuardError, Some(pseudo::USE)) => (1, "there is no such use".into()),
        (Code::GuardError, _) => {
            let missing = Clause::from_word(detail).map(Clause::missing).unwrap_or_default();
            (0, format!("rule `{id}` cannot be evaluated: {missing}"))
        }
        (Code::PolicyNoLegalBasis, _) => (1, "no usable legal basis".into()),
        (Code::PolicyNoPurpose, _) => (1, "no purpose".into()),
        (Code::SignalOptout, _) => (1, format!("`{detail}` denies")),
        (Code::VisibilityUnproven, Some(_)) if detail == "strict" => {
            (2, format!("in mode `strict` rule `{id}` accepts no inference"))
        }
        (Code::VisibilityUnproven, Some(_)) => (3, format!("rule `{id}` does not accept the evidence")),
        (Code::VisibilityRestricted, Some(_)) => (3, format!("rule `{id}` does not name the audience")),
        (Code::PolicyField, None) => (4, "no rule permits it".into()),
        (code, _) => (5, format!("`{code}`")),
    };
    Cause { rank, says, rule }
}

/// One sentence and its circumstances, for each field of a space.
fn tell(space: &Space<'_>, regions: &[Region], becomes: Becomes, causes: &[Cause]) -> Vec<Change> {
    let word = if becomes == Becomes::Allowed { "allowed" } else { "denied" };
    let why = or(causes.iter().map(|cause| cause.says.as_str()));
    let circumstances = circumstances(space, &regions.iter().collect::<Vec<_>>(), becomes);
    let change = |field: &Field| Change {
        field: *field,
        becomes: word,
        when: regions.iter().map(|region| When::of(space, region, becomes)).collect(),
        rules: causes.iter().filter_map(|cause| cause.rule.clone()).collect(),
        says: format!("{word}{circumstances} ({why})"),
    };
    space.fields.iter().map(change).collect()
}

impl When {
    fn of(space: &Space<'_>, region: &Region, becomes: Becomes) -> Self {
        let mut when = Self::default();
        for (axis, classes) in space.axes.iter().zip(region) {
            // A permission always depends on who may see it.
            let always = becomes == Becomes::Allowed;
            let matters = classes.len() < axis.classes.len();
            for value in axis.values(classes).into_iter().filter(|value| matters || always && matches!(value, Value::Audience(_))) {
                match value {
                    Value::Audience(audience) => when.audiences.push(audience),
                    Value::Relation(relation) => when.relations.push(relation),
                    Value::Site(site) => when.sites.push(site.unwrap_or("*").to_owned()),
                    Value::Country(country, named) => {
                        when.countries.push(Some(if named == Named::Yes { country.to_string() } else { "*".into() }));
                    }
                    Value::NoCountry => when.countries.push(None),
                    Value::Use(id) => when.uses.push(id.to_owned()),
                    Value::Signal(signal) => when.signals.push(signal),
                    Value::With(_) | Value::Without => {}
                }
            }
        }
        let (with, without) = sides(space, region);
        Self { with, without: without.into_iter().flatten().collect(), ..when }
    }
}

/// What holds for the policy as a whole and differs.
fn settings(before: &InForce, after: &InForce) -> Vec<String> {
    let documents = |in_force: &InForce| in_force.layers.first().map(|layer| layer.policy.clone());
    let (Some(was), Some(is)) = (documents(before), documents(after)) else { return Vec::new() };
    let mut told = Vec::new();
    let mut tell = |what: &str, was: String, is: String| {
        if was != is {
            told.push(format!("{what}: {is}; before: {was}"));
        }
    };
    tell("responsible", responsible(&was), responsible(&is));
    tell("purpose", named(was.purpose), named(is.purpose));
    tell("legal basis", was.basis.as_ref().map_or_else(none, basis), is.basis.as_ref().map_or_else(none, basis));
    tell("channel", named(was.channel), named(is.channel));
    for id in both(was.uses.iter().map(|one| &one.id), is.uses.iter().map(|one| &one.id)) {
        tell(&format!("use `{id}`"), use_called(&was, id), use_called(&is, id));
    }
    tell("details are kept", kept(was.retention.as_ref()), kept(is.retention.as_ref()));
    let (was_ordered, is_ordered) = (before.orders(), after.orders());
    tell("texts about special categories", named(Some(was_ordered.special)), named(Some(is_ordered.special)));
    tell("names of other people in texts", named(Some(was_ordered.people)), named(Some(is_ordered.people)));
    tell(
        "words looked for besides",
        listed(was_ordered.terms.iter().map(|one| &one.term)),
        listed(is_ordered.terms.iter().map(|one| &one.term)),
    );
    tell("phrases in which nothing is looked for", listed(was_ordered.allow.iter()), listed(is_ordered.allow.iter()));
    tell("mode", named(was.mode.or(Some(Mode::Enforce))), named(is.mode.or(Some(Mode::Enforce))));
    for host in both(was.modes.keys(), is.modes.keys()) {
        tell(&format!("mode on `{host}`"), named(was.modes.get(host)), named(is.modes.get(host)));
    }
    for signal in Signal::ALL {
        let effect = |in_force: &InForce| in_force.effect(*signal).to_string();
        tell(&format!("signal `{signal}`"), effect(before), effect(after));
    }
    told
}

fn none() -> String {
    "none".into()
}

fn named(word: Option<impl ToString>) -> String {
    word.map_or_else(none, |word| format!("`{}`", word.to_string()))
}

fn listed<'a>(words: impl Iterator<Item = &'a String>) -> String {
    let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    if words.is_empty() { none() } else { words.join(", ") }
}

fn both<'a>(was: impl Iterator<Item = &'a String>, is: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut all: Vec<&String> = was.chain(is).collect();
    all.sort();
    all.dedup();
    all
}

fn responsible(policy: &Policy) -> String {
    policy.controller.as_ref().map_or_else(none, |controller| format!("{} ({})", controller.name, controller.contact))
}

fn basis(Basis { kind, assessment }: &Basis) -> String {
    assessment.as_ref().map_or_else(|| format!("`{kind}`"), |assessment| format!("`{kind}`, assessment {assessment}"))
}

fn use_called(policy: &Policy, id: &str) -> String {
    policy.uses.iter().find(|one| one.id == id).map_or_else(none, |Use { purpose, basis: ground, channel, .. }| {
        let channel = channel.map(|channel| format!(", by `{channel}`")).unwrap_or_default();
        format!("`{purpose}`, {}{channel}", basis(ground))
    })
}

fn kept(retention: Option<&Retention>) -> String {
    retention.map_or_else(none, |Retention { days, reason }| {
        let reason = reason.as_ref().map(|reason| format!(", because: {reason}")).unwrap_or_default();
        format!("{}{reason}", count(*days as usize, "day", "days"))
    })
}
