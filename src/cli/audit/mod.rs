//! Why something was taken or not, in words: one entry of a log, or what a log comes to as a whole.

mod event;
mod page;
mod rules;
mod summary;

use std::collections::BTreeSet;

use super::{Failure, Words, logs, written};
use crate::export::Language;
use crate::ledger::{Checked, Entry};
use crate::vocabulary::Field;
use event::EventAudit;
use page::PageAudit;
use summary::Summary;

/// Tells what a log says about an entry, or about everything in it.
pub(super) fn audit(words: &[&str]) -> Result<String, Failure> {
    let words = Words::of(words, &["--entry", "--field", "--lang"], &["--json"])?;
    let [path] = words.alone(["which log?"])?;
    let language = language(&words)?.unwrap_or_default();
    let field = words.value("--field").map(field).transpose()?;
    let which = words.value("--entry").map(which).transpose()?;
    let in_json = words.has("--json");
    let Some(which) = which else {
        if field.is_some() {
            return Err(Failure::Usage("`--field` is about one entry: name it with `--entry`".into()));
        }
        let summary = Summary::of(&logs::read(path)?);
        return if in_json { written(&summary) } else { Ok(plain(&summary.told(language))) };
    };
    let checked = logs::read(path)?;
    match entry(&checked, which)? {
        Entry::Event(event) => {
            if field.is_some() {
                return Err(Failure::Work(format!("entry {} is about no page, so it says nothing of a field", event.index)));
            }
            if let Some(fault) = event.fault() {
                return Err(Failure::Work(format!("entry {}: {fault}", event.index)));
            }
            let audit = EventAudit::of(event, language);
            if in_json { written(&audit) } else { Ok(plain(&audit.told(&checked, language))) }
        }
        Entry::Page(page) => {
            let audit = PageAudit::of(page, &checked, field, language);
            let told = if in_json { written(&audit)? } else { plain(&audit.told(&checked, language)) };
            if audit.follows { Ok(told) } else { Err(Failure::Found(told)) }
        }
    }
}

/// The language that is asked for, if one is.
pub(super) fn language(words: &Words<'_>) -> Result<Option<Language>, Failure> {
    let known = |word| {
        Language::from_word(word).ok_or_else(|| Failure::Usage(format!("`{word}` is no language it speaks: write `en` or `fr`")))
    };
    words.value("--lang").map(known).transpose()
}

fn field(word: &str) -> Result<Field, Failure> {
    Field::from_word(word).ok_or_else(|| Failure::Usage(format!("`{word}` is no field: write one of {}", Field::WORDS.join(", "))))
}

/// Which entry is asked for.
#[derive(Clone, Copy)]
enum Which {
    At(u64),
    Last,
}

fn which(word: &str) -> Result<Which, Failure> {
    if word == "last" {
        return Ok(Which::Last);
    }
    word.parse().map(Which::At).map_err(|_| Failure::Usage(format!("`{word}` is no entry: write its number, from 0, or `last`")))
}

fn entry(checked: &Checked, which: Which) -> Result<&Entry, Failure> {
    let last = checked.entries.last();
    let found = match which {
        Which::Last => last,
        Which::At(index) => checked.entries.iter().find(|entry| entry.index() == index),
    };
    found.ok_or_else(|| {
        Failure::Work(match (which, last) {
            (Which::At(index), Some(last)) => format!("the log has no entry {index}: its last is {}", last.index()),
            _ => "the log has no entry".into(),
        })
    })
}

/// A text for a terminal. What a log or a policy says may hold anything, and must not move the cursor or colour what is told about it.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() && letter != '\n' { '\u{fffd}' } else { letter }).collect()
}

/// A text of labelled lines.
struct Sheet {
    text: String,
    language: Language,
    /// The places of the rules that were shown in full.
    shown: BTreeSet<String>,
}

impl Sheet {
    const fn new(language: Language) -> Self {
        Self { text: String::new(), language, shown: BTreeSet::new() }
    }

    fn heading(&mut self, index: u64, what: &str, checked: &Checked) {
        let last = checked.entries.last().map_or(index, Entry::index);
        let place = match self.language {
            Language::English => format!("Entry {index} (the log has 0 to {last})"),
            Language::French => format!("Entrée {index} (le journal va de 0 à {last})"),
        };
        let heading = self.language.labelled(&place, what);
        self.text.push_str(&heading);
        self.text.push('\n');
    }

    fn line(&mut self, label: &str, what: &str) {
        let line = self.language.labelled(label, what);
        self.text.push_str(&format!("  {line}\n"));
    }

    fn item(&mut self, what: &str) {
        self.text.push_str(&format!("    - {what}\n"));
    }
}
