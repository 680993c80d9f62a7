//! Searching through parts against looking at every card, and parts that were damaged.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scruple::time::{DAY, rfc3339};
use scruple::vault::parts::{Opened, Standing, Summary};
use scruple::vault::search::{Index, Query};
use scruple::vault::{Kept, PART, contents};
use scruple::vocabulary::{Audience, Choice, Code, Field};
use unicode_normalization::UnicodeNormalization;

use super::conformance::card;

/// A card as it is searched for: all that is known of it.
#[derive(Clone, Debug)]
struct Person {
    standing: Standing,
    name: String,
    employer: String,
    site: &'static str,
    captured: u64,
}

impl Person {
    fn contents(&self) -> String {
        let mut card = card("0", self.captured * DAY + 7, 30);
        for (field, value) in [(Field::Name, &self.name), (Field::WorksFor, &self.employer)] {
            let kept = Kept {
                values: vec![value.clone()],
                code: Code::AllowPublic,
                rule: None,
                audience: Audience::PublicWeb,
                evidence: Vec::new(),
                cuts: Choice::none(),
            };
            card.fields.insert(field, kept);
        }
        card.source.site = self.site.into();
        card.captured_at = rfc3339(self.captured * DAY + 7);
        contents(&card).unwrap()
    }

    fn summary(&self) -> Summary {
        Summary::of(self.standing, Some(&self.contents()))
    }

    /// Whether a query means this card, by other means than the search has.
    fn is_meant(&self, query: &Query, now: u64, age: u64, keep: u64) -> bool {
        let words: Vec<String> = [&self.name, &self.employer].into_iter().flat_map(|text| plain_words(text)).collect();
        let Standing { seq, expires, ends, span, flagged } = self.standing;
        let less = span.saturating_sub(keep);
        expires > now + less
            && ends > age + less
            && query.before.is_none_or(|before| seq < before)
            && query.expires_before.is_none_or(|before| expires.saturating_sub(less) < before)
            && query.captured_since.is_none_or(|since| self.captured >= since / DAY)
            && (!query.flagged || flagged)
            && query.site.as_ref().is_none_or(|site| self.site == site || self.site.ends_with(&format!(".{site}")))
            && query.text.split_whitespace().all(|word| {
                let asked = plain_words(word);
                let Some((last, before)) = asked.split_last() else { return true };
                words.windows(asked.len()).any(|here| {
                    let (end, first) = here.split_last().unwrap();
                    first == before && end.starts_with(last)
                })
            })
    }
}

/// The words of a text of European letters.
fn plain_words(text: &str) -> Vec<String> {
    let plain: String = text.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).collect();
    plain.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

const SITES: [&str; 4] = ["people.example", "www.people.example", "fr.people.example", "otherpeople.example"];

fn names() -> impl Strategy<Value = String> + Clone {
    let word = prop::sample::select(vec![
        "Ada",
        "Éléonore",
        "Zoë",
        "ZOÉ",
        "Jean-Pierre",
        "O’Neil",
        "d'Arc",
        "Ada-Zoë",
        "Ann",
        "e\u{301}lan",
        "7",
    ]);
    prop::collection::vec(word, 0..4).prop_map(|words| words.join(" "))
}

fn people() -> impl Strategy<Value = Vec<Person>> {
    // Few numbers, far apart now and then, so that parts have gaps and some are missing.
    let seqs = prop::collection::btree_set(prop_oneof![0..40_u64, PART - 5..PART + 5, 5 * PART..5 * PART + 3], 0..30);
    let person = (names(), names(), prop::sample::select(SITES.to_vec()), 0..5_u64, 0..6_u64, (0..6_u64, 0..6_u64), any::<bool>());
    seqs.prop_flat_map(move |seqs| {
        let count = seqs.len();
        (Just(seqs), prop::collection::vec(person.clone(), count))
    })
    .prop_map(|(seqs, people)| {
        let person = |(seq, (name, employer, site, captured, expires, (ends, span), flagged))| Person {
            standing: Standing { seq, expires, ends, span, flagged },
            name,
            employer,
            site,
            captured,
        };
        seqs.into_iter().zip(people).map(person).collect()
    })
}

fn queries() -> impl Strategy<Value = Query> {
    let text = prop_oneof![
        Just(String::new()),
        prop::sample::select(vec![
            "a", "ada", "AD", "zo", "zoe é", "jean-p", "pierre", "an-z", "ada-z", "neil", "o'n", "-", "ada ann", "7", "elan", "x"
        ])
        .prop_map(str::to_owned),
    ];
    let site = prop::option::of(
        prop::sample::select(vec!["people.example", "WWW.people.example", "example", "eople.example"]).prop_map(str::to_owned),
    );
    let day = || prop::option::of(0..6 * DAY);
    (1..6_u32, text, site, prop::option::of(0..7_u64), day(), any::<bool>()).prop_map(
        |(limit, text, site, expires_before, captured_since, flagged)| Query {
            limit,
            text,
            site: site.map(|site| site.to_lowercase()),
            expires_before,
            captured_since,
            flagged,
            before: None,
        },
    )
}

