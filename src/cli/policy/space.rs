//! The circumstances in which settings can come to different decisions, all of them, as the axes of a space.
//!
//! A rule tells two circumstances apart only by what one of its clauses names. So circumstances that the same clauses name are taken
//! together, and beside those that are named stands one that is not: another site, another country. What denies under any settings
//! (a mask, a hidden text, a mark) has no axis, nor has an audience too small for any permission.

use std::collections::BTreeSet;

use crate::judge::{Facts, Standing};
use crate::policy::{InForce, Rule};
use crate::sorted::Set;
use crate::vocabulary::{Audience, Country, Effect, Evidence, EvidenceKind, Field, Mode, Relation, Signal};

/// One circumstance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'s> {
    /// Who the evidence proves may see the field.
    Audience(Audience),
    /// There is evidence of this kind.
    With(EvidenceKind),
    /// There is no evidence of the kinds of this axis.
    Without,
    /// How the viewer stands to the owner.
    Relation(Relation),
    /// The site: one that is named, or another.
    Site(Option<&'s str>),
    /// The country: one that is named, or another.
    Country(Country, Named),
    /// The country is not known.
    NoCountry,
    /// What the capture is for.
    Use(&'s str),
    /// What the page says to machines, if anything.
    Signal(Option<Signal>),
}

/// Whether a country is named by a rule, or stands for all that are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Yes,
    No,
}

/// Circumstances of which exactly one holds, in classes that no rule tells apart.
#[derive(Clone, Debug)]
pub(super) struct Axis<'s> {
    /// The classes. None is empty.
    pub(super) classes: Vec<Vec<Value<'s>>>,
}

impl<'s> Axis<'s> {
    /// The circumstances of some of the classes.
    pub(super) fn values(&self, classes: &[usize]) -> Vec<Value<'s>> {
        classes.iter().filter_map(|class| self.classes.get(*class)).flatten().copied().collect()
    }

    /// The classes that are not among these.
    pub(super) fn others(&self, classes: &[usize]) -> Vec<usize> {
        (0..self.classes.len()).filter(|class| !classes.contains(class)).collect()
    }
}

/// All circumstances that count for fields which no rule tells apart.
#[derive(Clone, Debug)]
pub(super) struct Space<'s> {
    /// The fields. There is at least one.
    pub(super) fields: Vec<Field>,
    /// The axes.
    pub(super) axes: Vec<Axis<'s>>,
}

/// A place in a space: for each axis, the number of a class.
pub(super) type Point = Vec<usize>;

/// Which signals count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signals {
    /// All.
    All,
    /// Those that do not deny under each of the settings whatever else holds.
    Telling,
}

