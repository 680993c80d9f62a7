//! What is done with a store: each a task of one transaction, so that cards, entries and the end of the log stand or fall together.

use super::{Ask, Card, Change, Commit, Found, Row, Store, Task};
use crate::digest::Hash;
use crate::ledger::{EventKind, Head, PageEntry, Why};
use crate::page::Fault;
use crate::sorted::Set;
use crate::time::rfc3339;

/// Something that cannot be written down. It holds values, so nothing more is said of it.
fn unwritable<E>(_: E) -> Fault {
    Fault::broken("this cannot be stored")
}

/// A card that is to be kept, and what it was sealed into before: no transaction waits for that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The card.
    pub card: Card,
    /// Stands for its source, see [`Row`].
    pub source: String,
    /// What its [`contents`](super::contents) were sealed into, see [`Row`].
    pub sealed: String,
}

/// What a commit came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// What was written.
    pub commit: Commit,
    /// The names of keys that are to be destroyed: what they open is in no row any more.
    pub released: Vec<String>,
}

/// Puts an entry, the settings it names, and the card it is about on top of what is stored. `now` is what the clock says, in milliseconds since 1970.
///
/// # Errors
/// What the store could not do; nothing was written then.
pub async fn commit<S: Store>(
    store: &S,
    settings: &str,
    kept: Option<Sealed>,
    entry: PageEntry,
    now: u64,
) -> Result<Committed, Fault> {
    let source = kept.as_ref().map(|kept| kept.source.clone());
    let mut task = Putting { settings, source, given: Some((kept, entry)), now, committed: None };
    store.transact(&mut task).await?;
    task.committed.ok_or_else(|| unwritable(()))
}

struct Putting<'a> {
    settings: &'a str,
    source: Option<String>,
    given: Option<(Option<Sealed>, PageEntry)>,
    now: u64,
    committed: Option<Committed>,
}

impl Task for Putting<'_> {
    fn ask(&self, _: &Head) -> Ask<'_> {
        self.source.as_deref().map_or(Ask::Head, Ask::Row)
    }

    fn decide(&mut self, found: Found) -> Result<Option<Change>, Fault> {
        let Some((kept, entry)) = self.given.take() else { return Ok(None) };
        let held = found.rows.first().map(|row| &row.held);
        let (card, sealed) = kept.map_or((None, None), |kept| (Some(kept.card), Some((kept.source, kept.sealed))));
        let commit = Commit::of(found.head, held, card, entry, self.now).map_err(unwritable)?;
        let row = sealed.zip(commit.holds.clone()).map(|((source, sealed), held)| Row { source, held, sealed });
        let change = Change {
            head: commit.head.clone(),
            lines: commit.lines.clone(),
            settings: Some((commit.entry.policy.clone(), self.settings.to_owned())),
            row,
            gone: found.rows,
        };
        self.committed = Some(Committed { commit, released: keys_of(&change.gone) });
        Ok(Some(change))
    }
}

/// The names of the keys of some rows, each once.
fn keys_of(rows: &[Row]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for row in rows {
        if !keys.iter().any(|key| key == row.key()) {
            keys.push(row.key().to_owned());
        }
    }
    keys
}

/// Notes which key signs the log, if it is another than before (see [`Head::sign_with`]), and gives back what is signed: the end of the log, and the texts
/// of all settings that its entries name.
///
/// # Errors
/// What the store could not do; nothing is noted then.
pub async fn sign_with<S: Store>(
    store: &S,
    name: &str,
    key: &Hash,
    before: Option<&Hash>,
    now: u64,
) -> Result<(Head, Vec<String>), Fault> {
    let mut task = Signing { name, key, before, now, signed: None };
    store.transact(&mut task).await?;
    task.signed.ok_or_else(|| unwritable(()))
}

struct Signing<'a> {
    name: &'a str,
    key: &'a Hash,
    before: Option<&'a Hash>,
    now: u64,
    signed: Option<(Head, Vec<String>)>,
}

