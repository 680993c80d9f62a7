//! Checking a log as it goes by, in constant memory: what is kept is the edge of the tree, the tiles under way, and one line for each text of settings
//! and each key.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use super::blame::Tiles;
use super::checkpoint::{Checkpoint, ORIGIN, Signed};
use super::lines::{self, End, Line};
use super::note::VerifierKey;
use super::part::{Examined, Noted, Part, is_like_a_checkpoint, is_like_an_entry};
use super::{Cards, Entry, Event, EventKind, Tree};
use crate::digest::{Hash, hex, named};
use crate::sorted::Map;
use crate::time::millis;

/// The longest line in bytes: settings are two texts that people write.
const LONGEST_LINE: usize = 1 << 22;

/// How many faults are told; the others are counted.
const MOST_FAULTS: usize = 100;

/// What a log is held against, beside itself.
#[derive(Clone, Debug, Default)]
pub struct Against {
    /// A key that must have signed the checkpoint.
    pub key: Option<VerifierKey>,
    /// An earlier checkpoint of the same log, kept elsewhere.
    pub earlier: Option<Signed>,
    /// The cards that are there.
    pub cards: Option<Cards>,
}

/// What goes by.
#[derive(Debug)]
pub enum Seen<'a> {
    /// An entry, in order. Whether it is the right one is known only at the end.
    Entry {
        /// What it says.
        entry: &'a Entry,
        /// How it stands in the log: what its hash is of.
        bytes: &'a [u8],
    },
    /// A text of settings that entries name, and its hash.
    Settings {
        /// What entries name it by.
        hash: String,
        /// The text.
        text: String,
    },
    /// The checkpoint, as it was written: a signed note, or its text alone.
    Checkpoint(String),
}

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// On a line of a log, from 1.
    Line(usize),
    /// In a file of a folder.
    File(String),
}

impl core::fmt::Display for Place {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::File(path) => write!(f, "`{path}`"),
        }
    }
}

/// What is wrong with a log, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFault {
    /// Where it shows.
    pub place: Place,
    /// The entry it is about, from 0.
    pub entry: Option<u64>,
    /// What is wrong.
    pub what: String,
}

impl core::fmt::Display for LogFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.entry {
            Some(entry) => write!(f, "{}, entry {entry}: {}", self.place, self.what),
            None => write!(f, "{}: {}", self.place, self.what),
        }
    }
}

impl core::error::Error for LogFault {}

/// A key that signed the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The key.
    pub key: VerifierKey,
    /// The last entry that names it. None: it is known from elsewhere.
    pub named_by: Option<u64>,
}

/// What checking a log came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What is wrong, in the order of the log. Empty: the log is sound.
    pub faults: Vec<LogFault>,
    /// How many more faults there are.
    pub untold: u64,
    /// How many entries there are.
    pub entries: u64,
    /// How many texts of settings there are.
    pub settings: usize,
    /// The root of the tree of the entries.
    pub root: Hash,
    /// The checkpoint at the end.
    pub checkpoint: Option<Checkpoint>,
    /// The keys that signed it. None of them: nobody signed, or nobody who is known.
    pub signers: Vec<Signer>,
    /// How many of those who signed the earlier checkpoint are known, if there is one.
    pub earlier_signers: Option<usize>,
    /// How many cards were compared.
    pub cards: Option<usize>,
}

/// A fault, before it is known which ones follow from others.
struct Fault {
    fault: LogFault,
    /// The entry that is as likely to be wrong. If something else speaks against that one, this is nothing of its own.
    or_else: Option<u64>,
}

/// An entry whose index is not the next, until it is known whether something is missing before it or it does not belong here.
struct Odd {
    place: Place,
    index: u64,
    expected: u64,
    leaf: Hash,
}

/// A line that cannot be read where an entry could stand.
struct Unread {
    place: Place,
    what: String,
    /// Whether it begins as entries do, rather than as other lines.
    is_like_an_entry: bool,
}

/// How many leaves are added to the tree at once.
const LOT: usize = 256;

