//! What a log comes to as a whole.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::export::Language;
use crate::ledger::{Checked, Entry, EventKind};
use crate::vocabulary::{Code, Field};

/// What a log comes to.
#[derive(Serialize)]
pub(super) struct Summary {
    entries: usize,
    first: Option<String>,
    last: Option<String>,
    root: String,
    kinds: Vec<Counted>,
    fields: Vec<FieldCount>,
    reasons: Vec<Counted>,
    adapters: Vec<Counted>,
}

/// How often something occurs.
#[derive(Serialize)]
struct Counted {
    what: String,
    count: usize,
}

/// How often a field stood on a page, and what came of it.
#[derive(Serialize)]
struct FieldCount {
    field: Field,
    present: usize,
    taken: usize,
    held: usize,
}

impl Summary {
    pub(super) fn of(checked: &Checked) -> Self {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        let mut adapters: BTreeMap<&str, usize> = BTreeMap::new();
        let mut reasons: BTreeMap<Code, usize> = BTreeMap::new();
        let mut fields: BTreeMap<Field, (usize, usize)> = BTreeMap::new();
        for entry in &checked.entries {
            let page = match entry {
                Entry::Event(event) => {
                    *kinds.entry(event.kind.as_str()).or_default() += 1;
                    continue;
                }
                Entry::Page(page) => page,
            };
            *kinds.entry(page.kind.as_str()).or_default() += 1;
            *adapters.entry(&page.adapter).or_default() += 1;
            for line in page.decisions.iter().filter(|line| line.present) {
                let (present, taken) = fields.entry(line.field).or_default();
                *present += 1;
                *taken += usize::from(line.taken);
                // What was dropped after reading outweighs what had been decided before.
                let codes = if line.dropped.is_empty() { line.codes } else { line.dropped };
                for code in codes.iter() {
                    *reasons.entry(code).or_default() += 1;
                }
            }
        }
        let counted = |counts: BTreeMap<&str, usize>| {
            let mut counts: Vec<Counted> =
                counts.into_iter().map(|(what, count)| Counted { what: what.to_owned(), count }).collect();
            counts.sort_by_key(|counted| core::cmp::Reverse(counted.count));
            counts
        };
        let mut at: Vec<&str> = checked.entries.iter().map(Entry::at).collect();
        at.sort_unstable();
        Self {
            entries: checked.entries.len(),
            first: at.first().map(|at| (*at).to_owned()),
            last: at.last().map(|at| (*at).to_owned()),
            root: checked.root.clone(),
            kinds: counted(kinds),
            fields: fields
                .into_iter()
                .map(|(field, (present, taken))| FieldCount { field, present, taken, held: present - taken })
                .collect(),
            reasons: reasons.into_iter().map(|(code, count)| Counted { what: code.as_str().to_owned(), count }).collect(),
            adapters: counted(adapters),
        }
    }

    pub(super) fn told(&self, language: Language) -> String {
        let entries = language.count(self.entries, ("entry", "entrée"), ("entries", "entrées"));
        let mut out = entries;
        if let (Some(first), Some(last)) = (&self.first, &self.last) {
            out.push_str(&match language {
                Language::English => format!(", from {first} to {last}"),
                Language::French => format!(", du {first} au {last}"),
            });
        }
        out.push_str(&format!("\n{} {}\n", language.or("root", "racine"), self.root));
        table(&mut out, language.or("What happened", "Ce qui s’est passé"), &self.kinds, |word| {
            let event = EventKind::from_word(word).map(|kind| language.event(kind));
            event.unwrap_or_else(|| language.message(&format!("entry_{word}"))).to_owned()
        });
        if !self.fields.is_empty() {
            out.push_str(&format!(
                "\n{:<24} {:>9} {:>10} {:>10}\n",
                language.or("Fields", "Champs"),
                language.or("on a page", "présents"),
                language.or("taken", "collectés"),
                language.or("held back", "laissés")
            ));
        }
        for FieldCount { field, present, taken, held } in &self.fields {
            out.push_str(&format!("  {:<22} {present:>9} {taken:>10} {held:>10}\n", language.field(*field)));
        }
        table(&mut out, language.or("Reasons, for fields on a page", "Motifs, pour les champs présents"), &self.reasons, |word| {
            let says = Code::from_word(word).map(|code| language.reason(code)).unwrap_or_default();
            format!("[{word}] {says}")
        });
        table(&mut out, language.or("Pages, by site description", "Pages, par description de site"), &self.adapters, str::to_owned);
        out
    }
}

/// Counts under a heading, if there are any.
fn table(out: &mut String, heading: &str, rows: &[Counted], say: impl Fn(&str) -> String) {
    if !rows.is_empty() {
        out.push_str(&format!("\n{heading}\n"));
    }
    for Counted { what, count } in rows {
        out.push_str(&format!("  {count:>6}  {}\n", say(what)));
    }
}
