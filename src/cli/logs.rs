//! Logs: whether one is whole, and whether its decisions are those its evidence comes to.

use super::{Failure, Words, count, read_text};
use crate::guard;
use crate::ledger::{Checked, Entry, PageEntry};
use crate::policy::Settings;
use crate::sorted::Map;

/// Reads a log and checks that it is whole.
pub(super) fn read(path: &str) -> Result<Checked, Failure> {
    crate::ledger::verify(&read_text(path)?).map_err(|fault| Failure::Work(format!("log not verified: {path}, {fault}")))
}

/// Checks an exported log.
pub(super) fn verify(words: &[&str]) -> Result<String, Failure> {
    let [path] = Words::of(words, &[], &[])?.alone(["which log?"])?;
    let checked = read(path)?;
    let mut out = String::new();
    for entry in &checked.entries {
        let PageEntry { index, at, page, adapter, decisions, .. } = match entry {
            Entry::Page(entry) => &**entry,
            Entry::Event(event) => {
                out.push_str(&format!("{}  {}  {}\n", event.index, event.at, event.kind));
                continue;
            }
        };
        let taken: Vec<&str> = decisions.iter().filter(|line| line.taken).map(|line| line.field.as_str()).collect();
        let held = decisions.iter().filter(|line| line.present && !line.taken).count();
        let what = if taken.is_empty() { "nothing taken".to_owned() } else { format!("took {}", taken.join(", ")) };
        out.push_str(&format!("{index}  {at}  {page} ({adapter}): {what}; {held} held back\n"));
    }
    let settings = count(checked.settings.keys().count(), "text of settings", "texts of settings");
    out.push_str(&format!("root {}\nlog verified: {} entries, {settings}\n", checked.root, checked.entries.len()));
    Ok(out)
}

/// Derives every decision of a log again from what the log says of the page and the settings.
pub(super) fn replay(words: &[&str]) -> Result<String, Failure> {
    let [path] = Words::of(words, &[], &[])?.alone(["which log?"])?;
    let checked = read(path)?;
    let settings = restored(&checked);
    let (mut told, mut decisions, mut differences) = (String::new(), 0, 0);
    for entry in checked.entries.iter().filter_map(Entry::page) {
        decisions += entry.decisions.len();
        let mut tell = |field: &str, what: &str| {
            differences += 1;
            told.push_str(&format!("entry {}{field}: {what}\n", entry.index));
        };
        let Some(settings) = settings.get(&entry.policy) else {
            tell("", "the settings it names cannot be restored, so nothing can be derived from them");
            continue;
        };
        for difference in guard::replay(entry, settings) {
            tell(&difference.field.map(|field| format!(", field {field}")).unwrap_or_default(), &difference.what);
        }
    }
    let entries = count(checked.entries.len(), "entry", "entries");
    let differences_counted = count(differences, "difference", "differences");
    told.push_str(&format!("{entries}, {} re-derived, {differences_counted}\n", count(decisions, "decision", "decisions")));
    if differences == 0 { Ok(told) } else { Err(Failure::Found(told)) }
}

/// The settings of a log that can be made again from their texts, by their hash.
pub(super) fn restored(checked: &Checked) -> Map<String, Settings> {
    let restore = |(hash, text): (&String, &String)| Some((hash.clone(), Settings::restored(text)?));
    checked.settings.iter().filter_map(restore).collect()
}
