//! Public texts in which contact details are labelled, and how a search does on them: for the test that holds what was reached
//! (`tests/screen_contacts.rs`), and for the bench that sets others beside it (`cargo xtask bench screen`).
//!
//! The corpora are no part of the project: `SCRUPLE_CORPUS` names their folder, which is `../shared/corpus` unless it is named.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a measure that cannot go on fails"
)]

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use regex::Regex;
use scruple::screen::Hit;
use scruple::vocabulary::{Country, Trace};
use serde_json::Value;

/// A folder of the corpora, if it is there.
pub fn corpus(folder: &str) -> Option<PathBuf> {
    let beside =
        || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|above| above.join("../shared/corpus")).find(|path| path.is_dir());
    let root = std::env::var_os("SCRUPLE_CORPUS").map(PathBuf::from).or_else(beside);
    let found = root.map(|root| root.join(folder)).filter(|path| path.is_dir());
    if found.is_none() {
        eprintln!("skipped: there is no corpus `{folder}`");
    }
    found
}

/// A document of them; some begin with a mark of their byte order.
pub fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap()
}

/// A text, and where something is labelled in it, in bytes.
pub struct Labelled {
    pub text: String,
    pub labels: Vec<(Trace, Range<usize>)>,
    /// Labels of what is near to a kind: to find them is not wrong, and to miss them neither.
    pub near: Vec<(Trace, Range<usize>)>,
}

/// Texts that are measured together.
pub struct Set {
    pub name: String,
    /// The kinds that are labelled in it. What is labelled but of another kind is not looked for here.
    pub kinds: Vec<Trace>,
    /// Where these texts are from, for those who must know where a number is dialled.
    pub country: &'static str,
    pub texts: Vec<Labelled>,
}

/// The files of presidio-research.
pub const SYNTHETIC: [&str; 3] =
    ["data/synth_dataset_v2.json", "tests/data/generated_large.json", "tests/data/generated_small.json"];

/// What its labels are called. Addresses have two names, one to a set. Web addresses and dates are labelled whether or not they are anybody's.
const LABELS: [(&str, Trace); 9] = [
    ("EMAIL_ADDRESS", Trace::Email),
    ("PHONE_NUMBER", Trace::Telephone),
    ("CREDIT_CARD", Trace::PaymentCard),
    ("IBAN_CODE", Trace::Iban),
    ("US_SSN", Trace::NationalId),
    ("STREET_ADDRESS", Trace::PostalAddress),
    ("ADDRESS", Trace::PostalAddress),
    ("DOMAIN_NAME", Trace::PersonalLink),
    ("DATE_TIME", Trace::BirthDate),
];

/// An age tells nearly what a date of birth does, and few look for it.
const NEAR: [(&str, Trace); 1] = [("AGE", Trace::BirthDate)];

/// One of those files.
pub fn synthetic(folder: &Path, file: &str) -> Set {
    let mut kinds: Vec<Trace> = LABELS.iter().map(|(_, kind)| *kind).collect();
    kinds.dedup();
    let documents = json(&folder.join(file));
    let texts = documents.as_array().unwrap().iter().map(|document| {
        let text = document["full_text"].as_str().unwrap().to_owned();
        let labelled = |names: &[(&str, Trace)]| {
            let labels = document["spans"].as_array().unwrap().iter().filter_map(|span| {
                let (_, kind) = names.iter().find(|(name, _)| span["entity_type"] == *name)?;
                Some((*kind, bytes(&text, number(&span["start_position"]), number(&span["end_position"]))))
            });
            labels.collect()
        };
        let (labels, near) = (labelled(&LABELS), labelled(&NEAR));
        Labelled { text, labels, near }
    });
    Set { name: file.to_owned(), kinds, country: "US", texts: texts.collect() }
}

/// The specifications of recognizers-text that are about ways to reach somebody, those of phone numbers first.
const SPECIFICATIONS: [(&str, Trace); 4] = [
    ("PhoneNumberModel.json", Trace::Telephone),
    ("EmailModel.json", Trace::Email),
    ("MentionModel.json", Trace::Handle),
    ("URLModel.json", Trace::PersonalLink),
];

