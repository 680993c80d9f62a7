//! The pages that are changed, and what is taken from a page.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

use scraper::Html;
use scruple::guard::{Guard, Judgement, Request, Setup};
use scruple::page::Sightings;
use scruple::page::html::SavedPage;
use scruple::site::{Adapter, Address, BUILT_IN, Reading, Survey, in_charge};
use scruple::vocabulary::{Decision, EvidenceKind, Field};

use super::writing::Edits;

/// Whatever a policy can permit is permitted, so that every place an adapter reads is tried.
const POLICY: &str = r#"{
    "version": 1,
    "controller": { "name": "Example SARL", "contact": "privacy@example.org" },
    "purpose": "dpv:DirectMarketing",
    "basis": { "kind": "eu-gdpr:A6-1-f", "assessment": "LIA-2026-03" },
    "permit": [{
        "id": "all",
        "says": "All that can be permitted.",
        "groups": ["professional", "contact", "career", "private"],
        "audiences": ["platform_members", "public_web"],
        "evidence": ["item_visibility", "signed_out_view", "site_rule", "viewer_relation", "published_markup"],
        "assessment": "LIA-2026-04"
    }],
    "forbid": [],
    "retention": { "days": 30 }
}"#;

static GUARD: LazyLock<Guard> =
    LazyLock::new(|| Guard::new(&Setup { local: Some(POLICY), adapters: BUILT_IN, ..Setup::default() }).unwrap());

pub static ADAPTERS: LazyLock<Vec<Adapter>> = LazyLock::new(|| BUILT_IN.iter().map(|text| Adapter::parse(text).unwrap()).collect());

/// Words and numbers of somebody who is not the owner. Whatever is put into a page holds one of them.
const THEIRS: [&str; 5] = ["Mallory", "Quist", "quist", "600000000", "632960000"];

/// A page to start from, parsed and written out once, so that only the changes differ; and what is taken from it.
pub struct Base {
    pub says: String,
    pub url: String,
    pub page: String,
    pub before: Taken,
}

/// Every case of every adapter, every scenario, and the saved pages where they are.
pub static BASES: LazyLock<Vec<Base>> = LazyLock::new(|| {
    // Of several people of whom one was pointed at another is meant where somebody stands before them.
    let cases = ADAPTERS.iter().flat_map(|adapter| {
        let cases = adapter.cases.iter().filter(|case| case.person.is_none());
        cases.map(|case| (format!("{}: {}", adapter.id, case.says), case.url.clone(), case.html.clone()))
    });
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut folders: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    let scenarios = folders.into_iter().map(|path| {
        let scenario: serde_json::Value = serde_json::from_str(&fs::read_to_string(path.join("scenario.json")).unwrap()).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, scenario["url"].as_str().unwrap().to_owned(), text(&path.join("page.html")).unwrap())
    });
    let base = |(says, url, page): (String, String, String)| {
        let page = Edits::default().written([Html::parse_document(&page).tree.root()]);
        let before = Taken::from(&url, &page);
        Base { says, url, page, before }
    };
    // Where any published markup is read, on a page that shows nobody, somebody who is added is the owner.
    let reads_markup = |label: &str| {
        let adapter = ADAPTERS.iter().find(|adapter| adapter.label() == label);
        adapter.is_none_or(|adapter| adapter.audience.iter().any(|rule| rule.kind == EvidenceKind::PublishedMarkup))
    };
    let has_owner = |base: &Base| !base.before.values.is_empty() || !reads_markup(&base.before.adapter);
    // Pages of many megabytes are for other tests.
    let pages = cases.chain(scenarios).chain(saved()).filter(|(_, _, page)| page.len() < 120_000);
    pages.map(base).filter(has_owner).collect()
});

fn text(path: &Path) -> Option<String> {
    Some(String::from_utf8_lossy(&fs::read(path).ok()?).into_owned())
}

