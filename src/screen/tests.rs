use proptest::prelude::*;

use std::sync::LazyLock;

use super::*;

static SCREEN: LazyLock<Screen> = LazyLock::new(|| Screen::parse(BUILT_IN).unwrap());

fn screen(field: Field, text: &str) -> Screened {
    SCREEN.screen(field, text, &["Léa Morel"], &Orders::default())
}

fn kept(text: &str) -> (String, Vec<Trace>) {
    match screen(Field::Headline, text) {
        Screened::Kept { text, cuts } => (text, cuts.iter().collect()),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn stray_contact_details_are_cut_and_named() {
    for (text, rest, cuts) in [
        ("Head of sales, write to lea@atelier.example today", "Head of sales, write to […] today", vec![Trace::Email]),
        ("Buyer — lea.martin+cv@mail.atelier.example.", "Buyer — […].", vec![Trace::Email]),
        ("Buyer, lea [at] atelier [dot] example", "Buyer, […]", vec![Trace::Email]),
        ("Buyer, lea(at)atelier.example", "Buyer, […]", vec![Trace::Email]),
        ("Buyer, lea at atelier dot example", "Buyer, […]", vec![Trace::Email]),
        ("Buyer ✉ léa@atelier.example", "Buyer ✉ […]", vec![Trace::Email]),
        ("Call +33 6 00 00 00 00 or mail a@b.example", "Call […] or mail […]", vec![Trace::Email, Trace::Telephone]),
        ("Tél. 06.00.00.00.00", "Tél. […]", vec![Trace::Telephone]),
        ("Ring (020) 7946 0018 after ten", "Ring […] after ten", vec![Trace::Telephone]),
        ("Ring 202-555-0143", "Ring […]", vec![Trace::Telephone]),
        ("WhatsApp：＋３３６０００００００００", "WhatsApp：[…]", vec![Trace::Telephone]),
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
    let only = Screened::Empty { cuts: [Trace::Email].into_iter().collect() };
    assert_eq!(screen(Field::Headline, "lea@atelier.example"), only);
    assert_eq!(screen(Field::Headline, " (lea@atelier.example) "), only);
    assert!(matches!(screen(Field::Email, "lea@atelier.example"), Screened::Kept { .. }));
}

#[test]
fn what_the_law_sets_apart_goes_with_its_sentence() {
    for (text, rest, cuts) in [
        ("Acheteuse. Déléguée syndicale CGT. J'aime le lin.", "Acheteuse. […] J'aime le lin.", vec![Trace::TradeUnion]),
        ("I run a bakery. I live with multiple sclerosis.", "I run a bakery. […]", vec![Trace::Health]),
        ("Buyer, reporting to Karl Ost", "Buyer, reporting to […]", vec![Trace::OtherPerson]),
    ] {
        assert_eq!(kept(text), (rest.to_owned(), cuts), "{text}");
    }
    assert!(matches!(screen(Field::Headline, "Living with cancer"), Screened::Empty { .. }));
}

#[test]
fn jobs_employers_and_schools_stay() {
    for text in [
        "Nurse at a cancer clinic",
        "Christian Dior",
        "Union of concerned developers",
        "Green energy",
        "Catholic University of Lyon",
    ] {
        assert_eq!(kept(text), (text.to_owned(), vec![]), "{text}");
    }
    for (field, text) in
        [(Field::WorksFor, "CGT"), (Field::AlumniOf, "Catholic University of Lyon"), (Field::Name, "Christian Church")]
    {
        assert!(matches!(screen(field, text), Screened::Kept { cuts, .. } if cuts.is_empty()), "{text}");
    }
}

#[test]
fn a_policy_denies_keeps_and_knows_more_words() {
    let ordered = |text: &str, change: fn(&mut Orders)| {
        let mut orders = Orders::default();
        change(&mut orders);
        SCREEN.screen(Field::Headline, text, &[], &orders)
    };
    let denied = ordered("I run a bakery. I live with multiple sclerosis.", |orders| orders.special = Removal::Deny);
    assert_eq!(denied, Screened::Empty { cuts: [Trace::Health].into_iter().collect() });
    let named = "Buyer, reporting to Karl Ost";
    assert_eq!(ordered(named, |orders| orders.people = Removal::Keep), Screened::Kept { text: named.into(), cuts: Choice::none() });
    assert!(matches!(ordered(named, |orders| orders.people = Removal::Deny), Screened::Empty { .. }));
    let term = |orders: &mut Orders| orders.terms = vec![Term { term: "blue ribbon".into(), category: Trace::Health }];
    assert!(matches!(ordered("I wear a blue ribbon", term), Screened::Empty { .. }));
    let mine = "Living with cancer: a podcast";
    let allow = |orders: &mut Orders| orders.allow = vec!["Living with Cancer".into()];
    assert_eq!(ordered(mine, allow), Screened::Kept { text: mine.into(), cuts: Choice::none() });
}

#[test]
fn without_its_documents_there_is_no_screen() {
    assert!(Screen::parse(&[]).is_err());
    for at in 0..BUILT_IN.len() {
        let mut texts = BUILT_IN.to_vec();
        texts[at] = "{";
        assert!(Screen::parse(&texts).is_err(), "{at}");
    }
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

#[test]
fn the_work_grows_with_the_text_and_no_faster() {
    // What begins many rules or nearly is what is looked for, again and again: four times the text must not be much more than four times the work.
    for part in [
        "1",
        "12 ",
        "1 ",
        "+",
        "@",
        "(",
        " ",
        "a",
        "a@",
        "1-",
        ".",
        "a.",
        "@a.",
        "o1",
        "zero ",
        "a at ",
        "http://a/",
        "rue 1 ",
        "1 rue A ",
        "born 1",
        "+1 (",
        "é",
        "[at]",
        "x@y.z/",
        "t.me/ab ",
        "catholic ",
        "i ",
        "my ",
        "member of ",
        "multiple ",
        "i have i have cancer ",
        "not ",
        "Anna, 6, ",
        "Mr A ",
        "reporting to Anna ",
    ] {
        let work = |length: usize| {
            screen(Field::Description, &part.repeat(length / part.len()));
            effort::spent()
        };
        work(1_000);
        let (short, long) = (work(5_000), work(20_000));
        assert!(long < 5 * short + 20_000, "{part:?}: {short} steps for 5 kB, {long} for 20 kB");
    }
}