/// Checks the parts of a log as they come, whatever form it has on paper.
pub(super) struct Checker<'a> {
    against: &'a Against,
    cards: Option<Cards>,
    seen: &'a mut dyn FnMut(Seen),
    faults: Vec<Fault>,
    untold: u64,
    tree: Tree,
    /// The leaves that are to be added to it.
    leaves: Vec<Hash>,
    tiles: Tiles,
    /// The index the next entry should have.
    next: u64,
    odd: Option<Odd>,
    unread: Vec<Unread>,
    last_leaf: Option<Hash>,
    last_at: Option<(u64, u64)>,
    /// For each hash of settings that an entry names, the first to do so; none for those that only events name.
    named: BTreeMap<String, Option<u64>>,
    settings: BTreeMap<String, ()>,
    keys: Vec<(u64, VerifierKey)>,
    earlier_root: Option<Hash>,
    checkpoint: Option<(Place, Signed)>,
}

impl<'a> Checker<'a> {
    pub fn new(against: &'a Against, seen: &'a mut dyn FnMut(Seen)) -> Self {
        let mut new = Self {
            against,
            cards: against.cards.clone(),
            seen,
            faults: Vec::new(),
            untold: 0,
            tree: Tree::default(),
            leaves: Vec::new(),
            tiles: Tiles::default(),
            next: 0,
            odd: None,
            unread: Vec::new(),
            last_leaf: None,
            last_at: None,
            named: BTreeMap::new(),
            settings: BTreeMap::new(),
            keys: Vec::new(),
            earlier_root: None,
            checkpoint: None,
        };
        new.grow();
        new
    }

    pub fn fault(&mut self, place: &Place, entry: Option<u64>, what: impl Into<String>) {
        self.fault_or(place, entry, what, None);
    }

