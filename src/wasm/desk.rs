//! The module of the desk: what people do with the log, and takes no part in judging a page. It is started when somebody asks for it.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use qrcodegen::{QrCode, QrCodeEcc};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::store::Browser;
use super::{chance, errand, keep, promised, thrown, waiting};
use crate::digest::{Hash, named};
use crate::json::Problem;
use crate::ledger::{How, Writer, checkpoint, note};
use crate::policy::Settings;
use crate::site::Adapter;
use crate::vault::{self, About, Errand};
use crate::vocabulary::Code;

/// The log of this browser as it is handed to whoever checks it, page by page: a log of years never lies in memory as a whole.
#[wasm_bindgen]
pub struct LogExport {
    writer: Rc<RefCell<Writer>>,
    size: u64,
    settings: Vec<String>,
    checkpoint: String,
}

#[wasm_bindgen]
impl LogExport {
    /// The next entries, each a line; an empty text once all are there.
    ///
    /// # Errors
    /// When the store cannot be read.
    #[wasm_bindgen(unchecked_return_type = "Promise<string>")]
    pub fn page(&self) -> Promise {
        let (writer, size) = (Rc::clone(&self.writer), self.size);
        promised(Box::pin(async move {
            let from = writer.borrow().size();
            // No more than there were when the checkpoint was signed.
            let count = u32::try_from(size - from).unwrap_or(u32::MAX).min(PAGE);
            if count == 0 {
                return Ok("".into());
            }
            let entries = vault::run(&Browser::here(), Errand::Entries(from, count), 0).await?;
            if entries.len() != count as usize {
                return Err(thrown("the log in the store has gaps"));
            }
            Ok(writer.borrow_mut().entries(&entries).into())
        }))
    }

    /// How many entries it has.
    #[must_use]
    #[wasm_bindgen(getter)]
    #[allow(clippy::cast_precision_loss, reason = "the entries of a log never reach 2^53")]
    pub fn size(&self) -> f64 {
        self.size as f64
    }

    /// The checkpoint, a signed note (c2sp.org/tlog-checkpoint).
    #[must_use]
    #[wasm_bindgen(getter)]
    pub fn checkpoint(&self) -> String {
        self.checkpoint.clone()
    }

    /// What stands behind the entries: the settings they name, and the checkpoint.
    #[must_use]
    pub fn end(&self) -> String {
        self.writer.borrow().end(&self.settings, &self.checkpoint)
    }
}

/// Entries of the log from an index on, in their order, each in its canonical text.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(unchecked_return_type = "Promise<string[]>")]
pub fn entries(from: u32, count: u32) -> Promise {
    errand(Errand::Entries(from.into(), count))
}

/// Like `purge` of the guard, and deletes what cannot be read as well: the guard passes that over. Promises how many cards those were, none once nothing is
/// left, and behind that the names of the keys that are to be destroyed.
///
/// # Errors
/// When the store cannot be written.
#[wasm_bindgen(unchecked_return_type = "Promise<string[]>")]
pub fn mend(days: Option<u32>) -> Promise {
    errand(Errand::Purge { keep: keep(days) })
}

/// A text as a QR code (ISO/IEC 18004), row by row from the top: 1 for each module that is dark, 0 for each that is light, without the quiet zone around
/// it. As many errors are corrected as fit without making it larger, and 15 % at least.
///
/// # Errors
/// When the text is too long for one.
#[wasm_bindgen(js_name = qrCode)]
pub fn qr_code(text: &str) -> Result<Vec<u8>, JsValue> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| thrown("too long for a QR code"))?;
    let side = 0..code.size();
    Ok(side.clone().flat_map(|y| side.clone().map(move |x| (x, y))).map(|(x, y)| code.get_module(x, y).into()).collect())
}

