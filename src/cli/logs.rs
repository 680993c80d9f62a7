//! Logs: whether one is whole, and whether its decisions are those its evidence comes to.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::{Failure, Words, count, proofs, read_bytes, read_text};
use crate::digest::hex;
use crate::guard;
use crate::ledger::checkpoint::Signed;
use crate::ledger::note::VerifierKey;
use crate::ledger::{Against, Cards, Checked, Entry, PageEntry, Seen, Verdict, tiles};
use crate::policy::Settings;
use crate::sorted::Map;

/// How many faults are told. Whoever has more has the wrong file.
const MOST_FAULTS: usize = 20;

/// Reads a log whole and checks that it is sound.
pub(super) fn read(path: &str) -> Result<Checked, Failure> {
    crate::ledger::read(&read_text(path)?).map_err(|fault| Failure::Work(format!("log not verified: {path}, {fault}")))
}

/// Checks an exported log as it is read, and holds it against what else is given.
pub(super) fn verify(words: &[&str]) -> Result<String, Failure> {
    let words = Words::of(words, &["--key", "--checkpoint", "--cards", "--proof", "--record"], &["--list"])?;
    if let Some(proof) = words.value("--proof") {
        return verify_proof(&words, proof);
    }
    if words.value("--record").is_some() {
        return Err(Failure::Usage("`--record` belongs to `--proof`".into()));
    }
    let [path] = words.alone(["which log?"])?;
    let against = against(&words)?;
    let (mut out, list) = (String::new(), words.has("--list"));
    let mut seen = |seen: Seen| {
        if let (true, Seen::Entry { entry, .. }) = (list, seen) {
            out.push_str(&line_of(entry));
        }
    };
    let verdict = if Path::new(path).is_dir() {
        tiles::verify(Path::new(path), &against, &mut seen)
    } else {
        crate::ledger::verify(open(path)?, &against, &mut seen)
    };
    let verdict = verdict.map_err(|error| unreadable(path, &error))?;
    if !verdict.faults.is_empty() {
        return Err(Failure::Work(told_faults(path, &verdict)));
    }
    out.push_str(&told(&verdict, &against));
    Ok(out)
}

/// Checks a proof instead of a log.
fn verify_proof(words: &Words<'_>, path: &str) -> Result<String, Failure> {
    let [] = words.alone([])?;
    if words.value("--cards").is_some() || words.has("--list") {
        return Err(Failure::Usage("`--cards` and `--list` need the log, and a proof does without".into()));
    }
    let against = against(words)?;
    proofs::verify(words, path, against.key.as_ref(), against.earlier.as_ref())
}

/// Writes an exported log as a folder of tiles, once it is checked.
pub(super) fn to_tiles(path: &str, folder: &str) -> Result<String, Failure> {
    let written = tiles::write(open(path)?, Path::new(folder));
    let verdict = written.map_err(|error| Failure::Work(format!("cannot write `{folder}`: {error}")))?;
    if !verdict.faults.is_empty() {
        return Err(Failure::Work(told_faults(path, &verdict)));
    }
    Ok(format!("wrote {folder}: {} in tiles\n", count(usize::try_from(verdict.entries).unwrap_or(usize::MAX), "entry", "entries")))
}

pub(super) fn open(path: &str) -> Result<BufReader<File>, Failure> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    Ok(BufReader::with_capacity(1 << 16, file))
}

pub(super) fn unreadable(path: &str, error: &std::io::Error) -> Failure {
    Failure::Work(format!("cannot read `{path}`: {error}"))
}

/// What the options hold a log against.
fn against(words: &Words<'_>) -> Result<Against, Failure> {
    let key = words
        .value("--key")
        .map(|key| VerifierKey::parse(key).map_err(|fault| Failure::Usage(format!("`--key` has the form `name+id+key`: {fault}"))));
    let earlier = words.value("--checkpoint").map(|path| {
        Signed::parse(&read_bytes(path)?).map_err(|fault| Failure::Work(format!("`{path}` is no checkpoint: {fault}")))
    });
    let cards = words.value("--cards").map(|path| Cards::read(open(path)?).map_err(|error| unreadable(path, &error)));
    Ok(Against { key: key.transpose()?, earlier: earlier.transpose()?, cards: cards.transpose()? })
}

/// An entry in a line.
fn line_of(entry: &Entry) -> String {
    let PageEntry { index, at, page, adapter, decisions, .. } = match entry {
        Entry::Page(entry) => &**entry,
        Entry::Event(event) => return format!("{}  {}  {}\n", event.index, event.at, event.kind),
    };
    let taken: Vec<&str> = decisions.iter().filter(|line| line.taken).map(|line| line.field.as_str()).collect();
    let held = decisions.iter().filter(|line| line.present && !line.taken).count();
    let what = if taken.is_empty() { "nothing taken".to_owned() } else { format!("took {}", taken.join(", ")) };
    format!("{index}  {at}  {page} ({adapter}): {what}; {held} held back\n")
}

/// What is wrong, one fault a line.
pub(super) fn told_faults(path: &str, verdict: &Verdict) -> String {
    let mut lines: Vec<String> =
        verdict.faults.iter().take(MOST_FAULTS).map(|fault| format!("log not verified: {path}, {fault}")).collect();
    let more = verdict.untold + verdict.faults.len().saturating_sub(MOST_FAULTS) as u64;
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

/// What a sound log comes to.
fn told(verdict: &Verdict, against: &Against) -> String {
    let mut lines = Vec::new();
    if let Some(checkpoint) = &verdict.checkpoint {
        lines.push(format!("log {}", checkpoint.origin));
    }
    lines.push(format!("root {}", hex(&verdict.root)));
    for signer in &verdict.signers {
        let key = &signer.key;
        lines.push(match signer.named_by {
            _ if against.key.as_ref() == Some(key) => format!("signed by the key that was given: {key}"),
            Some(entry) => format!("signed by the key that entry {entry} names; whose it is the log cannot prove: {key}"),
            None => format!("signed by {key}"),
        });
    }
    if verdict.signers.is_empty() {
        lines.push("signed by nobody who is known: who wrote the log is not proved".to_owned());
    }
    if let (Some(earlier), Some(signers)) = (&against.earlier, verdict.earlier_signers) {
        let signed = if signers == 0 { "that nobody who is known signed" } else { "that is signed" };
        lines.push(format!("begins as it was at a checkpoint of {} entries {signed}", earlier.checkpoint.size));
    }
    if let Some(cards) = verdict.cards {
        lines.push(format!("{} as captured, and none that is gone or missing", count(cards, "card", "cards")));
    }
    let settings = count(verdict.settings, "text of settings", "texts of settings");
    lines.push(format!("log verified: {} entries, {settings}\n", verdict.entries));
    lines.join("\n")
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
