//! Changes around the whole of what a page shows.

use proptest::prelude::*;
use proptest::test_runner::{TestRng, TestRunner};
use scraper::{ElementRef, Html, Selector};

use super::pages::{BASES, Taken};
use super::people::{BYSTANDERS, CLUTTER};

/// Words on buttons and links that a site shows in the viewer's language.
const CHROME: [(&str, &str); 6] = [
    (">Home<", ">Startseite<"),
    (">Sign in<", ">Se connecter<"),
    (">Follow<", ">Seguir<"),
    (">Contact info<", ">Coordonnées<"),
    (">Message<", ">Nachricht<"),
    (">Connect<", ">Collegati<"),
];

/// One change to a page that leaves its owner what they are.
#[derive(Clone, Debug)]
enum Change {
    Before(usize),
    Behind(usize),
    ClutterBefore(usize),
    ClutterBehind(usize),
    HiddenCopy,
    Wrapped,
    Reversed,
    Translated,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..BYSTANDERS.len()).prop_map(Change::Before),
        (0..BYSTANDERS.len()).prop_map(Change::Behind),
        (0..CLUTTER.len()).prop_map(Change::ClutterBefore),
        (0..CLUTTER.len()).prop_map(Change::ClutterBehind),
        Just(Change::HiddenCopy),
        Just(Change::Wrapped),
        Just(Change::Reversed),
        Just(Change::Translated),
    ]
}

/// A page in two parts, so that changes reach its body and leave its head.
fn changed(page: &str, changes: &[Change]) -> String {
    let html = Html::parse_document(page);
    let part = |css: &str| html.select(&Selector::parse(css).unwrap()).next();
    let head = part("head").map(|head| head.inner_html()).unwrap_or_default();
    let root = tag("html", part("html"));
    let (body_tag, mut body) = (tag("body", part("body")), part("body").map(|body| body.inner_html()).unwrap_or_default());
    for change in changes {
        body = match change {
            Change::Before(one) => format!("{}{body}", BYSTANDERS[*one]),
            Change::Behind(one) => format!("{body}{}", BYSTANDERS[*one]),
            Change::ClutterBefore(one) => format!("{}{body}", CLUTTER[*one]),
            Change::ClutterBehind(one) => format!("{body}{}", CLUTTER[*one]),
            Change::HiddenCopy => format!("{body}<div hidden>{body}</div>"),
            Change::Wrapped => format!("<div><div>{body}</div></div>"),
            Change::Reversed => {
                let parts = Html::parse_fragment(&body);
                let parts: Vec<String> = parts.root_element().child_elements().map(|part| part.html()).collect();
                parts.into_iter().rev().collect()
            }
            Change::Translated => CHROME.iter().fold(body, |body, (from, to)| body.replace(from, to)),
        };
    }
    format!("<!doctype html>{root}<head>{head}</head>{body_tag}{body}</body></html>")
}

/// The tag that opens an element, with its attributes.
fn tag(name: &str, element: Option<ElementRef<'_>>) -> String {
    let attributes = element.into_iter().flat_map(|element| element.value().attrs());
    let attributes: String = attributes.map(|(name, value)| format!(" {name}=\"{}\"", value.replace('"', "&quot;"))).collect();
    format!("<{name}{attributes}>")
}

#[test]
fn what_stands_around_an_owner_never_adds_anything() {
    assert!(BASES.len() > 200, "{} pages", BASES.len());
    let readable = BASES.iter().filter(|base| !base.before.values.is_empty()).count();
    assert!(readable > 150, "of {readable} pages something may be taken");
    // The same cases every time: what fails is the work of whoever changed something.
    let config = ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let strategy = (0..BASES.len(), prop::collection::vec(change(), 1..4));
    let outcome = runner.run(&strategy, |(number, changes)| {
        let base = &BASES[number];
        let wrong = Taken::from(&base.url, &changed(&base.page, &changes)).changed_from(&base.before);
        prop_assert!(wrong.is_none(), "{}: {:?} {}", base.says, changes, wrong.unwrap_or_default());
        Ok(())
    });
    outcome.unwrap();
}
