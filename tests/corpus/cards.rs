//! The suites of microformats: cards of people, and pages that hold other people's cards.

use std::collections::BTreeMap;

use scruple::vocabulary::Field;
use serde_json::Value;

use super::reader::{Suite, beside, differences, files, folded, read, text};

const URL: &str = "http://example.com/";

/// Each property of a card that has a place among the fields. A nickname, an honorific and the like have none.
const PROPERTIES: [(&str, Field); 15] = [
    ("name", Field::Name),
    ("given-name", Field::GivenName),
    ("family-name", Field::FamilyName),
    ("job-title", Field::JobTitle),
    ("org", Field::WorksFor),
    ("locality", Field::AddressLocality),
    ("country-name", Field::AddressCountry),
    ("note", Field::Description),
    ("photo", Field::Image),
    ("email", Field::Email),
    ("tel", Field::Telephone),
    ("street-address", Field::StreetAddress),
    ("postal-code", Field::PostalCode),
    ("url", Field::Url),
    ("bday", Field::BirthDate),
];

/// The values of a property: those of the card and, for the parts of an address, of its addresses.
fn property(card: &Value, name: &str) -> Vec<String> {
    let properties = &card["properties"];
    let own = |of: &Value| of[name].as_array().cloned().unwrap_or_default();
    let inner = properties["adr"].as_array().into_iter().flatten().flat_map(|adr| own(&adr["properties"]));
    let text = |value: Value| value["value"].as_str().or(value.as_str()).map(folded);
    own(properties).into_iter().chain(inner).filter_map(text).collect()
}

/// What a card says, as a capture writes it.
fn expected(card: &Value) -> BTreeMap<Field, Vec<String>> {
    let mut fields: BTreeMap<Field, Vec<String>> = PROPERTIES.iter().map(|(name, field)| (*field, property(card, name))).collect();
    if fields[&Field::JobTitle].is_empty() {
        fields.insert(Field::JobTitle, property(card, "role"));
    }
    fields.insert(Field::KnowsAbout, property(card, "category"));
    // The suite resolves the text of an address as if it were a relative link; a capture keeps what was written.
    for mail in fields.get_mut(&Field::Email).into_iter().flatten() {
        let bare = mail.strip_prefix("mailto:").or(mail.strip_prefix(URL)).unwrap_or(mail);
        *mail = bare.split('?').next().unwrap_or_default().to_owned();
    }
    fields
}

/// A link as the suite writes it: resolved, where it was relative.
fn resolved(base: &str, written: &str) -> String {
    if written.contains("://") {
        return written.to_owned();
    }
    let host = base.find("://").map_or(0, |at| at + 3);
    let (origin, path) = base[host..].find('/').map_or((base, "/"), |at| base.split_at(host + at));
    let folder = &path[..=path.rfind('/').unwrap_or(0)];
    match written {
        "" => format!("{origin}{path}"),
        rooted if rooted.starts_with('/') => format!("{origin}{rooted}"),
        relative => format!("{origin}{folder}{relative}"),
    }
}

fn base_of(html: &str) -> String {
    let base = html.split_once("<base href=\"").and_then(|(_, rest)| rest.split('"').next());
    base.unwrap_or(URL).to_owned()
}

/// A card whose name is that of the organisation is not a person's.
fn is_organisation(card: &Value) -> bool {
    let name = property(card, "name");
    !name.is_empty() && name == property(card, "org")
}

fn card(html: &str, card: &Value, person: Option<u32>) -> Vec<String> {
    let expected = expected(card);
    let mut found = read(URL, html, person).values;
    let base = base_of(html);
    for link in [Field::Image, Field::Url]
        .iter()
        .filter_map(|field| found.get_mut(field).cloned().map(|links| (*field, links)))
        .collect::<Vec<_>>()
    {
        found.insert(link.0, link.1.iter().map(|link| resolved(&base, link)).collect());
    }
    let fields: Vec<Field> = expected.keys().copied().collect();
    differences(&expected, &found, &fields)
}

/// Every card of a file; where there are several, each is pointed at in turn.
fn file(html: &str, cards: &[&Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (number, of) in cards.iter().enumerate() {
        let person = (cards.len() > 1).then(|| u32::try_from(number).unwrap());
        wrong.extend(card(html, of, person).into_iter().map(|what| format!("card {}: {what}", number + 1)));
    }
    wrong
}

/// The cards of the test suite, property by property. Values are compared with space folded and links resolved.
#[test]
fn cards_of_people_are_read_as_microformats_says() {
    let folders = ["microformats-v1/hcard", "microformats-v2/h-card", "microformats-mixed/h-card"];
    let Some((mut suite, root)) = Suite::begin("microformats: cards", &["mf-tests"]) else { return };
    for folder in folders {
        for page in files(&root.join("mf-tests").join(folder), "html").iter().filter(|page| beside(page, "json").exists()) {
            let name = format!("{folder}/{}", page.file_stem().unwrap().to_string_lossy());
            let html = text(page);
            let json: Value = serde_json::from_str(&text(&beside(page, "json"))).unwrap();
            let cards: Vec<&Value> = json["items"].as_array().unwrap().iter().collect();
            match cards[..] {
                [card] if is_organisation(card) => suite.nobodys(&name, URL, &html),
                _ => suite.count(&name, file(&html, &cards)),
            }
        }
    }
    suite.end(&[
        ("microformats-v2/h-card/impliedname", "an `alt` text beside letters is no part of the painted name"),
        (
            "microformats-v2/h-card/impliedphoto",
            "what an `object` shows is not read: its fallback text is not painted, `data` is not asked for",
        ),
        ("microformats-v2/h-card/impliedurlempty", "an empty address is no value"),
        (
            "microformats-v2/h-card/p-property",
            "parts of a value (`value` inside a property) are not put together: the name is as it is painted",
        ),
        ("microformats-v2/h-card/relativeurlsempty", "an empty address is no value"),
    ]);
}

/// Entries, events, reviews and the like hold cards of authors, organisers and reviewers: none of them is a page's owner.
#[test]
fn nobody_who_wrote_organised_or_reviewed_is_taken_for_the_owner() {
    let Some((mut suite, root)) = Suite::begin("microformats: cards of others", &["mf-tests"]) else { return };
    let folders = [
        "microformats-v1/hentry",
        "microformats-v1/hfeed",
        "microformats-v1/hnews",
        "microformats-v1/hcalendar",
        "microformats-v1/hproduct",
        "microformats-v1/hreview",
        "microformats-v1/hreview-aggregate",
        "microformats-v1/adr",
        "microformats-v1/geo",
        "microformats-v2/h-adr",
        "microformats-v2/h-entry",
        "microformats-v2/h-event",
        "microformats-v2/h-feed",
        "microformats-v2/h-geo",
        "microformats-v2/h-product",
        "microformats-v2/h-recipe",
        "microformats-v2/h-review",
        "microformats-v2/h-review-aggregate",
        "microformats-v2/rel",
        "microformats-mixed/h-entry",
    ];
    for folder in folders {
        for page in files(&root.join("mf-tests").join(folder), "html").iter().filter(|page| beside(page, "json").exists()) {
            let name = format!("{folder}/{}", page.file_stem().unwrap().to_string_lossy());
            suite.nobodys(&name, URL, &text(page));
        }
    }
    suite.end(&[]);
}
