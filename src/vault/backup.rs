//! A backup of the whole state for a new machine: the log, the settings it names, and the cards, sealed with a passphrase.
//!
//! A file is a line of JSON in clear ([`Header`]), then chunks: four bytes with the length of what follows (big endian; the highest bit says that it is the last
//! chunk), then that many bytes, sealed by AES-256-GCM. The key comes from the passphrase by Argon2id (RFC 9106); no two files have the same, as each has a salt of
//! its own. The nonce of a chunk is its number and whether it is the last, and the header is authenticated with each (STREAM: Hoang, Reyhanitabar, Rogaway and
//! Vizár, CRYPTO 2015), so a file that was cut, put together anew or begun by another is noticed. In the chunks are records, a line each ([`Record`]).
//!
//! What signs the log does not leave its machine, nor does what names sources: a new machine has its own. Retention goes on: a deadline is what it was, by the
//! clock and by the age of the log, and a card whose time is over by now is not restored but noted as purged.

use argon2::{Algorithm, Argon2, Params, Version};
use serde::Serialize;

use super::{Change, Held, Row};
use crate::digest::{from_hex, hex, named};
use crate::json::{Json, Problems, Read, from_str, read_with, record, to_canonical};
use crate::ledger::{EventKind, Head, Tree, leaf_hash};
use crate::sorted::Set;
use crate::vocabulary::{Choice, Field};

/// Why a file cannot be restored, or a passphrase not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// This is no backup.
    Form,
    /// A later version made it.
    Newer,
    /// The passphrase is another, or what it is checked by was damaged.
    Passphrase,
    /// The passphrase is too short.
    Short,
    /// It was changed since it was made.
    Damaged,
    /// Its end is missing.
    Cut,
}

impl Unfit {
    /// A word for it, as errors have it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Form => "not_a_backup",
            Self::Newer => "backup_newer",
            Self::Passphrase => "wrong_passphrase",
            Self::Short => "passphrase_short",
            Self::Damaged => "backup_damaged",
            Self::Cut => "backup_cut",
        }
    }
}

/// What stands in every header.
const FORM: &str = "scruple backup";

/// How many characters a passphrase has at least.
pub const SHORTEST: usize = 12;

/// How the key is made of a passphrase where memory is scarce (RFC 9106, 4, the second recommended choice, with one lane, as a browser computes one at a time):
/// KiB of memory, passes and lanes. What a file may ask for at most, as whoever made it may want to keep the machine busy.
const USUAL: (u32, u32, u32) = (64 * 1024, 3, 1);
const MOST: (u32, u32, u32) = (1024 * 1024, 16, 8);

/// The line in clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Always the same.
    form: String,
    /// Version of the form; 1.
    v: u32,
    /// KiB of memory, of Argon2id.
    memory: u32,
    /// How often it is gone through.
    passes: u32,
    /// How many lanes it has.
    lanes: u32,
    /// 32 random bytes in hexadecimal.
    salt: String,
    /// 32 bytes in hexadecimal that come from the passphrase beside the key: by them a wrong one is told from a damaged file.
    check: String,
}

record!(Header { form, v, memory, passes, lanes, salt, check });

/// A key of AES-256.
pub type Key = [u8; 32];

impl Header {
    /// The header of a new file, with a salt in hexadecimal, and its key.
    ///
    /// # Errors
    /// [`Unfit::Short`]; [`Unfit::Form`], if that is no salt.
    pub fn new(salt: &str, passphrase: &str) -> Result<(Self, Key), Unfit> {
        if passphrase.chars().count() < SHORTEST {
            return Err(Unfit::Short);
        }
        let (memory, passes, lanes) = USUAL;
        let header = Self { form: FORM.into(), v: 1, memory, passes, lanes, salt: salt.into(), check: String::new() };
        let (key, check) = header.derive(passphrase)?;
        Ok((Self { check: hex(&check), ..header }, key))
    }

    /// Reads the header of a file, and makes its key of the passphrase.
    ///
    /// # Errors
    /// [`Unfit::Form`], [`Unfit::Newer`], [`Unfit::Damaged`] or [`Unfit::Passphrase`].
    pub fn open(line: &str, passphrase: &str) -> Result<Key, Unfit> {
        // Whatever else a later version has in it, it begins by saying so.
        let said = read_with(line, &mut |json, problems| {
            let form = json.member("form").and_then(Json::as_text).is_some_and(|form| form == FORM);
            let version = json.member("v").and_then(|version| u32::of(version, problems));
            Some((form, version))
        });
        let header: Self = match said {
            Ok((true, Some(1))) => from_str(line).map_err(|_| Unfit::Damaged)?,
            Ok((true, Some(2..))) => return Err(Unfit::Newer),
            _ => return Err(Unfit::Form),
        };
        let (key, check) = header.derive(passphrase)?;
        if from_hex(&header.check) == Some(check) { Ok(key) } else { Err(Unfit::Passphrase) }
    }

