//! A card of somebody else in another layout of the site, or of another site that is known by the same marks: whichever layout is found, it is
//! nobody's page, or still the owner's.

use std::collections::BTreeMap;

use scruple::site::{Address, in_charge};

use super::pages::{ADAPTERS, BASES, Base, Taken};
use super::tree::{Places, Tree};
use super::writing::{Edits, Side};

/// The first page of each layout that serves, with what it serves as.
fn one_of_each<T>(of: impl Fn(&'static Base) -> Option<T>) -> BTreeMap<(String, String), (&'static Base, T)> {
    let mut found = BTreeMap::new();
    for base in BASES.iter() {
        let Some(layout) = base.before.layout.clone() else { continue };
        let key = (base.before.adapter.clone(), layout);
        if !found.contains_key(&key)
            && let Some(one) = of(base)
        {
            found.insert(key, (base, one));
        }
    }
    found
}

#[test]
fn a_card_in_another_layout_never_makes_somebody_else_the_owner() {
    // Every text and link of the card is somebody else's.
    let card = |base: &Base| {
        let tree = Tree::of(base);
        Some(Edits::theirs(true).written([tree.node(tree.places.owner?)]))
    };
    let cards = one_of_each(card);
    let pages = one_of_each(|base| (!base.before.values.is_empty()).then(|| Tree::of(base)));
    let (mut tried, mut wrong) = (0, Vec::new());
    for ((adapter, layout), (base, tree)) in &pages {
        let known = in_charge(&ADAPTERS, &Address::parse(&base.url).unwrap());
        let is_known = |label: &str| known.iter().any(|adapter| adapter.label() == label);
        for ((of, other), (_, card)) in cards.iter().filter(|((of, other), _)| (of, other) != (adapter, layout) && is_known(of)) {
            let Places { owner, beside, body, .. } = &tree.places;
            let before = owner.filter(|owner| beside.contains(owner)).map_or((Side::First, *body), |owner| (Side::Before, owner));
            let what = [before, (Side::Last, *body)].into_iter().find_map(|(side, place)| {
                tried += 1;
                let mut edits = Edits::default();
                edits.put(side, place, card);
                Taken::from(&base.url, &edits.written([tree.root()])).changed_from(&base.before)
            });
            wrong.extend(what.map(|what| format!("{} ({layout}), with a card of {of} {other}: {what}", base.says)));
        }
    }
    assert!(tried > 500, "{tried} cards");
    assert!(wrong.is_empty(), "with {} cards:\n{}", wrong.len(), wrong.join("\n"));
}
