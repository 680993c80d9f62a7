//! What in a sound policy does not do what somebody probably meant: rules without effect, rules that contradict each other, settings that deny
//! everything.
//!
//! Whether a rule has an effect is found by judging every circumstance there is: it has none if no decision rests on it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::space::{Signals, Space, Value, is_at_or_below};
use super::words::{and, or};
use crate::json::{Json, read_with, to_canonical};
use crate::judge::{Case, Clause, Ruling};
use crate::policy::{Basis, InForce, LONGEST_RETENTION, Layer, Policy, Retention, Role, Rule, Settings};
use crate::vocabulary::{Audience, Channel, Code, EvidenceKind, Field, Group, LegalBasis, Mode, Purpose};

/// Something that is allowed in a policy and probably not meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Warning {
    /// Line, from 1.
    pub(super) line: usize,
    /// Column in characters, from 1.
    pub(super) column: usize,
    /// The rule it is about.
    pub(super) rule: Option<String>,
    /// What is not as somebody probably meant it.
    pub(super) what: String,
}

/// More points than this are not looked at one by one.
const MOST: usize = 4_000_000;

/// Everything worth a warning in a policy that is sound, in the order of the text.
pub(super) fn warnings(text: &str, policy: &Policy, role: Role) -> Vec<Warning> {
    let mut found = Found { text, warnings: Vec::new() };
    let whole = role == Role::Local || policy.permit.is_some();
    if whole {
        grounds(policy, &mut found);
    }
    if let Some(Retention { days, reason: Some(_) }) =
        policy.retention.as_ref().filter(|retention| retention.days > LONGEST_RETENTION)
    {
        found.tell(&|json| json.member("retention"), format!("details are kept for {days} days, longer than three years"));
    }
    modes(policy, &mut found);
    rules(policy, role, &mut found);
    found.warnings.sort_by_key(|warning| (warning.line, warning.column));
    found.warnings
}

/// The warnings so far.
struct Found<'a> {
    text: &'a str,
    warnings: Vec<Warning>,
}

impl Found<'_> {
    /// Warns about a part of the document.
    fn tell(&mut self, find: &dyn for<'j> Fn(&'j Json<'j>) -> Option<&'j Json<'j>>, what: String) {
        self.put(find, None, what);
    }

    /// Warns about a rule.
    fn tell_rule(&mut self, id: &str, what: String) {
        self.put(&|json| rule_in(json, id), Some(id.to_owned()), what);
    }

    fn put(&mut self, find: &dyn for<'j> Fn(&'j Json<'j>) -> Option<&'j Json<'j>>, rule: Option<String>, what: String) {
        // Only the reader knows where something stands, and it says so where something is wrong.
        let place = read_with::<()>(self.text, &mut |json, problems| {
            find(json).unwrap_or(json).wrong(problems, "", "");
            None
        });
        let (line, column) = place.err().and_then(|places| Some((places.first()?.line, places.first()?.column))).unwrap_or((1, 1));
        self.warnings.push(Warning { line, column, rule, what });
    }
}

fn rule_in<'j>(json: &'j Json<'j>, id: &str) -> Option<&'j Json<'j>> {
    let rules = ["permit", "forbid"].into_iter().filter_map(|key| json.member(key)).flat_map(Json::each);
    rules.into_iter().find(|rule| rule.member("id").and_then(Json::as_text) == Some(id))
}

/// Purposes and legal bases without which everything is denied.
fn grounds(policy: &Policy, found: &mut Found<'_>) {
    let further = !policy.uses.is_empty();
    let denied =
        |id: &str| if further { format!("everything is denied for use `{id}`") } else { "everything is denied".to_owned() };
    if policy.purpose.is_none() {
        found.tell(&|_| None, format!("no `purpose` is named: {}", denied("main")));
    }
    match &policy.basis {
        None => found.tell(&|_| None, format!("no `basis` is named: {}", denied("main"))),
        Some(basis) => {
            if let Some(why) = unusable(basis) {
                found.tell(&|json| json.member("basis"), format!("{why}: {}", denied("main")));
            }
        }
    }
    for (place, one) in policy.uses.iter().enumerate() {
        if let Some(why) = unusable(&one.basis) {
            found.tell(&|json| json.member("uses")?.each().get(place)?.member("basis"), format!("{why}: {}", denied(&one.id)));
        }
    }
}

