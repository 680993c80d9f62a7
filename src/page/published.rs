//! What a saved page publishes for machines: its JSON-LD. Native only.

use scraper::{Html, Selector};
use serde_json::Value;

use super::Linked;

/// Scripts that are read, and the longest of them, in UTF-16 units: as many as the probe reads.
const MOST_SCRIPTS: usize = 50;
const LONGEST_SCRIPT: usize = 500_000;

/// The readable JSON-LD of a page.
pub(super) struct Published(Vec<Value>);

impl Published {
    pub(super) fn of(html: &Html) -> Self {
        let Ok(selector) = Selector::parse("script[type='application/ld+json' i]") else { return Self(Vec::new()) };
        let texts = html.select(&selector).take(MOST_SCRIPTS).map(|script| script.text().collect::<String>());
        let readable = texts.filter(|text| text.encode_utf16().count() <= LONGEST_SCRIPT);
        // Unreadable data is no data.
        Self(readable.filter_map(|text| serde_json::from_str(&text).ok()).collect())
    }

    /// The texts at a place, in the order of the page; of an item itself, its name.
    pub(super) fn texts(&self, linked: &Linked) -> Vec<String> {
        let mut texts = Vec::new();
        for root in &self.0 {
            let mut tops = Vec::new();
            top_items(root, 0, &mut tops);
            for item in tops.into_iter().filter(|item| is_of_type(item, &linked.kind)) {
                if linked.key.is_empty() {
                    let mut names = Vec::new();
                    walk(item, &["name".to_owned()], 0, &mut names);
                    texts.push(names.into_iter().next().unwrap_or_default());
                } else {
                    walk(item, &linked.key, 0, &mut texts);
                }
            }
        }
        texts
    }
}

/// The items of JSON-LD that stand for themselves: the root, members of arrays and of `@graph`, and the main entity of any of them.
fn top_items<'a>(value: &'a Value, depth: u32, out: &mut Vec<&'a Value>) {
    if depth > 32 {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| top_items(item, depth + 1, out)),
        Value::Object(map) => {
            out.push(value);
            for key in ["@graph", "mainEntity"] {
                if let Some(inner) = map.get(key) {
                    top_items(inner, depth + 1, out);
                }
            }
        }
        _ => {}
    }
}

fn is_of_type(item: &Value, kind: &str) -> bool {
    let names = |value: &Value| {
        value.as_str().is_some_and(|name| {
            let bare = ["http://schema.org/", "https://schema.org/", "schema:"].iter().find_map(|front| name.strip_prefix(front));
            bare.unwrap_or(name) == kind
        })
    };
    match item.get("@type") {
        Some(Value::Array(kinds)) => kinds.iter().any(names),
        Some(one) => names(one),
        None => false,
    }
}

fn walk(value: &Value, keys: &[String], depth: u32, out: &mut Vec<String>) {
    if depth > 32 {
        return;
    }
    if let Value::Array(items) = value {
        items.iter().for_each(|item| walk(item, keys, depth + 1, out));
        return;
    }
    match keys.split_first() {
        None => out.extend(leaf(value)),
        Some((key, keys)) => {
            if let Some(inner) = value.get(key) {
                walk(inner, keys, depth + 1, out);
            }
        }
    }
}

fn leaf(value: &Value) -> Option<String> {
    let value = value.get("@value").unwrap_or(value);
    value.as_str().map(str::to_owned).or_else(|| value.is_number().then(|| value.to_string()))
}
