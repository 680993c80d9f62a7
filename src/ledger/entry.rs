//! What an entry of the log says.
//!
//! Fields stand in the order in which they are written (RFC 8785): then nothing has to be put in order for the hash.

use serde::Serialize;

use crate::json::{Json, Problems, Read, put, record};
use crate::judge::Verdict;
use crate::sorted::Set;
use crate::vocabulary::{
    Audience, Choice, Code, Country, Decision, Evidence, Field, LegalBasis, Mode, PageKind, Purpose, Relation, Signal, State,
    Trace, words,
};

/// One entry of the log: what was decided about a page, or something that happened beside the pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Entry {
    /// What was decided about a page.
    Page(Box<PageEntry>),
    /// What happened beside the pages.
    Event(Event),
}

impl Entry {
    /// The version of its form.
    #[must_use]
    pub const fn form(&self) -> u32 {
        match self {
            Self::Page(entry) => entry.v,
            Self::Event(event) => event.v,
        }
    }

    /// Its place in the log, from 0.
    #[must_use]
    pub const fn index(&self) -> u64 {
        match self {
            Self::Page(entry) => entry.index,
            Self::Event(event) => event.index,
        }
    }

    /// When it was written (RFC 3339, UTC).
    #[must_use]
    pub fn at(&self) -> &str {
        match self {
            Self::Page(entry) => &entry.at,
            Self::Event(event) => &event.at,
        }
    }

    /// What was decided about a page, if it is about one.
    #[must_use]
    pub const fn page(&self) -> Option<&PageEntry> {
        match self {
            Self::Page(entry) => Some(entry),
            Self::Event(_) => None,
        }
    }
}

impl Read for Entry {
    fn blank() -> Self {
        Self::Event(Event::blank())
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        let of_an_event = json.member("kind").and_then(Json::as_text).is_some_and(|kind| EventKind::from_word(kind).is_some());
        let read = if of_an_event {
            Event::of(json, problems).map(Self::Event)
        } else {
            PageEntry::of(json, problems).map(|entry| Self::Page(Box::new(entry)))
        };
        put(self, read)
    }
}

/// What was decided about a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
// What whoever reads a report calls an entry: a report is about a page.
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Entry"))]
#[serde(deny_unknown_fields)]
pub struct PageEntry {
    /// The adapter, with its version. Never the host: that of a personal site names a person.
    pub adapter: String,
    /// When it was written (RFC 3339, UTC).
    pub at: String,
    /// The legal basis, if the policy named a usable one.
    pub basis: Option<LegalBasis>,
    /// The card that was kept, and the salted hash that ties it to this entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardRef>,
    /// The person's country, where it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// One line a field.
    pub decisions: Vec<Line>,
    /// The hosts, of those that the settings name, that stand for the site. The site itself is not noted.
    #[serde(default, skip_serializing_if = "Set::is_empty")]
    pub hosts: Set<String>,
    /// Names the decision: 16 random bytes in hexadecimal.
    pub id: String,
    /// Its place in the log, from 0.
    pub index: u64,
    /// What happened.
    pub kind: EntryKind,
    /// How strict the guard was on the site.
    pub mode: Mode,
    /// What the page was.
    pub page: PageKind,
    /// The hash of the settings in force. Their text is exported with the log.
    pub policy: String,
    /// The purpose, if the policy named one.
    pub purpose: Option<Purpose>,
    /// Why nothing on the page could be taken, whatever the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Code>,
    /// How the viewer stood to the owner.
    pub relation: Relation,
    /// What the page said to machines.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub signals: Choice<Signal>,
    /// The use the capture was for; none: the main one.
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    pub use_id: Option<String>,
    /// Version of the form; 1.
    pub v: u32,
}

record!(PageEntry { v, index, at, kind, id, adapter, page, relation, policy, mode, purpose, basis, decisions } optional {
    use_id = "use", country, hosts, signals, refusal, card
});