impl<'s> Space<'s> {
    /// The spaces of all fields there are, under one or several settings.
    pub(super) fn all(settings: &[&'s InForce], signals: Signals) -> Vec<Self> {
        let mut groups: Vec<(Vec<u16>, Vec<Field>)> = Vec::new();
        for field in Field::ALL {
            // Pictures have signals of their own.
            let mut named = vec![u16::from(*field == Field::Image)];
            for layer in settings.iter().flat_map(|in_force| &in_force.layers) {
                named.extend(layer.permissions(*field).chain(layer.prohibitions(*field)).map(|(number, _)| number));
                named.push(u16::MAX);
            }
            match groups.iter_mut().find(|(other, _)| *other == named) {
                Some((_, fields)) => fields.push(*field),
                None => groups.push((named, vec![*field])),
            }
        }
        groups.into_iter().map(|(_, fields)| Self::of(fields, settings, signals)).collect()
    }

    fn of(fields: Vec<Field>, settings: &[&'s InForce], counted: Signals) -> Self {
        let layers = || settings.iter().flat_map(|in_force| &in_force.layers);
        let rules: Vec<&Rule> = layers()
            .flat_map(|layer| fields.iter().take(1).flat_map(|field| layer.permissions(*field).chain(layer.prohibitions(*field))))
            .map(|(_, rule)| rule)
            .collect();
        let for_each =
            |holds: &dyn Fn(&Rule) -> bool| -> String { rules.iter().map(|rule| if holds(rule) { '1' } else { '0' }).collect() };
        // Where something is not known, prohibitions that ask for it hold and permissions do not.
        let unknown =
            |asks: &dyn Fn(&Rule) -> bool| if rules.iter().any(|rule| asks(rule)) { "?".to_owned() } else { for_each(&|_| true) };

        let denied = |signal: Signal| -> Vec<bool> {
            let concerns = !signal.is_about_pictures() || fields.contains(&Field::Image);
            settings.iter().map(|in_force| concerns && in_force.effect(signal) == Effect::Deny).collect()
        };
        let counts = |signal: &Signal| counted == Signals::All || denied(*signal).contains(&false);
        let signals = Signal::ALL.iter().copied().filter(counts).map(Some);
        let signals = axis([None].into_iter().chain(signals), Value::Signal, |signal| {
            let denied = signal.map_or_else(|| vec![false; settings.len()], denied);
            format!("{denied:?}{}", for_each(&|rule| signal.is_some_and(|signal| rule.signals.contains(signal))))
        });
        // Named by whatever rule: what a sentence calls another country is another one for every field.
        let all = || layers().flat_map(|layer| layer.policy.permit.iter().flatten().chain(&layer.policy.forbid));
        let named: BTreeSet<Country> = all().flat_map(|rule| rule.countries.iter().copied()).collect();
        let known = named.iter().map(|country| Value::Country(*country, Named::Yes));
        let another = another(&named).map(|country| Value::Country(country, Named::No));
        let countries = axis(
            known.chain(another).chain([Value::NoCountry]),
            |value| value,
            |value| match value {
                Value::Country(country, _) => for_each(&|rule| rule.countries.is_empty() || rule.countries.contains(&country)),
                _ => unknown(&|rule| !rule.countries.is_empty()),
            },
        );
        let ids: BTreeSet<&str> = settings.iter().flat_map(|in_force| &in_force.grounds).map(|ground| ground.id.as_str()).collect();
        let uses = axis(ids, Value::Use, |id| {
            let ground =
                |in_force: &&InForce| in_force.ground(Some(id)).map(|ground| (ground.purpose, ground.basis, ground.channel));
            format!("{:?}", settings.iter().map(ground).collect::<Vec<_>>())
        });
        let named: BTreeSet<&str> = settings.iter().flat_map(|in_force| named_hosts(in_force)).collect();
        let sites = axis(named.into_iter().map(Some).chain([None]), Value::Site, |site| {
            let modes: Vec<Mode> = settings.iter().map(|in_force| in_force.mode(Some(&hosts(in_force, site)))).collect();
            let covers = |host: &String| site.is_some_and(|site| is_at_or_below(site, host));
            format!("{modes:?}{}", for_each(&|rule| rule.hosts.is_empty() || rule.hosts.iter().any(covers)))
        });
        let relations = axis(Relation::ALL.iter().copied(), Value::Relation, |relation| match relation {
            Relation::Unknown => unknown(&|rule| !rule.relations.is_empty()),
            relation => for_each(&|rule| rule.relations.is_empty() || rule.relations.contains(relation)),
        });
        let audiences = axis([Audience::PlatformMembers, Audience::PublicWeb], Value::Audience, |audience| {
            for_each(&|rule| rule.audiences.is_empty() || rule.audiences.contains(audience))
        });
        let policies = || layers().map(|layer| &layer.policy);
        let strict = policies().any(|policy| policy.mode.iter().chain(policy.modes.values()).any(|mode| *mode == Mode::Strict));
        let kinds = axis(EvidenceKind::ALL.iter().copied(), Value::With, |kind| {
            let named = for_each(&|rule| rule.evidence.is_empty() || rule.evidence.contains(kind));
            format!("{named}{}", strict && kind.is_inference())
        });
        let mut axes = vec![signals, countries, uses, sites, relations, audiences];
        // Any kinds of evidence can be there together, so each class of them is an axis of its own.
        axes.extend(kinds.classes.into_iter().map(|kinds| Axis { classes: vec![kinds, vec![Value::Without]] }));
        Self { fields, axes }
    }

    /// How many points there are.
    pub(super) fn size(&self) -> usize {
        self.axes.iter().map(|axis| axis.classes.len()).fold(1, usize::saturating_mul)
    }

    /// The place of a point among all of them.
    pub(super) fn number(&self, point: &[usize]) -> usize {
        self.axes.iter().zip(point).fold(0, |number, (axis, class)| number * axis.classes.len() + class)
    }

    /// All points, in the order of their numbers.
    pub(super) fn points(&self) -> impl Iterator<Item = Point> {
        points_of(self.axes.iter().map(|axis| (0..axis.classes.len()).collect()).collect())
    }

    /// What holds at a point.
    pub(super) fn at(&self, point: &[usize]) -> impl Iterator<Item = Value<'s>> {
        self.axes.iter().zip(point).filter_map(|(axis, class)| axis.classes.get(*class)?.first().copied())
    }

    /// A point as facts about the first of the fields, under settings.
    pub(super) fn facts(&self, point: &[usize], in_force: &InForce) -> Facts {
        let mut facts = Facts { hosts: Some(Set::default()), ..Facts::default() };
        let (mut kinds, mut bound) = (Vec::new(), Audience::Unknown);
        for value in self.at(point) {
            match value {
                Value::Audience(audience) => bound = audience,
                Value::With(kind) => kinds.push(kind),
                Value::Relation(relation) => facts.relation = relation,
                Value::Site(site) => facts.hosts = Some(hosts(in_force, site)),
                Value::Country(country, _) => facts.country = Some(country),
                Value::Use(id) => facts.use_id = Some(id.to_owned()),
                Value::Signal(Some(signal)) => facts.signals.insert(signal),
                Value::Without | Value::NoCountry | Value::Signal(None) => {}
            }
        }
        let evidence = kinds.into_iter().map(|kind| Evidence { kind, bound }).collect();
        let standing = Standing { evidence, ..Standing::default() };
        facts.fields = self.fields.iter().take(1).map(|field| (*field, standing.clone())).collect();
        facts
    }

    /// The field that [`facts`](Self::facts) are about. It stands for all others of this space.
    pub(super) fn field(&self) -> Field {
        self.fields.first().copied().unwrap_or(Field::Name)
    }
}

/// A part of a space: for each axis, some of its classes.
pub(super) type Region = Vec<Vec<usize>>;

/// The points of a region, the last axis fastest.
pub(super) fn points_of(region: Region) -> impl Iterator<Item = Point> {
    let mut at = region.iter().all(|classes| !classes.is_empty()).then(|| vec![0; region.len()]);
    std::iter::from_fn(move || {
        let here = at.take()?;
        let mut after = here.clone();
        for (classes, place) in region.iter().zip(&mut after).rev() {
            *place += 1;
            if *place < classes.len() {
                at = Some(after);
                break;
            }
            *place = 0;
        }
        Some(region.iter().zip(&here).filter_map(|(classes, place)| classes.get(*place).copied()).collect())
    })
}

/// Sorts circumstances into classes: those of which the same is told.
fn axis<'s, T: Copy>(all: impl IntoIterator<Item = T>, value: impl Fn(T) -> Value<'s>, tell: impl Fn(T) -> String) -> Axis<'s> {
    let mut classes: Vec<(String, Vec<Value<'s>>)> = Vec::new();
    for one in all {
        let told = tell(one);
        match classes.iter_mut().find(|(other, _)| *other == told) {
            Some((_, values)) => values.push(value(one)),
            None => classes.push((told, vec![value(one)])),
        }
    }
    Axis { classes: classes.into_iter().map(|(_, values)| values).collect() }
}

/// A country that is not among these.
fn another(countries: &BTreeSet<Country>) -> Option<Country> {
    let letters = || (b'A'..=b'Z').rev();
    letters()
        .flat_map(|first| letters().filter_map(move |second| Country::of(first, second)))
        .find(|country| !countries.contains(country))
}

/// The hosts that settings name, in rules and modes.
pub(super) fn named_hosts(in_force: &InForce) -> BTreeSet<&str> {
    let policies = in_force.layers.iter().map(|layer| &layer.policy);
    policies
        .flat_map(|policy| {
            let rules = policy.permit.iter().flatten().chain(&policy.forbid);
            rules.flat_map(|rule| &rule.hosts).chain(policy.modes.keys())
        })
        .map(String::as_str)
        .collect()
}

/// Whether a host is another, or lies below it.
pub(super) fn is_at_or_below(host: &str, other: &str) -> bool {
    host == other || host.strip_suffix(other).is_some_and(|front| front.ends_with('.'))
}

fn hosts(in_force: &InForce, site: Option<&str>) -> Set<String> {
    site.map(|site| in_force.hosts_of(site)).unwrap_or_default()
}
