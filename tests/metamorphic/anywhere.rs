//! Changes at any place of a page's tree.

use std::cell::RefCell;
use std::collections::BTreeMap;

use ego_tree::NodeId;
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRng, TestRunner};
use scruple::digest::named;

use super::pages::{BASES, Base, Taken, is_same};
use super::people::{BYSTANDERS, CLUTTER, PROMOTION};
use super::tree::{Places, Tree};
use super::writing::{Edits, Side};

/// A change at some place of a page: `at` picks the place among those that fit, `how` the form.
#[derive(Clone, Copy, Debug)]
struct Cut {
    what: What,
    at: usize,
    how: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// Somebody else, or clutter, beside an element that is not the owner's.
    Bystander,
    /// The same in the owner's part, where nothing is read.
    Guest,
    /// The owner's part once more, with somebody else's texts and links.
    Twin,
    /// The same, not shown.
    HiddenTwin,
    /// Any element of the owner's part once more, beside it, with somebody else's texts and not shown.
    HiddenPart,
    /// Somebody else in the owner's part, in an element that the adapter says is never the owner's.
    Never,
    /// An advertisement in the owner's part.
    Promotion,
    /// All that is not the owner's is about somebody else.
    Elsewhere,
    /// The children of an element around the owner, or beside it, in another order.
    Reordered,
    /// The same in the owner's part.
    ReorderedInside,
    /// Other words on buttons, menus and labels; the degree in another language that is known, or in none.
    Translated,
    /// An element around another that is not the owner's.
    Wrapped,
    /// The same in the owner's part.
    WrappedInside,
}

const WHAT: [What; 13] = [
    What::Bystander,
    What::Guest,
    What::Twin,
    What::HiddenTwin,
    What::HiddenPart,
    What::Never,
    What::Promotion,
    What::Elsewhere,
    What::Reordered,
    What::ReorderedInside,
    What::Translated,
    What::Wrapped,
    What::WrappedInside,
];

impl What {
    /// Whether the owner's own texts may be taken for one another, where they are told by their order.
    const fn tears(self) -> bool {
        matches!(self, Self::ReorderedInside | Self::WrappedInside)
    }
}

fn cut() -> impl Strategy<Value = Cut> {
    (prop::sample::select(WHAT.to_vec()), 0..10_000_usize, 0..10_000_usize).prop_map(|(what, at, how)| Cut { what, at, how })
}

fn pick<T: Clone>(list: &[T], at: usize) -> Option<T> {
    list.get(at % list.len().max(1)).cloned()
}

impl Cut {
    /// Notes what is to be done to a page; nothing where no place of it fits.
    fn note(self, tree: &Tree, edits: &mut Edits) -> Option<()> {
        let Self { what, at, how } = self;
        let Tree { places, .. } = tree;
        let theirs = Edits::theirs(how.is_multiple_of(2));
        let owner = || places.owner.map(|owner| tree.node(owner));
        let someone = || pick(&[&BYSTANDERS[..], &CLUTTER[..3]].concat(), how / 3);
        match what {
            What::Bystander => self.set_beside(places, edits, someone()?),
            What::Guest => self.set_inside(places, edits, someone()?)?,
            What::Twin => self.set_beside(places, edits, &theirs.written([owner()?])),
            What::HiddenTwin => self.set_beside(places, edits, &self.hidden(&theirs.written([owner()?]))),
            What::HiddenPart => {
                let part = pick(&places.parts, at)?;
                let side = if how.is_multiple_of(3) { Side::Before } else { Side::Behind };
                edits.put(side, part, &self.hidden(&theirs.written([tree.node(part)])));
            }
            What::Never => {
                let (open, close) = pick(&tree.never, how / 3)?;
                let text = theirs.written(owner()?.children());
                self.set_inside(places, edits, &format!("{open}{text}{}{close}", BYSTANDERS[how % 2]))?;
            }
            What::Promotion => self.set_inside(places, edits, PROMOTION)?,
            What::Elsewhere => elsewhere(places, edits),
            What::Reordered => self.reorder(tree, edits, &places.orders)?,
            What::ReorderedInside => {
                elsewhere(places, edits);
                self.reorder(tree, edits, &places.inner_orders)?;
            }
            What::Translated => {
                edits.texts.extend(places.labels.iter().filter_map(|(node, words)| Some((*node, pick(words, how)?))));
            }
            What::Wrapped => self.wrap(edits, &places.wraps)?,
            What::WrappedInside => {
                elsewhere(places, edits);
                self.wrap(edits, &places.inner_wraps)?;
            }
        }
        Some(())
    }

