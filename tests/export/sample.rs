//! Logs to audit and export: pages of scenarios, judged as the extension does, and events of every kind.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use ed25519_dalek::{Signer, SigningKey};
use scruple::digest::named;
use scruple::guard::{Guard, Moment, Request, Setup};
use scruple::json::to_canonical;
use scruple::ledger::note::{Signing, signed, verifier_key};
use scruple::ledger::{Entry, Event, EventKind, Head, How, PageEntry, Tree, Why, checkpoint, export, leaf_hash};
use scruple::page::html::SavedPage;
use scruple::site::BUILT_IN;
use scruple::time::{DAY, rfc3339};
use scruple::vault::{Card, Commit};
use scruple::vocabulary::Field;

/// A path in the repository.
pub fn at(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).to_str().unwrap().to_owned()
}

/// The folder of files that are there for a moment only.
pub fn folder() -> &'static str {
    env!("CARGO_TARGET_TMPDIR")
}

/// A file of which nobody else knows, for as long as this is held.
pub struct Gone(pub String);

impl Gone {
    /// Where such a file may be written.
    pub fn nowhere() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("export-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self(Path::new(folder()).join(name).to_str().unwrap().to_owned())
    }

    pub fn of(text: &str) -> Self {
        let file = Self::nowhere();
        fs::write(&file.0, text).unwrap();
        file
    }
}

impl Drop for Gone {
    fn drop(&mut self) {
        // What cannot be removed stays in a folder for such files.
        let _ = fs::remove_file(&self.0);
    }
}

/// A policy of the repository.
pub fn policy(name: &str) -> String {
    fs::read_to_string(at(&format!("www/policies/{name}"))).unwrap()
}

/// A log, and the cards that were kept beside it.
#[derive(Clone, Default)]
pub struct Log {
    pub entries: Vec<Entry>,
    pub settings: Vec<String>,
    pub cards: Vec<Card>,
}

impl Log {
    /// A press of the button on the page of a scenario, and a capture if anything may be taken.
    pub fn press(&mut self, scenario: &str, policy: &str, managed: Option<&str>) {
        let folder = at(&format!("tests/scenarios/{scenario}"));
        let told: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(format!("{folder}/scenario.json")).unwrap()).unwrap();
        self.press_on(told["url"].as_str().unwrap(), &fs::read_to_string(format!("{folder}/page.html")).unwrap(), policy, managed);
    }

    /// The same on a page of one's own.
    pub fn press_on(&mut self, url: &str, html: &str, policy: &str, managed: Option<&str>) {
        let guard = Guard::new(&Setup {
            local: Some(policy),
            managed,
            adapters: BUILT_IN,
            words: scruple::screen::BUILT_IN,
            ..Setup::default()
        })
        .unwrap();
        let index = self.entries.len() as u64;
        let request = Request { url: url.to_owned(), nonce: format!("{index:032}"), use_id: None, country: None, person: None };
        let mut page = SavedPage::parse(html);
        let sightings = page.inspect(&guard.plan(&request).unwrap());
        let judgement = guard.judge(&request, Ok(&sightings));
        let now = 1_700_000_000_000 + index * 60_000;
        let entry = if judgement.allows_something() {
            let values = page.read(&judgement.permit());
            let moment = Moment { now, id: "1d".repeat(16), salt: "5a".repeat(16) };
            let outcome = guard.conclude(&judgement, Ok(&values), &moment);
            self.cards.extend(outcome.card.clone());
            Commit::of(Head::default(), None, outcome.card, outcome.entry, now).unwrap().entry
        } else {
            guard.refused(&judgement, now)
        };
        self.push(Entry::Page(Box::new(PageEntry { index, ..entry })));
        let settings = guard.settings().text().to_owned();
        if !self.settings.contains(&settings) {
            self.settings.push(settings);
        }
    }

    /// An event, at its place, with what only a log can tell: its settings, its time, the first key that signs it.
    pub fn happens(&mut self, mut event: Event) {
        let index = self.entries.len() as u64;
        let time = 1_700_000_000_000 + index * 60_000;
        let at = rfc3339(time);
        match event.kind {
            EventKind::PolicyChanged => {
                (event.from, event.to) =
                    (self.settings.first().map(|text| named(text)), self.settings.last().map(|text| named(text)));
            }
            EventKind::ClockAnomaly => (event.from, event.to) = (Some(at.clone()), Some(rfc3339(time - DAY))),
            EventKind::KeyChanged => {
                (event.from, event.why) = (None, Some(Why::First));
                event.to = Some(verifier_key(ORIGIN, signer().verifying_key().as_bytes()));
            }
            _ => {}
        }
        self.push(Entry::Event(Event { v: 1, index, at, ..event }));
    }

    fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// The log on paper, with the tree that these entries form.
    pub fn written(&self) -> String {
        let lines: Vec<String> = self.entries.iter().map(|entry| to_canonical(entry).unwrap()).collect();
        let mut tree = Tree::default();
        lines.iter().for_each(|line| tree.push(leaf_hash(line.as_bytes())));
        let text = checkpoint::text(ORIGIN, tree.size(), &tree.root());
        let is_signed =
            self.entries.iter().any(|entry| matches!(entry, Entry::Event(event) if event.kind == EventKind::KeyChanged));
        let (key, signature) = (signer().verifying_key().to_bytes(), signer().sign(text.as_bytes()).to_bytes());
        let signing = Signing { name: ORIGIN, key: &key, signature: &signature };
        export(&lines, &self.settings, &if is_signed { signed(&text, &[signing]) } else { text })
    }

    pub fn file(&self) -> Gone {
        Gone::of(&self.written())
    }
}