impl Task for Signing<'_> {
    fn ask(&self, _: &Head) -> Ask<'_> {
        Ask::Settings
    }

    fn decide(&mut self, found: Found) -> Result<Option<Change>, Fault> {
        let (mut head, mut lines) = (found.head, Vec::new());
        head.observe(self.now, &mut lines).map_err(unwritable)?;
        head.sign_with(self.name, self.key, self.before, &mut lines).map_err(unwritable)?;
        self.signed = Some((head.clone(), found.texts));
        Ok(Some(Change { head, lines, ..Change::default() }))
    }
}

/// What is looked up or removed. What comes of each is a list of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// So many of the newest entries, newest first.
    Newest(u32),
    /// So many entries from an index on, in their order.
    Entries(u64, u32),
    /// The names of the keys that rows need.
    Keys,
    /// The card of a source: its identity, its first day, its deadline, what it is sealed into. None, if there is no such card or its time is over: what
    /// has expired is never given out, whether it was deleted yet or not.
    Card(String),
    /// Deletes cards whose time is over, so many at once, and gives the names of the keys that are to be destroyed: none, once no such card is left.
    /// Looking at the clock is noted too, whatever is over.
    Purge,
    /// Erases the card of a source, and gives the name of the key that is to be destroyed; none, if there is no such card.
    Erase(String, Why),
}

/// Goes on an errand. `now` is what the clock says, in milliseconds since 1970.
///
/// # Errors
/// What the store could not do; nothing is removed then.
pub async fn run<S: Store>(store: &S, errand: Errand, now: u64) -> Result<Vec<String>, Fault> {
    let mut running = Running { errand, now, texts: Vec::new() };
    store.transact(&mut running).await?;
    Ok(running.texts)
}

/// How many cards a purge deletes at once: one entry names them all.
const AT_ONCE: u32 = 256;

struct Running {
    errand: Errand,
    now: u64,
    texts: Vec<String>,
}

impl Task for Running {
    fn writes(&self) -> bool {
        matches!(self.errand, Errand::Purge | Errand::Erase(..))
    }

    fn ask(&self, head: &Head) -> Ask<'_> {
        match &self.errand {
            Errand::Newest(count) => Ask::Entries { from: head.tree.size().saturating_sub(u64::from(*count)), count: *count },
            Errand::Entries(from, count) => Ask::Entries { from: *from, count: *count },
            Errand::Keys => Ask::Keys,
            Errand::Card(source) | Errand::Erase(source, _) => Ask::Row(source),
            Errand::Purge => Ask::Over { now: self.now, age: head.age_at(self.now), count: AT_ONCE },
        }
    }

    fn decide(&mut self, found: Found) -> Result<Option<Change>, Fault> {
        let (kind, why) = match &self.errand {
            Errand::Purge => (EventKind::Purged, None),
            Errand::Erase(_, why) => (EventKind::Erased, Some(*why)),
            errand => {
                self.texts = found.texts;
                if matches!(errand, Errand::Newest(_)) {
                    self.texts.reverse();
                }
                let age = found.head.age_at(self.now);
                if let Some(Row { held, sealed, .. }) = found.rows.into_iter().find(|row| !row.held.is_expired(self.now, age)) {
                    self.texts = vec![held.id, held.first_captured_at, rfc3339(held.expires), sealed];
                }
                return Ok(None);
            }
        };
        let (mut head, mut lines, mut cards) = (found.head, Vec::new(), Set::default());
        head.observe(self.now, &mut lines).map_err(unwritable)?;
        for row in &found.rows {
            cards.insert(row.held.id.clone());
        }
        head.removed(kind, why, cards, &mut lines).map_err(unwritable)?;
        self.texts = keys_of(&found.rows);
        Ok(Some(Change { head, lines, gone: found.rows, ..Change::default() }))
    }
}
