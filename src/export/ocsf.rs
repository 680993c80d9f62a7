//! A log as events of the Open Cybersecurity Schema Framework 1.8.0 (`https://schema.ocsf.io/1.8.0`).
//!
//! What became of a page is **Web Resources Activity** (6001), activity Read, with the profile `security_control`: somebody set out to read details of a
//! web page, and a control allowed or denied it. That is the very use for which 1.1.0 gave up the class for granting and denying access to web resources.
//! API Activity and Datastore Activity both demand the endpoint it came from, which a log without addresses does not have; a Data Security Finding would
//! make an alarm of what is the ordinary course. What is done with cards is the same class (Export, Delete); what changes settings, site descriptions, keys
//! and requests is **Entity Management** (3004); a clock that goes backwards is a **Base Event** (0).
//!
//! Nothing of an entry is lost: what has no attribute stands in `unmapped`, under its own name.

use serde_json::{Map, Value, json};

use super::millis;
use crate::ledger::{Entry, EntryKind, Event, EventKind, PageEntry, Why};
use crate::vocabulary::Mode;

/// The version of the schema.
const VERSION: &str = "1.8.0";

/// A class of events, with the category it belongs to.
#[derive(Clone, Copy)]
struct Class {
    uid: u32,
    name: &'static str,
    category: u32,
    category_name: &'static str,
}

const WEB_RESOURCES: Class =
    Class { uid: 6001, name: "Web Resources Activity", category: 6, category_name: "Application Activity" };
const ENTITIES: Class = Class { uid: 3004, name: "Entity Management", category: 3, category_name: "Identity & Access Management" };
const BASE: Class = Class { uid: 0, name: "Base Event", category: 0, category_name: "Uncategorized" };

