//! The rules behind a decision, in the words of the settings that a log carries.

use serde::Serialize;
use serde_json::Value;

use super::Sheet;
use crate::export::Language;
use crate::json::read_with;

/// A rule, as the settings in the log have it.
#[derive(Clone, Serialize)]
pub(super) struct RuleAudit {
    id: String,
    /// Whether it applied; otherwise it is one that fell short or could not be evaluated.
    applied: bool,
    /// `local` or `managed`; none: the settings have no such rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<Value>,
}

impl RuleAudit {
    pub(super) fn tell(&self, out: &mut Sheet, language: Language) {
        let label = if self.applied {
            language.or("Rule that applied", "Règle appliquée")
        } else {
            language.or("Rule that fell short", "Règle restée sans effet")
        };
        let (Some(document), Some(place), Some(line), Some(column), Some(json)) =
            (self.document, &self.place, self.line, self.column, &self.json)
        else {
            out.line(label, &format!("`{}`, {}", self.id, language.or("which the settings do not have", "absente des règles")));
            return;
        };
        let document = if document == "managed" {
            language.or("settings of the organisation", "règles de l’organisation")
        } else {
            language.or("own policy", "règles locales")
        };
        let place = match language {
            Language::English => format!("{document}, {place}, line {line}, column {column}"),
            Language::French => format!("{document}, {place}, ligne {line}, colonne {column}"),
        };
        out.line(label, &format!("`{}` ({place})", self.id));
        // Its words once are enough: most fields rest on the same few rules.
        if out.shown.insert(place) {
            out.item(&json.to_string());
        }
    }
}

/// The two documents of settings, as the log has them.
pub(super) struct Documents {
    local: String,
    managed: String,
}

impl Documents {
    pub(super) fn of(settings: &str) -> Self {
        let both: Value = serde_json::from_str(settings).unwrap_or_default();
        let text = |key: &str| both.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { local: text("local"), managed: text("managed") }
    }

    /// The rules of an id: one, or one in each document.
    pub(super) fn rules(&self, id: &str, applied: bool) -> Vec<RuleAudit> {
        let mut found = Vec::new();
        for (document, text) in [("local", &self.local), ("managed", &self.managed)] {
            for (place, line, column, json) in find(text, id) {
                found.push(RuleAudit {
                    id: id.to_owned(),
                    applied,
                    document: Some(document),
                    place: Some(place),
                    line: Some(line),
                    column: Some(column),
                    json: Some(json),
                });
            }
        }
        if found.is_empty() {
            found.push(RuleAudit { id: id.to_owned(), applied, document: None, place: None, line: None, column: None, json: None });
        }
        found
    }
}

/// Where a document has a rule: its path, line and column, and the rule itself.
fn find(document: &str, id: &str) -> Vec<(String, usize, usize, Value)> {
    let whole: Value = serde_json::from_str(document).unwrap_or_default();
    let mut paths = Vec::new();
    // The reader knows where every value stands, and says so of what it is told about.
    let places = read_with(document, &mut |json, problems| {
        for list in ["permit", "forbid"] {
            for (at, rule) in json.member(list).map(|rules| rules.each()).unwrap_or_default().iter().enumerate() {
                if rule.member("id").and_then(|rule| rule.as_text()) == Some(id) {
                    rule.wrong(problems, format!("{list}[{at}]"), "");
                    paths.push((list, at));
                }
            }
        }
        Some(())
    });
    let places = places.err().unwrap_or_default();
    let place = |(list, at): (&str, usize)| {
        let path = format!("{list}[{at}]");
        let place = places.iter().find(|place| place.what == path)?;
        Some((path, place.line, place.column, whole.get(list)?.get(at)?.clone()))
    };
    paths.into_iter().filter_map(place).collect()
}
