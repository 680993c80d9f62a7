//! Reports for people in front of a terminal, and the sentences that go with reason codes. Native only.
//!
//! The sentences are those of the extension (`extension/_locales`), so that a reason is told in the same words everywhere.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

use crate::guard::Report;
use crate::judge::Verdict;
use crate::vocabulary::{Code, Decision, Mode};

const ENGLISH: &str = include_str!("../extension/_locales/en/messages.json");

static SENTENCES: LazyLock<BTreeMap<String, Message>> = LazyLock::new(|| serde_json::from_str(ENGLISH).unwrap_or_default());

#[derive(serde::Deserialize)]
struct Message {
    message: String,
}

/// The sentence for a reason code, as the person at the screen reads it.
#[must_use]
pub fn message(code: Code) -> String {
    sentence("reason", code)
}

/// The sentence for a reason code, as whoever is in charge of data protection reads it.
#[must_use]
pub fn lead(code: Code) -> String {
    sentence("lead", code)
}

fn sentence(reader: &str, code: Code) -> String {
    let key = format!("{reader}_{}", code.as_str().replace('.', "_"));
    SENTENCES.get(&key).map(|sentence| sentence.message.clone()).unwrap_or_default()
}

/// Puts its sentences to every reason of verdicts.
pub fn explain(verdicts: &mut [Verdict]) {
    for reason in verdicts.iter_mut().flat_map(|verdict| &mut verdict.reasons) {
        reason.message = message(reason.code);
        reason.lead = lead(reason.code);
    }
}

/// Puts its sentences to every reason of a report.
#[must_use]
pub fn with_messages(mut report: Report) -> Report {
    explain(&mut report.verdicts);
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
    out.push_str(&verdict_table(report.mode, &report.verdicts));
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

/// Verdicts as a table: one line a field that is there, or one line for all if none is.
#[must_use]
pub fn verdict_table(mode: Mode, verdicts: &[Verdict]) -> String {
    let mut out = String::new();
    if mode != Mode::Enforce {
        let _ = writeln!(out, "mode: {mode}");
    }
    let (here, absent): (Vec<&Verdict>, Vec<&Verdict>) = verdicts.iter().partition(|verdict| verdict.present);
    let shown = if here.is_empty() { absent.iter().copied().take(1).collect() } else { here };
    for verdict in shown {
        let decision = if verdict.decision == Decision::Allow { "allow" } else { "deny " };
        let mut codes: Vec<&str> = verdict.reasons.iter().map(|reason| reason.code.as_str()).collect();
        codes.dedup();
        let field = if verdict.present { verdict.field.as_str() } else { "everything" };
        let would = verdict.would.map(|would| format!(" (would be: {would})")).unwrap_or_default();
        let _ = writeln!(out, "  {decision}  {field:<16} {:<17} {}{would}", verdict.audience.as_str(), codes.join(", "));
        // Where nothing is there, the code alone leaves the person at the terminal without a hint.
        let details = verdict.reasons.iter().filter_map(|reason| reason.detail.as_deref()).filter(|_| !verdict.present);
        for detail in details.filter(|detail| !detail.is_empty()) {
            let _ = writeln!(out, "         {detail}");
        }
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
