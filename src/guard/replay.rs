//! From an entry of the log back to its decision: what was noted of the page, judged again under the settings that were in force.

use super::{Decided, decide};
use crate::judge::{Facts, Standing, Verdict};
use crate::ledger::{EntryKind, Line, PageEntry};
use crate::page::Fault;
use crate::policy::Settings;
use crate::vocabulary::{Code, Decision, Field};

/// Where an entry says something else than its evidence comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field; none: the entry as a whole.
    pub field: Option<Field>,
    /// What differs, in a sentence.
    pub what: String,
}

/// The facts that an entry rests on.
#[must_use]
pub fn facts_of(entry: &PageEntry) -> Facts {
    let standing = |line: &Line| (line.field, Standing { evidence: line.evidence.clone(), states: line.states });
    Facts {
        hosts: Some(entry.hosts.clone()),
        relation: entry.relation,
        signals: entry.signals,
        country: entry.country,
        use_id: entry.use_id.clone(),
        refusal: entry.refusal.map(|code| Fault { code, what: String::new() }),
        fields: entry.decisions.iter().filter(|line| line.present).map(standing).collect(),
    }
}

/// Derives every decision of an entry again, and compares.
#[must_use]
pub fn replay(entry: &PageEntry, settings: &Settings) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut of_entry = |what: &str| differences.push(Difference { field: None, what: what.to_owned() });
    if entry.policy != settings.hash() {
        of_entry("the settings are not those the entry names");
    }
    let Decided { mode, verdicts } = decide(settings.in_force(), &facts_of(entry));
    if entry.mode != mode {
        of_entry("the mode is not that of the settings");
    }
    let ground = settings.in_force().ok().and_then(|in_force| in_force.ground(entry.use_id.as_deref()));
    if entry.purpose != ground.and_then(|ground| ground.purpose) || entry.basis != ground.and_then(|ground| ground.basis) {
        of_entry("purpose or basis are not those of the settings");
    }
    let captured = entry.kind == EntryKind::Captured;
    if captured != entry.card.is_some() || captured != entry.decisions.iter().any(|line| line.taken) {
        of_entry("the entry and its card do not fit together");
    }
    if entry.decisions.len() != verdicts.len() {
        of_entry("there is not one decision for each field");
    }
    for (line, verdict) in entry.decisions.iter().zip(&verdicts) {
        let what = compare(line, verdict);
        differences.extend(what.map(|what| Difference { field: Some(line.field), what }));
    }
    differences
}

fn compare(line: &Line, verdict: &Verdict) -> Option<String> {
    let derived = Line::of(verdict, verdict);
    if line.field != derived.field {
        return Some(format!("`{}` should stand here", derived.field));
    }
    if line.decision != derived.decision || line.would != derived.would {
        return Some(format!("decided `{}`, and the evidence comes to `{}`", line.decision, derived.decision));
    }
    if line.codes != derived.codes || line.rules != derived.rules {
        let codes: Vec<&str> = derived.codes.iter().map(Code::as_str).collect();
        return Some(format!("the reasons are not those the evidence comes to ({})", codes.join(", ")));
    }
    if line.audience != derived.audience {
        return Some(format!("the audience is `{}`, and the evidence proves `{}`", line.audience, derived.audience));
    }
    let is_kept_or_dropped = line.taken == line.dropped.is_empty();
    let fits = if line.decision == Decision::Allow { is_kept_or_dropped } else { !line.taken && line.dropped.is_empty() };
    (!fits).then(|| "what was taken is not what was decided".to_owned())
}