/// An identifier of the schema with its caption.
type Named = (u32, &'static str);

const INFORMATIONAL: Named = (1, "Informational");
/// Somebody has to decide whether there is something to do.
const LOW: Named = (2, "Low");
const OTHER: u32 = 99;

/// An entry as an event.
pub(super) fn event(entry: &Entry) -> Result<Value, String> {
    match entry {
        Entry::Page(page) => of_page(page),
        Entry::Event(event) => of_event(event),
    }
}

/// What every event has.
fn begun(class: Class, (activity, name): Named, severity: Named, entry: &Entry) -> Result<Map<String, Value>, String> {
    let kind = match entry {
        Entry::Page(page) => page.kind.as_str(),
        Entry::Event(event) => event.kind.as_str(),
    };
    let event = json!({
        "class_uid": class.uid,
        "class_name": class.name,
        "category_uid": class.category,
        "category_name": class.category_name,
        "activity_id": activity,
        "activity_name": name,
        "type_uid": class.uid * 100 + activity,
        "type_name": format!("{}: {name}", class.name),
        "time": millis(entry.at())?,
        "severity_id": severity.0,
        "severity": severity.1,
        "metadata": {
            "version": VERSION,
            "product": { "name": "Scruple", "vendor_name": "Scruple", "version": env!("CARGO_PKG_VERSION") },
            "log_name": "scruple",
            "log_version": "1",
            "sequence": entry.index(),
            "original_time": entry.at(),
            "event_code": kind,
        },
    });
    match event {
        Value::Object(event) => Ok(event),
        _ => Ok(Map::new()),
    }
}

fn of_page(page: &PageEntry) -> Result<Value, String> {
    let entry = Entry::Page(Box::new(page.clone()));
    let mut event = begun(WEB_RESOURCES, (2, "Read"), INFORMATIONAL, &entry)?;
    if let Some(Value::Object(metadata)) = event.get_mut("metadata") {
        metadata.insert("original_event_uid".into(), json!(page.id));
        metadata.insert("profiles".into(), json!(["security_control"]));
    }
    let captured = page.kind == EntryKind::Captured;
    let (status, action, disposition): (Named, Named, Named) = match (captured, page.mode) {
        (true, _) => ((1, "Success"), (1, "Allowed"), (1, "Allowed")),
        // The page was judged, and what came of it was only shown.
        (false, Mode::Observe) => ((2, "Failure"), (3, "Observed"), (17, "Logged")),
        (false, _) => ((2, "Failure"), (2, "Denied"), (2, "Blocked")),
    };
    let taken = page.decisions.iter().filter(|line| line.taken).count();
    let held = page.decisions.iter().filter(|line| line.present && !line.taken).count();
    let mut resources = vec![json!({ "name": page.page, "type": "page" })];
    resources.extend(
        page.decisions
            .iter()
            .filter(|line| line.present)
            .map(|line| json!({ "name": line.field, "type": "field", "labels": [if line.taken { "taken" } else { "held back" }] })),
    );
    let more = json!({
        "message": format!("{taken} taken, {held} held back"),
        "status_id": status.0,
        "status": status.1,
        "status_code": page.refusal.map_or(page.kind.as_str(), |code| code.as_str()),
        "action_id": action.0,
        "action": action.1,
        "disposition_id": disposition.0,
        "disposition": disposition.1,
        "is_alert": false,
        "policy": { "uid": page.policy, "name": "settings", "is_applied": true },
        "web_resources": resources,
    });
    let unmapped = rest(&entry, &["index", "at", "kind", "id", "page", "policy"])?;
    Ok(whole(event, more, unmapped))
}

fn of_event(said: &Event) -> Result<Value, String> {
    let entry = Entry::Event(said.clone());
    let cards = || Value::Array(said.cards.iter().map(|card| json!({ "uid": card, "type": "card" })).collect());
    let entity = |type_id: u32, kind: &str, uid: &Option<String>| match type_id {
        POLICY => json!({ "type_id": type_id, "type": kind, "uid": uid, "policy": { "uid": uid } }),
        _ => json!({ "type_id": type_id, "type": kind, "uid": uid }),
    };
    // Class, activity and severity, then what the class needs, then what of the entry is told by it.
    let (class, activity, severity, more, told): (_, _, _, _, &[&str]) = match said.kind {
        EventKind::Exported => (WEB_RESOURCES, (7, "Export"), INFORMATIONAL, json!({ "web_resources": cards() }), &["cards"]),
        EventKind::Noticed => (WEB_RESOURCES, (OTHER, "Inform"), INFORMATIONAL, json!({ "web_resources": cards() }), &["cards"]),
        EventKind::Erased | EventKind::Purged => {
            (WEB_RESOURCES, (4, "Delete"), INFORMATIONAL, json!({ "web_resources": cards() }), &["cards"])
        }
        EventKind::RequestReceived => {
            (ENTITIES, (1, "Create"), INFORMATIONAL, json!({ "entity": entity(OTHER, "Request", &said.request) }), &["request"])
        }
        EventKind::RequestAnswered => {
            (ENTITIES, (3, "Update"), INFORMATIONAL, json!({ "entity": entity(OTHER, "Request", &said.request) }), &["request"])
        }
        EventKind::PolicyChanged => {
            (ENTITIES, (3, "Update"), INFORMATIONAL, changed(said, POLICY, "Policy", entity), &["from", "to"])
        }
        EventKind::AdapterChanged => {
            (ENTITIES, (3, "Update"), INFORMATIONAL, changed(said, OTHER, "Site description", entity), &["from", "to"])
        }
        EventKind::KeyChanged => {
            let severity = if said.why == Some(Why::Lost) { LOW } else { INFORMATIONAL };
            match said.from {
                Some(_) => (ENTITIES, (3, "Update"), severity, changed(said, OTHER, "Signing key", entity), &["from", "to"]),
                None => (ENTITIES, (1, "Create"), severity, json!({ "entity": entity(OTHER, "Signing key", &said.to) }), &["to"]),
            }
        }
        EventKind::Contacted => (WEB_RESOURCES, (OTHER, "Contact"), INFORMATIONAL, json!({ "web_resources": cards() }), &["cards"]),
        EventKind::Restricted => (WEB_RESOURCES, (OTHER, "Restrict"), LOW, json!({ "web_resources": cards() }), &["cards"]),
        EventKind::Reviewed => (WEB_RESOURCES, (3, "Update"), INFORMATIONAL, json!({ "web_resources": cards() }), &["cards"]),
        EventKind::ClockAnomaly => (BASE, (OTHER, "Clock went backwards"), LOW, json!({}), &[]),
    };
    let mut event = begun(class, activity, severity, &entry)?;
    event.insert("status_id".into(), json!(1));
    event.insert("status".into(), json!("Success"));
    event.insert("status_code".into(), json!(said.kind));
    let told: Vec<&str> = ["index", "at", "kind"].iter().chain(told).copied().collect();
    Ok(whole(event, more, rest(&entry, &told)?))
}

/// The identifier of the schema for an entity that is a policy.
const POLICY: u32 = 5;

/// An entity before and after a change.
fn changed(event: &Event, type_id: u32, kind: &str, entity: impl Fn(u32, &str, &Option<String>) -> Value) -> Value {
    json!({ "entity": entity(type_id, kind, &event.from), "entity_result": entity(type_id, kind, &event.to) })
}

/// What of an entry no attribute tells.
fn rest(entry: &Entry, told: &[&str]) -> Result<Value, String> {
    let mut rest = serde_json::to_value(entry).map_err(|error| error.to_string())?;
    if let Value::Object(members) = &mut rest {
        members.retain(|key, _| !told.contains(&key.as_str()));
    }
    Ok(rest)
}

fn whole(mut event: Map<String, Value>, more: Value, unmapped: Value) -> Value {
    if let Value::Object(more) = more {
        event.extend(more);
    }
    event.insert("unmapped".into(), unmapped);
    Value::Object(event)
}
