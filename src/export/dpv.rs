//! A log in the Data Privacy Vocabulary 2.2 (`https://w3id.org/dpv`), as JSON-LD 1.1: one record of data processing, with one process for each entry.
//!
//! Every decision about a field is a rule: a permission that was or was not made use of, or a prohibition that was not violated. A log of which somebody
//! changed what was taken says that a prohibition was violated. A process names the personal data that were collected, and only these.
//!
//! DPV has no word for much of what a decision rests on; that stands under a name of its own (`scruple:`), with the words of the log.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::millis;
use crate::ledger::{Entry, EntryKind, Event, EventKind, Line, PageEntry, Why};
use crate::vocabulary::{Audience, Choice, Decision, Field, Word};

/// The node that stands for the log.
const LOG: &str = "_:log";

/// The properties whose values are terms or nodes rather than texts.
const LINKS: &[&str] = &[
    "dpv:hasActivityStatus",
    "dpv:hasDataSource",
    "dpv:hasFulfilmentStatus",
    "dpv:hasLegalBasis",
    "dpv:hasNoticeStatus",
    "dpv:hasPersonalData",
    "dpv:hasProcessing",
    "dpv:hasPurpose",
    "dpv:hasRecordOfActivity",
    "dpv:hasRequestStatus",
    "dpv:hasRight",
    "dpv:hasTechnicalMeasure",
];

/// Writes what stands before the first entry.
pub(super) fn begin(out: &mut impl Write) -> io::Result<()> {
    let mut context = json!({
        "dpv": "https://w3id.org/dpv#",
        "pd": "https://w3id.org/dpv/pd#",
        "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
        "dct": "http://purl.org/dc/terms/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "scruple": "urn:x-scruple:",
        "dct:date": { "@type": "xsd:dateTime" },
    });
    if let Value::Object(context) = &mut context {
        context.extend(LINKS.iter().map(|property| ((*property).to_owned(), json!({ "@type": "@id" }))));
    }
    let log = json!({ "@id": LOG, "@type": "dpv:DataProcessingRecord" });
    write!(out, "{{\"@context\":{context},\n\"@graph\":[\n{log}")
}

/// Writes what stands behind the last entry.
pub(super) fn end(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\n]}\n")
}

/// An entry as a node.
pub(super) fn node(entry: &Entry) -> Result<Value, String> {
    // DPV dates are those of XML Schema, of which RFC 3339 is a part; anything else would be no date.
    millis(entry.at())?;
    let mut node = json!({
        "@id": format!("_:entry-{}", entry.index()),
        "dct:date": entry.at(),
        "dpv:hasRecordOfActivity": LOG,
        "scruple:entry": entry.index(),
    });
    let more = match entry {
        Entry::Page(page) => of_page(page),
        Entry::Event(event) => of_event(event),
    };
    if let (Value::Object(node), Value::Object(more)) = (&mut node, more) {
        node.extend(more.into_iter().filter(|(_, value)| !is_nothing(value)));
    }
    Ok(node)
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn of_page(page: &PageEntry) -> Value {
    let rules =
        |decision: Decision| -> Vec<Value> { page.decisions.iter().filter(|line| line.decision == decision).map(rule).collect() };
    json!({
        "@type": "dpv:Process",
        "dpv:hasIdentifier": page.id,
        "dpv:hasProcessing": (page.kind == EntryKind::Captured).then_some("dpv:Collect"),
        "dpv:hasPersonalData": terms(page.decisions.iter().filter(|line| line.taken).map(|line| line.field)),
        "dpv:hasPurpose": page.purpose,
        "dpv:hasLegalBasis": page.basis,
        "dpv:hasPolicy": { "@type": "dpv:Policy", "dpv:hasIdentifier": page.policy },
        "dpv:hasPermission": rules(Decision::Allow),
        "dpv:hasProhibition": rules(Decision::Deny),
        "scruple:kind": page.kind,
        "scruple:adapter": page.adapter,
        "scruple:page": page.page,
        "scruple:relation": page.relation,
        "scruple:mode": page.mode,
        "scruple:use": page.use_id,
        "scruple:country": page.country,
        "scruple:host": page.hosts.iter().collect::<Vec<_>>(),
        "scruple:signal": words(page.signals),
        "scruple:refusal": page.refusal,
        "scruple:card": page.card.as_ref().map(|card| card.id.as_str()),
        "scruple:commitment": page.card.as_ref().map(|card| card.commitment.as_str()),
    })
}

/// What a field is in the vocabulary. Of own words it says nothing more than that they are personal data.
fn term(field: Field) -> &'static str {
    field.dpv().unwrap_or("dpv:PersonalData")
}

