//! Circumstances in words.

use super::space::{Axis, Named, Region, Space, Value, is_at_or_below};
use crate::vocabulary::{Audience, EvidenceKind, Relation};

/// Which way something changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Becomes {
    Allowed,
    Denied,
}

/// The circumstances of regions that differ in nothing but the one kind of evidence they ask for, as they follow `becomes allowed` or
/// `becomes denied`.
pub(super) fn circumstances(space: &Space<'_>, regions: &[&Region], becomes: Becomes) -> String {
    let region = regions.first().copied().cloned().unwrap_or_default();
    let (mut front, mut seen_by, mut except, mut clauses) = (String::new(), "", String::new(), Vec::new());
    for (axis, classes) in space.axes.iter().zip(&region).filter(|(axis, _)| !is_evidence(axis)) {
        let is_free = classes.len() == axis.classes.len();
        let chosen = axis.values(classes);
        match chosen.first() {
            Some(Value::Audience(_)) if !is_free || becomes == Becomes::Allowed => seen_by = audience(&chosen),
            Some(_) if is_free => {}
            Some(Value::Relation(_) | Value::Signal(_)) => clauses.push(condition(axis, classes)),
            _ => match condition(axis, classes) {
                words if words.starts_with("except") => except.push_str(&format!(", {words}")),
                words => front.push_str(&format!(" {words}")),
            },
        }
    }
    let mut words = [front.as_str(), seen_by, &except].concat();
    let clauses: Vec<String> = evidence(space, regions).into_iter().chain(clauses).collect();
    for word in ["if", "unless"] {
        for (place, clause) in clauses.iter().filter(|clause| clause.starts_with(word)).enumerate() {
            words.push_str(match place {
                0 if words.is_empty() && word == "if" => " ",
                0 => ", ",
                _ => ", and ",
            });
            words.push_str(clause);
        }
    }
    words
}

/// Whether an axis is one of evidence.
pub(super) fn is_evidence(axis: &Axis<'_>) -> bool {
    axis.classes.iter().flatten().any(|value| matches!(value, Value::Without))
}