/// Where each of its languages is spoken: none of its texts says where it was written.
const COUNTRIES: [(&str, &str); 13] = [
    ("Chinese", "CN"),
    ("Dutch", "NL"),
    ("English", "US"),
    ("French", "FR"),
    ("German", "DE"),
    ("Hindi", "IN"),
    ("Italian", "IT"),
    ("Japanese", "JP"),
    ("Korean", "KR"),
    ("Portuguese", "BR"),
    ("Spanish", "ES"),
    ("Swedish", "SE"),
    ("Turkish", "TR"),
];

/// Those specifications in every language that has them, each a set of its own, named `English/EmailModel.json`.
pub fn specifications(folder: &Path) -> Vec<Set> {
    let mut sets = Vec::new();
    for (file, kind) in SPECIFICATIONS {
        for (language, country) in COUNTRIES {
            let path = folder.join(language).join(file);
            if path.exists() {
                let name = [language, "/", file].concat();
                sets.push(Set { name, kinds: vec![kind], country, texts: cases(&path, kind) });
            }
        }
    }
    sets
}

/// The cases of one specification of a recogniser.
fn cases(path: &Path, kind: Trace) -> Vec<Labelled> {
    let cases = json(path);
    let cases = cases.as_array().unwrap().iter().map(|case| {
        let text = case["Input"].as_str().unwrap().to_owned();
        let mut from = 0;
        let labels = case["Results"].as_array().unwrap().iter().filter_map(|result| {
            // Results are in small letters in some of the files.
            let part = result["Text"].as_str().unwrap().to_ascii_lowercase();
            let start = result["Start"].as_u64().map(|start| bytes(&text, usize::try_from(start).unwrap(), usize::MAX).start);
            let from_here = start.filter(|start| *start >= from).unwrap_or(from);
            let at = from_here + text.to_ascii_lowercase()[from_here..].find(&part)?;
            from = at + part.len();
            Some((kind, at..from))
        });
        let labels = labels.collect();
        Labelled { text, labels, near: Vec::new() }
    });
    cases.collect()
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Where characters stand in bytes.
pub fn bytes(text: &str, start: usize, end: usize) -> Range<usize> {
    let at = |count: usize| text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    at(start)..at(end)
}

/// Labels found, labels missed, hits that no label is for. A hit counts where it shares a byte with a label of its kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    pub found: u32,
    pub missed: u32,
    pub wrong: u32,
}

impl Score {
    /// What was found of one kind in the texts of a set: `hits` are those of each text, in the order of the texts.
    pub fn of(set: &Set, kind: Trace, hits: &[Vec<Hit>]) -> Self {
        let mut score = Self::default();
        for (labelled, hits) in set.texts.iter().zip(hits) {
            score.add(labelled, kind, hits, &set.name);
        }
        score
    }

    fn add<'l>(&mut self, labelled: &'l Labelled, kind: Trace, hits: &[Hit], shown: &str) {
        let Labelled { text, labels, near } = labelled;
        let share = |one: &Range<usize>, other: &Range<usize>| one.start < other.end && other.start < one.end;
        let of = |labels: &'l [(Trace, Range<usize>)]| labels.iter().filter(move |(other, _)| *other == kind).map(|(_, span)| span);
        let labels = || of(labels);
        let hits = || hits.iter().filter(|hit| hit.kind == kind);
        for label in labels() {
            if hits().any(|hit| share(label, &hit.span)) {
                self.found += 1;
            } else {
                self.missed += 1;
                tell(shown, "missed", &text[label.clone()], text);
            }
        }
        for hit in hits().filter(|hit| !labels().chain(of(near)).any(|label| share(label, &hit.span))) {
            self.wrong += 1;
            tell(shown, "wrong", &[hit.rule.as_str(), " ", &text[hit.span.clone()]].concat(), text);
        }
    }

    /// Both as one.
    pub fn and(self, other: Self) -> Self {
        Self { found: self.found + other.found, missed: self.missed + other.missed, wrong: self.wrong + other.wrong }
    }

    pub fn recall(self) -> f64 {
        f64::from(self.found) / f64::from((self.found + self.missed).max(1))
    }

    pub fn precision(self) -> f64 {
        f64::from(self.found) / f64::from((self.found + self.wrong).max(1))
    }

    /// The harmonic mean of both.
    pub fn f1(self) -> f64 {
        let (recall, precision) = (self.recall(), self.precision());
        if recall + precision > 0.0 { 2.0 * recall * precision / (recall + precision) } else { 0.0 }
    }
}

