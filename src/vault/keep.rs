//! What is done with a store: each a task of one transaction, so that cards, entries and the end of the log stand or fall together.

use super::{Ask, Card, Change, Commit, Found, Held, PART, Part, Row, Store, Task};
use crate::digest::Hash;
use crate::ledger::{Event, EventKind, Head, PageEntry, Why};
use crate::page::Fault;
use crate::sorted::Set;
use crate::time::rfc3339;
use crate::vocabulary::{Choice, Code, Field};

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
    let (source, sealed, card) = match kept {
        Some(Sealed { card, source, sealed }) => (Some(source), sealed, Some(card)),
        None => (None, String::new(), None),
    };
    let mut task = Putting { settings, source, sealed, card, entry, now, committed: None };
    store.transact(&mut task).await?;
    task.committed.ok_or_else(|| unwritable(()))
}

struct Putting<'a> {
    settings: &'a str,
    source: Option<String>,
    sealed: String,
    card: Option<Card>,
    entry: PageEntry,
    now: u64,
    committed: Option<Committed>,
}

impl Task for Putting<'_> {
    fn appends(&self) -> bool {
        true
    }

    fn ask(&self, _: &Head) -> Ask<'_> {
        self.source.as_deref().map_or(Ask::Head, Ask::Row)
    }

    fn decide(&mut self, found: Found) -> Result<Option<Change>, Fault> {
        let Found { head, rows, parts, .. } = found;
        let (card, entry) = (self.card.clone(), self.entry.clone());
        // The log that names these settings came with their text.
        let settings = (head.policy != entry.policy).then(|| (entry.policy.clone(), self.settings.to_owned()));
        let held = rows.first().map(|row| &row.held);
        let commit = Commit::of(head, held, card, entry, self.now).map_err(unwritable)?;
        if let (Some(before), Some(now)) = (held, &commit.holds)
            && before.id == now.id
            && !before.review.is_empty()
        {
            return Err(pending());
        }
        let row =
            self.source.clone().zip(commit.holds.clone()).map(|(source, held)| Row { source, held, sealed: self.sealed.clone() });
        let (change, released) = Change {
            head: commit.head.clone(),
            lines: commit.lines.clone(),
            settings,
            rows: row.into_iter().collect(),
            gone: rows,
            ..Change::default()
        }
        .without(parts);
        self.committed = Some(Committed { commit, released });
        Ok(Some(change))
    }
}

/// Why a card is not captured again: see [`Held::review`].
#[must_use]
pub fn pending() -> Fault {
    Fault {
        code: Code::ReviewPending,
        what: "details that are kept of this person were restricted since, and nobody has looked at that yet".into(),
    }
}

impl Change {
    /// This change, with the parts that go with its rows, of those that were found; and the names of the keys that are to be destroyed after it, each
    /// once.
    fn without(mut self, parts: Vec<Part>) -> (Self, Vec<String>) {
        let mut released: Vec<String> = Vec::new();
        let mut release = |key: &str| {
            if !key.is_empty() && !released.iter().any(|released| released == key) {
                released.push(key.to_owned());
            }
        };
        for row in &self.gone {
            if !self.rows.iter().any(|other| other.key() == row.key()) {
                release(row.key());
            }
        }
        for part in parts {
            let moved = |rows: &[Row], others: &[Row]| {
                let here = |row: &&Row| row.held.seq / PART == part.number;
                rows.iter().filter(here).any(|row| !others.iter().any(|other| other.held.seq == row.held.seq))
            };
            if moved(&self.gone, &self.rows) || moved(&self.rows, &self.gone) {
                release(part.key());
                self.stale.push(part);
            }
        }
        (self, released)
    }
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

/// What is looked up, changed or removed. What comes of each is a list of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// So many of the newest entries, newest first.
    Newest(u32),
    /// So many entries from an index on, in their order.
    Entries(u64, u32),
    /// The names of the keys that rows and parts need.
    Keys,
    /// Deletes cards whose time is over, so many at once, and gives how many those were: none, once no such card is left. Behind that come the names of the
    /// keys that are to be destroyed. What is kept for longer than `keep` (milliseconds; see [`InForce`](crate::policy::InForce::keep)) gets an earlier
    /// deadline, for good: settings that allow more later do not bring it back. What cannot be read goes with it as soon as it is met. Looking at the clock
    /// is noted too, whatever is over.
    Purge {
        /// How long anything may be kept.
        keep: u64,
    },
    /// Erases the card of a source, and gives the names of the keys that are to be destroyed; none, if there is no such card.
    Erase(String, Why),
    /// Something about the card of a source. Nothing comes of it if there is no such card or its time is over: what has expired is never given out,
    /// whether it was deleted yet or not.
    Of {
        /// Stands for the source, see [`Row`].
        source: String,
        /// How long anything may be kept, in milliseconds.
        keep: u64,
        /// What about it.
        about: About,
    },
}