/// Why nothing can rest on a basis, if nothing can.
fn unusable(basis: &Basis) -> Option<&'static str> {
    match (basis.usable(), basis.kind) {
        (Some(_), _) => None,
        (None, LegalBasis::Consent) => Some("nothing can rest on consent yet, since no record of it is kept"),
        (None, _) => Some("this basis needs an `assessment`, the reference of its balancing test"),
    }
}

/// Modes of hosts of which one covers the other.
fn modes(policy: &Policy, found: &mut Found<'_>) {
    for (host, mode) in policy.modes.iter() {
        let wider = policy.modes.iter().filter(|(other, _)| *other != host && is_at_or_below(host, other));
        let Some((other, theirs)) = wider.max_by_key(|(other, _)| other.len()) else { continue };
        let holds = if mode == theirs { format!("both say `{mode}`") } else { format!("there `{mode}` holds, and not `{theirs}`") };
        let what = format!("`{other}` covers `{host}` too: {holds}");
        found.tell(&|json| json.member("modes")?.member(host), what);
    }
}

/// What judging every circumstance says about a rule.
#[derive(Debug, Default)]
struct Tally {
    /// Circumstances in which it applies.
    applies: usize,
    /// Those of them in which a field is permitted, by whatever rule.
    permitted: usize,
    /// Those of them in which nothing but this rule decides: it permits what nothing forbids, or forbids what is permitted otherwise.
    decides: usize,
    /// How often each prohibition applies where this rule does and something is permitted.
    with: BTreeMap<u16, usize>,
    /// How often a signal denies there.
    signals: usize,
    /// Fields for which it decides.
    decided: BTreeSet<Field>,
    /// In which circumstances it applies at all, whoever may see the field and however that is known.
    scope: BTreeSet<(usize, Vec<usize>)>,
    /// Uses for which it cannot be evaluated.
    unevaluable: BTreeSet<String>,
}

/// Rules without effect.
fn rules(policy: &Policy, role: Role, found: &mut Found<'_>) {
    let enforced = Policy { mode: None, modes: Default::default(), ..policy.clone() };
    let (Some(enforced), Some(actual)) = (judged(&enforced, role), judged(policy, role)) else { return };
    let (Ok(in_force), Ok(actual)) = (enforced.in_force(), actual.in_force()) else { return };
    let Some(layer) = in_force.layers.iter().find(|layer| layer.locked.is_some() == (role == Role::Managed)) else { return };
    let spaces = Space::all(&[in_force], Signals::All);
    if spaces.iter().any(|space| space.size() > MOST) {
        found.tell(&|_| None, "the rules tell apart too many circumstances to find out which of them have no effect".into());
        return;
    }
    let tallies = tallied(in_force, &spaces);
    let judged = Judged { in_force, layer, spaces: &spaces, tallies };
    let contradicted = judged.contradictions(found);
    judged.permissions(&contradicted, found);
    judged.prohibitions(&contradicted, found);
    judged.channels(found);
    strict(in_force, actual, layer, found);
}

/// Settings in which a document is judged. Settings of an organisation that permit nothing themselves stand on a policy that permits everything.
fn judged(policy: &Policy, role: Role) -> Option<Settings> {
    let text = to_canonical(policy).ok()?;
    Some(match role {
        Role::Local => Settings::of(Some(&text), None),
        Role::Managed if policy.permit.is_some() => Settings::of(None, Some(&text)),
        Role::Managed => Settings::of(Some(&everything(policy)?), Some(&text)),
    })
}

