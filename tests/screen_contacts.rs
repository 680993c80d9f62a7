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

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Instant;

use proptest::prelude::*;
use regex::Regex;
use scruple::screen::{Hit, Screen};
use scruple::vocabulary::{Country, Trace};
use serde_json::Value;

static SCREEN: LazyLock<Screen> = LazyLock::new(|| Screen::built_in().unwrap());

fn contacts(text: &str) -> Vec<Hit> {
    SCREEN.contacts(text)
}

fn corpus(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("SCRUPLE_CORPUS").map_or_else(|| PathBuf::from("../shared/corpus"), PathBuf::from);
    let folder = root.join(folder);
    if !folder.exists() {
        println!("skipped: there is no {}", folder.display());
        return None;
    }
    Some(folder)
}

fn json(path: &PathBuf) -> Value {
    serde_json::from_str(fs::read_to_string(path).unwrap().trim_start_matches('\u{feff}')).unwrap()
}

/// Labels found, labels missed, hits that no label is for.
#[derive(Clone, Copy, Default)]
struct Score {
    found: u32,
    missed: u32,
    wrong: u32,
}

impl Score {
    fn add(&mut self, text: &str, labels: &[Range<usize>], hits: &[Hit], shown: &str) {
        let share = |one: &Range<usize>, other: &Range<usize>| one.start < other.end && other.start < one.end;
        for label in labels {
            if hits.iter().any(|hit| share(label, &hit.span)) {
                self.found += 1;
            } else {
                self.missed += 1;
                tell(shown, "missed", &text[label.clone()], text);
            }
        }
        for hit in hits.iter().filter(|hit| !labels.iter().any(|label| share(label, &hit.span))) {
            self.wrong += 1;
            tell(shown, "wrong", &[hit.rule.as_str(), " ", &text[hit.span.clone()]].concat(), text);
        }
    }

    fn recall(self) -> f64 {
        f64::from(self.found) / f64::from((self.found + self.missed).max(1))
    }

    fn precision(self) -> f64 {
        f64::from(self.found) / f64::from((self.found + self.wrong).max(1))
    }

    fn f1(self) -> f64 {
        let (recall, precision) = (self.recall(), self.precision());
        if recall + precision > 0.0 { 2.0 * recall * precision / (recall + precision) } else { 0.0 }
    }

    /// Prints what was reached, and holds it.
    fn hold(self, what: &str, recall: f64, precision: f64) {
        let (r, p, f1) = (self.recall(), self.precision(), self.f1());
        println!(
            "{what}: recall {r:.3}, precision {p:.3}, F1 {f1:.3} ({} found, {} missed, {} wrong)",
            self.found, self.missed, self.wrong
        );
        assert!(r >= recall && p >= precision, "{what}: below {recall} / {precision}");
    }
}

/// With `SCRUPLE_SHOW` set, every miss is shown.
fn tell(set: &str, what: &str, part: &str, text: &str) {
    if std::env::var_os("SCRUPLE_SHOW").is_some() {
        println!("    {set} {what}: {part:?} in {:?}", text.chars().take(160).collect::<String>());
    }
}

fn of(kind: Trace, hits: &[Hit]) -> Vec<Hit> {
    hits.iter().filter(|hit| hit.kind == kind).cloned().collect()
}

/// Where characters stand in bytes.
fn bytes(text: &str, start: usize, end: usize) -> Range<usize> {
    let at = |count: usize| text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    at(start)..at(end)
}

const LABELLED: [(&str, Trace); 6] = [
    ("EMAIL_ADDRESS", Trace::Email),
    ("PHONE_NUMBER", Trace::Telephone),
    ("CREDIT_CARD", Trace::PaymentCard),
    ("IBAN_CODE", Trace::Iban),
    ("US_SSN", Trace::NationalId),
    ("STREET_ADDRESS", Trace::PostalAddress),
];

#[test]
fn synthetic_texts() {
    let Some(folder) = corpus("presidio-research") else { return };
    for (file, floors) in [
        // In the order of `LABELLED`: recall, precision.
        ("data/synth_dataset_v2.json", SYNTH),
        ("tests/data/generated_large.json", LARGE),
        ("tests/data/generated_small.json", SMALL),
    ] {
        let documents = json(&folder.join(file));
        let mut scores = [Score::default(); LABELLED.len()];
        for document in documents.as_array().unwrap() {
            let text = document["full_text"].as_str().unwrap();
            let hits = contacts(text);
            for ((name, kind), score) in LABELLED.iter().zip(&mut scores) {
                // Addresses are labelled by two names, one to a set.
                let same = |label: &str| label == *name || *kind == Trace::PostalAddress && label == "ADDRESS";
                let spans = document["spans"].as_array().unwrap().iter().filter(|span| same(span["entity_type"].as_str().unwrap()));
                let place = |span: &Value, key: &str| usize::try_from(span[key].as_u64().unwrap()).unwrap();
                let labels: Vec<_> =
                    spans.map(|span| bytes(text, place(span, "start_position"), place(span, "end_position"))).collect();
                score.add(text, &labels, &of(*kind, &hits), name);
            }
        }
        for (((name, _), score), (recall, precision)) in LABELLED.iter().zip(scores).zip(floors) {
            score.hold(&[file, " ", name].concat(), recall, precision);
        }
    }
}

