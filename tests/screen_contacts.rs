//! How many of the contact details in public labelled texts are found, and how much else is taken for one. The corpora are no part of the project:
//! `SCRUPLE_CORPUS` names their folder, which is `../shared/corpus` unless it is named; without them the measures are skipped, and say so.
//!
//! A hit counts where it shares a byte with a label of its kind. Each measure has a floor, which is what was reached.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "screen/labelled.rs"]
#[allow(dead_code, reason = "what others are told is for the bench")]
mod labelled;

use std::sync::LazyLock;
use std::time::Instant;

use proptest::prelude::*;
use scruple::screen::{Hit, Screen};
use scruple::vocabulary::{Country, Trace};

use labelled::{SYNTHETIC, Score, Set, corpus, examples, specifications, synthetic, tell};

static SCREEN: LazyLock<Screen> = LazyLock::new(|| Screen::built_in().unwrap());

fn contacts(text: &str) -> Vec<Hit> {
    SCREEN.contacts(text)
}

fn score(set: &Set, kind: Trace) -> Score {
    let hits: Vec<_> = set.texts.iter().map(|labelled| contacts(&labelled.text)).collect();
    Score::of(set, kind, &hits)
}

/// Prints what was reached, and holds it.
fn hold(score: Score, what: &str, recall: f64, precision: f64) {
    let (r, p, f1) = (score.recall(), score.precision(), score.f1());
    println!(
        "{what}: recall {r:.3}, precision {p:.3}, F1 {f1:.3} ({} found, {} missed, {} wrong)",
        score.found, score.missed, score.wrong
    );
    assert!(r >= recall && p >= precision, "{what}: below {recall} / {precision}");
}

#[test]
fn synthetic_texts() {
    let Some(folder) = corpus("presidio-research") else { return };
    for (file, floors) in SYNTHETIC.into_iter().zip([SYNTH, LARGE, SMALL]) {
        let set = synthetic(&folder, file);
        for (kind, (recall, precision)) in KINDS.into_iter().zip(floors) {
            hold(score(&set, kind), &[file, " ", kind.as_str()].concat(), recall, precision);
        }
    }
}

/// The kinds that have a floor, in its order. Web addresses and dates are labelled there too, whosever they are; only those of a person are cut.
const KINDS: [Trace; 6] =
    [Trace::Email, Trace::Telephone, Trace::PaymentCard, Trace::Iban, Trace::NationalId, Trace::PostalAddress];

