use proptest::prelude::*;

use super::*;

fn kept(text: &str) -> (String, Vec<Field>) {
    match screen(Field::Headline, text) {
        Screened::Kept { text, cuts } => (text, cuts.iter().collect()),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn stray_contact_details_are_cut_and_named() {
    for (text, rest, cuts) in [
        ("Head of sales, write to lea@atelier.example today", "Head of sales, write to […] today", vec![Field::Email]),
        ("Buyer — lea.martin+cv@mail.atelier.example.", "Buyer — […].", vec![Field::Email]),
        ("Buyer, lea [at] atelier [dot] example", "Buyer, […]", vec![Field::Email]),
        ("Buyer, lea(at)atelier.example", "Buyer, […]", vec![Field::Email]),
        ("Buyer, lea at atelier dot example", "Buyer, […]", vec![Field::Email]),
        ("Buyer ✉ léa@atelier.example", "Buyer ✉ […]", vec![Field::Email]),
        ("Call +33 6 00 00 00 00 or mail a@b.example", "Call […] or mail […]", vec![Field::Email, Field::Telephone]),
        ("Tél. 06.00.00.00.00", "Tél. […]", vec![Field::Telephone]),
        ("Ring (020) 7946 0018 after ten", "Ring […] after ten", vec![Field::Telephone]),
        ("Ring 202-555-0143", "Ring […]", vec![Field::Telephone]),
        ("WhatsApp：＋３３６０００００００００", "WhatsApp：[…]", vec![Field::Telephone]),
    ] {
        assert_eq!(kept(text), (rest.to_owned(), cuts), "{text}");
    }
}

#[test]
fn what_only_looks_like_it_stays() {
    for text in [
        "Sales at Atelier Nord since 2019",
        "Engineer @ Atelier | Cloud",
        "Engineer at atelier.example",
        "2015 - 2019: buyer",
        "2015–2019",
        "Worked 12 years, 300 people, 4 countries",
        "ISO 27001 and ISO 9001 auditor",
        "Closed 1 200 000 EUR",
        "Née le 12/03/1985",
        "Founder of the 1 100 member club",
    ] {
        assert_eq!(kept(text), (text.to_owned(), vec![]), "{text}");
    }
}

#[test]
fn masks_are_not_values() {
    assert_eq!(screen(Field::Name, "J*** D**"), Screened::Masked);
    assert_eq!(screen(Field::Email, "j••••@example.org"), Screened::Masked);
    assert!(matches!(screen(Field::Headline, "5* hotel manager • Paris"), Screened::Kept { .. }));
}

#[test]
fn nothing_is_kept_of_a_text_that_was_only_a_contact_detail() {
    let only = Screened::Empty { cuts: [Field::Email].into_iter().collect() };
    assert_eq!(screen(Field::Headline, "lea@atelier.example"), only);
    assert_eq!(screen(Field::Headline, " (lea@atelier.example) "), only);
    assert!(matches!(screen(Field::Email, "lea@atelier.example"), Screened::Kept { .. }));
}

proptest! {
    #[test]
    fn an_address_never_survives(before in ".{0,40}", name in "[a-z]{1,12}", host in "[a-z]{2,12}", after in ".{0,40}") {
        let text = format!("{before} {name}@{host}.example {after}");
        let address = format!("{name}@{host}.example");
        let survived = match screen(Field::Description, &text) {
            Screened::Kept { text, .. } => text.contains(&address),
            _ => false,
        };
        prop_assert!(!survived, "{text}");
    }

    #[test]
    fn a_number_never_survives(before in "[^0-9+]{0,30}", number in "\\+[1-9][0-9]( [0-9]{2}){4}", after in "[^0-9]{0,30}") {
        let text = format!("{before} {number}, {after}");
        let survived = match screen(Field::Description, &text) {
            Screened::Kept { text, .. } => text.contains(&number),
            _ => false,
        };
        prop_assert!(!survived, "{text}");
    }

    #[test]
    fn any_text_is_screened(text in "\\PC*") {
        let _ = screen(Field::Description, &text);
    }
}
