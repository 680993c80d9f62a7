//! Which details of a card may belong to the employer somebody had before.

use super::Kept;
use crate::json::{Json, read_with};
use crate::screen::fold::fold;
use crate::sorted::{Map, Set};
use crate::vocabulary::{Choice, Field, Group};

/// The ways to reach somebody among fields that were just captured, which may lead to where they worked before: all, if `earlier`, the text of the card
/// that is kept of the same page, names another employer; otherwise those of which it said so already and that are still the same. Where either names no
/// employer nothing is known, and nothing is said.
///
/// It is compared while both are open, and nothing is left of it but the words: a hash of an employer could be guessed.
#[must_use]
pub fn former(earlier: &str, fields: &Map<Field, Kept>) -> Choice<Field> {
    let read = read_with(earlier, &mut |json, _| {
        let said = |field: Field| json.member("fields").and_then(|fields| fields.member(field.as_str()));
        let before = |field: Field| -> Set<String> {
            let values = said(field).and_then(|kept| kept.member("values")).map(Json::each).unwrap_or_default();
            values.iter().filter_map(|value| Some(folded(value.as_text()?))).collect()
        };
        let now = |field: Field| -> Set<String> {
            fields.get(&field).map(|kept| kept.values.iter().map(|value| folded(value)).collect()).unwrap_or_default()
        };
        let employers = [before(Field::WorksFor), now(Field::WorksFor)];
        let has_changed = employers.iter().all(|names| !names.is_empty()) && employers.first() != employers.last();
        let already = json.member("former").map(Json::each).unwrap_or_default();
        let is_old = |field: &Field| {
            let said = already.iter().any(|word| word.as_text() == Some(field.as_str()));
            has_changed || said && before(*field) == now(*field)
        };
        Some(fields.keys().copied().filter(|field| field.group() == Group::Contact).filter(is_old).collect())
    });
    read.unwrap_or_default()
}

/// A name as it is compared: its letters and digits alone, small, and without marks.
fn folded(name: &str) -> String {
    let mut low = String::with_capacity(name.len());
    for c in name.chars() {
        fold(c, &mut low);
    }
    low.retain(|c| !c.is_ascii() || c.is_ascii_alphanumeric());
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{Audience, Code};

    fn kept(fields: &[(Field, &str)]) -> Map<Field, Kept> {
        let kept = |value: &str| Kept {
            values: vec![value.to_owned()],
            code: Code::AllowPublic,
            rule: None,
            audience: Audience::PublicWeb,
            evidence: Vec::new(),
            cuts: Choice::none(),
        };
        fields.iter().map(|(field, value)| (*field, kept(value))).collect()
    }

    fn words(fields: Choice<Field>) -> Vec<&'static str> {
        fields.iter().map(Field::as_str).collect()
    }

    const EARLIER: &str =
        r#"{"fields":{"email":{"values":["lea@nordlicht.example"]},"worksFor":{"values":["Nordlicht Energie"]}},"salt":"00"}"#;

    #[test]
    fn another_employer_makes_every_way_to_reach_somebody_doubtful() {
        let now = |employer: &str| {
            kept(&[
                (Field::Name, "Léa Morel"),
                (Field::WorksFor, employer),
                (Field::Email, "lea@b.example"),
                (Field::Telephone, "1"),
            ])
        };
        assert_eq!(words(former(EARLIER, &now("Atelier Brun"))), ["email", "telephone"]);
        for same in ["Nordlicht Energie", "  NORDLICHT  énergie", "Nordlicht-Energie"] {
            assert_eq!(words(former(EARLIER, &now(same))), [""; 0], "{same}");
        }
        assert_eq!(words(former(EARLIER, &kept(&[(Field::Email, "lea@b.example")]))), [""; 0], "nobody knows");
        assert_eq!(words(former("", &now("Atelier Brun"))), [""; 0], "nothing was kept");
        assert_eq!(words(former("{}", &now("Atelier Brun"))), [""; 0], "no employer was kept");
    }

    #[test]
    fn what_was_doubtful_stays_so_until_it_changes() {
        let earlier = EARLIER.replacen('{', r#"{"former":["email"],"#, 1);
        let now = |email: &str| kept(&[(Field::WorksFor, "Nordlicht Energie"), (Field::Email, email), (Field::Telephone, "1")]);
        assert_eq!(words(former(&earlier, &now("lea@nordlicht.example"))), ["email"]);
        assert_eq!(words(former(&earlier, &now("lea@brun.example"))), [""; 0]);
    }
}