// Street addresses are labelled in pieces there: each number, flat, town and postcode has a label of its own, and streets and numbers are drawn from
// different countries (`3747 3911 fourth avenue`); two of the halves read as phone numbers.
const SYNTH: [(f64, f64); 6] = [(1.0, 1.0), (1.0, 0.97), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (0.36, 1.0)];
const LARGE: [(f64, f64); 6] = [(1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (0.32, 1.0)];
// It has no IBAN.
const SMALL: [(f64, f64); 6] = [(1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (0.0, 0.0), (1.0, 1.0), (0.32, 1.0)];

#[test]
fn specifications_of_recognisers() {
    let Some(folder) = corpus("recognizers-text") else { return };
    let mut others = Score::default();
    for set in specifications(&folder) {
        let name = set.name.as_str();
        let language = name.split('/').next().unwrap();
        let all = score(&set, set.kinds[0]);
        let (recall, precision) = match (language, set.kinds[0]) {
            // Where not everything is found, or more. The usual way to write a Danish number, `+45-12-34-56-78`, is labelled as none in both.
            ("Chinese" | "English", Trace::Telephone) => (0.99, 0.99),
            // Two addresses with dots where no dot may be are cut too.
            (_, Trace::Email) => (1.0, 0.87),
            // `contact @Bob` is written as an employer is.
            (_, Trace::Handle) => (0.88, 1.0),
            // Plain web addresses stay.
            (_, Trace::PersonalLink) => {
                println!("{name}: {} web addresses taken for personal", all.found + all.wrong);
                assert_eq!(all.found + all.wrong, 0, "{name}");
                continue;
            }
            _ => (1.0, 1.0),
        };
        hold(all, name, recall, precision);
        if language != "English" {
            others = others.and(all);
        }
    }
    hold(others, "phone, all but English", 0.995, 0.995);
}

#[test]
fn numbers_of_every_country_are_brought_into_one_form() {
    let Some(folder) = corpus("libphonenumber") else { return };
    let (examples, others) = examples(&folder);
    let (mut home, mut outside) = (0, 0);
    for example in &examples {
        let at_home = SCREEN.normalised(&example.home, example.country);
        let from_outside = SCREEN.normalised(&example.outside, Country::from_word("US").unwrap());
        for (name, found, count) in [("home", at_home, &mut home), ("outside", from_outside, &mut outside)] {
            if found.as_ref() == Some(&example.right) {
                *count += 1;
            } else {
                tell("E.164", name, &format!("{} {} {found:?}", example.territory, example.home), &example.right);
            }
        }
    }
    let covered = examples.len();
    let share =
        |count: usize, all: usize| 100.0 * f64::from(u32::try_from(count).unwrap()) / f64::from(u32::try_from(all).unwrap());
    println!(
        "E.164: {covered} example numbers of countries, and {others} others; as at home {home} ({:.2} %), international {outside} ({:.2} %)",
        share(home, covered),
        share(outside, covered),
    );
    assert!(home >= HOME && outside >= OUTSIDE);
}

const HOME: usize = 1125;
const OUTSIDE: usize = 1127;

#[test]
fn enough_texts_a_second() {
    let Some(folder) = corpus("presidio-research") else { return };
    let set = synthetic(&folder, SYNTHETIC[0]);
    let texts: Vec<&str> = set.texts.iter().map(|labelled| labelled.text.as_str()).collect();
    let (mut best, mut hits) = (0.0_f64, 0);
    for _ in 0..5 {
        let start = Instant::now();
        hits = texts.iter().map(|text| contacts(text).len()).sum();
        best = best.max(f64::from(u32::try_from(texts.len()).unwrap()) / start.elapsed().as_secs_f64());
    }
    println!("{best:.0} texts a second, {hits} hits");
    // The fastest peer reaches 62,030 on a core of its own; tests share theirs, and are not optimised.
    assert!(best > 5_000.0);
}

#[test]
fn what_gives_a_person_away_is_found_as_it_is_written() {
    for (text, found) in [
        ("Head of sales, write to lea@atelier.example today", vec![(Trace::Email, "lea@atelier.example")]),
        ("Buyer, lea [at] atelier [dot] example", vec![(Trace::Email, "lea [at] atelier [dot] example")]),
        ("Buyer, lea(at)atelier.example", vec![(Trace::Email, "lea(at)atelier.example")]),
        ("Buyer, lea at atelier dot example", vec![(Trace::Email, "lea at atelier dot example")]),
        ("Buyer ✉ léa@atelier.example", vec![(Trace::Email, "léa@atelier.example")]),
        ("lea arobase firme point fr", vec![(Trace::Email, "lea arobase firme point fr")]),
        ("lea.martin chiocciola azienda punto it", vec![(Trace::Email, "lea.martin chiocciola azienda punto it")]),
        ("lea (ät) firma punkt de", vec![(Trace::Email, "lea (ät) firma punkt de")]),
        ("lea ät firma punkt de", vec![(Trace::Email, "lea ät firma punkt de")]),
        ("lea małpa firma kropka pl", vec![(Trace::Email, "lea małpa firma kropka pl")]),
        ("ｌｅａ＠ｆｉｒｍ．ｅｘａｍｐｌｅ", vec![(Trace::Email, "ｌｅａ＠ｆｉｒｍ．ｅｘａｍｐｌｅ")]),
        ("lеa＠firm．com", vec![(Trace::Email, "lеa＠firm．com")]),
        ("lea @ firm . com", vec![(Trace::Email, "lea @ firm . com")]),
        ("lea dot martin at firm dot co dot uk", vec![(Trace::Email, "lea dot martin at firm dot co dot uk")]),
        (
            "Call +33 6 00 00 00 00 or mail a@b.example",
            vec![(Trace::Telephone, "+33 6 00 00 00 00"), (Trace::Email, "a@b.example")],
        ),
        ("Ring (020) 7946 0018 after ten", vec![(Trace::Telephone, "(020) 7946 0018")]),
        ("Ring 202-555-0143", vec![(Trace::Telephone, "202-555-0143")]),
        ("zero six 12 34 56 78", vec![(Trace::Telephone, "zero six 12 34 56 78")]),
        ("o6.12.34.56.78", vec![(Trace::Telephone, "o6.12.34.56.78")]),
        ("O6 12 34 56 78", vec![(Trace::Telephone, "O6 12 34 56 78")]),
        ("1-800-FLOWERS", vec![(Trace::Telephone, "1-800-FLOWERS")]),
        ("Call 1 800 CALL NOW", vec![(Trace::Telephone, "1 800 CALL NOW")]),
        ("+44 20 7946 0018 ext. 123", vec![(Trace::Telephone, "+44 20 7946 0018 ext. 123")]),
        ("Née le 12/03/1985", vec![(Trace::BirthDate, "12/03/1985")]),
        ("born 12 March 1985 in Paris", vec![(Trace::BirthDate, "12 March 1985")]),
        ("Geboren am 12. März 1985", vec![(Trace::BirthDate, "12. März 1985")]),
        ("nacido el 12 de marzo de 1985", vec![(Trace::BirthDate, "12 de marzo de 1985")]),
        ("Nato a Roma il 12/03/1985", vec![(Trace::BirthDate, "12/03/1985")]),
        ("urodzony 12.03.1985", vec![(Trace::BirthDate, "12.03.1985")]),
        ("Data de nascimento: 12/03/1985", vec![(Trace::BirthDate, "12/03/1985")]),
        ("ur. 12 marca 1985 r.", vec![(Trace::BirthDate, "12 marca 1985")]),
        (
            "I am 34 years old; âgé de 34 ans; 12 ans d'expérience; 10 years of experience",
            vec![(Trace::BirthDate, "34 years old"), (Trace::BirthDate, "34 ans")],
        ),
        ("date of birth. It's 6/24/1991", vec![(Trace::BirthDate, "6/24/1991")]),
        ("IBAN FR76 3000 6000 0112 3456 7890 189", vec![(Trace::Iban, "FR76 3000 6000 0112 3456 7890 189")]),
        ("DE89370400440532013000", vec![(Trace::Iban, "DE89370400440532013000")]),
        ("NL91 ABNA 0417 1643 00 end", vec![(Trace::Iban, "NL91 ABNA 0417 1643 00")]),
        ("4111 1111 1111 1111", vec![(Trace::PaymentCard, "4111 1111 1111 1111")]),
        (
            "Telegram: lea_m, Skype live:lea.m, Discord lea#1234, LINE ID: lea9",
            vec![(Trace::Handle, "lea_m"), (Trace::Handle, "live:lea.m"), (Trace::Handle, "lea#1234"), (Trace::Handle, "lea9")],
        ),
        ("insta: @lea.m / Mastodon @lea@mastodon.social", vec![(Trace::Handle, "@lea.m"), (Trace::Handle, "@lea@mastodon.social")]),
        ("CTO @Stripe and @lea_m", vec![(Trace::Handle, "@lea_m")]),
        (
            "t.me/lea_m https://wa.me/33612345678 calendly.com/lea/30min",
            vec![
                (Trace::Handle, "t.me/lea_m"),
                (Trace::Handle, "https://wa.me/33612345678"),
                (Trace::PersonalLink, "calendly.com/lea/30min"),
            ],
        ),
        (
            "https://example.com/a?token=3f9d8e7a6b5c4d3e2f1a https://example.com/unsubscribe/abc123def",
            vec![
                (Trace::PersonalLink, "https://example.com/a?token=3f9d8e7a6b5c4d3e2f1a"),
                (Trace::PersonalLink, "https://example.com/unsubscribe/abc123def"),
            ],
        ),
        ("1 85 05 78 006 084 91", vec![(Trace::NationalId, "1 85 05 78 006 084 91")]),
        ("NIR 1850578006084 36", vec![(Trace::NationalId, "1850578006084 36")]),
        ("Steuer-ID 86095742719", vec![(Trace::NationalId, "86095742719")]),
        ("QQ 12 34 56 C; AB 12 34 56 C", vec![(Trace::NationalId, "AB 12 34 56 C")]),
        ("DNI 12345678Z, NIE X1234567L", vec![(Trace::NationalId, "12345678Z"), (Trace::NationalId, "X1234567L")]),
        ("RSSMRA85T10A562S", vec![(Trace::NationalId, "RSSMRA85T10A562S")]),
        ("BSN 111222333", vec![(Trace::NationalId, "111222333")]),
        ("85.07.30-033.28", vec![(Trace::NationalId, "85.07.30-033.28")]),
        ("756.9217.0769.85", vec![(Trace::NationalId, "756.9217.0769.85")]),
        ("PESEL 44051401359", vec![(Trace::NationalId, "44051401359")]),
        ("Aadhaar 2341 2341 2346", vec![(Trace::NationalId, "2341 2341 2346")]),
        ("PAN ABCPE1234F", vec![(Trace::NationalId, "ABCPE1234F")]),
        ("CPF 111.444.777-35", vec![(Trace::NationalId, "111.444.777-35")]),
        ("12 rue de la Paix, 75002 Paris", vec![(Trace::PostalAddress, "12 rue de la Paix, 75002 Paris")]),
        ("10 Downing St, London SW1A 2AA", vec![(Trace::PostalAddress, "10 Downing St, London SW1A 2AA")]),
        ("Calle Mayor 5, 28013 Madrid", vec![(Trace::PostalAddress, "Calle Mayor 5, 28013 Madrid")]),
        ("Via Roma 131, 00184 Roma", vec![(Trace::PostalAddress, "Via Roma 131, 00184 Roma")]),
        ("Musterstraße 12, 10115 Berlin", vec![(Trace::PostalAddress, "Musterstraße 12, 10115 Berlin")]),
        ("Hauptstr. 5a 80331 München", vec![(Trace::PostalAddress, "Hauptstr. 5a 80331 München")]),
        ("Keizersgracht 123, 1015 CJ Amsterdam", vec![(Trace::PostalAddress, "Keizersgracht 123, 1015 CJ Amsterdam")]),
        ("ul. Marszałkowska 12/5, 00-590 Warszawa", vec![(Trace::PostalAddress, "ul. Marszałkowska 12/5, 00-590 Warszawa")]),
        ("Av. Paulista, 1000 - São Paulo", vec![(Trace::PostalAddress, "Av. Paulista, 1000 - São Paulo")]),
        (
            "1600 Pennsylvania Avenue NW, Washington, DC 20500",
            vec![(Trace::PostalAddress, "1600 Pennsylvania Avenue NW, Washington, DC 20500")],
        ),
        ("221B Baker Street", vec![(Trace::PostalAddress, "221B Baker Street")]),
        ("PO Box 123", vec![(Trace::PostalAddress, "PO Box 123")]),
        (
            "numéro 06 12 34 56 78 ou 01 22 33 44 55",
            vec![(Trace::Telephone, "06 12 34 56 78"), (Trace::Telephone, "01 22 33 44 55")],
        ),
        ("Phone: ٠٦ ١٢ ٣٤ ٥٦ ٧٨", vec![(Trace::Telephone, "٠٦ ١٢ ٣٤ ٥٦ ٧٨")]),
        ("0171/1234567", vec![(Trace::Telephone, "0171/1234567")]),
        ("tel:+33612345678", vec![(Trace::Telephone, "+33612345678")]),
        ("Signal: +33 6 12 34 56 78", vec![(Trace::Telephone, "+33 6 12 34 56 78")]),
        ("c/ Mayor 5", vec![(Trace::PostalAddress, "c/ Mayor 5")]),
        (
            "contact: @lea.m / Mastodon @lea@mastodon.example",
            vec![(Trace::Handle, "@lea.m"), (Trace::Handle, "@lea@mastodon.example")],
        ),
        ("Skype live:lea.m", vec![(Trace::Handle, "live:lea.m")]),
        ("Av. Paulista, 1000 - São Paulo", vec![(Trace::PostalAddress, "Av. Paulista, 1000 - São Paulo")]),
        ("c/ Mayor 5", vec![(Trace::PostalAddress, "c/ Mayor 5")]),
        (
            "1600 Pennsylvania Avenue NW, Washington, DC 20500",
            vec![(Trace::PostalAddress, "1600 Pennsylvania Avenue NW, Washington, DC 20500")],
        ),
        ("Discord lea#1234", vec![(Trace::Handle, "lea#1234")]),
        ("Lea (aged 34)", vec![(Trace::BirthDate, "aged 34")]),
        ("12 place de la Gare", vec![(Trace::PostalAddress, "12 place de la Gare")]),
        ("x@firm.com•06 12 34 56 78", vec![(Trace::Email, "x@firm.com"), (Trace::Telephone, "06 12 34 56 78")]),
        ("lea@firm.example, lea2@firm.example", vec![(Trace::Email, "lea@firm.example"), (Trace::Email, "lea2@firm.example")]),
        (
            "+33 6 12 34 56 78/+33 6 12 34 56 79",
            vec![(Trace::Telephone, "+33 6 12 34 56 78"), (Trace::Telephone, "+33 6 12 34 56 79")],
        ),
        ("06 12 34 56 78 01 22 33 44 55", vec![(Trace::Telephone, "06 12 34 56 78"), (Trace::Telephone, "01 22 33 44 55")]),
        ("(555) 010-2345 x12", vec![(Trace::Telephone, "(555) 010-2345 x12")]),
        ("https://lea.example/cv?email=lea@firm.example", vec![(Trace::Email, "https://lea.example/cv?email=lea@firm.example")]),
        ("mailto:lea@firm.example", vec![(Trace::Email, "lea@firm.example")]),
        ("+1 (555) 010 2345", vec![(Trace::Telephone, "+1 (555) 010 2345")]),
        ("No. 0560-0155", vec![(Trace::Telephone, "0560-0155")]),
        ("Geburtstag: 12. März", vec![(Trace::BirthDate, "12. März")]),
    ] {
        let hits = contacts(text);
        let parts: Vec<_> = hits.iter().map(|hit| (hit.kind, &text[hit.span.clone()])).collect();
        assert_eq!(parts, found, "{text}");
    }
}

#[test]
fn what_only_looks_like_it_stays() {
    for text in [
        "Buyer at firm.example",
        "Look at this point in time",
        "sechs von zehn",
        "Sales at Atelier Nord since 2019",
        "Engineer @ Atelier | Cloud",
        "2015 - 2019: buyer",
        "2015–2019",
        "01/2015 - 03/2019 buyer",
        "Worked 12 years, 300 people, 4 countries",
        "ISO 27001 and ISO 9001 auditor",
        "ISO/IEC 27001:2022, EN 50126",
        "Closed 1 200 000 EUR",
        "Budget of 250 000 000 €",
        "Budget €12,500,000 and 1.200.000,50 €",
        "Founder of the 1 100 member club",
        "NATO officer 2015-2019",
        "Version 1.2.3 and 10.0.0.1",
        "SIREN 123 456 789, SIRET 123 456 789 00012",
        "VAT FR12 345678901, DE123456789",
        "TVA FR 12 345 678 901",
        "RCS Paris 123 456 789",
        "Ticket 0612345678 and order 4500123456",
        "https://example.com/careers?page=2 www.firm.com/blog/how-to-sell-more-in-2024-without-stress",
        "Managed 12 Google Drive migrations",
        "Donne 3 cours par semaine; 5 projects on the road",
        "Arbeitsplatz 2025 and Bildungsweg",
        "Revenue grew from 1,200,000 to 4 500 000 users",
        "100 000 000 users reached",
        "Patent US 10,123,456 B2",
        "arXiv 2106.09685, doi 10.1000/182",
        "20190101-20201231",
        "From 2018 to 2019 12 A levels",
        "Skills: Java 8, C++ 11, Python 3.11, SQL 2019",
        "Top 500 2023, Forbes 30 under 30",
        "+20% in 2020, +150 000 EUR",
        "ISBN 978-3-16-148410-0",
        "call me maybe 2015 - 2019",
        "Engineer @Atelier | Cloud",
        "5.0 of 1 234 567 890",
        "C# 12 and F# 8",
        "OKR 2024-2025 Q3",
        "A/B test 50/50 24/7 365",
        "fiscal 2019/20 20/21",
    ] {
        assert_eq!(contacts(text), [], "{text}");
    }
}

fn sound(text: &str) {
    let hits = contacts(text);
    let mut last = 0;
    for hit in &hits {
        assert!(text.get(hit.span.clone()).is_some_and(|part| !part.is_empty()), "{text:?}: {hit:?}");
        assert!(hit.span.start >= last, "{text:?}: {hits:?}");
        last = hit.span.end;
    }
}

proptest! {
    #[test]
    fn hits_are_parts_of_any_text_in_order(text in "\\PC*") {
        sound(&text);
    }

    #[test]
    fn hits_are_parts_of_texts_full_of_what_numbers_and_addresses_are_made_of(
        parts in prop::collection::vec(prop::sample::select(PARTS.to_vec()), 0..24)
    ) {
        sound(&parts.concat());
    }

    #[test]
    fn an_address_never_survives(before in "[a-zé ]{0,20}", name in "[a-z]{2,12}", host in "[a-z]{2,12}", after in "[ ,;!]\\PC{0,20}") {
        let address = format!("{name}@{host}.example");
        let text = format!("{before} {address}{after}");
        let at = before.len() + 1;
        prop_assert!(contacts(&text).iter().any(|hit| hit.span.start <= at && hit.span.end >= at + address.len()), "{}", text);
    }
}

const PARTS: [&str; 48] = [
    "06", "12", "+33", "(0)", " ", " ", " ", ".", "-", "/", "@", "lea", "firm", ".com", " at ", " dot ", "[at]", "é", "ß", "ŉ",
    "ﬁ", "e\u{301}", "\u{200b}", "🙂", "٣", "１２", "＠", "电话", "IBAN ", "GB", "1985", "born ", "rue ", "Calle ", "Mayor",
    "12, ", "St.", ":", "https://", "t.me/", "?token=", "x123", "zero", "six", "1-800-", "FLOWERS", "\n", "İ",
];