/// Something about one card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Gives its identity, its first day, its deadline, what it is sealed into, and the fields that a person has to look at, if there are any.
    Look,
    /// Notes that the page restricts these fields now, as far as the card has them; gives the fields that a person has to look at. With no fields it
    /// only gives them.
    Restricted(Choice<Field>),
    /// Notes that the person got in touch, at a time in milliseconds since 1970, and keeps the card from then on as long as the settings allow; gives its
    /// deadline. Settings that cannot be used allow nothing, nor does a time to come or one before the first capture.
    #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
    Contacted(crate::ledger::How, u64),
    /// Puts in its place what is left of it without the fields that a person had to look at, and gives the names of the keys that are to be destroyed.
    #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
    Reviewed {
        /// The name of the key that the card was opened with: if it is another by now, so is the card.
        key: String,
        /// What is left, sealed, see [`Row`].
        sealed: String,
        /// The hash of what is left, see [`commitment`](super::commitment).
        commitment: String,
    },
}

/// Goes on an errand. `now` is what the clock says, in milliseconds since 1970.
///
/// # Errors
/// What the store could not do, or what may not be done; nothing is changed then.
pub async fn run<S: Store>(store: &S, errand: Errand, now: u64) -> Result<Vec<String>, Fault> {
    let mut running = Running { errand, now, texts: Vec::new(), again: true };
    while running.again {
        running.again = false;
        store.transact(&mut running).await?;
    }
    Ok(running.texts)
}

/// How many cards a purge deletes at once: one entry names them all.
const AT_ONCE: u32 = 256;

struct Running {
    errand: Errand,
    now: u64,
    texts: Vec<String>,
    /// Whether another transaction is needed: nothing has come of it yet, and there is more to do.
    again: bool,
}

impl Task for Running {
    fn writes(&self) -> bool {
        match &self.errand {
            Errand::Newest(_) | Errand::Entries(..) | Errand::Keys | Errand::Of { about: About::Look, .. } => false,
            Errand::Of { about: About::Restricted(fields), .. } => !fields.is_empty(),
            _ => true,
        }
    }

    fn ask(&self, head: &Head) -> Ask<'_> {
        match &self.errand {
            Errand::Newest(count) => Ask::Entries { from: head.tree.size().saturating_sub(u64::from(*count)), count: *count },
            Errand::Entries(from, count) => Ask::Entries { from: *from, count: *count },
            Errand::Keys => Ask::Keys,
            Errand::Of { source, .. } | Errand::Erase(source, _) => Ask::Row(source),
            Errand::Purge { keep } => Ask::Over { now: self.now, age: head.age_at(self.now), keep: *keep, count: AT_ONCE },
        }
    }

    fn decide(&mut self, found: Found) -> Result<Option<Change>, Fault> {
        #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
        let damaged = found.damaged;
        let Found { head, rows, texts, parts, .. } = found;
        let now = self.now;
        let mut change = match &self.errand {
            Errand::Newest(_) | Errand::Entries(..) | Errand::Keys => {
                self.texts = texts;
                if matches!(self.errand, Errand::Newest(_)) {
                    self.texts.reverse();
                }
                return Ok(None);
            }
            Errand::Of { keep, about, .. } => {
                let age = head.age_at(now);
                let of_now = rows.into_iter().map(|row| (row.held.within(*keep), row));
                let Some((held, row)) = of_now.into_iter().find(|(held, _)| !held.is_expired(now, age)) else { return Ok(None) };
                let Some(mut change) = about.decided(head, held, &row, *keep, now, &mut self.texts)? else { return Ok(None) };
                change.gone.push(row);
                change
            }
            Errand::Purge { keep } => {
                let mut change = observed(head, now)?;
                purge(&mut change, rows, *keep, now)?;
                let count = change.gone.len() - change.rows.len();
                #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
                let count = count + damaged.len();
                #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
                if !damaged.is_empty() {
                    let ids = damaged.iter().filter_map(|row| row.id.clone()).collect();
                    change.head.removed(EventKind::Purged, Some(Why::Damaged), ids, &mut change.lines).map_err(unwritable)?;
                    change.damaged = damaged;
                }
                self.again = count == 0 && !change.rows.is_empty();
                if !self.again {
                    self.texts.push((count as u64).to_string());
                }
                change
            }
            Errand::Erase(_, why) => {
                let mut change = observed(head, now)?;
                let cards = rows.iter().map(|row| row.held.id.clone()).collect();
                change.head.removed(EventKind::Erased, Some(*why), cards, &mut change.lines).map_err(unwritable)?;
                change.gone = rows;
                change
            }
        };
        let stays = match &self.errand {
            Errand::Of { about: About::Restricted(_), .. } => true,
            #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
            Errand::Of { about: About::Contacted(..), .. } => true,
            _ => false,
        };
        if stays {
            // The card stays, but what a part says of it is not so any more. Its key is destroyed by the next sweep.
            let is_of_it = |part: &Part| change.rows.iter().any(|row| row.held.seq / PART == part.number);
            change.stale = parts.into_iter().filter(is_of_it).collect();
            return Ok(Some(change));
        }
        let (change, released) = change.without(parts);
        self.texts.extend(released);
        Ok(Some(change))
    }
}

