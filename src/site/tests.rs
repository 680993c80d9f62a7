use super::*;
use crate::page::html::{SavedPage, normalise};
use crate::page::{Ask, Sightings};
use crate::sorted::Map;
use crate::vocabulary::{Audience, Field, Relation};

fn adapters() -> Vec<Adapter> {
    BUILT_IN.iter().map(|text| Adapter::parse(text).unwrap()).collect()
}

fn read(adapter: &Adapter, url: &str, html: &str) -> Reading {
    let survey = Survey::of(adapter);
    let plan = survey.plan("n", url);
    let sightings = Sightings::parse(&SavedPage::parse(html).inspect(&plan), &plan).unwrap();
    Reading::of(adapter, &survey, &Address::parse(url).unwrap(), &sightings)
}

#[test]
fn every_adapter_has_cases_and_they_come_out_as_they_say() {
    for adapter in adapters() {
        assert!(adapter.cases.len() >= 2, "{} has cases", adapter.id);
        for case in &adapter.cases {
            let reading = read(&adapter, &case.url, &case.html);
            let name = format!("{}: {}", adapter.id, case.says);
            assert_eq!(reading.page.kind, case.expect.kind, "{name}");
            assert_eq!(reading.page.relation, case.expect.relation.unwrap_or(Relation::Unknown), "{name}");
            let fields: Map<Field, Audience> =
                reading.findings.iter().map(|(field, finding)| (*field, Audience::proved_by(&finding.evidence))).collect();
            assert_eq!(fields, case.expect.fields, "{name}");
        }
    }
}

#[test]
fn every_selector_can_be_read_and_every_word_is_written_as_questions_compare_it() {
    for adapter in adapters() {
        let words = |ask: &Ask| match ask {
            Ask::Is(words) | Ask::Has(words) | Ask::Tokens(words) => words.clone(),
            Ask::Near(near) => near.has.clone(),
            _ => vec![],
        };
        for query in &Survey::of(&adapter).plan("n", "https://a.example/").queries {
            if let Some(css) = &query.css {
                assert!(scraper::Selector::parse(css).is_ok(), "{}: {css}", adapter.id);
            }
            for word in query.asks.iter().flat_map(words) {
                assert_eq!(normalise(&word), word, "{}", adapter.id);
            }
        }
    }
}

#[test]
fn no_label_states_two_degrees() {
    for adapter in adapters() {
        let mut seen = crate::sorted::Set::default();
        for word in adapter.degrees.values().flatten() {
            assert!(!seen.contains(word), "{}: `{word}` stands for two degrees", adapter.id);
            seen.insert(word.clone());
        }
    }
}

#[test]
fn degrees_are_read_in_five_languages() {
    let linkedin = &adapters()[0];
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
            let reading = read(linkedin, "https://www.linkedin.com/in/lea-morel/", &page(label));
            assert_eq!(reading.page.relation, relation, "{label}");
        }
    }
}

#[test]
fn an_adapter_that_cannot_work_says_why() {
    for (from, to, says) in [
        ("\"id\": \"x\"", "\"id\": \"\"", "needs an id"),
        ("\"version\"", "\"varsion\"", "unknown field `varsion`"),
        ("\"kind\": \"wall\"", "\"kind\": \"fence\"", "unknown page kind `fence`"),
        (
            "\"profile_paths\"",
            "\"layouts\": [{\"id\": \"a\", \"view\": \"any\", \"owner\": {}, \"fields\": {}}], \"profile_paths\"",
            "exactly one of `css` and `ld`",
        ),
    ] {
        let text = BUILT_IN[1].replacen(from, to, 1);
        let error = Adapter::parse(&text).unwrap_err();
        assert!(error.contains(says), "{from} -> {to}: {error}");
    }
}
