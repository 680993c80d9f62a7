//! Logs of invented decisions, as they are written.

use ed25519_dalek::{Signer, SigningKey};
use scruple::digest::named;
use scruple::json::to_canonical;
use scruple::ledger::note::{Signing, VerifierKey, signed, verifier_key};
use scruple::ledger::{CardRef, Entry, EntryKind, Event, EventKind, Line, PageEntry, Tree, Why, checkpoint, export, leaf_hash};
use scruple::sorted::Set;
use scruple::time::rfc3339;
use scruple::vocabulary::{Audience, Choice, Code, Decision, Evidence, EvidenceKind, Field, Mode, PageKind, Relation};

/// Texts of settings: what they say is not looked at here.
pub const SETTINGS: [&str; 2] = ["{\"local\":\"first\",\"managed\":null}", "{\"local\":\"second \\u00e9\\n\",\"managed\":null}"];

/// A second of 2026 in milliseconds.
const START: u64 = 1_767_225_600_000;

/// A log before it is written.
#[derive(Clone, Debug)]
pub struct Sample {
    pub origin: &'static str,
    pub entries: Vec<Entry>,
    pub settings: Vec<String>,
    /// The seed of the key that signs.
    pub signer: Option<u8>,
}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn public(origin: &str, seed: u8) -> VerifierKey {
    VerifierKey::parse(&public_text(origin, seed)).unwrap()
}

pub fn public_text(origin: &str, seed: u8) -> String {
    verifier_key(origin, key(seed).verifying_key().as_bytes())
}

fn line(field: Field, taken: bool) -> Line {
    Line {
        field,
        decision: if taken { Decision::Allow } else { Decision::Deny },
        would: None,
        present: true,
        taken,
        codes: [if taken { Code::AllowPublic } else { Code::PolicyField }].into_iter().collect(),
        dropped: Choice::none(),
        rules: ["work".to_owned()].into_iter().collect(),
        audience: Audience::PublicWeb,
        evidence: vec![Evidence { kind: EvidenceKind::ViewerRelation, bound: Audience::PublicWeb }],
        states: Choice::none(),
        cuts: Choice::none(),
    }
}

/// An entry about a page; every third keeps a card.
pub fn page(index: u64, seed: u64) -> Entry {
    let captured = index % 3 == 1;
    Entry::Page(Box::new(PageEntry {
        v: 1,
        index,
        at: rfc3339(START + index * 61_000),
        kind: if captured { EntryKind::Captured } else { EntryKind::Refused },
        id: named(&format!("{seed} {index}"))[7..39].to_owned(),
        adapter: "sample@1.2.0".into(),
        page: PageKind::Profile,
        relation: Relation::Third,
        policy: named(SETTINGS[usize::from(index % 5 == 2)]),
        mode: Mode::Enforce,
        use_id: None,
        purpose: None,
        basis: None,
        country: None,
        hosts: Set::default(),
        signals: Choice::none(),
        refusal: None,
        decisions: vec![line(Field::Name, captured), line(Field::Email, false)],
        card: captured.then(|| CardRef { id: card_id(index), commitment: named(&card(index).replace(&card_id(index), "")) }),
    }))
}

pub fn card_id(index: u64) -> String {
    format!("card-{}", index % 90)
}

/// A card in its canonical text. Its id is all that is read of it, and what its entry commits to is the rest.
pub fn card(index: u64) -> String {
    format!("{{\"id\":\"{}\",\"salt\":\"{index:032x}\"}}", card_id(index))
}

pub fn event(index: u64, kind: EventKind) -> Event {
    Event { v: 1, index, at: rfc3339(START + index * 61_000), ..Event::new(kind) }
}

/// The event that names a key.
pub fn names_key(index: u64, origin: &str, from: Option<u8>, to: u8) -> Entry {
    Entry::Event(Event {
        from: from.map(|seed| public_text(origin, seed)),
        to: Some(public_text(origin, to)),
        why: Some(if from.is_some() { Why::Rotated } else { Why::First }),
        ..event(index, EventKind::KeyChanged)
    })
}

impl Sample {
    /// So many entries: a key is named first, and every seventh is an event.
    pub fn new(origin: &'static str, count: u64, seed: u64) -> Self {
        let entries = (0..count).map(|index| match (index, index % 7) {
            (0, _) => names_key(0, origin, None, seed as u8),
            (_, 3) => Entry::Event(Event { cards: [card_id(index)].into_iter().collect(), ..event(index, EventKind::Noticed) }),
            (_, 6) => Entry::Event(Event { request: Some(format!("r{index}")), ..event(index, EventKind::RequestReceived) }),
            _ => page(index, seed),
        });
        let mut sample =
            Self { origin, entries: entries.collect(), settings: Vec::new(), signer: (count > 0).then_some(seed as u8) };
        let used: Vec<&str> = sample.entries.iter().filter_map(Entry::page).map(|entry| entry.policy.as_str()).collect();
        sample.settings = SETTINGS.map(str::to_owned).into_iter().filter(|text| used.contains(&named(text).as_str())).collect();
        sample
    }

    pub fn lines(&self) -> Vec<String> {
        self.entries.iter().map(|entry| to_canonical(entry).unwrap()).collect()
    }

    /// Puts the indexes right, as somebody would who writes the whole log anew.
    pub fn renumbered(mut self) -> Self {
        for (index, entry) in (0..).zip(&mut self.entries) {
            match entry {
                Entry::Page(page) => page.index = index,
                Entry::Event(event) => event.index = index,
            }
        }
        self
    }

    /// The checkpoint of the first entries, so many.
    pub fn checkpoint(&self, size: usize) -> String {
        let mut tree = Tree::default();
        self.lines()[..size].iter().for_each(|line| tree.push(leaf_hash(line.as_bytes())));
        let text = checkpoint::text(self.origin, tree.size(), &tree.root());
        self.signer.map_or(text.clone(), |seed| sign(&text, self.origin, seed))
    }

    pub fn written(&self) -> String {
        export(&self.lines(), &self.settings, &self.checkpoint(self.entries.len()))
    }
}

pub fn sign(text: &str, name: &str, seed: u8) -> String {
    let key = key(seed);
    let (public, signature) = (key.verifying_key().to_bytes(), key.sign(text.as_bytes()).to_bytes());
    signed(text, &[Signing { name, key: &public, signature: &signature }])
}