words! {
    /// What came of a page.
    EntryKind("kind of entry") {
        /// Details were kept.
        Captured = "captured",
        /// The page was judged and nothing may be taken, or nothing was left to keep.
        Refused = "refused",
    }
}

/// What happened beside the pages. Which members it has depends on its kind; [`Event::fault`] holds them to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When it was written (RFC 3339, UTC).
    pub at: String,
    /// The cards it is about.
    #[serde(default, skip_serializing_if = "Set::is_empty")]
    pub cards: Set<String>,
    /// The fields it is about.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub fields: Choice<Field>,
    /// What was in force before: the hash of settings, an adapter with its version, a key. Of a contact: when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// How somebody got in touch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<How>,
    /// Its place in the log, from 0.
    pub index: u64,
    /// What happened.
    pub kind: EventKind,
    /// Who received something: SHA-256 over a salt and the name, both of which are kept outside the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// The request it is about: random, so that it says nothing about who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// What is in force from now on. Of a contact: when the card is to be gone; of a review: SHA-256 over what is left of the card, as in a [`CardRef`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Version of the form; 1.
    pub v: u32,
    /// Why, from a closed list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
}

record!(Event { v, index, at, kind } optional { from, to, why, cards, request, recipient, how, fields });

words! {
    /// What happened beside the pages.
    EventKind("kind of event") {
        /// Cards were handed to somebody.
        Exported = "exported",
        /// Somebody was told that details of them are kept.
        Noticed = "noticed",
        /// Somebody asked for access, erasure or another right.
        RequestReceived = "request_received",
        /// They got their answer.
        RequestAnswered = "request_answered",
        /// Cards were erased because somebody asked for it or decided it.
        Erased = "erased",
        /// Cards were erased because their time was over, or because they were damaged. What is left of such a card may not even say which it was.
        Purged = "purged",
        /// Other settings are in force.
        PolicyChanged = "policy_changed",
        /// A site is read by another version of its adapter.
        AdapterChanged = "adapter_changed",
        /// Another key signs from here on.
        KeyChanged = "key_changed",
        /// The clock went backwards: what it said last is `from`, what it says now is `to`.
        ClockAnomaly = "clock_anomaly",
        /// Somebody whose card is kept got in touch, so that it may be kept from that day on as long as the settings allow.
        Contacted = "contacted",
        /// The page showed that its owner restricts fields of which a card has values.
        Restricted = "restricted",
        /// A person looked at such a card and kept it without those values.
        Reviewed = "reviewed",
    }
}

words! {
    /// How somebody got in touch. Only what comes from them counts, and only what they meant to do: that an e-mail was opened says nothing.
    How("kind of contact") {
        /// They answered a message.
        Replied = "replied",
        /// They wrote of their own accord.
        Wrote = "wrote",
        /// They followed a link that was sent to them.
        Clicked = "clicked",
        /// They called.
        Called = "called",
        /// They came to a meeting.
        Met = "met",
    }
}

words! {
    /// Why something happened.
    Why("reason of an event") {
        /// There was none before.
        First = "first",
        /// It was exchanged on purpose.
        Rotated = "rotated",
        /// The one before is gone.
        Lost = "lost",
        /// Somebody asked for it (GDPR Article 17).
        Request = "request",
        /// The user decided it.
        User = "user",
        /// It was damaged: nobody could read it any more.
        Damaged = "damaged",
    }
}

impl Event {
    /// An event, before it has its place in a log.
    #[must_use]
    pub fn new(kind: EventKind) -> Self {
        Self { v: 1, kind, ..Self::blank() }
    }