/// What these logs are called, and what signs them.
const ORIGIN: &str = "scruple/export";

fn signer() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// An event of each kind, with all that its kind may have.
pub fn events() -> Vec<Event> {
    let cards = || ["1d".repeat(16), "2e".repeat(16)].into_iter().collect();
    let card = || ["1d".repeat(16)].into_iter().collect();
    let fields = || [Field::Email, Field::Telephone].into_iter().collect();
    let text = |text: &str| Some(text.to_owned());
    EventKind::ALL
        .iter()
        .map(|kind| {
            let event = Event::new(*kind);
            match kind {
                EventKind::Exported => Event { cards: cards(), recipient: text(&"c0".repeat(32)), ..event },
                EventKind::Noticed | EventKind::Purged => Event { cards: cards(), ..event },
                EventKind::RequestReceived => Event { request: text(&"4f".repeat(16)), ..event },
                EventKind::RequestAnswered => Event { cards: cards(), request: text(&"4f".repeat(16)), ..event },
                EventKind::Erased => Event { cards: cards(), request: text(&"4f".repeat(16)), why: Some(Why::Request), ..event },
                EventKind::PolicyChanged => Event { from: text("sha256:00"), to: text("sha256:11"), ..event },
                EventKind::AdapterChanged => Event { from: text("xing@1.0.0"), to: text("xing@1.1.0"), ..event },
                EventKind::KeyChanged => Event { from: text("key-a"), to: text("key-b"), why: Some(Why::Lost), ..event },
                EventKind::ClockAnomaly => Event { from: text("2026-01-02T00:00:00Z"), to: text("2026-01-01T00:00:00Z"), ..event },
                EventKind::Contacted => Event {
                    cards: card(),
                    from: text("2026-01-02T00:00:00Z"),
                    to: text("2029-01-01T00:00:00Z"),
                    how: Some(How::Replied),
                    ..event
                },
                EventKind::Restricted => Event { cards: card(), fields: fields(), ..event },
                EventKind::Reviewed => Event { cards: card(), fields: fields(), to: text("sha256:22"), ..event },
            }
        })
        .collect()
}

/// Profiles seen under two policies, one of them with an organisation's limits, a text of which something is cut out, a wall, a personal site, the
/// same only observed; then every kind of event.
pub fn sample() -> Log {
    let (professional, with_email, managed) = (policy("professional.json"), policy("with-email.json"), policy("managed.json"));
    let mut log = Log::default();
    log.press("li-2023-third-email", &with_email, None);
    log.press("li-2023-third-email", &with_email, Some(&managed));
    log.press("li-2023-first-overlay", &with_email, None);
    log.press("li-wall", &professional, None);
    log.press("web-hcard", &professional, None);
    log.press("li-stray-phone-in-headline", &professional, None);
    log.press("web-hcard", &professional.replacen("\"version\"", "\"mode\": \"observe\", \"version\"", 1), None);
    for event in events() {
        log.happens(event);
    }
    log
}