/// What fields are in the vocabulary, each term once.
fn terms(fields: impl Iterator<Item = Field>) -> Vec<&'static str> {
    let mut terms: Vec<&str> = fields.map(term).collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

fn words<T: Word + serde::Serialize>(words: Choice<T>) -> Value {
    json!(words.iter().collect::<Vec<_>>())
}

/// The decision about a field as a rule.
fn rule(line: &Line) -> Value {
    let (kind, status) = match (line.decision, line.taken) {
        (Decision::Allow, true) => ("dpv:Permission", "dpv:PermissionUtilised"),
        (Decision::Allow, false) => ("dpv:Permission", "dpv:PermissionNotUtilised"),
        // Called `ProhibitionFulfilled` up to 2.1.
        (Decision::Deny, false) => ("dpv:Prohibition", "dpv:ProhibitionUnviolated"),
        (Decision::Deny, true) => ("dpv:Prohibition", "dpv:ProhibitionViolated"),
    };
    let source = match line.audience {
        Audience::Unknown => None,
        Audience::PublicWeb => Some("dpv:PublicDataSource"),
        // What only members of a network can see is not public.
        _ => Some("dpv:NonPublicDataSource"),
    };
    let rule = json!({
        "@type": kind,
        "dpv:hasProcessing": "dpv:Collect",
        "dpv:hasPersonalData": term(line.field),
        "dpv:hasFulfilmentStatus": status,
        "dpv:hasDataSource": source,
        "scruple:field": line.field,
        "scruple:present": line.present,
        "scruple:would": line.would,
        "scruple:reason": words(line.codes),
        "scruple:dropped": words(line.dropped),
        "scruple:rule": line.rules.iter().collect::<Vec<_>>(),
        "scruple:audience": line.audience,
        "scruple:evidence": line.evidence.iter().map(|piece| format!("{} {}", piece.kind, piece.bound)).collect::<Vec<_>>(),
        "scruple:state": words(line.states),
        "scruple:cut": words(line.cuts),
    });
    match rule {
        Value::Object(members) => {
            Value::Object(members.into_iter().filter(|(_, value)| !is_nothing(value)).collect::<Map<String, Value>>())
        }
        other => other,
    }
}

fn of_event(event: &Event) -> Value {
    let kind = match event.kind {
        EventKind::Exported
        | EventKind::Noticed
        | EventKind::Erased
        | EventKind::Purged
        | EventKind::Contacted
        | EventKind::Restricted
        | EventKind::Reviewed => "dpv:Process",
        EventKind::RequestReceived | EventKind::RequestAnswered => "dpv:RightExerciseActivity",
        EventKind::PolicyChanged | EventKind::AdapterChanged | EventKind::KeyChanged | EventKind::ClockAnomaly => {
            "dpv:NonPersonalDataProcess"
        }
    };
    let is = |kinds: &[EventKind]| kinds.contains(&event.kind);
    json!({
        "@type": kind,
        "dpv:hasProcessing": match event.kind {
            EventKind::Exported => Some("dpv:Export"),
            EventKind::Erased | EventKind::Purged | EventKind::Reviewed => Some("dpv:Erase"),
            EventKind::Restricted => Some("dpv:Restrict"),
            _ => None,
        },
        "dpv:hasPersonalData": terms(event.fields.iter()),
        "dpv:hasRecipient": event.recipient.as_ref().map(|hash| json!({ "@type": "dpv:Recipient", "dpv:hasIdentifier": hash })),
        "dpv:hasNotice": is(&[EventKind::Noticed])
            .then(|| json!({ "@type": "dpv:PrivacyNotice", "dpv:hasNoticeStatus": "dpv:NoticeCommunicated" })),
        "dpv:hasIdentifier": event.request,
        "dpv:hasRequestStatus": is(&[EventKind::RequestReceived]).then_some("dpv:RequestInitiated"),
        // Whether the request was granted the log does not say, only that it got its answer.
        "dpv:hasActivityStatus": is(&[EventKind::RequestAnswered]).then_some("dpv:ActivityCompleted"),
        "dpv:hasRight": (event.why == Some(Why::Request)).then_some("eu-gdpr:A17"),
        "dpv:hasPolicy": is(&[EventKind::PolicyChanged])
            .then(|| json!({ "@type": "dpv:Policy", "dpv:hasIdentifier": event.to })),
        "dpv:hasTechnicalMeasure": is(&[EventKind::KeyChanged]).then_some("dpv:CryptographicKeyManagement"),
        "scruple:kind": event.kind,
        "scruple:from": event.from,
        "scruple:to": event.to,
        "scruple:why": event.why,
        "scruple:card": event.cards.iter().collect::<Vec<_>>(),
        "scruple:how": event.how,
        "scruple:field": words(event.fields),
    })
}
