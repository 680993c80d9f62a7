//! What a line of an exported log says by itself: of which kind it is, and whether it is in its one form. Nothing here depends on another line, so lines are
//! examined on all cores.

use base64ct::{Base64, Encoding};
use memchr::memmem;

use super::log::{CheckpointLine, HashesLine, SettingsLine, VERSION};
use super::tree::leaf_hashes;
use super::{Entry, Line};
use crate::digest::Hash;
use crate::json::{Problem, Read, from_canonical};

/// The longest entry in bytes: what a bundle of c2sp.org/tlog-tiles can hold.
const LONGEST_ENTRY: usize = 65_535;

/// How lines begin that are no entries.
const CHECKPOINT: &[u8] = b"{\"checkpoint\":";
const HASHES: &[u8] = b"{\"hashes\":";
const SETTINGS: &[u8] = b"{\"settings\":";
/// A checkpoint of version 1.
const ROOT: &[u8] = b"{\"root\":";

/// A line, or why it is not what it begins as.
pub(super) enum Part {
    /// Whatever begins like nothing else.
    Entry(Examined),
    /// The hashes of a tile.
    Hashes(Result<Noted, String>),
    /// The text of settings that entries name.
    Settings(Result<String, String>),
    /// The last line: the text of a checkpoint.
    Checkpoint(Result<String, String>),
}

/// What can be known of bytes alone, if they are to be an entry.
pub(super) struct Examined {
    pub leaf: Hash,
    pub read: Result<Entry, String>,
}

/// The hashes of a tile, as they are noted in a log.
pub(super) struct Noted {
    pub level: u32,
    pub tile: u64,
    pub hashes: Vec<Hash>,
}

impl Examined {
    /// Entries are hashed side by side.
    pub(super) fn of(all: &[&[u8]]) -> Vec<Self> {
        let mut known = Known::none();
        leaf_hashes(all).into_iter().zip(all).map(|(leaf, bytes)| Self { leaf, read: read_entry(bytes, &mut known) }).collect()
    }
}

impl Part {
    /// What each line says.
    pub(super) fn of(lines: &[&[u8]]) -> Vec<Self> {
        let (mut parts, mut entries) = (Vec::with_capacity(lines.len()), Vec::with_capacity(lines.len()));
        for line in lines {
            let part = Self::of_another(line);
            if part.is_none() {
                entries.push(*line);
            }
            parts.push(part);
        }
        let mut examined = Examined::of(&entries).into_iter().map(Self::Entry);
        // There is one for each line that is nothing else.
        parts.into_iter().filter_map(|part| part.or_else(|| examined.next())).collect()
    }

    /// A line that begins as one that is no entry.
    fn of_another(line: &[u8]) -> Option<Self> {
        if line.starts_with(CHECKPOINT) {
            Some(Self::Checkpoint(checkpoint_in(line)))
        } else if line.starts_with(HASHES) {
            Some(Self::Hashes(hashes_in(line).map_err(|what| format!("the hashes of entries cannot be read: {what}"))))
        } else if line.starts_with(SETTINGS) {
            let settings = read_line::<SettingsLine>(line).map(|line| line.settings);
            Some(Self::Settings(settings.map_err(|what| format!("the settings cannot be read: {what}"))))
        } else if line.starts_with(ROOT)
            && str::from_utf8(line).is_ok_and(|line| line.ends_with('}') && line.contains("\"scruple_log\":1"))
        {
            Some(Self::Checkpoint(Err(of_version(1))))
        } else {
            None
        }
    }
}

fn checkpoint_in(line: &[u8]) -> Result<String, String> {
    match read_line::<CheckpointLine>(line) {
        Ok(CheckpointLine { checkpoint, scruple_log: VERSION }) => Ok(checkpoint),
        Ok(CheckpointLine { scruple_log, .. }) => Err(of_version(scruple_log)),
        Err(what) => Err(format!("the line of the checkpoint cannot be read: {what}")),
    }
}

fn of_version(version: u32) -> String {
    format!("the log is of version {version}, and only {VERSION} is known")
}

