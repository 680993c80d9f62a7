use super::*;
use crate::page::html::SavedPage;
use crate::page::{MOST_QUERIES, Sightings};
use crate::vocabulary::{Audience, Code, Field, PageKind, Relation, Signal};

fn adapters() -> Vec<Adapter> {
    BUILT_IN.iter().map(|text| Adapter::parse(text).unwrap()).collect()
}

fn read(adapter: &Adapter, url: &str, html: &str, person: Option<u32>) -> Reading {
    read_by(&[adapter], url, html, person)
}

fn read_by(adapters: &[&Adapter], url: &str, html: &str, person: Option<u32>) -> Reading {
    let survey = Survey::of(adapters);
    let plan = survey.plan("n", url, person);
    let sightings = Sightings::parse(&SavedPage::parse(html).inspect(&plan), &plan).unwrap();
    Reading::of(adapters, &survey, &Address::parse(url).unwrap(), &sightings, person.is_some())
}

#[test]
fn a_plan_never_asks_more_than_the_probe_answers() {
    let adapters = adapters();
    let hosts = adapters.iter().flat_map(|adapter| &adapter.hosts).filter(|host| *host != "*");
    for host in hosts.map(String::as_str).chain(["a.example"]) {
        let in_charge = in_charge(&adapters, &Address::parse(&format!("https://{host}/")).unwrap());
        let questions = Survey::of(&in_charge).queries().len();
        assert!(questions <= MOST_QUERIES, "{host}: {questions} questions");
    }
}

#[test]
fn every_adapter_file_ships() {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/site")).unwrap();
    let files = folder.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|kind| kind == "json"));
    assert_eq!(files.count(), BUILT_IN.len());
}

#[test]
fn degrees_are_read_in_five_languages() {
    let adapters = adapters();
    let linkedin = adapters.iter().find(|adapter| adapter.id == "linkedin").unwrap();
    let page = |label: &str| {
        format!(
            "<main><section><h1 class='text-heading-xlarge'>Léa Morel</h1><span class='dist-value'>{label}</span></section></main>"
        )
    };
    for (relation, labels) in [
        (Relation::First, ["1st", "1er", "1.", "1.º", "1°"]),
        (Relation::Second, ["2nd", "2e", "2.", "2.º", "2°"]),
        (Relation::Third, ["3rd+", "3e et +", "3.+", "3er+", "3°+"]),
        (Relation::OutOfNetwork, ["Out of network", "Hors réseau", "Außerhalb des Netzwerks", "Fuera de la red", "Fuori rete"]),
        (Relation::Unknown, ["", "4th", "st", "friend", "1st 2nd"]),
    ] {
        for label in labels {
            let reading = read(linkedin, "https://www.linkedin.com/in/lea-morel/", &page(label), None);
            assert_eq!(reading.page.relation, relation, "{label}");
        }
    }
}

/// A network of its own, so that every part of the form is tried without leaning on a real site.
const NETWORK: &str = r##"{
  "id": "network", "version": "1", "rests_on": "nothing", "hosts": ["network.example"], "profile_paths": ["/u/*"],
  "kinds": [{"kind": "wall", "marks": ["#wall"]}],
  "never": ["aside", ".ad"],
  "signals": [{"signal": "noindex", "css": ".quiet", "where": {"is": ["keep me out"]}}, {"signal": "noai", "css": "[data-noai]"}],
  "layouts": [
    {
      "id": "new", "view": "any", "anchors": [".new"], "expects": ["footer", ".tabs"], "owner": {"css": ".card"},
      "fields": {"name": [{"css": "b"}], "jobTitle": [{"css": "i"}], "url": [{"css": ":scope", "attr": "href"}]}
    },
    {
      "id": "old", "view": "any", "anchors": [".old"], "owner": {"css": ".card"},
      "fields": {"name": [{"css": "b"}], "jobTitle": [{"css": "i"}], "headline": [{"css": "h2", "anywhere": true}]}
    }
  ],
  "audience": [
    {"fields": ["name"], "kind": "site_rule", "bound": "platform_members"},
    {"fields": ["jobTitle"], "kind": "item_visibility", "bound": "public_web", "within": "[data-public]"},
    {"fields": ["headline"], "layouts": ["new"], "kind": "site_rule", "bound": "platform_members"}
  ]
}"##;

fn network(html: &str, person: Option<u32>) -> Reading {
    read(&Adapter::parse(NETWORK).unwrap(), "https://network.example/u/lea", html, person)
}