/// A policy that permits whatever can be permitted, for each use that the rules of another could ask for.
fn everything(other: &Policy) -> Option<String> {
    let asks = other.forbid.iter().any(|rule| !(rule.purposes.is_empty() && rule.bases.is_empty() && rule.channels.is_empty()));
    let basis = |kind| Basis { kind, assessment: Some("any".into()) };
    let mut uses = Vec::new();
    let kinds = LegalBasis::ALL.iter().filter(|kind| asks && basis(**kind).usable().is_some());
    for (kind, purpose) in kinds.flat_map(|kind| Purpose::ALL.iter().map(move |purpose| (kind, purpose))) {
        uses.extend(Channel::ALL.iter().map(|channel| crate::policy::Use {
            id: format!("{kind} {purpose} {channel}").replace(':', " "),
            purpose: *purpose,
            basis: basis(*kind),
            channel: Some(*channel),
        }));
    }
    let rule = Rule {
        id: "everything".into(),
        says: "Everything is permitted.".into(),
        groups: Group::ALL.iter().copied().collect(),
        audiences: [Audience::PlatformMembers, Audience::PublicWeb].into_iter().collect(),
        evidence: EvidenceKind::ALL.iter().copied().collect(),
        assessment: Some("any".into()),
        ..Rule::default()
    };
    let policy = Policy {
        schema: None,
        version: Some(crate::policy::VERSION),
        organisation: None,
        controller: Some(crate::policy::Controller { name: "any".into(), contact: "any".into() }),
        purpose: Some(Purpose::DirectMarketing),
        basis: Some(basis(LegalBasis::LegitimateInterest)),
        channel: asks.then_some(Channel::Email),
        uses,
        permit: Some(vec![rule]),
        forbid: Vec::new(),
        signals: Default::default(),
        mode: None,
        modes: Default::default(),
        screen: None,
        retention: Some(Retention { days: 1, reason: None }),
    };
    to_canonical(&policy).ok()
}

/// Judges every circumstance, and counts for each rule.
fn tallied(in_force: &InForce, spaces: &[Space<'_>]) -> BTreeMap<u16, Tally> {
    let mut tallies: BTreeMap<u16, Tally> = BTreeMap::new();
    for (number, space) in spaces.iter().enumerate() {
        for point in space.points() {
            let facts = space.facts(&point, in_force);
            let ruling = Case::of(in_force, &facts).rule_on(space.field());
            for (rule, _) in ruling.errors.iter().filter(|(_, clause)| *clause == Clause::Channels) {
                let id = facts.use_id.clone().unwrap_or_default();
                tallies.entry(*rule).or_default().unevaluable.insert(id);
            }
            let seen = Seen::of(&ruling);
            for rule in ruling.rules.iter() {
                let tally = tallies.entry(*rule).or_default();
                tally.applies += 1;
                if space.at(&point).all(is_known) {
                    tally.scope.insert((number, without_evidence(space, &point)));
                }
                if seen.permitted {
                    tally.permitted += 1;
                    tally.signals += usize::from(seen.signal);
                    seen.forbids.iter().for_each(|forbid| *tally.with.entry(*forbid).or_default() += 1);
                    if seen.forbids.iter().all(|forbid| forbid == rule) && !seen.signal && ruling.errors.is_empty() {
                        tally.decides += 1;
                        tally.decided.extend(&space.fields);
                    }
                }
            }
        }
    }
    tallies
}

fn is_known(value: Value<'_>) -> bool {
    !matches!(value, Value::NoCountry | Value::Relation(crate::vocabulary::Relation::Unknown))
}

/// A point but for who may see the field, and how that is known.
fn without_evidence(space: &Space<'_>, point: &[usize]) -> Vec<usize> {
    let kept = |value: &Value<'_>| !matches!(value, Value::Audience(_) | Value::With(_) | Value::Without);
    space.at(point).zip(point).filter(|(value, _)| kept(value)).map(|(_, class)| *class).collect()
}

/// What a ruling says, without the purpose and the basis: whoever lacks them is told that once.
struct Seen {
    /// Whether a permission is met in full.
    permitted: bool,
    /// The prohibitions that apply.
    forbids: Vec<u16>,
    /// Whether a signal denies.
    signal: bool,
}

impl Seen {
    fn of(ruling: &Ruling<'_>) -> Self {
        let mut seen = Self { permitted: true, forbids: Vec::new(), signal: false };
        for because in ruling.because.iter() {
            match (because.code, because.rule) {
                (Code::PolicyField, Some(rule)) => seen.forbids.push(rule),
                (Code::SignalOptout, _) => seen.signal = true,
                (Code::PolicyField | Code::VisibilityUnproven | Code::VisibilityRestricted, _) => seen.permitted = false,
                _ => {}
            }
        }
        seen
    }
}

/// A document whose rules were judged.
struct Judged<'a> {
    in_force: &'a InForce,
    layer: &'a Layer,
    spaces: &'a [Space<'a>],
    tallies: BTreeMap<u16, Tally>,
}