fn hashes_in(line: &[u8]) -> Result<Noted, String> {
    let HashesLine { level, tile, hashes } = read_line(line)?;
    let bytes = Base64::decode_vec(&hashes).map_err(|_| "they are not base64".to_owned())?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    if rest.is_empty() { Ok(Noted { level, tile, hashes: hashes.to_vec() }) } else { Err("they are not whole hashes".into()) }
}

/// Whether a line begins as a checkpoint does.
pub(super) fn is_like_a_checkpoint(line: &[u8]) -> bool {
    line.starts_with(CHECKPOINT)
}

/// Whether a line begins as entries do, which have their keys in order, rather than as other lines; a byte of it may be wrong.
pub(super) fn is_like_an_entry(line: &[u8]) -> bool {
    let off = |start: &&[u8]| line.iter().zip(start.iter()).take(8).filter(|(one, other)| one != other).count();
    let entries: [&[u8]; 3] = [b"{\"adapter\":", b"{\"at\":\"", b"{\"cards\":"];
    entries.iter().map(off).min() <= [CHECKPOINT, HASHES, SETTINGS].iter().map(off).min()
}

/// An entry from its bytes, if it is one and in its one form.
fn read_entry<'a>(bytes: &'a [u8], known: &mut Known<'a>) -> Result<Entry, String> {
    if bytes.len() > LONGEST_ENTRY {
        return Err(format!("an entry has at most {LONGEST_ENTRY} bytes, and this has {}", bytes.len()));
    }
    let text = text_of(bytes)?;
    known.read(text).map_err(|problem| match problem {
        Some(problem) => format!("not an entry: column {}: {}", problem.column, problem.what),
        None => {
            let end = if text.ends_with('\r') { ": its line ends with a carriage return" } else { "" };
            format!("the entry is not in canonical form{end}")
        }
    })
}

/// Decisions that stood in entries a moment ago, by their text. Most pages of a site are decided alike, and decisions are more than half of an entry: what came
/// twice is not read again.
struct Known<'a> {
    /// Looks for where decisions begin.
    begin: memmem::Finder<'static>,
    /// Looks for where they may end.
    end: memmem::Finder<'static>,
    /// Texts of decisions, and what those say that came twice.
    decisions: Vec<(&'a str, Option<Vec<Line>>)>,
    /// Whose place the next takes, once there are [`MOST_KNOWN`].
    next: usize,
}

/// How many texts of decisions are known at most.
const MOST_KNOWN: usize = 32;

/// What stands before decisions.
const BEFORE: &str = ",\"decisions\":";

impl<'a> Known<'a> {
    fn none() -> Self {
        let [begin, end] = [BEFORE, "],\""].map(memmem::Finder::new);
        Self { begin, end, decisions: Vec::new(), next: 0 }
    }

    /// Reads an entry as it is read without all this.
    fn read(&mut self, text: &'a str) -> Result<Entry, Option<Problem>> {
        let Some((before, decisions, behind)) = self.parted(text) else { return from_canonical(text) };
        match self.decisions.iter_mut().find(|(text, _)| *text == decisions) {
            Some((_, Some(known))) => {
                // An array stands where another could.
                let mut read = from_canonical(&[before, "[]", behind].concat());
                match &mut read {
                    Ok(Entry::Page(entry)) => entry.decisions.clone_from(known),
                    _ => read = from_canonical(text),
                }
                read
            }
            Some((_, unread)) => {
                let read = from_canonical(text);
                if let Ok(Entry::Page(entry)) = &read
                    // The text that was cut out is all of them, and nothing else.
                    && from_canonical::<Vec<Line>>(decisions).is_ok_and(|lines| lines == entry.decisions)
                {
                    *unread = Some(entry.decisions.clone());
                }
                read
            }
            None => {
                match self.decisions.get_mut(self.next) {
                    Some(before) => *before = (decisions, None),
                    None => self.decisions.push((decisions, None)),
                }
                self.next = (self.next + 1) % MOST_KNOWN;
                from_canonical(text)
            }
        }
    }