    fn fault_or(&mut self, place: &Place, entry: Option<u64>, what: impl Into<String>, or_else: Option<u64>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault { fault: LogFault { place: place.clone(), entry, what: what.into() }, or_else });
        } else {
            self.untold += 1;
        }
    }

    /// Whether the tree has grown to the size of the earlier checkpoint.
    fn is_as_earlier(&self) -> bool {
        let size = self.tree.size() + self.leaves.len() as u64;
        self.against.earlier.as_ref().is_some_and(|earlier| earlier.checkpoint.size == size)
    }

    fn push(&mut self, leaf: Hash) {
        self.leaves.push(leaf);
        if self.leaves.len() == LOT || self.is_as_earlier() {
            self.grow();
        }
    }

    /// Adds to the tree what is to be added.
    fn grow(&mut self) {
        self.tree.extend(std::mem::take(&mut self.leaves));
        if self.is_as_earlier() {
            self.earlier_root = Some(self.tree.root());
        }
    }

    /// Many bytes that stand one after the other where entries may stand.
    pub fn entries(&mut self, place: &Place, all: &[&[u8]]) {
        for (bytes, examined) in all.iter().zip(&Examined::of(all)) {
            self.examined(place, bytes, examined);
        }
    }

    /// Bytes that stand where an entry may stand, with what can be known of them alone.
    fn examined(&mut self, place: &Place, bytes: &[u8], Examined { leaf, read }: &Examined) {
        let leaf = *leaf;
        if self.tiles.ended() {
            let what = if read.is_ok() {
                "an entry stands behind the end of the entries".into()
            } else {
                "this is neither hashes nor settings nor the checkpoint, and nothing else may stand here".to_owned()
            };
            return self.fault(place, None, what);
        }
        if let Some((level, tile)) = self.tiles.due() {
            let entries = Tiles::entries_of(level, tile);
            self.settle_odd(None);
            self.fault(
                place,
                None,
                format!("the hashes of the entries {} to {} should stand here", entries.start, entries.end.saturating_sub(1)),
            );
            self.tiles.missing(place);
            if read.is_err() {
                return;
            }
        }
        match read {
            Err(what) => {
                self.settle_odd(None);
                self.push(leaf);
                if self.unread.len() < MOST_FAULTS {
                    self.unread.push(Unread {
                        place: place.clone(),
                        what: what.clone(),
                        is_like_an_entry: is_like_an_entry(bytes),
                    });
                } else {
                    self.untold += 1;
                }
            }
            Ok(entry) => {
                self.push(leaf);
                self.place(place, entry, leaf);
                self.content(place, entry);
                (self.seen)(Seen::Entry { entry, bytes });
            }
        }
    }

    /// Finds out which place in the log an entry has.
    fn place(&mut self, place: &Place, entry: &Entry, leaf: Hash) {
        let index = entry.index();
        self.settle_odd(Some(index));
        let from = self.next;
        self.settle_unread_as_entries();
        let repeats = self.last_leaf == Some(leaf);
        self.last_leaf = Some(leaf);
        // Of several lines that could not be read some may have been parts of one entry.
        if index == self.next || (from..self.next).contains(&index) {
            self.stand(place, index, leaf);
        } else if repeats {
            self.fault(place, Some(index), "it stands here twice");
        } else {
            self.odd = Some(Odd { place: place.clone(), index, expected: self.next, leaf });
        }
    }

    fn stand(&mut self, place: &Place, index: u64, leaf: Hash) {
        if !self.tiles.entry(index, leaf, place) {
            self.fault(
                place,
                None,
                format!("the hashes of the 256 entries up to entry {} should stand before this", index / 256 * 256 - 1),
            );
            self.tiles.missing(place);
            // Where more than a tile is missing, so is more than its hashes, which is told.
            self.tiles.entry(index, leaf, place);
        }
        self.next = index.saturating_add(1);
    }

    /// Tells what is wrong about an entry with an unexpected index, now that the next one is known.
    fn settle_odd(&mut self, following: Option<u64>) {
        let Some(Odd { place, index, expected, leaf }) = self.odd.take() else { return };
        let stands = format!("entry {index} stands where entry {expected} should");
        if following == Some(expected) {
            self.fault(&place, Some(index), format!("it does not belong here: {stands}"));
        } else if index > expected
            && following.is_none_or(|following| following == index.saturating_add(1))
            && !self.ends_at(expected)
        {
            let what = match index.saturating_sub(1) {
                last if last == expected => format!("it is missing: entry {index} stands in its place"),
                last => format!("the entries {expected} to {last} are missing: entry {index} stands in their place"),
            };
            self.fault(&place, Some(expected), what);
            self.stand(&place, index, leaf);
        } else {
            self.fault(&place, Some(expected), stands);
            self.stand(&place, expected, leaf);
        }
    }

    /// Whether an entry is the last of a tile: then no other index follows it that would tell more.
    fn ends_at(&self, index: u64) -> bool {
        index % 256 == 255
    }

    /// Lines that could not be read stand where entries should.
    fn settle_unread_as_entries(&mut self) {
        for Unread { place, what, .. } in std::mem::take(&mut self.unread) {
            self.fault(&place, Some(self.next), what);
            self.next = self.next.saturating_add(1);
        }
    }

    /// What an entry says, apart from its place.
    fn content(&mut self, place: &Place, entry: &Entry) {
        let index = entry.index();
        if entry.form() != 1 {
            self.fault(place, Some(index), format!("its form is of version {}, and only 1 is known", entry.form()));
        }
        match entry {
            Entry::Page(page) => match self.named.get_mut(&page.policy) {
                Some(first) => _ = first.get_or_insert(index),
                None => _ = self.named.insert(page.policy.clone(), Some(index)),
            },
            Entry::Event(event) => {
                if let Some(what) = event.fault() {
                    self.fault(place, Some(index), what);
                }
                match event.kind {
                    EventKind::PolicyChanged => {
                        for hash in event.from.iter().chain(&event.to) {
                            self.named.entry(hash.clone()).or_default();
                        }
                    }
                    EventKind::KeyChanged => self.key(place, event),
                    _ => {}
                }
            }
        }
        self.time(place, entry);
        if let Some(cards) = &mut self.cards {
            cards.note(entry);
        }
    }

    fn key(&mut self, place: &Place, event: &Event) {
        let last = self.keys.last().map(|(by, key)| (*by, key.to_string()));
        if event.from.as_deref() != last.as_ref().map(|(_, key)| key.as_str()) {
            let what = "the key it names as the one before is not the one that the log named last";
            self.fault_or(place, Some(event.index), what, last.map(|(by, _)| by));
        }
        match event.to.as_deref().map(VerifierKey::parse) {
            Some(Ok(key)) => self.keys.push((event.index, key)),
            Some(Err(fault)) => self.fault(place, Some(event.index), format!("the key it names cannot be read: {fault}")),
            None => {}
        }
    }

    fn time(&mut self, place: &Place, entry: &Entry) {
        // What stands at a wrong place says nothing about those beside it.
        if self.odd.is_some() {
            return;
        }
        let index = entry.index();
        let Some(at) = millis(entry.at()) else {
            return self.fault(place, Some(index), "its time is no time in UTC such as `2026-03-01T09:30:00Z`");
        };
        if let Entry::Event(Event { kind: EventKind::ClockAnomaly, from: Some(from), to: Some(to), .. }) = entry {
            let before = self.last_at.map_or(0, |(_, at)| at);
            match (millis(from), millis(to)) {
                (Some(from), Some(to)) if to < from && from >= before && to <= at => {}
                _ => self.fault(
                    place,
                    Some(index),
                    "the times of the clock do not fit: it went from what it said last back to what it says now",
                ),
            }
        } else if let Some((other, before)) = self.last_at
            && at < before
        {
            let what = format!("its time lies before that of entry {other}, and no entry tells of a clock that went backwards");
            self.fault_or(place, Some(index), what, Some(other));
        }
        self.last_at = Some((index, at));
    }

    /// The hashes of a tile, from bytes or the word of why they cannot be read.
    pub fn hashes(&mut self, place: &Place, level: u32, tile: u64, hashes: Vec<Hash>) {
        self.settle_odd(None);
        if self.has_settings() {
            return self.fault(place, None, "hashes of entries stand behind settings");
        }
        if level == 0 {
            // Entries that cannot be read have hashes all the same. What has none was no entry.
            self.settle_unread_as_entries();
        } else {
            self.settle_unread();
        }
        let beyond = if level == 0 { self.tiles.beyond(hashes.len()) } else { None };
        let is_full = hashes.len() == super::tiles::WIDTH;
        match self.tiles.noted(level, tile, hashes, place) {
            Ok(()) => {
                // Those that could not be read were told of.
                if let Some(missing) = beyond.filter(|missing| missing.end > self.next) {
                    let first = missing.start.max(self.next);
                    let what = match missing.end - first {
                        1 => "it is missing: its hash stands here".to_owned(),
                        _ => format!("the entries {first} to {} are missing: their hashes stand here", missing.end - 1),
                    };
                    self.fault(place, Some(first), what);
                    self.next = missing.end;
                }
            }
            Err(what) => {
                self.fault(place, None, what);
                if is_full && self.tiles.due().is_some() {
                    self.tiles.missing(place);
                }
            }
        }
    }

    /// Hashes should stand here, and do not.
    pub fn unreadable_hashes(&mut self, place: &Place, what: String) {
        self.settle_odd(None);
        self.settle_unread_as_entries();
        self.fault(place, None, what);
        if self.tiles.due().is_some() {
            self.tiles.missing(place);
        }
    }

    /// The tile whose hashes are to come next, if one must.
    pub fn due(&self) -> Option<(u32, u64)> {
        self.tiles.due()
    }

    /// Lines that could not be read behind the last entry: the hashes of the last tile may stand there too.
    fn settle_unread(&mut self) {
        for Unread { place, what, is_like_an_entry } in std::mem::take(&mut self.unread) {
            if is_like_an_entry {
                self.fault(&place, Some(self.next), what);
                self.next = self.next.saturating_add(1);
            } else {
                self.fault(&place, None, format!("this is neither an entry nor the hashes of the last entries: {what}"));
            }
        }
    }

    /// A text of settings.
    pub fn settings(&mut self, place: &Place, text: String) {
        self.settle_odd(None);
        self.settle_unread();
        let hash = named(&text);
        if !self.named.contains_key(&hash) {
            return self.fault(place, None, "no entry names these settings: they were changed or added");
        }
        if self.settings.insert(hash.clone(), ()).is_some() {
            return self.fault(place, None, "these settings stand here twice");
        }
        (self.seen)(Seen::Settings { hash, text });
    }

    /// Whether settings were seen: no entry may follow.
    pub fn has_settings(&self) -> bool {
        !self.settings.is_empty()
    }

    /// The checkpoint, as a note or as its text alone.
    pub fn checkpoint(&mut self, place: &Place, note: &[u8]) {
        self.settle_odd(None);
        self.settle_unread();
        match Signed::parse(note) {
            Err(fault) => self.fault(place, None, format!("the checkpoint cannot be read: {fault}")),
            Ok(signed) => {
                self.checkpoint = Some((place.clone(), signed));
                (self.seen)(Seen::Checkpoint(String::from_utf8_lossy(note).into_owned()));
            }
        }
    }

    /// Whether an entry may come next.
    fn expects_an_entry(&self) -> bool {
        self.tiles.due().is_none() && !self.tiles.ended() && !self.has_settings()
    }

    /// The index of the last entry, as far as is known.
    pub fn last(&self) -> Option<u64> {
        self.next.saturating_add(self.unread.len() as u64).checked_sub(1)
    }

    /// What it all comes to. `end` is where the log ends.
    pub fn finish(mut self, end: &Place) -> Verdict {
        self.settle_odd(None);
        self.settle_unread();
        self.grow();
        let checkpoint = self.checkpoint.take();
        let place = checkpoint.as_ref().map_or(end, |(place, _)| place).clone();
        let signed = checkpoint.map(|(_, signed)| signed);
        let root = self.tree.root();
        let signers = signed.as_ref().map(|signed| self.signers(&place, signed)).unwrap_or_default();
        let said = signed.as_ref().map(|signed| signed.checkpoint.root);
        for blame in self.tiles.blamed(said.as_ref(), &root) {
            self.fault(&blame.place, blame.entry, blame.what);
        }
        self.untold += self.tiles.more();
        if let Some((level, tile)) = self.tiles.lacks() {
            self.fault(&place, None, format!("tile {tile} of level {level} is missing: the hashes of the last entries"));
        }
        let unseen: Vec<u64> =
            self.named.iter().filter(|(hash, _)| !self.settings.contains_key(*hash)).filter_map(|(_, entry)| *entry).collect();
        for entry in unseen {
            self.fault(&place, Some(entry), "the settings that it names are not in the log");
        }
        let mut earlier_signers = None;
        if let Some(signed) = &signed {
            self.origin(&place, &signed.checkpoint);
            earlier_signers = self.earlier(&place, &signed.checkpoint);
            self.root(&place, &signed.checkpoint, &root);
        }
        if let Some(cards) = self.cards.take() {
            for fault in cards.faults() {
                self.fault(&place, fault.entry, fault.what);
            }
        }
        let blamed: Vec<Option<u64>> =
            self.faults.iter().filter(|fault| fault.or_else.is_none()).map(|fault| fault.fault.entry).collect();
        self.faults.retain(|fault| fault.or_else.is_none_or(|other| !blamed.contains(&Some(other))));
        let mut faults: Vec<LogFault> = self.faults.into_iter().map(|fault| fault.fault).collect();
        if faults.iter().all(|fault| matches!(fault.place, Place::Line(_))) {
            faults.sort_by(|one, other| one.place.cmp(&other.place));
        }
        Verdict {
            faults,
            untold: self.untold,
            entries: self.tree.size(),
            settings: self.settings.len(),
            root,
            checkpoint: signed.map(|signed| signed.checkpoint),
            signers,
            earlier_signers,
            cards: self.against.cards.as_ref().map(Cards::count),
        }
    }

    fn origin(&mut self, place: &Place, checkpoint: &Checkpoint) {
        let id = checkpoint.origin.strip_prefix(ORIGIN).unwrap_or_default();
        if id.is_empty() || id.contains(|c: char| c.is_whitespace() || c == '+') {
            self.fault(place, None, format!("the origin of the checkpoint is not `{ORIGIN}` and an id"));
        }
    }

    /// Whoever signed the checkpoint, of those who are known; a fault if somebody who should have did not.
    fn signers(&mut self, place: &Place, signed: &Signed) -> Vec<Signer> {
        let last = self.keys.last().cloned();
        let wanted: Vec<VerifierKey> = last.iter().map(|(_, key)| key).chain(&self.against.key).cloned().collect();
        let keys = match signed.note.as_ref().map(|note| note.verify(&wanted)) {
            None => Vec::new(),
            Some(Ok(keys)) => keys,
            Some(Err(fault)) => {
                self.fault(place, None, format!("the checkpoint is not signed: {fault}"));
                return Vec::new();
            }
        };
        if let Some((entry, key)) = last.as_ref().filter(|(_, key)| !keys.contains(&key)) {
            let what = format!("the key `{}`, which entry {entry} names, did not sign the checkpoint", key.name());
            self.fault_or(place, None, what, Some(*entry));
        }
        if let Some(key) = self.against.key.as_ref().filter(|key| !keys.contains(key)) {
            self.fault(place, None, format!("the key `{}` was to have signed the checkpoint, and did not", key.name()));
        }
        let named_by = |key: &VerifierKey| last.as_ref().filter(|(_, last)| last == key).map(|(entry, _)| *entry);
        keys.into_iter().map(|key| Signer { key: key.clone(), named_by: named_by(key) }).collect()
    }

    /// Holds the log against an earlier checkpoint; gives back how many of those who signed that one are known.
    fn earlier(&mut self, place: &Place, now: &Checkpoint) -> Option<usize> {
        let Signed { checkpoint: earlier, note } = self.against.earlier.as_ref()?;
        let known: Vec<VerifierKey> = self.keys.iter().map(|(_, key)| key).chain(&self.against.key).cloned().collect();
        let signers = match note.as_ref().map(|note| note.verify(&known)) {
            Some(Err(fault)) => {
                self.fault(place, None, format!("the earlier checkpoint is none of this log: {fault}"));
                return None;
            }
            Some(Ok(signers)) => signers.len(),
            None => 0,
        };
        let (size, found) = (earlier.size, self.tree.size());
        if earlier.origin != now.origin {
            let what = format!("the earlier checkpoint is of the log `{}`, and this is `{}`", earlier.origin, now.origin);
            self.fault(place, None, what);
        } else if found < size {
            let what = format!("the log was cut: it had {size} entries at the earlier checkpoint, and has {found}");
            self.fault(place, Some(found), what);
        } else if self.earlier_root != Some(earlier.root) {
            let last = size.saturating_sub(1);
            let what = format!("the past was rewritten: the entries 0 to {last} are not those of the earlier checkpoint");
            self.fault(place, None, what);
        }
        Some(signers)
    }

    /// Holds the tree against the checkpoint.
    fn root(&mut self, place: &Place, checkpoint: &Checkpoint, root: &Hash) {
        let (size, found) = (checkpoint.size, self.tree.size());
        if size != found {
            let what = if found < size && self.next <= found {
                format!("the checkpoint counts {size} entries, and there are {found}: the last are missing")
            } else {
                format!("the checkpoint counts {size} entries, and there are {found}")
            };
            self.fault(place, (found < size).then_some(self.next).filter(|next| *next < size), what);
        } else if checkpoint.root != *root
            && !self.tiles.has_doubts()
            && self.faults.iter().all(|fault| fault.fault.entry.is_none())
        {
            let (first, last) = (self.against.earlier.as_ref(), size.saturating_sub(1));
            let known = match first.map(|earlier| &earlier.checkpoint) {
                Some(earlier) if earlier.size <= size && self.earlier_root == Some(earlier.root) && earlier.size > 0 => {
                    format!("up to entry {} they are those of the earlier checkpoint", earlier.size - 1)
                }
                _ => "no single one can be blamed".to_owned(),
            };
            let what = format!(
                "the entries 0 to {last} and the hashes noted of them agree, and the checkpoint is of another tree: it says {}, and they give {}; {known}",
                hex(&checkpoint.root),
                hex(root),
            );
            self.fault(place, None, what);
        }
    }
}