impl<'a> Judged<'a> {
    fn id(&self, rule: u16) -> &'a str {
        self.in_force.names.get(usize::from(rule)).map(|name| name.id.as_str()).unwrap_or_default()
    }

    /// What these prohibitions do.
    fn denied_by(&self, rules: &[u16]) -> String {
        match rules {
            [] => "rules that cannot be evaluated deny it".into(),
            [rule] => format!("rule `{}` forbids all of it", self.id(*rule)),
            rules => format!("rules {} together forbid all of it", and(rules.iter().map(|rule| format!("`{}`", self.id(*rule))))),
        }
    }

    /// The permissions of the document, or its prohibitions, with what was counted for them.
    fn each(&self, permissions: bool) -> Vec<(u16, &'a Rule, &Tally)> {
        static NOTHING: std::sync::LazyLock<Tally> = std::sync::LazyLock::new(Tally::default);
        let mut rules: BTreeMap<u16, &'a Rule> = BTreeMap::new();
        for field in Field::ALL {
            if permissions {
                rules.extend(self.layer.permissions(*field));
            } else {
                rules.extend(self.layer.prohibitions(*field));
            }
        }
        rules.into_iter().map(|(number, rule)| (number, rule, self.tallies.get(&number).unwrap_or(&NOTHING))).collect()
    }

    /// A permission and a prohibition about the very same.
    fn contradictions(&self, found: &mut Found<'_>) -> BTreeSet<u16> {
        let mut told = BTreeSet::new();
        for (permit, _, mine) in self.each(true) {
            for (forbid, _, theirs) in self.each(false) {
                let is_shadowed = mine.permitted > 0 && mine.with.get(&forbid) == Some(&mine.permitted);
                if is_shadowed && mine.scope == theirs.scope {
                    let (permit_id, forbid_id) = (self.id(permit), self.id(forbid));
                    let what = format!(
                        "rules `{permit_id}` and `{forbid_id}` contradict each other: one permits what the other forbids, and what is forbidden stays so"
                    );
                    found.tell_rule(permit_id, what);
                    told.extend([permit, forbid]);
                }
            }
        }
        told
    }

    /// Permissions through which nothing is ever allowed, and fields for which that is so.
    fn permissions(&self, contradicted: &BTreeSet<u16>, found: &mut Found<'_>) {
        for (number, rule, tally) in self.each(true).into_iter().filter(|(number, ..)| !contradicted.contains(number)) {
            let id = &rule.id;
            if tally.applies == 0 && !tally.unevaluable.is_empty() {
                continue;
            } else if tally.applies == 0 {
                found.tell_rule(id, format!("rule `{id}` permits nothing: {}", never(rule)));
            } else if tally.decides == 0 {
                let shadows = shadows(number, tally);
                found.tell_rule(id, format!("rule `{id}` permits nothing: {}", self.denied_by(&shadows)));
            } else {
                self.fields(number, rule, tally, found);
            }
        }
    }

    /// Fields that a permission names one by one and that are never allowed through it.
    fn fields(&self, number: u16, rule: &Rule, tally: &Tally, found: &mut Found<'_>) {
        // Somebody who permits a group and forbids a field of it means just that.
        for field in rule.fields.iter().filter(|field| !tally.decided.contains(field)) {
            let space = self.spaces.iter().find(|space| space.fields.contains(&field));
            let here = tallied(self.in_force, space.map(std::slice::from_ref).unwrap_or_default());
            let shadows = here.get(&number).map(|here| shadows(number, here)).unwrap_or_default();
            let why = self.denied_by(&shadows);
            found.tell_rule(&rule.id, format!("rule `{}` permits `{field}` in vain: {why}", rule.id));
        }
    }

    /// Prohibitions without which everything would be decided the same.
    fn prohibitions(&self, contradicted: &BTreeSet<u16>, found: &mut Found<'_>) {
        for (number, rule, tally) in self.each(false).into_iter().filter(|(number, ..)| !contradicted.contains(number)) {
            let id = &rule.id;
            // What cannot be evaluated denies, so it does change something.
            if tally.decides > 0 || !tally.unevaluable.is_empty() {
                continue;
            }
            let shadows = shadows(number, tally);
            let what = if tally.applies == 0 {
                format!("rule `{id}` changes nothing today: {}", never(rule))
            } else if tally.permitted == 0 {
                format!("rule `{id}` changes nothing today: nothing permits what it forbids")
            } else if tally.signals == tally.permitted {
                format!("rule `{id}` changes nothing today: the signals it asks for deny by themselves")
            } else if let [other] = shadows.as_slice() {
                let theirs = self.tallies.get(other);
                let is_mutual =
                    theirs.is_some_and(|theirs| theirs.decides == 0 && theirs.with.get(&number) == Some(&theirs.permitted));
                // Of two that forbid the same, one can go: the later one is told of.
                if is_mutual && self.place(number) < self.place(*other) {
                    continue;
                }
                format!("rule `{id}` changes nothing: rule `{}` forbids all of it", self.id(*other))
            } else {
                format!("rule `{id}` changes nothing: {}", self.denied_by(&shadows))
            };
            found.tell_rule(id, what);
        }
    }

    fn place(&self, rule: u16) -> Option<usize> {
        self.layer.policy.forbid.iter().position(|forbid| forbid.id == self.id(rule))
    }

    /// Rules that ask for the channel where the use names none.
    fn channels(&self, found: &mut Found<'_>) {
        for (_, rule, tally) in
            self.each(true).into_iter().chain(self.each(false)).filter(|(.., tally)| !tally.unevaluable.is_empty())
        {
            let uses = or(tally.unevaluable.iter().map(|id| format!("`{id}`")));
            let id = &rule.id;
            found.tell_rule(
                id,
                format!("rule `{id}` asks for the channel, and use {uses} names none: what the rule is about is denied there"),
            );
        }
    }
}