    /// What is wrong with it, if it lacks what its kind needs or has what its kind does not know.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        let has = [
            self.from.is_some(),
            self.to.is_some(),
            self.why.is_some(),
            !self.cards.is_empty(),
            self.request.is_some(),
            self.recipient.is_some(),
            self.how.is_some(),
            !self.fields.is_empty(),
        ];
        // One letter a member, in that order: needed, optional, or out of place.
        let form = match self.kind {
            EventKind::Exported | EventKind::Noticed => "---n-o--",
            EventKind::RequestReceived => "----n---",
            EventKind::RequestAnswered => "---on---",
            EventKind::Erased => "--nno---",
            EventKind::Purged if self.why == Some(Why::Damaged) => "--no----",
            EventKind::Purged => "---n----",
            EventKind::PolicyChanged | EventKind::AdapterChanged | EventKind::ClockAnomaly => "nn------",
            EventKind::KeyChanged => "onn-----",
            EventKind::Contacted => "nn-n--n-",
            EventKind::Restricted => "---n---n",
            EventKind::Reviewed => "-n-n---n",
        };
        let wrong = form.bytes().zip(has).find(|(form, has)| (*form == b'n' && !has) || (*form == b'-' && *has));
        wrong.map(|(form, _)| {
            if form == b'n' { "it lacks what an event of its kind has" } else { "it has what an event of its kind does not have" }
        })
    }
}

/// What was decided about one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The audience that was proved.
    pub audience: Audience,
    /// The reasons.
    pub codes: Choice<Code>,
    /// What was cut out of the text, by kind.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub cuts: Choice<Trace>,
    /// The decision of the judge.
    pub decision: Decision,
    /// Why an allowed field was not kept after all: what was read was not what had been judged, or screening left nothing.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub dropped: Choice<Code>,
    /// The evidence.
    pub evidence: Vec<Evidence>,
    /// The field.
    pub field: Field,
    /// Whether it stood on the page.
    pub present: bool,
    /// Every rule that applied.
    #[serde(default, skip_serializing_if = "Set::is_empty")]
    pub rules: Set<String>,
    /// How it stood on the page.
    #[serde(default, skip_serializing_if = "Choice::is_empty")]
    pub states: Choice<State>,
    /// Whether it was kept.
    pub taken: bool,
    /// What it would have been if the site had not only been observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would: Option<Decision>,
}

record!(Line { field, decision, present, taken, codes, audience, evidence } optional { would, dropped, rules, states, cuts });

/// The tie between an entry and a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CardRef {
    /// SHA-256 over the card's salt and its canonical form. Once the salt is erased it says nothing about the card.
    pub commitment: String,
    /// The card.
    pub id: String,
}

record!(CardRef { id, commitment });

impl Line {
    /// The line of a verdict as it was judged, and as it came out after reading. Nothing is taken yet.
    #[must_use]
    pub fn of(judged: &Verdict, outcome: &Verdict) -> Self {
        let codes = |verdict: &Verdict| verdict.reasons.iter().map(|reason| reason.code).collect();
        let was_dropped = judged.decision == Decision::Allow && outcome.decision == Decision::Deny;
        Self {
            field: judged.field,
            decision: judged.decision,
            would: judged.would,
            present: judged.present,
            taken: false,
            codes: codes(judged),
            dropped: if was_dropped { codes(outcome) } else { Choice::none() },
            rules: judged.rules.clone(),
            audience: judged.audience,
            evidence: judged.evidence.clone(),
            states: Choice::none(),
            cuts: Choice::none(),
        }
    }
}

#[cfg(test)]
impl PageEntry {
    /// An entry about a page on which nothing was found, for tests.
    pub(crate) fn sample() -> Self {
        Self {
            v: 1,
            index: 0,
            at: "2026-01-01T00:00:00Z".into(),
            kind: EntryKind::Refused,
            id: "1d".repeat(16),
            adapter: "sample@1".into(),
            page: PageKind::Wall,
            relation: Relation::Unknown,
            policy: crate::digest::named("{}"),
            mode: Mode::Enforce,
            use_id: None,
            purpose: None,
            basis: None,
            country: None,
            hosts: Set::default(),
            signals: Choice::none(),
            refusal: None,
            decisions: Vec::new(),
            card: None,
        }
    }
}