fn audience(chosen: &[Value<'_>]) -> &'static str {
    match chosen {
        [Value::Audience(Audience::PublicWeb)] => " where everyone can see it",
        [Value::Audience(_)] => " where every member can see it",
        _ => " where every member or everyone can see it",
    }
}

/// The evidence that regions ask for, as clauses that must all hold.
fn evidence(space: &Space<'_>, regions: &[&Region]) -> Vec<String> {
    let (mut with, mut without): (Vec<Vec<EvidenceKind>>, Vec<EvidenceKind>) = (Vec::new(), Vec::new());
    for (place, region) in regions.iter().enumerate() {
        let (here, gone) = sides(space, region);
        without.extend(gone.into_iter().flatten());
        match with.first_mut() {
            Some(first) if place > 0 => first.extend(here.into_iter().flatten()),
            _ => with.extend(here),
        }
    }
    with.iter_mut().for_each(|kinds| kinds.sort_unstable());
    let with = with.iter().map(|kinds| format!("if {}", any(kinds)));
    let without = (!without.is_empty()).then(|| format!("unless {}", any(&without)));
    with.chain(without).collect()
}

/// Whether a region asks for evidence of one class, and for the lack of none.
pub(super) fn asks_for_one(space: &Space<'_>, region: &Region) -> bool {
    let (with, without) = sides(space, region);
    with.len() == 1 && without.is_empty()
}

/// The kinds of evidence that must be there, one of each list, and those that must not.
pub(super) fn sides(space: &Space<'_>, region: &Region) -> (Vec<Vec<EvidenceKind>>, Vec<Vec<EvidenceKind>>) {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for (axis, classes) in space.axes.iter().zip(region).filter(|(axis, classes)| is_evidence(axis) && classes.len() == 1) {
        let kinds = axis.classes.iter().flatten().filter_map(|value| match value {
            Value::With(kind) => Some(*kind),
            _ => None,
        });
        let side = if axis.values(classes).contains(&Value::Without) { &mut without } else { &mut with };
        side.push(kinds.collect());
    }
    (with, without)
}

fn any(kinds: &[EvidenceKind]) -> String {
    or(kinds.iter().map(|kind| match kind {
        EvidenceKind::ItemVisibility => "the page states who may see it",
        EvidenceKind::SignedOutView => "the page was served signed out",
        EvidenceKind::SiteRule => "the network shows it to members by design",
        EvidenceKind::ViewerRelation => "a viewer with no tie sees it",
        EvidenceKind::PublishedMarkup => "the page publishes it for machines",
        EvidenceKind::Attested => "the operator states who may see it",
    }))
}

/// What some classes of an axis ask for. What is not named anywhere can only be told by what is.
fn condition(axis: &Axis<'_>, classes: &[usize]) -> String {
    let others = axis.others(classes);
    let open = |value: &Value<'_>| matches!(value, Value::Site(None) | Value::Country(_, Named::No) | Value::Signal(None));
    let (chosen, rest) = (axis.values(classes), axis.values(&others));
    let by_rest = match chosen.first() {
        Some(Value::Relation(_) | Value::Use(_)) => rest.len() < chosen.len(),
        _ => chosen.iter().any(open),
    };
    let told = if by_rest { &rest } else { &chosen };
    let front =
        |yes: &str, no: &str| format!("{}{}", if by_rest { no } else { yes }, phrases(told, if by_rest { &chosen } else { &rest }));
    match chosen.first() {
        Some(Value::Relation(_)) => front("if the viewer ", "unless the viewer "),
        Some(Value::Site(_)) => front("on ", "except on "),
        Some(Value::Country(..) | Value::NoCountry) => front("for people ", "except for people "),
        Some(Value::Use(_)) => front("for use ", "except for use "),
        _ => front("if the page says ", "unless the page says "),
    }
}

/// Circumstances of one axis, any of them. `others` are all those that are not meant.
fn phrases(values: &[Value<'_>], others: &[Value<'_>]) -> String {
    let named = values.iter().filter_map(|value| match value {
        Value::Country(country, Named::Yes) => Some(format!("`{country}`")),
        _ => None,
    });
    let countries = or(named);
    let countries = (!countries.is_empty()).then(|| format!("in {countries}"));
    let rest = values.iter().filter_map(|value| match value {
        Value::Relation(relation) => Some(viewer(*relation).to_owned()),
        Value::Site(Some(site)) => Some(host(site, others)),
        Value::Site(None) => Some("sites that no rule names".to_owned()),
        Value::Country(_, Named::No) => Some("in a country that no rule names".to_owned()),
        Value::NoCountry => Some("whose country is not known".to_owned()),
        Value::Use(id) => Some(format!("`{id}`")),
        Value::Signal(Some(signal)) => Some(format!("`{signal}`")),
        Value::Signal(None) => Some("nothing to machines".to_owned()),
        _ => None,
    });
    or(countries.into_iter().chain(rest))
}

/// A host stands for everything below it, but for what is named and not meant.
fn host(site: &str, others: &[Value<'_>]) -> String {
    let below = others.iter().filter_map(|value| match value {
        Value::Site(Some(other)) if is_at_or_below(other, site) => Some(format!("`{other}`")),
        _ => None,
    });
    let below = and(below);
    if below.is_empty() { format!("`{site}`") } else { format!("`{site}` (without {below})") }
}

const fn viewer(relation: Relation) -> &'static str {
    match relation {
        Relation::Self_ => "looks at their own profile",
        Relation::First => "is directly connected",
        Relation::Second => "shares a connection",
        Relation::Third => "is linked through two people",
        Relation::OutOfNetwork => "has no connection in common",
        Relation::SignedOut => "is signed out",
        Relation::Unknown => "stands in a relation that is not known",
    }
}

/// Things of which any one is enough: `a, b or c`.
pub(super) fn or<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    joined(items, "or")
}

/// Things that are all meant: `a, b and c`.
pub(super) fn and<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    joined(items, "and")
}

fn joined<T: AsRef<str>>(items: impl IntoIterator<Item = T>, word: &str) -> String {
    let items: Vec<T> = items.into_iter().collect();
    let mut text = String::new();
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            text.push_str(if place + 1 == items.len() { format!(" {word} ") } else { ", ".into() }.as_str());
        }
        text.push_str(item.as_ref());
    }
    text
}