/// The saved pages that are profiles. They are no part of the project: `SCRUPLE_CORPUS` names their folder.
fn saved() -> impl Iterator<Item = (String, String, String)> {
    const PROFILES: [(&str, &str); 15] = [
        ("skeletons/fb-mbasic-profile", "https://mbasic.facebook.com/someone"),
        ("skeletons/github-2018", "https://github.com/someone"),
        ("skeletons/li-2017-guest", "https://www.linkedin.com/in/someone/"),
        ("skeletons/li-2021-guest", "https://www.linkedin.com/in/someone/"),
        ("skeletons/li-2024-guest", "https://www.linkedin.com/in/someone/"),
        ("skeletons/li-2026-sdui", "https://www.linkedin.com/in/someone/"),
        ("li-synthetic/complete-profile", "https://www.linkedin.com/in/janesmith/"),
        ("li-synthetic/fallback-sections", "https://www.linkedin.com/in/mariacosta/"),
        ("li-synthetic/long-experience", "https://www.linkedin.com/in/mariarodriguez/"),
        ("li-synthetic/minimal-profile", "https://www.linkedin.com/in/alexchen/"),
        ("li-synthetic/missing-sections", "https://www.linkedin.com/in/samjohnson/"),
        ("li-synthetic/multilingual-profile", "https://www.linkedin.com/in/yukitanaka/"),
        ("li-synthetic/profile", "https://www.linkedin.com/in/alex-example/"),
        ("li-synthetic/profile_signin_modal", "https://www.linkedin.com/in/alex-example/"),
        ("li-synthetic/profile_wrong_jsonld", "https://www.linkedin.com/in/someone/"),
    ];
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let corpus = env::var_os("SCRUPLE_CORPUS").map_or_else(beside, PathBuf::from);
    let page =
        move |(name, url): (&str, &str)| Some((name.to_owned(), url.to_owned(), text(&corpus.join(format!("{name}.html")))?));
    PROFILES.into_iter().filter_map(page)
}

/// What a page comes to: the fields that may be taken, and what would be read for each. Nothing is cut out of it yet, so that more is seen
/// than a card would show.
#[derive(Debug)]
pub struct Taken {
    pub adapter: String,
    pub layout: Option<String>,
    pub values: BTreeMap<Field, Vec<String>>,
}

impl Taken {
    pub fn from(url: &str, page: &str) -> Self {
        let request = Request { url: url.to_owned(), nonce: "n".into(), ..Request::default() };
        let mut page = SavedPage::parse(page);
        let sightings = GUARD.plan(&request).map(|plan| page.inspect(&plan));
        let Judgement { verdicts, reads, page: told, .. } = GUARD.judge(&request, sightings.as_deref().map_err(Clone::clone));
        let allowed = verdicts.iter().filter(|verdict| verdict.decision == Decision::Allow).map(|verdict| verdict.field);
        let values = |field: Field| {
            let reads = reads.get(&field).map(Vec::as_slice).unwrap_or_default();
            reads.iter().filter_map(|one| page.value(one.h).map(str::to_owned)).collect()
        };
        let values = allowed.map(|field| (field, values(field))).collect();
        Self { adapter: told.adapter, layout: told.layout, values }
    }

    /// A field that may be taken after a change and was not to be taken before it, or anything of somebody else.
    pub fn added_to(&self, before: &Self) -> Option<String> {
        self.values.iter().find_map(|(field, values)| {
            let is_theirs = |value: &&String| THEIRS.iter().any(|word| value.replace([' ', '-'], "").contains(word));
            let theirs = values.iter().find(is_theirs).map(|theirs| format!("takes somebody else's {theirs:?} for {field}"));
            theirs.or_else(|| (!before.values.contains_key(field)).then(|| format!("allows {field} too: {values:?}")))
        })
    }

    /// The same, or another text for a field.
    pub fn changed_from(&self, before: &Self) -> Option<String> {
        let other = |(field, values): (&Field, &Vec<String>)| {
            let known = &before.values[field];
            let other = values.iter().find(|value| known.iter().all(|known| !is_same(known, value)))?;
            Some(format!("takes {other:?} for {field}, which was {known:?}"))
        };
        self.added_to(before).or_else(|| self.values.iter().find_map(other))
    }
}

/// Whether two texts are one. Where an element was wrapped, white space may have come in.
pub fn is_same(one: &str, other: &str) -> bool {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    bare(one) == bare(other)
}

/// The texts that a page holds for fields that may not be taken, and for no other.
pub fn withheld(base: &Base) -> Vec<String> {
    let address = Address::parse(&base.url).unwrap();
    let adapters = in_charge(&ADAPTERS, &address);
    let survey = Survey::of(&adapters);
    let plan = survey.plan("n", &base.url, None);
    let mut page = SavedPage::parse(&base.page);
    let sightings = Sightings::parse(&page.inspect(&plan), &plan).unwrap();
    let reading = Reading::of(&adapters, &survey, &address, &sightings, false);
    let denied = reading.findings.iter().filter(|(field, _)| !base.before.values.contains_key(field));
    let texts = denied.flat_map(|(_, finding)| &finding.nodes).filter_map(|seen| page.value(seen.h));
    let is_taken = |text: &str| base.before.values.values().flatten().any(|value| is_same(value, text));
    texts.filter(|text| !text.is_empty() && !is_taken(text)).map(str::to_owned).collect()
}
