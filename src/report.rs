//! Reports for people in front of a terminal, and the sentences that go with reason codes. Native only.
//!
//! The sentences are those of the extension (`extension/_locales`), so that a reason is told in the same words everywhere.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::guard::Report;
use crate::judge::Verdict;
use crate::vocabulary::{Code, Decision};

const ENGLISH: &str = include_str!("../extension/_locales/en/messages.json");

#[derive(serde::Deserialize)]
struct Message {
    message: String,
}

/// The sentence for a reason code, as the person at the screen reads it.
#[must_use]
pub fn message(code: Code) -> String {
    let messages: BTreeMap<String, Message> = serde_json::from_str(ENGLISH).unwrap_or_default();
    let key = format!("reason_{}", code.as_str().replace('.', "_"));
    messages.get(&key).map(|message| message.message.clone()).unwrap_or_default()
}

/// Puts its sentence to every reason of a report.
#[must_use]
pub fn with_messages(mut report: Report) -> Report {
    for reason in report.verdicts.iter_mut().flat_map(|verdict| &mut verdict.reasons) {
        reason.message = message(reason.code);
    }
    report
}

/// A report as a table: one line a field that is on the page, then what was kept.
#[must_use]
pub fn table(report: &Report) -> String {
    let mut out = String::new();
    let page = &report.page;
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{} on {} ({}), viewer: {}", page.kind, page.site, page.adapter, page.relation);
    for seen in &page.signals {
        let _ = writeln!(out, "signal {}: {}", seen.signal, seen.effect);
    }
    let (here, absent): (Vec<&Verdict>, Vec<&Verdict>) = report.verdicts.iter().partition(|verdict| verdict.present);
    let shown = if here.is_empty() { absent.iter().copied().take(1).collect() } else { here };
    for verdict in shown {
        let decision = if verdict.decision == Decision::Allow { "allow" } else { "deny " };
        let codes: Vec<&str> = verdict.reasons.iter().map(|reason| reason.code.as_str()).collect();
        let field = if verdict.present { verdict.field.as_str() } else { "everything" };
        let _ = writeln!(out, "  {decision}  {field:<16} {:<17} {}", verdict.audience, codes.join(", "));
    }
    if let Some(card) = &report.card {
        let _ = writeln!(out, "card {} from {}, to be deleted by {}", card.id, card.source.url, card.expires_at);
        for (field, kept) in card.fields.iter() {
            let _ = writeln!(out, "  {field:<16} {}", kept.values.join(" | "));
        }
    }
    if let Some(log) = &report.log {
        let _ = writeln!(out, "log entry {} of {}, root {}", log.index, log.size, log.root);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_sentences_in_both_languages() {
        const FRENCH: &str = include_str!("../extension/_locales/fr/messages.json");
        for (language, text) in [("en", ENGLISH), ("fr", FRENCH)] {
            let messages: BTreeMap<String, Message> = serde_json::from_str(text).unwrap();
            for code in Code::ALL {
                for reader in ["reason", "lead"] {
                    let key = format!("{reader}_{}", code.as_str().replace('.', "_"));
                    let found = messages.get(&key).map(|message| message.message.trim());
                    assert!(found.is_some_and(|text| !text.is_empty()), "{language}: {key}");
                }
            }
        }
    }
}
