//! Pages read natively, and suites counted.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

use scruple::cli::inspect_page;
use scruple::page::Sightings;
use scruple::page::html::SavedPage;
use scruple::site::{Adapter, Address, BUILT_IN, Reading, Survey, in_charge};
use scruple::vocabulary::{Field, PageKind};

/// The folder with the public suites: the one that is named, or the one beside the project.
pub fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    Some(env::var_os("SCRUPLE_CORPUS").map_or_else(beside, PathBuf::from)).filter(|folder| folder.is_dir())
}

pub fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).into_owned()
}

/// The files of a folder with such an ending, in order.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == ending))
        .collect();
    files.sort();
    files
}

/// The file of a page's expected outcome stands beside it.
pub fn beside(page: &Path, ending: &str) -> PathBuf {
    page.with_extension(ending)
}

/// A line that is seen whether or not the test passes.
pub fn say(line: &str) {
    _ = writeln!(std::io::stderr(), "{line}");
}

/// What passes of a suite and what does not. Every failure must be known, and every known failure must still be one.
pub struct Suite {
    name: &'static str,
    passed: usize,
    failed: BTreeMap<String, String>,
    /// Pages that are nobody's profile, and what was captured from them all the same.
    bystanders: Option<(usize, usize)>,
}

impl Suite {
    /// Begins a suite, if its folder is there.
    pub fn begin(name: &'static str, folders: &[&str]) -> Option<(Self, PathBuf)> {
        match corpus() {
            Some(root) if folders.iter().all(|folder| root.join(folder).is_dir()) => {
                Some((Self { name, passed: 0, failed: BTreeMap::new(), bystanders: None }, root))
            }
            _ => {
                say(&format!("{name}: skipped, its pages are not here (SCRUPLE_CORPUS may name their folder)"));
                None
            }
        }
    }

    /// Counts one test: what differs in it, if anything.
    pub fn count(&mut self, test: &str, wrong: Vec<String>) {
        if wrong.is_empty() {
            self.passed += 1;
        } else {
            self.failed.insert(test.to_owned(), wrong.join("; "));
        }
    }

    /// Counts a page that is nobody's profile: it must not be taken for one, and nothing may be taken from it.
    pub fn nobodys(&mut self, test: &str, url: &str, html: &str) {
        let kind = read(url, html, None).reading.page.kind;
        let taken = captured(PROFESSIONAL, url, html);
        let (pages, items) = self.bystanders.get_or_insert((0, 0));
        *pages += 1;
        *items += taken.len();
        let mut wrong: Vec<String> = Vec::new();
        wrong.extend((kind == PageKind::Profile).then(|| "it was taken for a profile".to_owned()));
        wrong.extend((!taken.is_empty()).then(|| format!("captured {taken:?}")));
        self.count(test, wrong);
    }

    /// Prints a figure beside those of the tests.
    pub fn note(&self, figure: &str) {
        say(&format!("{}: {figure}", self.name));
    }

    /// Prints the figures and holds them against the failures that are known, each with its reason.
    pub fn end(self, known: &[(&str, &str)]) {
        let Self { name, passed, failed, bystanders } = self;
        say(&format!("{name}: {passed} / {}", passed + failed.len()));
        if let Some((pages, items)) = bystanders {
            say(&format!("    captured from {pages} pages that are nobody's profile: {items} items"));
        }
        for (test, wrong) in &failed {
            let why = known.iter().find(|(other, _)| other == test).map_or("NEW", |(_, why)| why);
            say(&format!("    {test}: {why}\n        {wrong}"));
        }
        let new: Vec<&String> = failed.keys().filter(|test| known.iter().all(|(other, _)| other != test)).collect();
        assert!(new.is_empty(), "{name}: these did not fail before: {new:?}");
        let mended: Vec<&str> = known.iter().map(|(test, _)| *test).filter(|test| !failed.contains_key(*test)).collect();
        assert!(mended.is_empty(), "{name}: these pass now and are to be struck from the list: {mended:?}");
        assert_eq!(bystanders.map_or(0, |(_, items)| items), 0, "{name}: items of bystanders were captured");
    }
}

/// What the adapters make of a page, with the values they would read, before any verdict and any screening.
pub struct Read {
    pub reading: Reading,
    pub values: BTreeMap<Field, Vec<String>>,
}

static ADAPTERS: LazyLock<Vec<Adapter>> = LazyLock::new(|| BUILT_IN.iter().map(|text| Adapter::parse(text).unwrap()).collect());

/// Reads a page, or one of several people on it.
pub fn read(url: &str, html: &str, person: Option<u32>) -> Read {
    let address = Address::parse(url).unwrap();
    let adapters = in_charge(&ADAPTERS, &address);
    let survey = Survey::of(&adapters);
    let plan = survey.plan("corpus", url, person);
    let mut page = SavedPage::parse(html);
    let sightings = Sightings::parse(&page.inspect(&plan), &plan).unwrap();
    let reading = Reading::of(&adapters, &survey, &address, &sightings, false);
    let mut values = BTreeMap::new();
    for (field, finding) in reading.findings.iter() {
        let texts: Vec<String> = finding.nodes.iter().filter_map(|seen| page.value(seen.h)).map(folded).collect();
        values.insert(*field, texts);
    }
    Read { reading, values }
}

/// A policy that permits the professional details that everyone may see.
const PROFESSIONAL: &str = include_str!("../../www/policies/professional.json");

/// What a capture would keep of a page.
pub fn captured(policy: &str, url: &str, html: &str) -> BTreeMap<Field, Vec<String>> {
    let card = inspect_page(policy, html, url, true).unwrap().card;
    card.map(|card| card.fields.iter().map(|(field, kept)| (*field, kept.values.clone())).collect()).unwrap_or_default()
}

pub fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What differs between the values of each field that were expected and those that were read, in whatever order.
pub fn differences(expected: &BTreeMap<Field, Vec<String>>, found: &BTreeMap<Field, Vec<String>>, fields: &[Field]) -> Vec<String> {
    let sorted = |values: Option<&Vec<String>>| {
        let mut values = values.cloned().unwrap_or_default();
        values.sort();
        values
    };
    let differ = |field: &&Field| sorted(expected.get(field)) != sorted(found.get(field));
    fields
        .iter()
        .filter(differ)
        .map(|field| format!("{field} is {:?}, not {:?}", sorted(found.get(field)), sorted(expected.get(field))))
        .collect()
}