/// A change that notes no more than what the clock says.
fn observed(mut head: Head, now: u64) -> Result<Change, Fault> {
    let mut lines = Vec::new();
    head.observe(now, &mut lines).map_err(unwritable)?;
    Ok(Change { head, lines, ..Change::default() })
}

/// Notes what becomes of rows whose time is over, or is to be over earlier than was known. Any of them may be there several times.
fn purge(change: &mut Change, rows: Vec<Row>, keep: u64, now: u64) -> Result<(), Fault> {
    let mut cards = Set::default();
    for row in rows {
        if change.gone.iter().any(|other| other.source == row.source) {
            continue;
        }
        let held = row.held.within(keep);
        if held.is_expired(now, change.head.age) {
            cards.insert(held.id);
        } else {
            change.rows.push(Row { held, ..row.clone() });
        }
        change.gone.push(row);
    }
    change.head.removed(EventKind::Purged, None, cards, &mut change.lines).map_err(unwritable)
}

impl About {
    /// What is to be written about a card of which this is known by now, if anything is, besides that its row goes.
    #[cfg_attr(
        all(target_arch = "wasm32", not(feature = "desk")),
        allow(unused_variables, unused_mut, reason = "what a person does is left to the desk")
    )]
    fn decided(
        &self,
        head: Head,
        held: Held,
        row: &Row,
        keep: u64,
        now: u64,
        texts: &mut Vec<String>,
    ) -> Result<Option<Change>, Fault> {
        let mut event = Event::new(EventKind::Restricted);
        event.cards.insert(held.id.clone());
        let (mut held, mut sealed) = (held, &row.sealed);
        match self {
            Self::Look => {
                texts.extend([held.id, held.first_captured_at, rfc3339(held.expires), row.sealed.clone()]);
                texts.extend(words(held.review));
                return Ok(None);
            }
            Self::Restricted(fields) => {
                event.fields = held.fields.both(*fields).without(held.review);
                held.review.join(event.fields);
                texts.extend(words(held.review));
                if event.fields.is_empty() {
                    return Ok(None);
                }
            }
            #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
            Self::Contacted(how, at) => {
                let first = crate::time::millis(&held.first_captured_at).unwrap_or(u64::MAX);
                if keep == u64::MAX || *at < first || *at > now {
                    return Err(Fault::broken(
                        "a contact counts only between the first capture and now, and under settings that can be used",
                    ));
                }
                held = held.contacted(*at, keep, now, head.age_at(now));
                let until = rfc3339(held.expires);
                texts.push(until.clone());
                event = Event { kind: EventKind::Contacted, from: Some(rfc3339(*at)), to: Some(until), how: Some(*how), ..event };
            }
            #[cfg(any(feature = "desk", not(target_arch = "wasm32")))]
            Self::Reviewed { key, sealed: left, commitment } => {
                if held.review.is_empty() || key != row.key() {
                    return Err(Fault::changed("the card is another than the one that was looked at"));
                }
                event = Event { kind: EventKind::Reviewed, to: Some(commitment.clone()), fields: held.review, ..event };
                held.fields = held.fields.without(held.review);
                held.review = Choice::none();
                sealed = left;
            }
        }
        let mut change = observed(head, now)?;
        if sealed != &row.sealed {
            held.seq = change.head.tree.size();
        }
        change.head.note(event, &mut change.lines).map_err(unwritable)?;
        change.rows.push(Row { source: row.source.clone(), held, sealed: sealed.clone() });
        Ok(Some(change))
    }
}

/// Fields, each as it is written in documents.
fn words(fields: Choice<Field>) -> impl Iterator<Item = String> {
    fields.iter().map(|field| field.as_str().to_owned())
}