    /// An entry in front of its decisions, those, and what stands behind them; nothing, where they cannot be seen at a glance.
    fn parted<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str, &'t str)> {
        let from = self.begin.find(text.as_bytes())? + BEFORE.len();
        let rest = text.as_bytes().get(from..)?;
        let end =
            self.end.find_iter(rest).map(|at| at + 1).find(|at| {
                rest.get(*at..).is_some_and(|rest| rest.starts_with(b",\"id\":\"") || rest.starts_with(b",\"hosts\":["))
            })?;
        Some((text.get(..from)?, text.get(from..from + end)?, text.get(from + end..)?))
    }
}

fn text_of(bytes: &[u8]) -> Result<&str, String> {
    str::from_utf8(bytes).map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to()))
}

/// Another line than an entry, if it is one and in its one form.
fn read_line<T: Read + serde::Serialize>(bytes: &[u8]) -> Result<T, String> {
    let text = text_of(bytes)?;
    from_canonical(text).map_err(|problem| match problem {
        Some(problem) => format!("column {}: {}", problem.column, problem.what),
        None => "it is not in canonical form".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{from_str, to_canonical};
    use crate::ledger::PageEntry;

    /// Entries that differ in what was decided, and in what stands around that.
    fn entries() -> Vec<String> {
        let none = PageEntry::sample();
        let line: Line = from_str(
            r#"{"audience":"public_web","codes":["allow.public"],"decision":"allow","evidence":[{"bound":"public_web","kind":"viewer_relation"}],
            "field":"name","present":true,"rules":["work"],"taken":true}"#,
        )
        .unwrap();
        let sample = PageEntry { decisions: vec![line], ..none.clone() };
        let twice = PageEntry { decisions: [&*sample.decisions, &*sample.decisions].concat(), ..sample.clone() };
        let mut hosted = sample.clone();
        hosted.hosts.insert("a.example".into());
        let later = PageEntry { index: 7, id: "0f".repeat(16), ..twice.clone() };
        [sample, none, twice, hosted, later].iter().map(|entry| to_canonical(entry).unwrap()).collect()
    }

    #[test]
    fn what_is_known_changes_nothing_about_what_is_read() {
        let entries = entries();
        assert!(entries[0].contains("\"decisions\":[{"), "{}", entries[0]);
        let mut texts = entries.clone();
        for (at, entry) in entries.iter().enumerate() {
            // Decisions of another, none, twice, in another form, and somewhere else.
            let (before, decisions, behind) = Known::none().parted(entry).unwrap();
            let (_, others, _) = Known::none().parted(&entries[(at + 1) % entries.len()]).unwrap();
            for decisions in
                [others, "", "{}", "[]", "[ ]", &format!(" {decisions}"), &format!("{decisions},\"decisions\":{decisions}")]
            {
                texts.push([before, decisions, behind].concat());
            }
            texts.push(entry.replacen(
                "\"basis\":null",
                &format!("\"basis\":{{\"x\":1,\"decisions\":{decisions},\"id\":\"\"}}"),
                1,
            ));
            for place in 0..entry.len() {
                for with in [' ', '"', ']', ',', 'x'] {
                    let mut text = entry.clone();
                    text.replace_range(place..=place, &with.to_string());
                    texts.push(text);
                }
            }
        }
        let (mut known, mut read) = (Known::none(), 0);
        // What came twice is known, and stays so while few others come; and the other way round, where many do.
        for text in
            entries.iter().chain(&entries).chain(&entries).chain(&texts).chain(texts.iter().flat_map(|text| [&entries[0], text]))
        {
            let found = known.read(text);
            read += usize::from(found.is_ok());
            assert_eq!(found, from_canonical::<Entry>(text), "{text}");
        }
        assert!(read > 2 * entries.len() && known.decisions.len() == MOST_KNOWN, "{read} {}", known.decisions.len());
        assert!(known.decisions.iter().any(|(_, lines)| lines.is_some()), "nothing was known");
    }
}
