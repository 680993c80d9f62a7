//! The cards as people look through them: lists, and the parts that a search reads. What is sealed is opened outside.

use std::rc::Rc;

use js_sys::{Array, Float64Array, Promise};
use wasm_bindgen::prelude::*;

use super::store::Browser;
use super::{chance, keep, promised, thrown};
use crate::json::from_str;
use crate::time::rfc3339;
use crate::vault::look::{look, put_part, standings};
use crate::vault::parts::{Opened, Standing, Summary};
use crate::vault::search::{Index, Query};
use crate::vault::{Ask, PART, Part, Row};

/// The end of the log: how many entries it has, and how old it is, in milliseconds.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = logState, unchecked_return_type = "Promise<Float64Array>")]
pub fn log_state() -> Promise {
    promised(Box::pin(async move {
        let head = look(&Browser::here(), Ask::Head).await?.head;
        Ok(Float64Array::from([number(head.tree.size()), number(head.age_at(chance::now()))].as_slice()).into())
    }))
}

/// So many rows by their `seq`, from one on.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = rowsFrom, unchecked_return_type = "Promise<Rows>")]
pub fn rows_from(from: f64, count: u32) -> Promise {
    rows(Wanted::From(whole(from), count))
}

/// So many rows whose `seq` is lower than this, the highest first.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = rowsBefore, unchecked_return_type = "Promise<Rows>")]
pub fn rows_before(before: f64, count: u32) -> Promise {
    rows(Wanted::Before(whole(before), count))
}

/// The rows with these `seq`, as far as there are any, in this order.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = rowsAt, unchecked_return_type = "Promise<Rows>")]
pub fn rows_at(seqs: &[f64]) -> Promise {
    rows(Wanted::At(seqs.iter().map(|seq| whole(*seq)).collect()))
}

/// Which rows are wanted.
enum Wanted {
    From(u64, u32),
    Before(u64, u32),
    At(Vec<u64>),
}

fn rows(wanted: Wanted) -> Promise {
    promised(Box::pin(async move {
        let found = look(
            &Browser::here(),
            match &wanted {
                Wanted::From(from, count) => Ask::Rows { from: *from, count: *count },
                Wanted::Before(before, count) => Ask::Newest { before: *before, count: *count },
                Wanted::At(seqs) => Ask::These(seqs),
            },
        )
        .await?;
        let now = chance::now();
        Ok(Rows { now, age: found.head.age_at(now), size: found.head.tree.size(), rows: Rc::new(found.rows) }.into())
    }))
}

/// Sealed parts by their numbers, from one on, so many at most: for each its number, and what it is sealed into.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = sealedParts, unchecked_return_type = "Promise<string[]>")]
pub fn sealed_parts(from: u32, count: u32) -> Promise {
    promised(Box::pin(async move {
        let parts = look(&Browser::here(), Ask::Parts { from: from.into(), count }).await?.parts;
        let texts: Vec<String> = parts.into_iter().flat_map(|part| [part.number.to_string(), part.sealed]).collect();
        Ok(texts.into())
    }))
}

/// Rows as they stood in the store.
#[wasm_bindgen]
pub struct Rows {
    rows: Rc<Vec<Row>>,
    now: u64,
    age: u64,
    size: u64,
}

#[wasm_bindgen]
impl Rows {
    /// How many entries the log had when they were read.
    #[must_use]
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> f64 {
        number(self.size)
    }

    /// Where they stand among the cards.
    #[must_use]
    pub fn seqs(&self) -> Vec<f64> {
        self.rows.iter().map(|row| number(row.held.seq)).collect()
    }

    /// What each is sealed into.
    #[must_use]
    pub fn sealed(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.sealed.clone()).collect()
    }

    /// What is known of each without opening it: its identity, its first day, its deadline under settings that keep things for so many days, and the fields
    /// that somebody has to look at, with spaces. Four empty texts for one whose time is over: it is not given out.
    #[must_use]
    pub fn known(&self, days: Option<u32>) -> Vec<String> {
        let mut known = Vec::new();
        for row in self.rows.iter() {
            let held = row.held.within(keep(days));
            if held.is_expired(self.now, self.age) {
                known.extend([const { String::new() }; 4]);
            } else {
                let review: Vec<&str> = held.review.iter().map(|field| field.as_str()).collect();
                known.extend([held.id, held.first_captured_at, rfc3339(held.expires), review.join(" ")]);
            }
        }
        known
    }

    /// The part with this number, of the rows in its range, as a text to be sealed. `texts` are the contents of all rows in their order; what is no text
    /// could not be opened.
    ///
    /// # Errors
    /// When two rows have the same place.
    pub fn pack(&self, part: u32, texts: &Array) -> Result<String, JsValue> {
        let mut cards = Vec::new();
        for (row, text) in self.rows.iter().zip(texts.iter()) {
            if row.held.seq / PART == u64::from(part) {
                cards.push(Summary::of(Standing::of(&row.held), text.as_string().as_deref()));
            }
        }
        Opened::of(part.into(), cards).map(|part| part.text()).ok_or_else(|| thrown("cards in disorder"))
    }

    /// Keeps the part with this number, sealed, and promises the names of the keys that are to be destroyed.
    ///
    /// # Errors
    /// When the store cannot be written, or its cards changed since these rows were read.
    #[wasm_bindgen(js_name = keepPart, unchecked_return_type = "Promise<string[]>")]
    pub fn keep_part(&self, part: u32, sealed: String) -> Promise {
        let rows = Rc::clone(&self.rows);
        promised(Box::pin(async move {
            let number = u64::from(part);
            Ok(put_part(&Browser::here(), Part { number, sealed }, &standings(&rows, number)).await?.into())
        }))
    }
}

impl Rows {
    /// Each, with whether its time is over by its own deadlines.
    pub(super) fn each(&self) -> impl Iterator<Item = (&Row, bool)> {
        self.rows.iter().map(|row| (row, row.held.is_expired(self.now, self.age)))
    }
}

/// Opened parts, in which is searched.
#[wasm_bindgen]
#[derive(Default)]
pub struct CardIndex {
    index: Index,
}

#[wasm_bindgen]
impl CardIndex {
    /// One with nothing in it.
    #[must_use]
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a part in, in the place of an earlier one with its number. False, if the text is not that of this part: it has to be made anew then.
    pub fn put(&mut self, part: u32, text: &str) -> bool {
        let opened = Opened::read(part.into(), text);
        opened.map(|part| self.index.put(part)).is_some()
    }

    /// Forgets a part.
    pub fn remove(&mut self, part: u32) {
        self.index.remove(part.into());
    }

    /// Where the cards stand that a query (JSON) finds, newest first, under settings that keep things for so many days and with a log that is so old, in
    /// milliseconds.
    ///
    /// # Errors
    /// When it is no query.
    pub fn search(&self, query: &str, days: Option<u32>, age: f64) -> Result<Vec<f64>, JsValue> {
        let query: Query = from_str(query).map_err(|_| thrown("not a query"))?;
        Ok(self.index.search(&query, chance::now(), whole(age), keep(days)).into_iter().map(number).collect())
    }
}

/// How many indexes of the log one part is about.
#[must_use]
#[wasm_bindgen(js_name = partRoom)]
pub fn part_room() -> f64 {
    number(PART)
}

/// A number as JavaScript has it.
#[allow(clippy::cast_precision_loss, reason = "neither the entries of a log nor milliseconds reach 2^53")]
pub(super) fn number(number: u64) -> f64 {
    number as f64
}

/// A number of JavaScript; one that is not whole or below zero becomes the next that is.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
fn whole(number: f64) -> u64 {
    number as u64
}