/// Checks an exported log (`.scruplelog`) as it is read: that every entry is well formed, canonical and in its place, that times and keys follow each
/// other, that the settings entries name are there and unchanged, that all entries together are the tree of the checkpoint, that it is signed by whom the
/// log or `against` names, and whatever else `against` asks for. What goes by is handed out, whether or not it turns out to be right at the end.
///
/// # Errors
/// Only if the reader fails. What is wrong with the log is in the verdict.
pub fn verify(reader: impl BufRead, against: &Against, seen: &mut dyn FnMut(Seen)) -> io::Result<Verdict> {
    let mut checker = Checker::new(against, seen);
    let mut number = 0;
    let mut ended = false;
    lines::each(reader, LONGEST_LINE, &Part::of, &mut |Line { bytes: line, end, examined }| {
        number += 1;
        let place = Place::Line(number);
        match end {
            End::File if ended => return false,
            End::File | End::Cut => {
                let what = match (end, ended) {
                    (_, true) => "something stands behind the checkpoint",
                    (End::Cut, _) if is_like_a_checkpoint(line) => "the log breaks off in its checkpoint",
                    _ => "the log breaks off before its checkpoint",
                };
                // Of a line that has begun the end is missing, or else all of the next.
                let entry = match end {
                    _ if ended => None,
                    End::Cut if checker.expects_an_entry() && is_like_an_entry(line) => {
                        Some(checker.last().map_or(0, |last| last.saturating_add(1)))
                    }
                    _ if end == End::File && checker.expects_an_entry() => checker.last(),
                    _ => None,
                };
                checker.fault(&place, entry, what);
                return false;
            }
            End::TooLong => checker.fault(&place, None, format!("the line is longer than {LONGEST_LINE} bytes")),
            End::Line if ended => {
                checker.fault(&place, None, "something stands behind the checkpoint");
                return false;
            }
            End::Line => ended = check_part(&mut checker, &place, line, examined),
        }
        true
    })?;
    Ok(checker.finish(&Place::Line(number)))
}

