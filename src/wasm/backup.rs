//! A backup of the whole state, and how it comes back. What is sealed is sealed and opened outside.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;

use super::shelf::{Rows, number};
use super::store::{Browser, is_half, restore};
use super::{chance, promised, thrown};
use crate::ledger::{Head, Tree};
use crate::vault::backup::{Header, Packed, Record, Restoring, Totals, Unfit};
use crate::vault::look::look;
use crate::vault::{Ask, Change};

impl From<Unfit> for JsValue {
    fn from(unfit: Unfit) -> Self {
        thrown(unfit.word())
    }
}

/// The key of a new backup (32 bytes), and behind it the header of its file.
///
/// # Errors
/// When the passphrase is too short, or there is no source of chance.
#[wasm_bindgen(js_name = newBackup)]
pub fn new_backup(passphrase: &str) -> Result<Vec<u8>, JsValue> {
    let salt = [chance::hex16()?, chance::hex16()?].concat();
    let (header, key) = Header::new(&salt, passphrase)?;
    Ok([&key, header.line().as_bytes(), b"\n"].concat())
}

/// The key of a backup that begins with this line.
///
/// # Errors
/// When it is no backup, of a later version, damaged, or made with another passphrase.
#[wasm_bindgen(js_name = openBackup)]
pub fn open_backup(line: &str, passphrase: &str) -> Result<Vec<u8>, JsValue> {
    Ok(Header::open(line, passphrase)?.to_vec())
}

/// The first lines of a backup: the end of the log, and the settings that its entries name. Before them how many entries it has: what comes after those is
/// not in the backup.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = backupHead, unchecked_return_type = "Promise<[number, string]>")]
pub fn backup_head() -> Promise {
    promised(Box::pin(async move {
        let found = look(&Browser::here(), Ask::Settings).await?;
        let size = number(found.head.tree.size());
        let mut lines = Record::Head(Box::new(found.head)).line()?;
        for text in found.texts {
            lines.push_str(&Record::Settings(text).line()?);
        }
        Ok(Array::of2(&size.into(), &lines.into()).into())
    }))
}

/// Lines with so many entries from an index on.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = backupEntries, unchecked_return_type = "Promise<string>")]
pub fn backup_entries(from: f64, count: u32) -> Promise {
    promised(Box::pin(async move {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
        let from = from as u64;
        let mut lines = String::new();
        for entry in look(&Browser::here(), Ask::Entries { from, count }).await?.texts {
            lines.push_str(&Record::Entry(entry).line()?);
        }
        Ok(lines.into())
    }))
}

/// The last lines of a backup: what the shell keeps beside, how many cards are in it, and how many could not be opened.
///
/// # Errors
/// When it cannot be written.
#[wasm_bindgen(js_name = backupEnd)]
pub fn backup_end(more: String, cards: u32, lost: u32) -> Result<String, JsValue> {
    let totals = Totals { cards: cards.into(), lost: lost.into() };
    Ok([Record::More(more).line()?, Record::End(totals).line()?].concat())
}

/// Lines with the cards of rows, whose contents are given in their order; what is no text could not be opened and is left out. Of those whose time is over
/// only that is said.
///
/// # Errors
/// When they cannot be written.
#[wasm_bindgen(js_name = backupCards)]
pub fn backup_cards(rows: &Rows, texts: &Array) -> Result<String, JsValue> {
    let mut lines = String::new();
    for ((row, is_over), text) in rows.each().zip(texts.iter()) {
        if let Some(text) = text.as_string() {
            let contents = if is_over { "" } else { &text };
            lines.push_str(&Record::Card(Box::new(Packed::of(&row.held, contents))).line()?);
        }
    }
    Ok(lines)
}

/// A backup on its way into the store of this browser.
#[wasm_bindgen]
pub struct Restore {
    restoring: Rc<RefCell<Restoring>>,
    /// The end of the log that the page before left.
    left: Rc<RefCell<Option<Head>>>,
}

#[wasm_bindgen]
impl Restore {
    /// One that begins now.
    #[must_use]
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default, reason = "it looks at the clock")]
    pub fn new() -> Self {
        Self { restoring: Rc::new(RefCell::new(Restoring::at(chance::now()))), left: Rc::default() }
    }

    /// Takes the store for it: from here on nothing else can use it. What is left of a restore that was broken off goes.
    ///
    /// # Errors
    /// When something is in the store, or it cannot be written.
    pub fn begin(&self) -> Promise {
        let change = Change { head: Head { tree: Tree::unfinished(0), ..Head::default() }, ..Change::default() };
        self.put(vec![change])
    }

    /// Takes in whole lines, and gives the cards in them that are to be sealed: the address of each, and its contents.
    ///
    /// # Errors
    /// When they are no lines of a backup.
    pub fn take(&self, lines: &str) -> Result<Vec<String>, JsValue> {
        let mut restoring = self.restoring.borrow_mut();
        let cards = restoring.take(lines)?;
        Ok(cards.iter().flat_map(|card| [card.url().unwrap_or_default(), card.contents.clone()]).collect())
    }

    /// Writes what was taken in. For each card that is what stands for its source, and what it was sealed into.
    ///
    /// # Errors
    /// When they are not as many, or the store cannot be written.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn write(&self, sealed: Vec<String>) -> Promise {
        let mut sealed = sealed.into_iter();
        let mut pairs = Vec::new();
        while let (Some(source), Some(card)) = (sealed.next(), sealed.next()) {
            pairs.push((source, card));
        }
        let changes = self.restoring.borrow_mut().write(pairs);
        match changes {
            Ok(changes) => self.put(changes),
            Err(unfit) => Promise::reject(&unfit.into()),
        }
    }

    /// Writes the end: from here on the store is as it was.
    ///
    /// # Errors
    /// When something is missing, or the store cannot be written.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn end(&self) -> Promise {
        let change = self.restoring.borrow_mut().end();
        match change {
            Ok(change) => self.put(vec![change]),
            Err(unfit) => Promise::reject(&unfit.into()),
        }
    }

    /// How many cards could not be opened when the backup was made, and what the shell kept beside.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        let restoring = self.restoring.borrow();
        let (lost, more) = restoring.said();
        vec![lost.to_string(), more.to_owned()]
    }

    fn put(&self, changes: Vec<Change>) -> Promise {
        let left = Rc::clone(&self.left);
        promised(Box::pin(async move {
            let before = left.borrow().clone();
            restore(&changes, before.as_ref()).await?;
            *left.borrow_mut() = changes.into_iter().last().map(|change| change.head);
            Ok(JsValue::UNDEFINED)
        }))
    }
}

/// Whether restoring a backup was broken off, or goes on at this moment: until it is done or thrown away, nothing can be read or written.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = isHalfRestored, unchecked_return_type = "Promise<boolean>")]
pub fn is_half_restored() -> Promise {
    promised(Box::pin(async move { Ok(is_half().await?.into()) }))
}

/// Throws away what is left of a restore that was broken off; a store that is whole stays as it is.
///
/// # Errors
/// When the store is whole, or cannot be written.
#[wasm_bindgen(js_name = discardRestore, unchecked_return_type = "Promise<void>")]
pub fn discard_restore() -> Promise {
    promised(Box::pin(async move {
        restore(&[], None).await?;
        Ok(JsValue::UNDEFINED)
    }))
}