fn parts_of(people: &[Person]) -> BTreeMap<u64, Opened> {
    let mut cards: BTreeMap<u64, Vec<Summary>> = BTreeMap::new();
    // In any order, as they may come out of a store.
    for person in people.iter().rev() {
        cards.entry(person.standing.seq / PART).or_default().push(person.summary());
    }
    cards.into_iter().map(|(number, cards)| (number, Opened::of(number, cards).unwrap())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn page_after_page_finds_what_looking_at_every_card_finds(people in people(), query in queries(), now in 0..4_u64, age in 0..4_u64, keep in 0..7_u64) {
        let mut index = Index::default();
        for (number, part) in parts_of(&people) {
            // By way of its text, as it comes out of a store.
            index.put(Opened::read(number, &part.text()).unwrap());
        }
        let meant: Vec<u64> =
            people.iter().rev().filter(|person| person.is_meant(&query, now, age, keep)).map(|person| person.standing.seq).collect();
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = index.search(&Query { before, ..query.clone() }, now, age, keep);
            let is_last = page.len() < usize::try_from(query.limit).unwrap();
            before = page.last().copied().or(before);
            found.extend(page);
            if is_last {
                break;
            }
        }
        prop_assert_eq!(found, meant);
    }

    #[test]
    fn a_part_has_one_text(people in people()) {
        for (number, part) in parts_of(&people) {
            let text = part.text();
            prop_assert_eq!(Opened::read(number, &text), Some(part));
            prop_assert_eq!(Opened::read(number + 1, &text), None);
        }
    }

    #[test]
    fn a_damaged_part_is_another_text_or_nothing(people in people(), at in any::<prop::sample::Index>(), byte in prop_oneof![
        Just(b'\t'), Just(b'\n'), Just(b' '), Just(b'0'), Just(b'!'), Just(b'9'), any::<u8>()
    ], what in 0..3) {
        for (number, part) in parts_of(&people) {
            let mut bytes = part.text().into_bytes();
            let at = at.index(bytes.len());
            match what {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at),
                _ => bytes.insert(at, byte),
            }
            let Ok(text) = String::from_utf8(bytes) else { continue };
            // Whatever is read is exactly what stands there, and in its place.
            if let Some(read) = Opened::read(number, &text) {
                prop_assert_eq!(read.text(), text);
                prop_assert!(read.cards().iter().all(|card| card.standing.seq / PART == number));
            }
        }
    }

    #[test]
    fn no_contents_break_a_summary(text in "\\PC{0,40}", value in "\\PC{0,2000}", site in "\\PC{0,300}") {
        let standing = Standing { seq: 300, expires: 1, ends: 2, span: 5, flagged: true };
        let odd = serde_json::json!({ "captured_at": value, "source": { "site": site }, "fields": { "name": { "values": [value, 5, [site]] } } });
        for contents in [Some(text.as_str()), Some(&odd.to_string()), None] {
            let part = Opened::of(1, vec![Summary::of(standing, contents)]).unwrap();
            prop_assert_eq!(Opened::read(1, &part.text()), Some(part));
        }
    }
}

fn found(names: &[&str], text: &str) -> Vec<u64> {
    let mut index = Index::default();
    let people: Vec<Person> = (0..)
        .zip(names)
        .map(|(seq, name)| Person {
            standing: Standing { seq, expires: 9, ends: 9, span: 5, flagged: false },
            name: (*name).into(),
            employer: String::new(),
            site: SITES[0],
            captured: 0,
        })
        .collect();
    parts_of(&people).into_values().for_each(|part| index.put(part));
    index.search(&Query { text: text.into(), limit: 100, ..Query::default() }, 0, 0, u64::MAX)
}

#[test]
fn words_are_found_as_people_type_them() {
    let names = ["Łucja Żółć", "Jean-Pierre d’Arc", "山田太郎", "Straße Œuvre", "สมชาย ใจดี", "Анна Иванова"];
    for (text, seqs) in [
        ("lucja", vec![0]),
        ("zolc luc", vec![0]),
        ("pierre", vec![1]),
        ("jean-pierre", vec![1]),
        ("pierre-jean", vec![]),
        ("ean", vec![]),
        ("田", vec![2]),
        ("太郎", vec![2]),
        ("郎太", vec![]),
        ("STRASSE oeuv", vec![3]),
        ("ชาย", vec![4]),
        ("Анна", vec![5]),
        ("", vec![5, 4, 3, 2, 1, 0]),
    ] {
        assert_eq!(found(&names, text), seqs, "{text}");
    }
}

#[test]
fn a_part_takes_no_card_of_another() {
    let card = |seq| Summary::of(Standing { seq, expires: 1, ends: 1, span: 5, flagged: false }, None);
    assert!(Opened::of(1, vec![card(PART), card(2 * PART - 1)]).is_some());
    assert_eq!(Opened::of(1, vec![card(PART - 1)]), None);
    assert_eq!(Opened::of(1, vec![card(2 * PART)]), None);
    assert_eq!(Opened::of(1, vec![card(PART), card(PART)]), None);
}

#[test]
fn a_part_is_bounded() {
    let mut person = Person {
        standing: Standing { seq: 0, expires: 1, ends: 1, span: 5, flagged: false },
        name: "ë ".repeat(100_000),
        employer: "b".repeat(1 << 20),
        site: SITES[0],
        captured: 0,
    };
    let text = Opened::of(0, vec![person.summary()]).unwrap().text();
    assert!(text.len() < 1500, "{}", text.len());
    person.name = String::new();
    assert!(Opened::read(0, &Opened::of(0, vec![person.summary()]).unwrap().text()).is_some());
}