/// Prohibitions that together apply wherever a rule does and something is permitted: one if one is enough.
fn shadows(rule: u16, tally: &Tally) -> Vec<u16> {
    let others = || tally.with.iter().filter(|(other, _)| **other != rule);
    let wide = others().find(|(_, count)| **count == tally.permitted).map(|(other, _)| vec![*other]);
    wide.unwrap_or_else(|| others().map(|(other, _)| *other).collect())
}

/// Why a rule never applies: everything else that a clause can ask for is there in some circumstances.
fn never(rule: &Rule) -> String {
    let clauses =
        [("purposes", rule.purposes.is_empty()), ("bases", rule.bases.is_empty()), ("channels", rule.channels.is_empty())];
    let asked = clauses.iter().filter(|(_, empty)| !empty).map(|(clause, _)| format!("`{clause}`"));
    format!("no use has what it asks for in {}", and(asked))
}

/// Sites by their hosts; none: any other.
type Sites = BTreeSet<Option<String>>;

/// Permissions that rest on what a strict mode does not accept.
fn strict(enforced: &InForce, actual: &InForce, layer: &Layer, found: &mut Found<'_>) {
    let mut switched: BTreeMap<u16, (Sites, Sites)> = BTreeMap::new();
    for space in Space::all(&[enforced, actual], Signals::Telling) {
        for point in space.points() {
            let (facts, strict) = (space.facts(&point, enforced), space.facts(&point, actual));
            let sites = || {
                space.axes.iter().zip(&point).flat_map(|(axis, class)| axis.values(&[*class])).filter_map(|value| match value {
                    Value::Site(site) => Some(site.map(str::to_owned)),
                    _ => None,
                })
            };
            let wide = Case::of(enforced, &facts).rule_on(space.field());
            let case = Case::of(actual, &strict);
            let narrow = case.rule_on(space.field());
            for rule in wide.rules.iter() {
                let (everywhere, on) = switched.entry(*rule).or_default();
                everywhere.extend(sites());
                if narrow.rules.contains(rule) || case.mode() != Mode::Strict {
                    on.extend(sites());
                }
            }
        }
    }
    let permissions: BTreeSet<u16> =
        Field::ALL.iter().flat_map(|field| layer.permissions(*field).map(|(number, _)| number)).collect();
    for (rule, (everywhere, on)) in switched.into_iter().filter(|(rule, _)| permissions.contains(rule)) {
        let id = enforced.names.get(usize::from(rule)).map(|name| name.id.as_str()).unwrap_or_default();
        let off: Vec<&Option<String>> = everywhere.difference(&on).collect();
        let place = match off.as_slice() {
            [] => continue,
            _ if on.is_empty() => "the mode is `strict`".to_owned(),
            sites => {
                // Nothing comes before every name.
                let sites = sites
                    .iter()
                    .rev()
                    .map(|site| site.as_ref().map_or_else(|| "all other sites".to_owned(), |site| format!("`{site}`")));
                format!("the mode on {} is `strict`", and(sites))
            }
        };
        found.tell_rule(id, format!("rule `{id}` permits nothing where {place}: it accepts only evidence that is inferred"));
    }
}