fn code(reading: &Reading) -> Option<Code> {
    reading.refusal.as_ref().map(|fault| fault.code)
}

fn audience(reading: &Reading, field: Field) -> Option<Audience> {
    reading.findings.get(&field).map(|finding| Audience::proved_by(&finding.evidence()))
}

#[test]
fn what_is_never_the_owners_is_no_hit() {
    let reading = network(
        "<p class=old></p><aside><div class=card><b>Karl</b></div></aside><div class=card><b>Léa</b><div class=ad><i>Baker</i></div></div>",
        None,
    );
    assert_eq!((reading.page.kind, code(&reading)), (PageKind::Profile, None));
    assert_eq!(audience(&reading, Field::Name), Some(Audience::PlatformMembers));
    assert_eq!(audience(&reading, Field::JobTitle), None, "it stands in an advertisement");
}

#[test]
fn of_several_people_the_one_that_was_pointed_at_is_read() {
    let page = "<p class=old></p><div class=card><b>Léa</b><i>Buyer</i></div><div class=card><b>Karl</b></div>";
    assert_eq!(network(page, None).page.kind, PageKind::Team);
    for (person, kind, nodes) in [(0, PageKind::Profile, 1), (1, PageKind::Profile, 0), (2, PageKind::Other, 0)] {
        let reading = network(page, Some(person));
        assert_eq!(reading.page.kind, kind, "person {person}");
        assert_eq!(reading.findings.get(&Field::JobTitle).map_or(0, |finding| finding.nodes.len()), nodes, "person {person}");
    }
}

#[test]
fn a_layout_that_lost_a_part_has_drifted_and_says_which() {
    let page = |rest: &str| format!("<p class=new></p><a class=card href=/a><b>Léa</b></a>{rest}");
    assert_eq!(code(&network(&page("<footer></footer><p class=tabs>"), None)), None);
    let reading = network(&page("<footer></footer>"), None);
    assert_eq!(code(&reading), Some(Code::SiteDrift));
    let drift = reading.page.drift.unwrap();
    assert_eq!(drift.missing, [".tabs"]);
    let other = network(&page("<footer></footer><em>Somebody</em>"), None).page.drift.unwrap();
    assert_eq!(drift.structure, other.structure, "what a page says is not in its structure");
    assert_ne!(drift.structure, network(&page(""), None).page.drift.unwrap().structure);

    let nameless = network("<p class=old></p><div class=card><i>Buyer</i></div>", None);
    assert_eq!((code(&nameless), nameless.page.drift.unwrap().missing), (Some(Code::SiteDrift), vec!["b".to_owned()]));
    let unknown = network("<p>Anything else</p>", None);
    assert_eq!(
        (code(&unknown), unknown.page.drift.unwrap().missing),
        (Some(Code::SiteDrift), vec![".new".to_owned(), ".old".to_owned()])
    );
}

#[test]
fn visibility_that_is_stated_item_by_item_holds_for_the_item() {
    let page = |jobs: &str| format!("<p class=old></p><div class=card><b>Léa</b>{jobs}</div>");
    let proved = |jobs: &str| audience(&network(&page(jobs), None), Field::JobTitle);
    assert_eq!(proved("<i data-public>Buyer</i>"), Some(Audience::PublicWeb));
    assert_eq!(proved("<i>Buyer</i>"), Some(Audience::Unknown));
    assert_eq!(proved("<i data-public>Buyer</i><i>Seller</i>"), Some(Audience::Unknown), "one of them is not stated");
    assert_eq!(proved("<i data-public>Buyer</i><i hidden>Seller</i>"), Some(Audience::PublicWeb), "what is not shown is not taken");
}

#[test]
fn a_rule_for_one_layout_says_nothing_of_another() {
    let reading = network("<p class=old></p><h2>Buyer</h2><div class=card><b>Léa</b></div>", None);
    assert_eq!(audience(&reading, Field::Headline), Some(Audience::Unknown));
}

