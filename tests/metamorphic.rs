//! What stands around an owner changes nothing: with people beside them, advertisements, hidden copies, another order or other words on the
//! buttons, never one more field is allowed, and the name is never another.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{TestRng, TestRunner};
use scraper::{ElementRef, Html, Selector};
use scruple::cli::inspect_page;
use scruple::guard::Report;
use scruple::site::{Adapter, BUILT_IN};
use scruple::vocabulary::{Decision, EvidenceKind, Field};

const POLICY: &str = include_str!("../www/policies/with-email.json");

/// Somebody who is not the owner, as pages mark people up. Every text about them holds one of [`THEIRS`].
const BYSTANDERS: [&str; 7] = [
    "<div class='h-card vcard'><span class='p-name fn'>Mallory Quist</span> <span class='p-job-title title'>Spy at Quist</span> \
     <a class='u-email email' href='mailto:mallory@quist.example'>mallory@quist.example</a></div>",
    "<div itemscope itemtype='https://schema.org/Person'><b itemprop='name'>Mallory Quist</b><i itemprop='jobTitle'>Quist spy</i>\
     <a itemprop='email' href='mailto:mallory@quist.example'>mallory@quist.example</a></div>",
    "<script type='application/ld+json'>{\"@type\":\"Person\",\"name\":\"Mallory Quist\",\"jobTitle\":\"Quist spy\",\
     \"email\":\"mallory@quist.example\",\"worksFor\":{\"name\":\"Quist\"}}</script>",
    "<div vocab='https://schema.org/' typeof='Person'><b property='name'>Mallory Quist</b><i property='jobTitle'>Quist spy</i></div>",
    "<aside class='pv-browsemap-section aside'><ul><li><h3 class='name'><a href='/in/mallory'>Mallory Quist</a></h3>\
     <p class='headline'>Quist spy</p></li></ul></aside>",
    "<article class='h-entry'><a class='p-author h-card' href='/m'>Mallory Quist</a> wrote about Quist</article>",
    "<section class='comments comment'><h2>Mallory Quist</h2><p>Quist is hiring</p><a href='tel:+33600000000'>Quist desk</a></section>",
];
const THEIRS: [&str; 3] = ["Mallory", "Quist", "quist"];

/// What else stands on pages.
const CLUTTER: [&str; 4] = [
    "<div class='ad ads banner'><h2>Quist chairs</h2><a href='mailto:shop@quist.example'>shop@quist.example</a></div>",
    "<nav class='global-nav'><a href='/'>Home</a><span>Mallory Quist</span></nav>",
    "<footer><address>Quist Ltd, 1 Quist Street</address><a href='tel:+441632960000'>+44 1632 960000</a></footer>",
    "<meta name='author' content='Mallory Quist'>",
];

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

struct Base {
    says: String,
    url: String,
    page: String,
}

/// Every case of every adapter, and every scenario.
fn bases() -> Vec<Base> {
    let cases = BUILT_IN.iter().flat_map(|text| {
        let adapter = Adapter::parse(text).unwrap();
        let id = adapter.id;
        adapter.cases.into_iter().filter(|case| case.person.is_none()).map(move |case| Base {
            says: format!("{id}: {}", case.says),
            url: case.url,
            page: case.html,
        })
    });
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let folders = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let scenarios = folders.map(|path| {
        let scenario: serde_json::Value = serde_json::from_str(&fs::read_to_string(path.join("scenario.json")).unwrap()).unwrap();
        Base {
            says: path.display().to_string(),
            url: scenario["url"].as_str().unwrap().to_owned(),
            page: String::from_utf8_lossy(&fs::read(path.join("page.html")).unwrap()).into_owned(),
        }
    });
    // Pages of many megabytes are for other tests. And where any published markup is read, on a page that shows nobody, somebody who is added is
    // the owner.
    let has_owner = |base: &Base| {
        let report = inspected(&base.page, &base.url);
        !allowed(&report).is_empty() || !reads_markup(&report.page.adapter)
    };
    cases.chain(scenarios).filter(|base| base.page.len() < 200_000).filter(has_owner).collect()
}

/// Whether an adapter rests on what any site may publish.
fn reads_markup(label: &str) -> bool {
    let adapter = BUILT_IN.iter().map(|text| Adapter::parse(text).unwrap()).find(|adapter| adapter.label() == label);
    adapter.is_none_or(|adapter| adapter.audience.iter().any(|rule| rule.kind == EvidenceKind::PublishedMarkup))
}

fn allowed(report: &Report) -> Vec<Field> {
    report.verdicts.iter().filter(|verdict| verdict.decision == Decision::Allow).map(|verdict| verdict.field).collect()
}

fn values(report: &Report, field: Field) -> Vec<String> {
    let kept = report.card.as_ref().and_then(|card| card.fields.get(&field));
    kept.map(|kept| kept.values.clone()).unwrap_or_default()
}

fn inspected(page: &str, url: &str) -> Report {
    inspect_page(POLICY, page, url, true).unwrap()
}

#[test]
fn what_stands_around_an_owner_never_adds_anything() {
    let bases = bases();
    assert!(bases.len() > 200, "{} pages", bases.len());
    let readable = bases.iter().filter(|base| !allowed(&inspected(&base.page, &base.url)).is_empty()).count();
    assert!(readable > 80, "of {readable} pages something may be taken");
    // The same cases every time: what fails is the work of whoever changed something.
    let config = ProptestConfig { cases: 1_000, failure_persistence: None, ..Default::default() };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let strategy = (0..bases.len(), prop::collection::vec(change(), 1..4));
    let outcome = runner.run(&strategy, |(number, changes)| {
        let Base { says, url, page } = &bases[number];
        // Parsed and written out once, so that only the changes differ.
        let before = inspected(&changed(page, &[]), url);
        let after = inspected(&changed(page, &changes), url);
        let more: Vec<Field> = allowed(&after).into_iter().filter(|field| !allowed(&before).contains(field)).collect();
        prop_assert!(more.is_empty(), "{}: {:?} allows {:?} more", says, changes, more);
        let name = values(&after, Field::Name);
        prop_assert!(name.is_empty() || name == values(&before, Field::Name), "{}: {:?} has another name", says, changes);
        for field in allowed(&after) {
            let theirs = values(&after, field).into_iter().find(|value| THEIRS.iter().any(|word| value.contains(word)));
            prop_assert!(theirs.is_none(), "{}: {:?} took {:?} for {}", says, changes, theirs, field);
        }
        Ok(())
    });
    outcome.unwrap();
}