    /// The header as a line, without its end.
    #[must_use]
    pub fn line(&self) -> String {
        // Texts and numbers always have a form.
        to_canonical(self).unwrap_or_default()
    }

    fn derive(&self, passphrase: &str) -> Result<(Key, Key), Unfit> {
        let (memory, passes, lanes) = (self.memory, self.passes, self.lanes);
        if memory > MOST.0 || passes > MOST.1 || lanes > MOST.2 {
            return Err(Unfit::Damaged);
        }
        let salt = from_hex(&self.salt).ok_or(Unfit::Damaged)?;
        let params = Params::new(memory, passes, lanes, Some(64)).map_err(|_| Unfit::Damaged)?;
        let mut out = [0; 64];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(passphrase.as_bytes(), &salt, &mut out).map_err(|_| Unfit::Damaged)?;
        let (mut key, mut check) = (Key::default(), Key::default());
        let (first, second) = out.split_at(key.len());
        key.copy_from_slice(first);
        check.copy_from_slice(second);
        Ok((key, check))
    }
}

/// A line of a backup: an object with one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// The end of the log. The first.
    Head(Box<Head>),
    /// The text of settings that entries name.
    Settings(String),
    /// An entry, in its canonical text. They come in their order.
    Entry(String),
    /// A card.
    Card(Box<Packed>),
    /// What the shell keeps beside: policy and marks, as it wants.
    More(String),
    /// The last.
    End(Totals),
}

/// A card as it is in a backup: what is known of it without reading it, and its [contents](super::contents).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Packed {
    id: String,
    first: String,
    expires: u64,
    ends: u64,
    span: u64,
    seq: u64,
    fields: Choice<Field>,
    review: Choice<Field>,
    /// What is sealed again where it is restored; nothing, if its time was over when the backup was made.
    pub contents: String,
}

record!(Packed { id, first, expires, ends, span, seq, fields, review, contents });

impl Packed {
    /// A card, of which this is known, with its contents.
    #[must_use]
    pub fn of(held: &Held, contents: &str) -> Self {
        let Held { id, first_captured_at, expires, ends, span, seq, fields, review } = held.clone();
        Self { id, first: first_captured_at, expires, ends, span, seq, fields, review, contents: contents.into() }
    }

    /// What is known of it.
    #[must_use]
    pub fn held(&self) -> Held {
        let Self { id, first, expires, ends, span, seq, fields, review, .. } = self.clone();
        Held { id, first_captured_at: first, expires, ends, span, seq, fields, review }
    }

    /// The address it comes from.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        let url = |json: &Json, _: &mut Problems| {
            json.member("source").and_then(|source| source.member("url")).and_then(|url| url.as_text().map(str::to_owned))
        };
        read_with(&self.contents, &mut { url }).ok()
    }
}

/// How much there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Cards in the backup.
    pub cards: u64,
    /// Cards that could not be opened, and so are not in it.
    pub lost: u64,
}

record!(Totals { cards, lost });

impl Record {
    /// The record as a line, with its end.
    ///
    /// # Errors
    /// [`Unfit::Form`], if it has no canonical form.
    pub fn line(&self) -> Result<String, Unfit> {
        to_canonical(self).map(|line| line + "\n").map_err(|_| Unfit::Form)
    }

    fn of(line: &str) -> Option<Self> {
        read_with(line, &mut |json, problems| {
            let (name, value) = json.members(problems)?.only(problems)?;
            match name {
                "head" => Head::of(value, problems).map(|head| Self::Head(Box::new(head))),
                "settings" => String::of(value, problems).map(Self::Settings),
                "entry" => String::of(value, problems).map(Self::Entry),
                "card" => <Packed as Read>::of(value, problems).map(|card| Self::Card(Box::new(card))),
                "more" => String::of(value, problems).map(Self::More),
                "end" => Totals::of(value, problems).map(Self::End),
                _ => None,
            }
        })
        .ok()
    }
}