/// Notes that somebody whose card is kept got in touch (`how`: see [`How`]) at a time in milliseconds since 1970, and promises until when the card is kept
/// now, if there is one: `days` from then on, if that is longer than before.
///
/// # Errors
/// When there is no such word, the time lies before the first capture or is still to come, no settings can be used that say how long anything is kept, or
/// the store cannot be written.
#[wasm_bindgen(unchecked_return_type = "Promise<string[]>")]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time that is out of range is refused like any other")]
pub fn contacted(source: String, how: &str, at: f64, days: Option<u32>) -> Promise {
    let how = How::from_word(how);
    promised(Box::pin(async move {
        let about = About::Contacted(how.ok_or_else(|| thrown("unknown_contact"))?, at as u64);
        Ok(vault::run(&Browser::here(), Errand::Of { source, keep: keep(days), about }, chance::now()).await?.into())
    }))
}

/// Puts in the place of a card what is left of it without the fields that a person had to look at, and promises the names of the keys that are to be
/// destroyed. `key` is the name of the key that the card was opened with, `text` is what is left, and `sealed` what it was sealed into.
///
/// # Errors
/// When the card is another by now, or the store cannot be written.
#[wasm_bindgen(unchecked_return_type = "Promise<string[]>")]
pub fn reviewed(source: String, key: String, text: &str, sealed: String, days: Option<u32>) -> Promise {
    let about = About::Reviewed { key, sealed, commitment: named(text) };
    errand(Errand::Of { source, keep: keep(days), about })
}

/// How many entries are read at once when a log is handed out.
const PAGE: u32 = 1024;

/// Signs the log as it stands, and promises what hands it out. `sign` takes a text and promises its Ed25519 signature (RFC 8032) in hexadecimal; `key` is
/// its public key, 32 bytes, and `before` the one it took the place of on purpose, if there was one. A key that did not sign before is noted in the log
/// first.
///
/// # Errors
/// When the store cannot be read or written, or nothing signs.
#[wasm_bindgen(js_name = exportLog, unchecked_return_type = "Promise<LogExport>")]
pub fn export_log(key: Vec<u8>, before: Vec<u8>, sign: Function) -> Promise {
    promised(Box::pin(async move {
        let key: Hash = key.try_into().map_err(|_| thrown("not a key"))?;
        let before = before.try_into().ok();
        let (head, settings) = vault::sign_with(&Browser::here(), &chance::hex16()?, &key, before.as_ref(), chance::now()).await?;
        let text = checkpoint::text(&head.origin, head.tree.size(), &head.tree.root());
        let signature = waiting::answer(sign.call1(&JsValue::NULL, &text.as_str().into()), Code::GuardError).await?;
        let checkpoint = note::signed_once(&text, &head.origin, &key, &signature).ok_or_else(|| thrown("not a signature"))?;
        Ok(LogExport { writer: Rc::default(), size: head.tree.size(), settings, checkpoint }.into())
    }))
}

/// What is wrong with the two documents that settings are made of, `{ local, managed }`, each a list of problems; an empty one means that the document loads,
/// or that there is none.
///
/// # Errors
/// Only when the answer cannot be made.
#[wasm_bindgen(js_name = problemsOf, unchecked_return_type = "{ local: Problem[], managed: Problem[] }")]
pub fn problems_of(local: Option<String>, managed: Option<String>) -> Result<JsValue, JsValue> {
    let settings = Settings::of(local.as_deref(), managed.as_deref());
    let problems = Problems { local: &settings.local_problems, managed: &settings.managed_problems };
    serde_wasm_bindgen::to_value(&problems).map_err(|_| thrown("unwritable"))
}

#[wasm_bindgen(typescript_custom_section)]
const PROBLEM: &str = "/** Something wrong with a document. */
export type Problem = { line: number, column: number, what: string, instead: string };";

#[derive(Serialize)]
struct Problems<'a> {
    local: &'a [Problem],
    managed: &'a [Problem],
}

/// What is wrong with an adapter; nothing, if it can be used.
#[must_use]
#[wasm_bindgen(js_name = problemOfAdapter)]
pub fn problem_of_adapter(text: &str) -> Option<String> {
    Adapter::parse(text).err()
}
