//! Whether cards are those that a log speaks of: each as it was captured last, none that was erased, and none missing without a word.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use serde_json::Value;

use super::{CardRef, Entry, EntryKind, Event, EventKind};
use crate::digest::named;
use crate::json::{Json, Problems, Read, from_str};

/// The id of a card, from its text; the rest is compared by its hash.
struct Id(String);

impl Read for Id {
    fn blank() -> Self {
        Self(String::new())
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        json.members(problems).is_some_and(|card| card.fill(&["id"], 1, &mut [&mut self.0], problems))
    }
}

/// What an entry commits to of a card in canonical form: all but what is known of it without reading it (see `vault::contents`).
fn contents(text: &str) -> Option<String> {
    let mut card: Value = serde_json::from_str(text).ok()?;
    // Members keep their order, so what was canonical stays so.
    if serde_json::to_string(&card).ok()? != text {
        return None;
    }
    for name in ["id", "first_captured_at", "expires_at"] {
        if let Some(member) = card.get_mut(name) {
            *member = Value::String(String::new());
        }
    }
    serde_json::to_string(&card).ok()
}

/// A card of the file.
#[derive(Clone, Debug)]
struct Given {
    line: usize,
    commitment: String,
    /// The event that says it is gone.
    gone: Option<u64>,
}

/// The cards of a file, and what a log says of them. It takes memory for each card, not for each entry.
#[derive(Clone, Debug, Default)]
pub struct Cards {
    given: BTreeMap<String, Given>,
    /// The cards that should be there: the entry that captured each last, and what it committed to.
    kept: BTreeMap<String, (u64, String)>,
}

/// What is wrong with a card: the entry that says so, and what.
pub(super) struct CardFault {
    pub entry: Option<u64>,
    pub what: String,
}

impl Cards {
    /// Reads cards, one in canonical JSON a line.
    ///
    /// # Errors
    /// If a line cannot be read, is no card, or has the card of another line: which line, and why.
    pub fn read(reader: impl BufRead) -> io::Result<Self> {
        let mut cards = Self::default();
        for (line, text) in (1..).zip(reader.lines()) {
            let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, format!("line {line}: {what}"));
            let text = text.map_err(|error| wrong(error.to_string()))?;
            let Id(id) = from_str(&text).map_err(|problem| wrong(format!("this is no card: {}", problem.what)))?;
            let contents = contents(&text).ok_or_else(|| wrong("this is not in canonical form".into()))?;
            let commitment = named(&contents);
            if let Some(other) = cards.given.insert(id, Given { line, commitment, gone: None }) {
                return Err(wrong(format!("the card of line {} stands here again", other.line)));
            }
        }
        Ok(cards)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.given.len()
    }

    /// Notes what an entry says of cards.
    pub(super) fn note(&mut self, entry: &Entry) {
        match entry {
            Entry::Page(page) => {
                if let (EntryKind::Captured, Some(CardRef { id, commitment })) = (page.kind, &page.card) {
                    self.kept.insert(id.clone(), (page.index, commitment.clone()));
                    if let Some(given) = self.given.get_mut(id) {
                        given.gone = None;
                    }
                }
            }
            Entry::Event(event) if matches!(event.kind, EventKind::Erased | EventKind::Purged) => {
                for id in event.cards.iter() {
                    self.kept.remove(id);
                    if let Some(given) = self.given.get_mut(id) {
                        given.gone = Some(event.index);
                    }
                }
            }
            Entry::Event(Event { kind: EventKind::Reviewed, index, cards, to: Some(commitment), .. }) => {
                for id in cards.iter() {
                    // Of a card that is gone nothing can be left.
                    if let Some(kept) = self.kept.get_mut(id) {
                        *kept = (*index, commitment.clone());
                    }
                }
            }
            Entry::Event(_) => {}
        }
    }

    /// What does not fit, once the whole log went by.
    pub(super) fn faults(&self) -> impl Iterator<Item = CardFault> {
        let given = self.given.iter().filter_map(|(id, given)| {
            let line = given.line;
            let (entry, what) = match (given.gone, self.kept.get(id)) {
                (Some(gone), _) => {
                    (Some(gone), format!("it says that card `{id}` is gone, and it is there, on line {line} of the cards"))
                }
                (None, None) => (None, format!("no entry captured card `{id}`, on line {line} of the cards")),
                (None, Some((entry, commitment))) if *commitment != given.commitment => {
                    (Some(*entry), format!("card `{id}`, on line {line} of the cards, is not what it committed to"))
                }
                _ => return None,
            };
            Some(CardFault { entry, what })
        });
        let missing = self.kept.iter().filter(|(id, _)| !self.given.contains_key(*id)).map(|(id, (entry, _))| CardFault {
            entry: Some(*entry),
            what: format!("it captured card `{id}`, which is not among the cards, and no later entry says that it is gone"),
        });
        given.chain(missing)
    }
}