#[test]
fn signals_are_read_in_every_form_they_come_in() {
    let signals = |html: &str| {
        let reading = network(&format!("{html}<p class=old></p><div class=card><b>Léa</b></div>"), None);
        reading.page.signals.iter().map(|seen| seen.signal).collect::<Vec<_>>()
    };
    for (html, seen) in [
        ("<meta name=robots content='NOINDEX, nofollow'>", vec![Signal::Noindex]),
        ("<meta name=Googlebot content=none>", vec![Signal::Noindex]),
        ("<meta name=robots content='index, follow, max-image-preview:none, max-snippet: -1'>", vec![]),
        ("<meta name=robots content='max-snippet: 0'>", vec![Signal::Nosnippet]),
        ("<meta name=robots content='somebot: noarchive'>", vec![Signal::Noarchive]),
        ("<meta http-equiv=X-Robots-Tag content='otherbot:noimageindex'>", vec![Signal::Noimageindex]),
        ("<meta name=robots content='unavailable_after: 2020-01-01'>", vec![Signal::UnavailableAfter]),
        ("<meta name=GPTBot content='noai,noimageai'>", vec![Signal::Noai, Signal::Noimageai]),
        ("<meta name=format-detection content=none><meta name=description content=noindex>", vec![]),
        ("<meta name=tdm-reservation content=1>", vec![Signal::TdmReservation]),
        ("<meta name=tdm-reservation content=0>", vec![]),
        ("<p class=quiet>Keep me out</p>", vec![Signal::Noindex]),
        ("<p class=quiet>Welcome</p>", vec![]),
        ("<p data-noai>", vec![Signal::Noai]),
    ] {
        assert_eq!(signals(html), seen, "{html}");
    }
}

#[test]
fn adapters_for_any_host_are_told_apart_by_markup() {
    let any = NETWORK.replace("network.example", "*").replace("/u/*", "/**");
    let last = NETWORK
        .replace("\"network\"", "\"last\"")
        .replace("\"network.example\"]", "\"*\"], \"last\": true")
        .replace("/u/*", "/**")
        .replace(".old", ".plain");
    let adapters = [Adapter::parse(&last).unwrap(), Adapter::parse(&any).unwrap(), Adapter::parse(NETWORK).unwrap()];
    let by = |url: &str, html: &str| {
        let in_charge = in_charge(&adapters, &Address::parse(url).unwrap());
        read_by(&in_charge, url, html, None).page.adapter
    };
    let page = |class: &str| format!("<p class={class}></p><div class=card><b>Léa</b></div>");
    assert_eq!(by("https://a.example/", &page("old")), "network@1");
    assert_eq!(by("https://a.example/", &page("plain")), "last@1");
    assert_eq!(by("https://a.example/", "<p>nothing</p>"), "last@1");
    assert_eq!(by("https://a.example/", "<p id=wall>"), "network@1", "the first that knows what it is");
    assert_eq!(by("https://network.example/u/lea", &page("plain")), "network@1", "the host has an adapter of its own");
}

#[test]
fn only_shadow_trees_of_the_page_are_looked_into() {
    let adapter = NETWORK.replace("\"never\"", "\"shadows\": [\"#ours\"], \"never\"");
    let adapter = Adapter::parse(&adapter).unwrap();
    let page = |host: &str, mode: &str| {
        format!(
            "<p class=old></p><div class=card><b>Léa</b><div id={host}><template shadowrootmode={mode}><i>Buyer</i></template></div></div>"
        )
    };
    for (host, mode, found) in [("ours", "open", true), ("ours", "closed", false), ("other", "open", false)] {
        let reading = read(&adapter, "https://network.example/u/lea", &page(host, mode), None);
        assert_eq!(reading.findings.contains_key(&Field::JobTitle), found, "{host} {mode}");
    }
}

#[test]
fn an_adapter_that_cannot_work_says_why() {
    for (from, to, says) in [
        ("\"id\": \"network\"", "\"id\": \"\"", "needs an id"),
        ("\"version\"", "\"varsion\"", "unknown field `varsion`"),
        ("\"kind\": \"wall\"", "\"kind\": \"fence\"", "unknown page kind `fence`"),
        ("\"owner\": {\"css\": \".card\"}", "\"owner\": {}", "exactly one of `css` and `ld`"),
        ("{\"name\": [", "{\"image\": [", "no place for `name`"),
        ("\"layouts\": [\"new\"]", "\"layouts\": [\"newer\"]", "a layout `newer`"),
        ("{\"css\": \":scope\", ", "{\"css\": \":scope\", \"anywhere\": true, ", "`anywhere`"),
    ] {
        let text = NETWORK.replacen(from, to, 1);
        let error = Adapter::parse(&text).unwrap_err();
        assert!(error.contains(says), "{from} -> {to}: {error}");
    }
}
