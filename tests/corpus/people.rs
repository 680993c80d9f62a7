//! What a person published as linked data is expected to be read as.

use std::collections::BTreeMap;

use scruple::vocabulary::Field;
use serde_json::Value;

use super::reader::{Read, folded};
use super::turtle::last;

/// Where each field stands in schema.org and FOAF, by the last part of each name.
const PLACES: &[(Field, &[&str])] = &[
    (Field::Name, &["name"]),
    (Field::GivenName, &["givenName", "firstName"]),
    (Field::FamilyName, &["familyName", "lastName"]),
    (Field::JobTitle, &["jobTitle", "jobTitle.name"]),
    (Field::WorksFor, &["worksFor", "worksFor.name"]),
    (Field::AddressLocality, &["addressLocality", "address.addressLocality", "homeLocation", "homeLocation.name"]),
    (Field::AddressCountry, &["addressCountry", "address.addressCountry"]),
    (Field::Description, &["description"]),
    (Field::Image, &["image", "image.url", "img", "depiction"]),
    (Field::Email, &["email", "mbox"]),
    (Field::Telephone, &["telephone", "phone"]),
    (Field::StreetAddress, &["address.streetAddress"]),
    (Field::PostalCode, &["address.postalCode"]),
    (Field::Url, &["url", "homepage"]),
    (Field::SameAs, &["sameAs"]),
    (Field::BirthDate, &["birthDate"]),
    (Field::HasOccupation, &["hasOccupation", "hasOccupation.name", "hasOccupation.hasOccupation.name"]),
    (Field::AlumniOf, &["alumniOf", "alumniOf.name", "alumniOf.alumniOf.name"]),
    (Field::KnowsAbout, &["knowsAbout", "knowsAbout.name"]),
    (Field::KnowsLanguage, &["knowsLanguage", "knowsLanguage.name"]),
    (Field::Spouse, &["spouse", "spouse.name"]),
];

/// The fields that are held against what was expected.
pub fn fields() -> Vec<Field> {
    PLACES.iter().map(|(field, _)| *field).collect()
}

/// The people among the things a document describes. A thing that is only named, and points back at a person, is that person's.
pub fn people(things: &[Value]) -> Vec<&Value> {
    let kinds = ["http://schema.org/Person", "https://schema.org/Person", "http://xmlns.com/foaf/0.1/Person", "Person"];
    let is_person = |thing: &&Value| flat(thing.get("@type")).iter().any(|kind| kinds.contains(&kind.as_str().unwrap_or("")));
    let behind = |thing: &'_ Value| thing.get("@type").is_none().then(|| thing.get("creator")).flatten().is_some();
    let makers = things.iter().filter(|thing| behind(thing)).flat_map(|thing| flat(thing.get("creator")));
    things.iter().chain(makers).filter(is_person).collect()
}

fn flat(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
        None => Vec::new(),
    }
}

/// The values of a person, field by field.
pub fn values(person: &Value) -> BTreeMap<Field, Vec<String>> {
    let texts = |path: &str| {
        let begin = vec![person];
        let step = |values: Vec<&'_ Value>, key: &str| -> Vec<Value> {
            let inner = |value: &&Value| -> Vec<Value> {
                let map = value.as_object();
                let found =
                    map.into_iter().flatten().filter(|(name, _)| last(name) == key).flat_map(|(_, value)| flat(Some(value)));
                found.cloned().collect()
            };
            values.iter().flat_map(inner).collect()
        };
        let mut at: Vec<Value> = begin.into_iter().cloned().collect();
        for key in path.split('.') {
            at = step(at.iter().collect(), key);
        }
        let leaf = |value: &Value| ["@value", "@id"].iter().find_map(|key| value.get(key)).unwrap_or(value).as_str().map(plain);
        at.iter().filter_map(leaf).collect::<Vec<_>>()
    };
    PLACES
        .iter()
        .map(|(field, paths)| (*field, paths.iter().flat_map(|path| texts(path)).collect::<Vec<_>>()))
        .filter(|(_, texts)| !texts.is_empty())
        .collect()
}

/// A value as a capture writes it: addresses of mail and phones without their scheme, space folded.
fn plain(text: &str) -> String {
    let bare = ["mailto:", "tel:"].iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    folded(bare)
}

/// What was read, in the same form.
pub fn plain_values(read: &Read) -> BTreeMap<Field, Vec<String>> {
    read.values.iter().map(|(field, texts)| (*field, texts.iter().map(|text| plain(text)).collect())).collect()
}