/// A backup on its way into a store that has nothing in it. While it is, the store cannot be used for anything else: its end of the log is none.
#[derive(Clone, Debug, Default)]
pub struct Restoring {
    now: u64,
    head: Head,
    tree: Tree,
    is_begun: bool,
    /// What was read and is not written yet.
    lines: Vec<String>,
    settings: Vec<String>,
    /// Cards that were given out to be sealed and did not come back yet, by ascending `seq`.
    open: Vec<Packed>,
    /// Where the next card stands at least.
    next: u64,
    over: Set<String>,
    found: u64,
    totals: Option<Totals>,
    more: String,
}

impl Restoring {
    /// A restore that begins at a moment, in milliseconds since 1970.
    #[must_use]
    pub fn at(now: u64) -> Self {
        Self { now, ..Self::default() }
    }

    /// Takes in whole lines, and gives the cards in them that are to be sealed; what was given out before must have been [written](Self::write).
    ///
    /// # Errors
    /// [`Unfit::Damaged`]: nothing may come of it then.
    pub fn take(&mut self, lines: &str) -> Result<&[Packed], Unfit> {
        if !self.open.is_empty() {
            return Err(Unfit::Damaged);
        }
        for line in lines.split_terminator('\n') {
            self.record(Record::of(line).ok_or(Unfit::Damaged)?).ok_or(Unfit::Damaged)?;
        }
        Ok(&self.open)
    }

    fn record(&mut self, record: Record) -> Option<()> {
        if self.totals.is_some() || self.is_begun == matches!(record, Record::Head(_)) {
            return None;
        }
        match record {
            Record::Head(head) => {
                self.is_begun = true;
                self.head = *head;
            }
            Record::Settings(text) => self.settings.push(text),
            Record::Entry(line) => {
                self.tree.push(leaf_hash(line.as_bytes()));
                self.lines.push(line);
            }
            Record::Card(card) => {
                if card.seq < self.next || card.seq >= self.head.tree.size() {
                    return None;
                }
                self.next = card.seq + 1;
                self.found += 1;
                if card.contents.is_empty() || card.held().is_expired(self.now, self.head.age_at(self.now)) {
                    self.over.insert(card.id);
                } else {
                    card.url()?;
                    self.open.push(*card);
                }
            }
            Record::More(text) => self.more = text,
            Record::End(totals) => self.totals = Some(totals),
        }
        Some(())
    }

    /// What is to be written of what was taken in: `sealed` are the cards that were given out, in their order, each with what stands for its source and what it was
    /// sealed into.
    ///
    /// # Errors
    /// [`Unfit::Damaged`], if they are not as many.
    pub fn write(&mut self, sealed: Vec<(String, String)>) -> Result<Vec<Change>, Unfit> {
        if sealed.len() != self.open.len() {
            return Err(Unfit::Damaged);
        }
        let mut changes = Vec::new();
        let mark = |size| Head { tree: Tree::unfinished(size), ..Head::default() };
        let size = self.tree.size() - u64::try_from(self.lines.len()).unwrap_or(0);
        for text in core::mem::take(&mut self.settings) {
            changes.push(Change { head: mark(size), settings: Some((named(&text), text)), ..Change::default() });
        }
        let open = core::mem::take(&mut self.open);
        let rows = open.iter().zip(sealed).map(|(card, (source, sealed))| Row { source, held: card.held(), sealed }).collect();
        changes.push(Change { head: mark(self.tree.size()), lines: core::mem::take(&mut self.lines), rows, ..Change::default() });
        Ok(changes)
    }

    /// What is to be written last: the true end of the log, with a note of what was over by now.
    ///
    /// # Errors
    /// [`Unfit::Cut`] and [`Unfit::Damaged`]: then nothing of it may stay.
    pub fn end(&mut self) -> Result<Change, Unfit> {
        let totals = self.totals.as_ref().ok_or(Unfit::Cut)?;
        if totals.cards != self.found || self.tree != self.head.tree || !self.open.is_empty() || !self.lines.is_empty() {
            return Err(Unfit::Damaged);
        }
        let (mut head, mut lines) = (self.head.clone(), Vec::new());
        let noted = head.observe(self.now, &mut lines);
        let over = core::mem::take(&mut self.over);
        noted.and_then(|()| head.removed(EventKind::Purged, None, over, &mut lines)).map_err(|_| Unfit::Damaged)?;
        Ok(Change { head, lines, ..Change::default() })
    }

    /// What came of it: how many cards could not be opened when the backup was made, and what the shell kept beside.
    #[must_use]
    pub fn said(&self) -> (u64, &str) {
        (self.totals.as_ref().map_or(0, |totals| totals.lost), &self.more)
    }
}
