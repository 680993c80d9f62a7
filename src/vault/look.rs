//! Looking into a store, and keeping the [parts](super::parts) that a search reads: what the desk does with cards.

use super::parts::Standing;
use super::{Ask, Change, Found, Held, PART, Part, Row, Store, Task};
use crate::ledger::Head;
use crate::page::Fault;

impl Standing {
    /// What a part says of a card without its words.
    #[must_use]
    pub const fn of(held: &Held) -> Self {
        let Held { seq, expires, ends, span, .. } = held;
        Self { seq: *seq, expires: *expires, ends: *ends, span: *span, flagged: !held.review.is_empty() }
    }
}

/// Gives what is asked for, and changes nothing.
///
/// # Errors
/// What the store could not do.
pub async fn look<S: Store>(store: &S, ask: Ask<'_>) -> Result<Found, Fault> {
    let mut looking = Looking { ask, found: Found::default() };
    store.transact(&mut looking).await?;
    Ok(looking.found)
}

struct Looking<'a> {
    ask: Ask<'a>,
    found: Found,
}

impl Task for Looking<'_> {
    fn writes(&self) -> bool {
        false
    }

    fn ask(&self, _: &Head) -> Ask<'_> {
        self.ask
    }

    fn decide(&mut self, found: Found) -> Result<Option<Change>, Fault> {
        self.found = found;
        Ok(None)
    }
}

/// What is known of the cards of a part, by some rows.
#[must_use]
pub fn standings(rows: &[Row], number: u64) -> Vec<Standing> {
    rows.iter().filter(|row| row.held.seq / PART == number).map(|row| Standing::of(&row.held)).collect()
}

/// Keeps a part that was made of cards of which this is known, and gives the names of the keys that are to be destroyed: that of the part that stood in its
/// place.
///
/// # Errors
/// What the store could not do; and where something else is known of the cards in its range by now: it would be a part of cards that are gone, or that
/// are kept for another time. Nothing is written then.
pub async fn put_part<S: Store>(store: &S, part: Part, of: &[Standing]) -> Result<Vec<String>, Fault> {
    let mut putting = Putting { number: part.number, part: Some(part), of, released: Vec::new() };
    store.transact(&mut putting).await?;
    Ok(putting.released)
}

struct Putting<'a> {
    number: u64,
    part: Option<Part>,
    of: &'a [Standing],
    released: Vec<String>,
}

impl Task for Putting<'_> {
    fn ask(&self, _: &Head) -> Ask<'_> {
        // There can be no more of them in its range.
        Ask::Rows { from: self.number.saturating_mul(PART), count: u32::try_from(PART).unwrap_or(u32::MAX) }
    }

    fn decide(&mut self, found: Found) -> Result<Option<Change>, Fault> {
        if standings(&found.rows, self.number) != self.of {
            return Err(Fault::changed("other cards are there by now than those that were read"));
        }
        let Some(part) = self.part.take() else { return Ok(None) };
        let stale: Vec<Part> = found.parts.into_iter().filter(|other| other.number == part.number).collect();
        self.released.extend(stale.iter().map(|part| part.key().to_owned()));
        Ok(Some(Change { head: found.head, part: Some(part), stale, ..Change::default() }))
    }
}