/// Checks one line of a log; true if it is the last.
fn check_part(checker: &mut Checker<'_>, place: &Place, line: &[u8], part: &Part) -> bool {
    match part {
        Part::Checkpoint(read) => {
            match read {
                Ok(text) => checker.checkpoint(place, text.as_bytes()),
                Err(what) => checker.fault(place, None, what.as_str()),
            }
            return true;
        }
        Part::Hashes(Ok(Noted { level, tile, hashes })) => checker.hashes(place, *level, *tile, hashes.clone()),
        Part::Hashes(Err(what)) => checker.unreadable_hashes(place, what.clone()),
        Part::Settings(Ok(text)) => checker.settings(place, text.clone()),
        Part::Settings(Err(what)) => checker.fault(place, None, what),
        Part::Entry(_) if checker.has_settings() => {
            checker.fault(place, None, "this is neither settings nor the checkpoint, and nothing else may stand here");
        }
        Part::Entry(examined) => checker.examined(place, line, examined),
    }
    false
}

/// What a sound log comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// The texts of the settings that entries name, by their hash.
    pub settings: Map<String, String>,
    /// The root of their tree, in hexadecimal.
    pub root: String,
}

/// Reads an exported log whole, if it is sound.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(text: &str) -> Result<Checked, LogFault> {
    let (mut entries, mut settings) = (Vec::new(), Map::default());
    let verdict = verify(text.as_bytes(), &Against::default(), &mut |seen| match seen {
        Seen::Entry { entry, .. } => entries.push(entry.clone()),
        Seen::Settings { hash, text } => _ = settings.insert(hash, text),
        Seen::Checkpoint(_) => {}
    });
    let verdict = verdict.map_err(|error| LogFault { place: Place::Line(1), entry: None, what: error.to_string() })?;
    match verdict.faults.into_iter().next() {
        Some(fault) => Err(fault),
        None => Ok(Checked { entries, settings, root: hex(&verdict.root) }),
    }
}
