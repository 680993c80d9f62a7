//! Saved pages, hidden text, items that say who may see them, and reservations.

use std::collections::{BTreeMap, BTreeSet};

use scruple::page::html::SavedPage;
use scruple::page::{Limits, Plan, Query, Sightings, VERSION};
use scruple::vocabulary::{Field, Group, PageKind, Signal};

use super::reader::{Suite, captured, files, folded, read, text};

/// A policy that also takes an e-mail address where someone without a tie to the person can see it.
const WITH_EMAIL: &str = include_str!("../../www/policies/with-email.json");

use PageKind::{Article, Company, Feed, Job, Other, Profile, Search, Wall};

/// Each page, the path it stood at, what it is, and whose it is where its texts were not replaced.
type Row = (&'static str, &'static str, PageKind, &'static str);

const SKELETONS: &[Row] = &[
    ("fb-mbasic-profile", "https://mbasic.facebook.com/someone", Profile, ""),
    ("github-2018", "https://github.com/someone", Profile, ""),
    ("li-2017-guest", "https://www.linkedin.com/in/someone/", Profile, ""),
    ("li-2018-loggedin-contact-overlay", "https://www.linkedin.com/in/someone/detail/contact-info/", Profile, ""),
    ("li-2021-guest", "https://www.linkedin.com/in/someone/", Profile, ""),
    ("li-2024-guest", "https://www.linkedin.com/in/someone/", Profile, ""),
    ("li-2024-loggedin", "https://www.linkedin.com/in/someone/", Profile, ""),
    ("li-2025-search", "https://www.linkedin.com/search/results/people/", Search, ""),
    ("li-2026-authwall", "https://www.linkedin.com/in/someone/", Wall, ""),
    ("li-2026-sdui", "https://www.linkedin.com/in/someone/", Profile, ""),
    ("twitter-2018", "https://twitter.com/someone", Profile, ""),
];

const SYNTHETIC: &[Row] = &[
    ("article", "https://www.linkedin.com/pulse/an-article", Article, ""),
    ("article_aside_before_main", "https://www.linkedin.com/pulse/an-article", Article, ""),
    ("article_signin_modal", "https://www.linkedin.com/pulse/an-article", Article, ""),
    ("authwall", "https://www.linkedin.com/in/someone/", Wall, ""),
    ("challenge", "https://www.linkedin.com/checkpoint/challenge/1", Wall, ""),
    ("company", "https://www.linkedin.com/company/example-labs/", Company, ""),
    ("company_signin_modal", "https://www.linkedin.com/company/example-labs/", Company, ""),
    ("complete-profile", "https://www.linkedin.com/in/janesmith/", Profile, "Jane Smith"),
    ("empty", "https://www.linkedin.com/in/someone/", Other, ""),
    ("fallback-sections", "https://www.linkedin.com/in/mariacosta/", Profile, "Maria Costa"),
    ("job", "https://www.linkedin.com/jobs/view/1/", Job, ""),
    ("job_signin_modal", "https://www.linkedin.com/jobs/view/1/", Job, ""),
    ("long-experience", "https://www.linkedin.com/in/mariarodriguez/", Profile, "Maria Rodriguez"),
    ("malformed_jsonld", "https://www.linkedin.com/in/someone/", Other, ""),
    ("minimal-profile", "https://www.linkedin.com/in/alexchen/", Profile, "Alex Chen"),
    ("missing-sections", "https://www.linkedin.com/in/samjohnson/", Profile, "Sam Johnson"),
    ("missing_values", "https://www.linkedin.com/in/someone/", Other, ""),
    ("multilingual-profile", "https://www.linkedin.com/in/yukitanaka/", Profile, "Yuki Tanaka / 田中ゆき"),
    ("nav_only", "https://www.linkedin.com/in/someone/", Other, ""),
    ("post", "https://www.linkedin.com/posts/example-labs-1", Feed, ""),
    ("post_signin_modal", "https://www.linkedin.com/posts/example-labs-1", Feed, ""),
    ("profile", "https://www.linkedin.com/in/alex-example/", Profile, "Alex Example"),
    ("profile_signin_modal", "https://www.linkedin.com/in/alex-example/", Profile, "Alex Example"),
    ("profile_wrong_jsonld", "https://www.linkedin.com/in/someone/", Profile, "Guest Profile Name"),
];

/// Every page of a folder: its kind, and that nothing restricted and nobody else is captured from it.
fn pages(name: &'static str, folder: &str, rows: &[Row]) {
    let Some((mut suite, root)) = Suite::begin(name, &[folder]) else { return };
    let paths = files(&root.join(folder), "html");
    let (mut restricted, mut bystanders) = (0, 0);
    for path in &paths {
        let stem = path.file_stem().unwrap().to_string_lossy();
        let Some((_, url, kind, owner)) = rows.iter().find(|(known, ..)| *known == stem) else {
            suite.count(&stem, vec!["nobody said what it is".to_owned()]);
            continue;
        };
        let html = text(path);
        let mut wrong = Vec::new();
        let found = read(url, &html, None).reading.page.kind;
        wrong.extend((found != *kind).then(|| format!("it is {found}, not {kind}")));
        let card = captured(WITH_EMAIL, url, &html);
        // None of these pages shows a way to reach somebody, or their private life, to everyone.
        let taken: Vec<Field> = card.keys().copied().filter(|field| !matches!(field.group(), Group::Professional)).collect();
        restricted += taken.len();
        wrong.extend((!taken.is_empty()).then(|| format!("captured {taken:?}")));
        let name = card.get(&Field::Name).map(|names| names.join(", ")).unwrap_or_default();
        let is_other = if *kind == Profile { !owner.is_empty() && name != *owner } else { !card.is_empty() };
        bystanders += usize::from(is_other);
        wrong.extend(is_other.then(|| format!("it is of `{name}`, not of `{owner}`")));
        suite.count(&stem, wrong);
    }
    suite.note(&format!("restricted fields captured: {restricted}; pages of which somebody else was captured: {bystanders}"));
    assert_eq!((restricted, bystanders), (0, 0));
    suite.end(&[]);
}

#[test]
fn saved_pages_are_what_they_are_and_nothing_restricted_is_captured() {
    pages("saved pages", "skeletons", SKELETONS);
}

#[test]
fn invented_pages_are_what_they_are_and_nothing_restricted_is_captured() {
    pages("invented pages", "li-synthetic", SYNTHETIC);
}

/// Which parts of the pages about hidden content are painted. Only a browser can tell what a style sheet elsewhere, a script, a size
/// that depends on the letters, or the painting order hides; what is written in the page itself is told here too.
const PAINTED: &[(&str, &str, bool)] = &[
    ("hidden-content", "#pass1", false),
    ("hidden-content", "#pass2", false),
    ("hidden-content", "#pass5", false),
    ("aria-hidden-focus", "#pass1", true),
    ("aria-hidden-focus", "#pass2 a", false),
    ("aria-hidden-focus", "#pass3 button", true),
    ("aria-hidden-focus", "#pass5 button", true),
    ("aria-hidden-focus", "#pass6 label", true),
    ("aria-hidden-focus", "#pass7 button", true),
    ("aria-hidden-focus", "#violation1 a", false),
    ("aria-hidden-focus", "#violation3", true),
    ("aria-hidden-focus", "#violation4 summary", true),
    ("aria-hidden-focus", "#violation4 p", false),
    ("aria-hidden-focus", "#violation5 label", true),
    ("aria-hidden-focus", "#violation6 area", false),
    ("aria-hidden-focus", "#violation7 a", true),
    ("aria-hidden-focus", "#violation7 button", true),
    ("aria-hidden-focus", ".test-div button", true),
];

#[test]
fn hidden_text_is_told_from_painted_text() {
    let Some((mut suite, root)) = Suite::begin("hidden content", &["hidden-content"]) else { return };
    for (page, css, painted) in PAINTED {
        let html = text(&root.join(format!("hidden-content/integration/rules/{page}/{page}.html")));
        let at = "https://hidden.example/";
        let queries = vec![Query { css: Some((*css).to_owned()), ..Query::default() }];
        let limits = Limits::default();
        let plan = Plan {
            v: VERSION,
            nonce: "corpus".into(),
            at: at.into(),
            limits,
            never: Vec::new(),
            shadows: None,
            person: None,
            queries,
        };
        let sightings = Sightings::parse(&SavedPage::parse(&html).inspect(&plan), &plan).unwrap();
        let nodes = &sightings.answers[0].nodes;
        assert!(!nodes.is_empty(), "{page}: nothing at {css}");
        let wrong = nodes.iter().filter(|node| node.shown.is_painted() != *painted);
        suite.count(&format!("{page} {css}"), wrong.map(|node| format!("it counts as {}", node.shown)).collect());
    }
    suite.end(&[
        ("aria-hidden-focus #violation1 a", "how far away `-999em` is, only a browser knows: it depends on the letters"),
        (
            "aria-hidden-focus #violation4 summary",
            "of a closed `details` nothing counts as painted, not even its summary: rather hidden than shown",
        ),
    ]);
}

/// One item of a record that is not for everyone: the texts in it.
type Item = Vec<String>;

/// The items of a record with a visibility below public, and the texts that stand outside them all.
fn items(xml: &str) -> (Vec<Item>, BTreeSet<String>) {
    let (mut items, mut public): (Vec<Item>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
    // The items around each open element.
    let mut open: Vec<Vec<usize>> = vec![Vec::new()];
    for part in xml.split('<').skip(1) {
        let (tag, behind) = part.split_once('>').unwrap_or((part, ""));
        if tag.starts_with(['?', '!']) {
            continue;
        }
        if tag.starts_with('/') {
            open.pop();
        } else {
            let mut around = open.last().cloned().unwrap_or_default();
            if tag.contains("visibility=\"private\"") || tag.contains("visibility=\"limited\"") {
                around.push(items.len());
                items.push(Vec::new());
            }
            if !tag.ends_with('/') {
                open.push(around);
            }
        }
        let said = folded(behind);
        match open.last().map(Vec::as_slice) {
            _ if said.is_empty() => {}
            None | Some([]) => _ = public.insert(said),
            Some(around) => around.iter().for_each(|item| items[*item].push(said.clone())),
        }
    }
    (items, public)
}

/// Records that say of each item who may see it. Nothing of an item that is not public may be captured.
#[test]
fn what_a_record_keeps_from_the_public_is_not_captured() {
    let Some((mut suite, root)) = Suite::begin("records: items that are not public", &["orcid-samples"]) else { return };
    let url = "https://orcid.org/0000-0001-2345-6789";
    let mut seen = 0;
    for path in files(&root.join("orcid-samples/read_samples"), "xml") {
        let xml = text(&path);
        let card: BTreeMap<Field, Vec<String>> = captured(WITH_EMAIL, url, &xml);
        seen += card.values().map(Vec::len).sum::<usize>();
        let (items, public) = items(&xml);
        for (number, item) in items.iter().enumerate() {
            let is_kept = |text: &&String| !public.contains(*text) && card.values().flatten().any(|value| value == *text);
            let wrong = item.iter().filter(is_kept).map(|text| format!("captured {text:?}")).collect();
            suite.count(&format!("{} {}", path.file_stem().unwrap().to_string_lossy(), number + 1), wrong);
        }
    }
    suite.note(&format!("values captured from all records: {seen}"));
    assert!(seen > 0, "with nothing captured at all the figure would say nothing");
    suite.end(&[]);
}

/// The reservation of text and data mining, as its specification shows it in HTML, and pages that have none.
#[test]
fn reservations_are_seen_where_their_specification_puts_them() {
    let Some((mut suite, root)) = Suite::begin("reservations", &["tdmrep"]) else { return };
    let url = "https://reserved.example/";
    let specification = text(&root.join("tdmrep/spec/index.html"));
    let shown = specification.split("<pre").find(|part| part.contains("&lt;meta name=\"tdm-reservation\"")).expect("an example");
    let example = shown.split("</pre>").next().unwrap().split_once('>').unwrap().1.replace("&lt;", "<");
    let one = "name=\"tdm-reservation\" content=\"1\"";
    assert!(example.contains(one), "the example reserves");
    let changed = |to: &str| example.replace(one, to);
    for (test, html, reserved) in [
        ("the example", example.clone(), true),
        ("the example in capitals", changed("NAME=\"TDM-Reservation\" CONTENT=\"1\""), true),
        ("not reserved", changed("name=\"tdm-reservation\" content=\"0\""), false),
        ("an error counts as unset", changed("name=\"tdm-reservation\" content=\"2\""), false),
        ("the specification itself", specification.clone(), false),
        ("the vocabulary", text(&root.join("tdmrep/files/index.html")), false),
    ] {
        let signals = read(url, &html, None).reading.page.signals;
        let seen = signals.iter().any(|seen| seen.signal == Signal::TdmReservation);
        suite.count(test, if seen == reserved { Vec::new() } else { vec![format!("seen: {seen}")] });
    }
    suite.end(&[]);
}