/// With `SCRUPLE_SHOW` set, every miss is shown.
pub fn tell(set: &str, what: &str, part: &str, text: &str) {
    if std::env::var_os("SCRUPLE_SHOW").is_some() {
        println!("    {set} {what}: {part:?} in {:?}", text.chars().take(160).collect::<String>());
    }
}

/// A number of libphonenumber's metadata that is an example for a territory and a type of line.
pub struct Example {
    pub country: Country,
    /// The territory (ISO 3166-1).
    pub territory: String,
    /// As it is written at home.
    pub home: String,
    /// The same with the code of the country in front.
    pub outside: String,
    /// What it is in one form (ITU-T E.164).
    pub right: String,
}

/// All examples of territories that are countries, and how many there are besides.
pub fn examples(folder: &Path) -> (Vec<Example>, usize) {
    let xml = fs::read_to_string(folder.join("PhoneNumberMetadata.xml")).unwrap();
    let comments = Regex::new(r"(?s)<!--.*?-->").unwrap();
    let xml = comments.replace_all(&xml, "");
    let tag = Regex::new(r"(?s)<territory\s[^>]*>").unwrap();
    let format_tag = Regex::new(r"(?s)<numberFormat\b([^>]*)>(.*?)</numberFormat>").unwrap();
    let territories: Vec<&str> =
        xml.split("</territory>").filter_map(|part| tag.find(part).map(|found| &part[found.start()..])).collect();
    let formats = |text: &str| {
        let head = tag.find(text).unwrap().as_str();
        let general = attribute(head, "nationalPrefixFormattingRule");
        let found = format_tag.captures_iter(text).map(|found| Format {
            leads: inside(&found[2], "leadingDigits")
                .iter()
                .map(|lead| Regex::new(&format!("^(?:{})", spaceless(lead))).unwrap())
                .collect(),
            pattern: Regex::new(&format!("^(?:{})$", attribute(&found[1], "pattern").unwrap())).unwrap(),
            rule: attribute(&found[1], "nationalPrefixFormattingRule").or_else(|| general.clone()),
            form: inside(&found[2], "format")[0].clone(),
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
    let (mut examples, mut others) = (Vec::new(), 0);
    for text in &territories {
        let head = tag.find(text).unwrap().as_str();
        let (territory, code) = (attribute(head, "id").unwrap(), attribute(head, "countryCode").unwrap());
        let trunk = attribute(head, "nationalPrefix").unwrap_or_default();
        let mut own = formats(text);
        if own.is_empty() {
            own = mains.get(&code).map(|main| formats(main)).unwrap_or_default();
        }
        let numbers = inside(text, "exampleNumber");
        let Some(country) = Country::from_word(&territory) else {
            others += numbers.len();
            continue;
        };
        examples.extend(numbers.into_iter().map(|number| Example {
            country,
            territory: territory.clone(),
            home: written_at_home(&number, &own, &trunk),
            outside: format!("+{code} {number}"),
            right: format!("+{code}{number}"),
        }));
    }
    (examples, others)
}

/// How a number is grouped, if it is one of these.
struct Format {
    pattern: Regex,
    leads: Vec<Regex>,
    form: String,
    rule: Option<String>,
}

fn spaceless(text: &str) -> String {
    text.split_whitespace().collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let found = Regex::new(&format!(r#"(?s)\s{name}="([^"]*)""#)).unwrap().captures(tag).map(|found| found[1].to_owned());
    found.map(|text| spaceless(&text))
}

fn inside(text: &str, name: &str) -> Vec<String> {
    let found = Regex::new(&format!(r"(?s)<{name}>(.*?)</{name}>")).unwrap();
    found.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// A number in groups as it is written at home, after the formats of a territory.
fn written_at_home(number: &str, formats: &[Format], trunk: &str) -> String {
    let format =
        formats.iter().find(|format| format.leads.iter().all(|lead| lead.is_match(number)) && format.pattern.is_match(number));
    let Some(Format { pattern, form, rule, .. }) = format else { return [trunk, number].concat() };
    let form = match rule {
        Some(rule) => form.replacen("$1", &rule.replace("$NP", trunk).replace("$FG", "$1"), 1),
        None => form.clone(),
    };
    // `$15` would be group 15.
    let form = Regex::new(r"\$(\d)").unwrap().replace_all(&form, "$${$1}").into_owned();
    pattern.replace(number, form.as_str()).into_owned()
}
