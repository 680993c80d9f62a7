//! What the lexicon that ships finds, and what it refuses.

use proptest::prelude::*;

use super::compile::document;
use super::*;

const DOCUMENTS: [&str; 9] = [
    include_str!("../data/any.json"),
    include_str!("../data/de.json"),
    include_str!("../data/en.json"),
    include_str!("../data/es.json"),
    include_str!("../data/fr.json"),
    include_str!("../data/it.json"),
    include_str!("../data/nl.json"),
    include_str!("../data/pl.json"),
    include_str!("../data/pt.json"),
];

fn lexicon() -> &'static Lexicon {
    static LEXICON: std::sync::OnceLock<Lexicon> = std::sync::OnceLock::new();
    LEXICON.get_or_init(|| Lexicon::parse(&DOCUMENTS).unwrap())
}

fn found(text: &str, orders: &Orders) -> Vec<(String, Trace)> {
    find(lexicon(), Field::Description, text, orders, &[]).into_iter().map(|hit| (text[hit.span].to_owned(), hit.kind)).collect()
}

/// The sentence around a part of a text.
fn sentence(text: &str, span: Range<usize>) -> Range<usize> {
    around(text, &mut sentences(text).as_slice(), &span)
}

#[test]
fn every_case_of_every_document_holds() {
    for text in DOCUMENTS {
        let document = document(text, &mut Vec::new()).unwrap();
        assert!(document.language == "any" || document.cases.len() >= 10, "{} has few cases", document.language);
        for case in document.cases {
            let hits = find(lexicon(), case.field.unwrap_or(Field::Description), &case.text, &Orders::default(), &[]);
            match case.finds {
                Some(kind) => assert!(hits.iter().any(|hit| hit.kind == kind), "{}: {hits:?}", case.text),
                None => assert_eq!(hits, vec![], "{}", case.text),
            }
        }
    }
}

#[test]
fn every_case_of_the_rules_for_contacts_holds() {
    let text = include_str!("../data/contact-rules.json");
    let rules = Lexicon::parse(&[text]).unwrap();
    for case in document(text, &mut Vec::new()).unwrap().cases {
        let hits = find(&rules, Field::Description, &case.text, &Orders::default(), &[]);
        assert_eq!(hits.first().map(|hit| hit.kind), case.finds, "{}: {hits:?}", case.text);
    }
}

#[test]
fn what_is_wrong_with_a_document_is_told_exactly() {
    for (text, says) in [
        ("{\"language\": \"en\", \"groups\": {}}", "missing field `rules`"),
        (
            "{\"language\": \"en\", \"groups\": {\"a\": [\"b\"]}, \"rules\": [{\"id\": \"x\", \"category\": \"helth\", \"when\": [\"a\"]}]}",
            "`helth`",
        ),
        (
            "{\"language\": \"en\", \"groups\": {\"a\": [\"b\"]}, \"rules\": [\n{\"id\": \"x\", \"category\": \"health\", \"when\": [\"c ..2 a\"]}]}",
            "line 2, column 44: no language has the groups of the pattern `c ..2 a`",
        ),
    ] {
        let problems = Lexicon::parse(&[text]).unwrap_err();
        assert!(problems.iter().any(|problem| problem.to_string().contains(says)), "{problems:?}");
    }
}

#[test]
fn words_that_languages_share_raise_no_alarm() {
    let any = Orders::default();
    for text in ["Nurse at a cancer clinic", "Lecture on cancer", "Talks on lupus", "Senior Software Engineer"] {
        assert_eq!(found(text, &any), [], "{text}");
    }
    for (text, kind) in
        [("Living with cancer", Trace::Health), ("délégué CGT", Trace::TradeUnion), ("Déléguée syndicale CGT", Trace::TradeUnion)]
    {
        assert!(found(text, &any).iter().any(|(_, found)| *found == kind), "{text}");
    }
}

