//! A log on paper: one canonical entry a line, then the settings that entries name, then one line with the head of the tree. And how to check it
//! without us.

use serde::Serialize;

use super::{Entry, Tree, leaf_hash};
use crate::digest::{from_hex, hex, named};
use crate::json::{from_str, record, to_canonical};
use crate::sorted::Map;

/// The last line of an exported log.
#[derive(Serialize)]
#[serde(deny_unknown_fields)]
struct Head {
    scruple_log: u32,
    size: u64,
    root: String,
}

record!(Head { scruple_log, size, root });

/// A line with the settings that entries name by their hash: nobody can put others in their place.
#[derive(Serialize)]
#[serde(deny_unknown_fields)]
struct SettingsLine {
    settings: String,
}

record!(SettingsLine { settings });

const VERSION: u32 = 1;

/// Writes entries, each in its stored bytes, the texts of the settings they name, and the head of the tree they form.
#[must_use]
pub fn export(entries: &[String], settings: Vec<String>, tree: &Tree) -> String {
    let mut text = String::new();
    // A text always has a canonical form.
    let settings = settings.into_iter().map(|settings| to_canonical(&SettingsLine { settings }).unwrap_or_default());
    for line in entries.iter().cloned().chain(settings) {
        text.push_str(&line);
        text.push('\n');
    }
    let head = Head { scruple_log: VERSION, size: tree.size(), root: hex(&tree.root()) };
    // A head holds two numbers and a hash, which always have a canonical form.
    text.push_str(&to_canonical(&head).unwrap_or_default());
    text.push('\n');
    text
}

/// What a sound log comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// The texts of the settings that entries name, by their hash.
    pub settings: Map<String, String>,
    /// The root of their tree.
    pub root: String,
}

/// What is wrong with a log, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl core::fmt::Display for LogFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl core::error::Error for LogFault {}

/// Checks an exported log: every entry well formed, canonical and in its place, the settings it names there and unchanged, and all entries together
/// the tree of the head.
///
/// # Errors
/// The first line that is wrong, and why.
pub fn verify(text: &str) -> Result<Checked, LogFault> {
    let mut tree = Tree::default();
    let mut entries: Vec<Entry> = Vec::new();
    let mut settings = Map::default();
    let mut lines = text.split('\n').enumerate().map(|(number, line)| (number + 1, line)).peekable();
    while let Some((number, line)) = lines.next() {
        let fault = |what: String| LogFault { line: number, what };
        // The head, and only the head, is followed by the end of the file.
        if lines.peek().is_some_and(|(_, rest)| rest.is_empty()) {
            let head: Head = from_str(line).map_err(|_| fault("the log does not end with the head of its tree".into()))?;
            lines.next();
            if lines.next().is_some() {
                return Err(LogFault { line: number + 1, what: "there is something behind the head of the tree".into() });
            }
            let root = check_head(&head, &tree).map_err(fault)?;
            if let Some(entry) = entries.iter().filter_map(Entry::page).find(|entry| !settings.contains_key(&entry.policy)) {
                return Err(fault(format!("the settings that entry {} names are not in the log", entry.index)));
            }
            return Ok(Checked { entries, settings, root });
        }
        if let Ok(SettingsLine { settings: text }) = from_str(line) {
            let hash = named(&text);
            if !entries.iter().filter_map(Entry::page).any(|entry| entry.policy == hash) || settings.insert(hash, text).is_some() {
                return Err(fault("no entry names these settings, or they stand here twice: they were changed or added".into()));
            }
            continue;
        }
        if !settings.is_empty() {
            return Err(fault("an entry stands behind the settings".into()));
        }
        entries.push(check_entry(line, tree.size()).map_err(fault)?);
        tree.push(leaf_hash(line.as_bytes()));
    }
    Err(LogFault { line: text.split('\n').count(), what: "the log breaks off before the head of its tree".into() })
}

fn check_entry(line: &str, index: u64) -> Result<Entry, String> {
    let entry: Entry = from_str(line).map_err(|error| format!("not an entry: {}", error.what))?;
    if entry.index() != index {
        return Err(format!("entry {} stands where entry {index} should", entry.index()));
    }
    if to_canonical(&entry).ok().as_deref() != Some(line) {
        return Err(format!("entry {index} is not in canonical form"));
    }
    Ok(entry)
}

fn check_head(head: &Head, tree: &Tree) -> Result<String, String> {
    if head.scruple_log != VERSION {
        return Err(format!("the log is of version {}, and only {VERSION} is known", head.scruple_log));
    }
    if head.size != tree.size() {
        return Err(format!("the head counts {} entries, and there are {}", head.size, tree.size()));
    }
    let root = tree.root();
    if from_hex(&head.root) != Some(root) {
        return Err(format!("the entries give the root {}, and the head says {}", hex(&root), head.root));
    }
    Ok(hex(&root))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::PageEntry;

    fn sample(count: u64) -> (Vec<String>, Tree) {
        let mut tree = Tree::default();
        let entries: Vec<String> = (0..count)
            .map(|index| {
                let entry = PageEntry { index, ..PageEntry::sample() };
                to_canonical(&entry).unwrap()
            })
            .collect();
        entries.iter().for_each(|entry| tree.push(leaf_hash(entry.as_bytes())));
        (entries, tree)
    }

    fn log(entries: &[String], tree: &Tree) -> String {
        let settings = if entries.is_empty() { vec![] } else { vec!["{}".to_owned()] };
        export(entries, settings, tree)
    }

    #[test]
    fn settings_that_are_missing_twice_or_of_nobody_are_noticed() {
        let (entries, tree) = sample(2);
        for settings in [vec![], vec!["{ }".to_owned()], vec!["{}".to_owned(), "{}".to_owned()]] {
            assert!(verify(&export(&entries, settings.clone(), &tree)).is_err(), "{settings:?}");
        }
    }

    #[test]
    fn a_sound_log_verifies() {
        for count in [0, 1, 7] {
            let (entries, tree) = sample(count);
            let checked = verify(&log(&entries, &tree)).unwrap();
            assert_eq!(checked.entries.len(), entries.len());
            assert_eq!(checked.root, hex(&tree.root()));
        }
    }

    #[test]
    fn every_change_of_a_byte_is_noticed() {
        let (entries, tree) = sample(3);
        let log = log(&entries, &tree);
        for at in 0..log.len() {
            let mut bytes = log.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(verify(&changed).is_err(), "byte {at}");
            }
        }
    }

    #[test]
    fn dropped_swapped_doubled_and_cut_entries_are_noticed_where_they_are() {
        let (entries, tree) = sample(4);
        let line = |entries: &[String]| verify(&log(entries, &tree)).unwrap_err().line;
        let mut dropped = entries.clone();
        dropped.remove(1);
        assert_eq!(line(&dropped), 2);
        let mut swapped = entries.clone();
        swapped.swap(1, 2);
        assert_eq!(line(&swapped), 2);
        let mut doubled = entries.clone();
        doubled.insert(2, entries[1].clone());
        assert_eq!(line(&doubled), 3);
        assert_eq!(line(&entries[..3]), 5, "the head");
        let log = log(&entries, &tree);
        let cut = &log[..log.len() - 10];
        assert!(verify(cut).is_err());
        assert!(verify("").is_err());
        assert!(verify(&format!("{log}{{}}\n")).is_err());
    }
}