// Street addresses are labelled in pieces there: each number, flat, town and postcode has a label of its own, and streets and numbers are drawn from
// different countries (`3747 3911 fourth avenue`); two of the halves read as phone numbers.
const SYNTH: [(f64, f64); 6] = [(1.0, 1.0), (1.0, 0.97), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (0.36, 1.0)];
const LARGE: [(f64, f64); 6] = [(1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (0.32, 1.0)];
// It has no IBAN.
const SMALL: [(f64, f64); 6] = [(1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (0.0, 0.0), (1.0, 1.0), (0.32, 1.0)];

/// The cases of one specification of a recogniser.
fn recogniser(path: &PathBuf, kind: Trace, shown: &str) -> Score {
    let mut score = Score::default();
    for case in json(path).as_array().unwrap() {
        let text = case["Input"].as_str().unwrap();
        let mut from = 0;
        let labels = case["Results"].as_array().unwrap().iter().filter_map(|result| {
            // Results are in small letters in some of the files.
            let part = result["Text"].as_str().unwrap().to_ascii_lowercase();
            let start = result["Start"].as_u64().map(|start| bytes(text, usize::try_from(start).unwrap(), usize::MAX).start);
            let from_here = start.filter(|start| *start >= from).unwrap_or(from);
            let at = from_here + text.to_ascii_lowercase()[from_here..].find(&part)?;
            from = at + part.len();
            Some(at..from)
        });
        let labels: Vec<_> = labels.collect();
        score.add(text, &labels, &of(kind, &contacts(text)), shown);
    }
    score
}

#[test]
fn specifications_of_recognisers() {
    let Some(folder) = corpus("recognizers-text") else { return };
    let mut languages: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    languages.sort();
    let mut others = Score::default();
    for language in languages {
        let name = language.file_name().unwrap().to_string_lossy().into_owned();
        let path = language.join("PhoneNumberModel.json");
        if !path.exists() {
            continue;
        }
        let score = recogniser(&path, Trace::Telephone, &name);
        let (recall, precision) = PHONES.iter().find(|(language, _)| *language == name).map_or((1.0, 1.0), |(_, floor)| *floor);
        score.hold(&["phone, ", &name].concat(), recall, precision);
        if name != "English" {
            others = Score {
                found: others.found + score.found,
                missed: others.missed + score.missed,
                wrong: others.wrong + score.wrong,
            };
        }
    }
    others.hold("phone, all but English", 0.995, 0.995);
    for (file, kind, recall, precision) in
        // Two addresses with dots where no dot may be are cut too. `contact @Bob` is written as an employer is.
        [("English/EmailModel.json", Trace::Email, 1.0, 0.87), ("English/MentionModel.json", Trace::Handle, 0.88, 1.0)]
    {
        recogniser(&folder.join(file), kind, file).hold(file, recall, precision);
    }
    // Plain web addresses stay.
    let cases = json(&folder.join("English/URLModel.json"));
    let cut: Vec<_> = cases
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|case| of(Trace::PersonalLink, &contacts(case["Input"].as_str().unwrap())))
        .collect();
    println!("web addresses taken for personal: {} of {}", cut.len(), cases.as_array().unwrap().len());
    assert!(cut.is_empty(), "{cut:?}");
}

/// Where not everything is found, or more. The usual way to write a Danish number, `+45-12-34-56-78`, is labelled as none in both.
const PHONES: [(&str, (f64, f64)); 2] = [("Chinese", (0.99, 0.99)), ("English", (0.99, 0.99))];

/// A number in groups as it is written at home, after the formats of a territory.
fn written_at_home(number: &str, formats: &[(Regex, Vec<Regex>, String, Option<String>)], trunk: &str) -> String {
    let format =
        formats.iter().find(|(pattern, leads, ..)| leads.iter().all(|lead| lead.is_match(number)) && pattern.is_match(number));
    let Some((pattern, _, form, rule)) = format else { return [trunk, number].concat() };
    let form = match rule {
        Some(rule) => form.replacen("$1", &rule.replace("$NP", trunk).replace("$FG", "$1"), 1),
        None => form.clone(),
    };
    // `$15` would be group 15.
    let form = Regex::new(r"\$(\d)").unwrap().replace_all(&form, "$${$1}").into_owned();
    pattern.replace(number, form.as_str()).into_owned()
}

#[test]
fn numbers_of_every_country_are_brought_into_one_form() {
    let Some(folder) = corpus("libphonenumber") else { return };
    let xml = fs::read_to_string(folder.join("PhoneNumberMetadata.xml")).unwrap();
    let attribute = |tag: &str, name: &str| {
        let found = Regex::new(&format!(r#"(?s)\s{name}="([^"]*)""#)).unwrap().captures(tag).map(|found| found[1].to_owned());
        found.map(|text| text.split_whitespace().collect::<String>())
    };
    let tag = Regex::new(r"(?s)<territory\s[^>]*>").unwrap();
    let comments = Regex::new(r"(?s)<!--.*?-->").unwrap();
    let format_tag = Regex::new(r"(?s)<numberFormat\b([^>]*)>(.*?)</numberFormat>").unwrap();
    let xml = comments.replace_all(&xml, "");
    let spaceless = |text: &str| text.split_whitespace().collect::<String>();
    let inside = |text: &str, name: &str| {
        let found = Regex::new(&format!(r"(?s)<{name}>(.*?)</{name}>")).unwrap();
        found.captures_iter(text).map(|found| found[1].to_owned()).collect::<Vec<_>>()
    };
    let territories: Vec<&str> =
        xml.split("</territory>").filter_map(|part| tag.find(part).map(|found| &part[found.start()..])).collect();
    let formats = |text: &str| {
        let head = tag.find(text).unwrap().as_str();
        let general = attribute(head, "nationalPrefixFormattingRule");
        let found = format_tag.captures_iter(text).map(|found| {
            let leads = inside(&found[2], "leadingDigits")
                .iter()
                .map(|lead| Regex::new(&format!("^(?:{})", spaceless(lead))).unwrap())
                .collect();
            let pattern = Regex::new(&format!("^(?:{})$", attribute(&found[1], "pattern").unwrap())).unwrap();
            let rule = attribute(&found[1], "nationalPrefixFormattingRule").or_else(|| general.clone());
            (pattern, leads, inside(&found[2], "format")[0].clone(), rule)
        });
        found.collect::<Vec<_>>()
    };
    let mut mains = BTreeMap::new();
    for text in &territories {
        let head = tag.find(text).unwrap().as_str();
        if attribute(head, "mainCountryForCode").is_some() {
            mains.insert(attribute(head, "countryCode").unwrap(), *text);
        }
    }
    let (mut all, mut covered, mut home, mut outside) = (0, 0, 0, 0);
    for text in &territories {
        let head = tag.find(text).unwrap().as_str();
        let (id, code) = (attribute(head, "id").unwrap(), attribute(head, "countryCode").unwrap());
        let trunk = attribute(head, "nationalPrefix").unwrap_or_default();
        let mut own = formats(text);
        if own.is_empty() {
            own = mains.get(&code).map(|main| formats(main)).unwrap_or_default();
        }
        let numbers = inside(text, "exampleNumber");
        all += numbers.len();
        // Numbers that belong to no country.
        let Some(country) = Country::from_word(&id) else { continue };
        for number in numbers {
            covered += 1;
            let right = format!("+{code}{number}");
            let written = written_at_home(&number, &own, &trunk);
            let at_home = SCREEN.normalised(&written, country);
            let from_outside = SCREEN.normalised(&format!("+{code} {number}"), Country::from_word("US").unwrap());
            for (name, found, count) in [("home", at_home, &mut home), ("outside", from_outside, &mut outside)] {
                if found.as_ref() == Some(&right) {
                    *count += 1;
                } else {
                    tell("E.164", name, &format!("{id} {written} {found:?}"), &right);
                }
            }
        }
    }
    let share =
        |count: usize, all: usize| 100.0 * f64::from(u32::try_from(count).unwrap()) / f64::from(u32::try_from(all).unwrap());
    println!(
        "E.164: {all} example numbers, {covered} of countries; as at home {home} ({:.2} % of {covered}), international {outside} ({:.2} %); of all {:.2} %, {:.2} %",
        share(home, covered),
        share(outside, covered),
        share(home, all),
        share(outside, all)
    );
    assert!(home >= HOME && outside >= OUTSIDE);
}

const HOME: usize = 1125;
const OUTSIDE: usize = 1127;

#[test]
fn enough_texts_a_second() {
    let Some(folder) = corpus("presidio-research") else { return };
    let documents = json(&folder.join("data/synth_dataset_v2.json"));
    let texts: Vec<&str> = documents.as_array().unwrap().iter().map(|document| document["full_text"].as_str().unwrap()).collect();
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

#[test]
fn the_time_grows_with_the_text_and_no_faster() {
    // A part that stands two hundred thousand times must not take more than a few times as long for each byte as where it stands a few times.
    for part in [
        "1",
        "12 ",
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
    ] {
        let time = |count: usize| {
            let text = part.repeat(count / part.len());
            let start = Instant::now();
            sound(&text);
            start.elapsed().as_secs_f64()
        };
        time(10_000);
        let (small, large) = (time(20_000), time(1_000_000));
        // Fifty times the text; where the time grew with its square it would take 2,500 times as long.
        assert!(large < 300.0 * small + 0.5, "{part:?}: {small} s for 20 kB, {large} s for 1 MB");
    }
}