#[test]
fn a_compiled_text_is_read_whole_or_not_at_all() {
    let text = compile(&["{\"language\": \"en\", \"groups\": {\"a\": [\"blue lodge*\"]}, \
        \"rules\": [{\"id\": \"x\", \"category\": \"belief\", \"when\": [\"a\"]}]}"])
    .unwrap();
    let hits = |lexicon: &Lexicon| find(lexicon, Field::Description, "My blue lodges", &Orders::default(), &[]);
    let [hit] = hits(&Lexicon::read(&text).unwrap()).try_into().unwrap();
    assert_eq!((hit.span, hit.kind, hit.rule.as_str()), (3..14, Trace::Belief, "en.x"));
    for place in 0..text.len() {
        let cut = [&text[..place], &text[place + 1..]].concat();
        let other = [&text[..place], if &text[place..=place] == "1" { "2" } else { "1" }, &text[place + 1..]].concat();
        for damaged in [&text[..place], &cut, &other] {
            assert!(Lexicon::read(damaged).is_none(), "{damaged}");
        }
    }
    assert!(Lexicon::parse(&[]).is_ok_and(|lexicon| hits(&lexicon).is_empty()));
}

#[test]
fn what_ships_is_on_one_line() {
    let text = compile(&DOCUMENTS).unwrap();
    assert!(!text.contains(['\n', '\r']));
    assert!(text.len() < 400_000, "{} bytes", text.len());
}

#[test]
fn a_policy_adds_words_and_allows_phrases() {
    let mut orders = Orders { terms: vec![Term { term: "blue lodge*".into(), category: Trace::Belief }], ..Orders::default() };
    assert_eq!(found("Proud of my Blue Lodges here", &orders), [("Blue Lodges".to_owned(), Trace::Belief)]);
    assert_ne!(found("I am a Catholic woman", &orders), []);
    orders.allow = vec!["catholic woman".into(), "blue lodges".into()];
    assert_eq!(found("I am a Catholic woman of my Blue Lodges", &orders), []);
}

#[test]
fn the_language_is_told_by_common_words() {
    for (text, language) in [
        ("I work with the team and we like it", Some("en")),
        ("Je travaille avec les équipes et nous aimons cela", Some("fr")),
        ("Ich arbeite mit dem Team und wir mögen es", Some("de")),
        ("Trabajo con el equipo y nos gusta lo que hacemos para los clientes", Some("es")),
        ("Pracuję z zespołem i jest nam dobrze, bo się lubimy", Some("pl")),
        ("Senior Software Engineer", None),
    ] {
        assert_eq!(lexicon().language(text), language, "{text}");
    }
}

#[test]
fn the_sentence_around_a_find_is_cut_whole() {
    for (text, part, whole) in [
        ("I sell boats. I have lupus! Call me.", "lupus", "I have lupus!"),
        ("Buyer | I have lupus | Leeds", "lupus", "I have lupus"),
        ("• Boats\n• I have lupus\n• Tea", "lupus", "I have lupus"),
        ("Dr. Lee says I have lupus, v. 2.05. Fine.", "lupus", "Dr. Lee says I have lupus, v. 2.05."),
        ("I have lupus", "lupus", "I have lupus"),
    ] {
        let at = text.find(part).unwrap();
        assert_eq!(&text[sentence(text, at..at + part.len())], whole, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_searched(text in "\\PC{0,80}") {
        for hit in find(lexicon(), Field::Description, &text, &Orders::default(), &[]) {
            prop_assert!(text.get(hit.span.clone()).is_some());
            prop_assert!(text.get(sentence(&text, hit.span)).is_some());
        }
    }

    #[test]
    fn finds_lie_between_letters(before in "\\PC{0,8}", after in "\\PC{0,8}", gap in "[ \u{a0}\u{200b}’'.,|•–-]{0,3}") {
        let text = format!("{before}{gap}I am a gay{gap} Catholic{gap}{after}, mam raka{gap} Łódź");
        for hit in find(lexicon(), Field::Description, &text, &Orders::default(), &[]) {
            prop_assert!(text.get(hit.span.clone()).is_some());
            let whole = sentence(&text, hit.span.clone());
            prop_assert!(text.get(whole.clone()).is_some() && whole.start <= hit.span.start && whole.end >= hit.span.end);
        }
    }
}