    fn set_beside(self, places: &Places, edits: &mut Edits, text: &str) {
        let (side, place) = match pick(&places.beside, self.at) {
            Some(place) if self.how.is_multiple_of(3) => (Side::Before, place),
            Some(place) => (Side::Behind, place),
            None => (Side::Last, places.body),
        };
        edits.put(side, place, text);
    }

    fn set_inside(self, places: &Places, edits: &mut Edits, text: &str) -> Option<()> {
        let side = if self.how.is_multiple_of(3) { Side::First } else { Side::Last };
        edits.put(side, pick(&places.boxes, self.at)?, text);
        Some(())
    }

    fn hidden(self, text: &str) -> String {
        match self.how / 2 % 4 {
            0 => format!("<div hidden>{text}</div>"),
            1 => format!("<div style='display:none'>{text}</div>"),
            2 => format!("<details><summary>More</summary>{text}</details>"),
            _ => format!("<dialog>{text}</dialog>"),
        }
    }

    fn reorder(self, tree: &Tree, edits: &mut Edits, places: &[NodeId]) -> Option<()> {
        let place = pick(places, self.at)?;
        let mut order: Vec<NodeId> = tree.node(place).children().map(|child| child.id()).collect();
        if self.how.is_multiple_of(2) {
            order.reverse();
        } else {
            order.rotate_left(1);
        }
        edits.order.insert(place, order);
        Some(())
    }

    fn wrap(self, edits: &mut Edits, places: &[NodeId]) -> Option<()> {
        edits.wrapped.insert(pick(places, self.at)?, if self.how.is_multiple_of(2) { "div" } else { "span" });
        Some(())
    }
}

/// Whoever else is on the page is Mallory now, so that it shows where one of them is taken for the owner.
fn elsewhere(places: &Places, edits: &mut Edits) {
    edits.texts.extend(places.elsewhere.iter().map(|text| (*text, "Mallory Quist".to_owned())));
}

/// What is wrong with what is taken from a page after such changes.
fn wrong(base: &Base, tree: &Tree, cuts: &[Cut], after: &Taken) -> Option<String> {
    if !cuts.iter().any(|cut| cut.what.tears()) {
        return after.changed_from(&base.before);
    }
    let is_withheld = |value: &&String| tree.withheld.iter().any(|text| is_same(text, value));
    let withheld = || after.values.iter().find_map(|(field, values)| Some((field, values.iter().find(is_withheld)?)));
    after
        .added_to(&base.before)
        .or_else(|| withheld().map(|(field, text)| format!("takes {text:?} for {field}, which was withheld")))
}

/// Tries changes on one page: the first that adds something, made as small as it goes. It notes how often each kind of change was tried.
fn tried(base: &Base, tried: &RefCell<BTreeMap<What, usize>>) -> Option<String> {
    let tree = Tree::of(base);
    // The same cases every time, whatever other pages there are: what fails is the work of whoever changed something.
    let cases = if base.page.len() < 40_000 { 5 } else { 2 };
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 200, ..Default::default() };
    let rng = TestRng::from_seed(config.rng_algorithm, &named(&base.says).as_bytes()["sha256:".len()..][..32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&prop::collection::vec(cut(), 1..4), |cuts| {
        let mut edits = Edits::default();
        for cut in &cuts {
            if cut.note(&tree, &mut edits).is_some() {
                *tried.borrow_mut().entry(cut.what).or_default() += 1;
            }
        }
        let page = edits.written([tree.root()]);
        let wrong = wrong(base, &tree, &cuts, &Taken::from(&base.url, &page));
        prop_assert!(wrong.is_none(), "{}\n{}", wrong.unwrap_or_default(), page.chars().take(3_000).collect::<String>());
        Ok(())
    });
    match outcome {
        Ok(()) => None,
        Err(TestError::Fail(why, cuts)) => Some(format!("{}: {cuts:?} {why}", base.says)),
        Err(TestError::Abort(why)) => Some(format!("{}: {why}", base.says)),
    }
}

#[test]
fn wherever_a_page_is_changed_nothing_is_added() {
    let counts = RefCell::default();
    let wrong: Vec<String> = BASES.iter().filter_map(|base| tried(base, &counts)).collect();
    let counts = counts.into_inner();
    assert!(wrong.is_empty(), "on {} pages something is added:\n{}", wrong.len(), wrong.join("\n"));
    let rare = WHAT.iter().find(|what| counts.get(what).is_none_or(|count| *count < 100));
    assert!(rare.is_none(), "{rare:?} was hardly tried: {counts:?}");
}
