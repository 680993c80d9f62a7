//! The store in the browser: sealed cards, entries and the end of the log in IndexedDB.
//!
//! Everything is kept as text that was made outside, so that what is hashed is what is stored. A task is one transaction, which reaches the disk before
//! it counts (`durability: "strict"`).
//!
//! It speaks to IndexedDB through `web-sys` alone: a crate around it would be a tenth of all that is shipped, and has no word for
//! durability.

use js_sys::{Array, Function, Object, Promise, Reflect, global};
use serde::Serialize;
use serde::ser::SerializeMap;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, IdbDatabase, IdbFactory, IdbKeyRange, IdbRequest, IdbTransaction};

use crate::json::{from_str, to_canonical};
use crate::ledger::{Head, Tree};
use crate::page::Fault;
use crate::vault::{Ask, Change, Found, Held, Row, Store, Task};

const NAME: &str = "scruple";
const VERSION: u32 = 3;

/// Cards: `{source, id, first, expires, ends, sealed}` by their source, with an index on each of the two deadlines. Before version 3 they were not
/// sealed; no such store was ever released.
const CARDS: &str = "cards";
/// The sources of cards, by the names of their keys. Since version 3.
const KEYS: &str = "keys";
/// Entries: their canonical text by index.
const ENTRIES: &str = "entries";
/// The texts of settings that entries name, by their hash. Since version 2.
const SETTINGS: &str = "settings";
/// The end of the log, and nothing else; before version 3 its tree alone.
const META: &str = "meta";
const HEAD: &str = "tree";

/// No bound on how much is given.
const MOST: u32 = u32::MAX;

/// The indexes of cards by their deadlines: by the clock of the machine, and by the age of the log.
const EXPIRES: &str = "expires";
const ENDS: &str = "ends";

/// What a store could not do, as the browser says it. That may repeat what was to be stored, so it is told in our own words only.
fn fault(error: &JsValue) -> Fault {
    let is_full = error.dyn_ref::<DomException>().is_some_and(|error| error.name() == "QuotaExceededError");
    Fault::broken(if is_full { "storage_full" } else { "the store cannot be used" })
}

/// The store of this browser. It is opened for each transaction: a worker may end at any moment, and one that is left open keeps others from being
/// upgraded.
pub(super) struct Browser;

impl Store for Browser {
    async fn transact(&self, task: &mut dyn Task) -> Result<(), Fault> {
        let mut said = None;
        match (transact(task, &mut said).await, said) {
            (_, Some(said)) => Err(said),
            (Err(error), None) => Err(fault(&error)),
            (Ok(()), None) => Ok(()),
        }
    }
}

/// `said`: why the task itself could not go on.
async fn transact(task: &mut dyn Task, said: &mut Option<Fault>) -> Result<(), JsValue> {
    let open = Open(open().await?);
    let transaction = begin(&open.0, task.writes())?;
    let end = end_of(&transaction);
    let worked = work(&transaction, task, said).await;
    if worked.is_err() {
        // It may have ended itself already, by the request that failed.
        let _ = transaction.abort();
        return worked;
    }
    end.await.map(|_| ()).map_err(|_| transaction.error().into())
}

/// Asks for the end of the log, then for what the task asks for, and issues what it decides. Nothing else is waited for while a transaction is open: it
/// would end itself.
async fn work(transaction: &IdbTransaction, task: &mut dyn Task, said: &mut Option<Fault>) -> Result<(), JsValue> {
    let mut asked = vec![all(transaction, META, "", &JsValue::UNDEFINED, MOST)?];
    let mut found = Found::default();
    for first in [true, false] {
        // A store answers in the order it was asked, so the last answer means that all are there.
        if let Some(last) = asked.last() {
            done(last).await?;
        }
        let are_rows = !first && matches!(task.ask(&found.head), Ask::Row(_) | Ask::Over { .. });
        for request in &asked {
            read(&mut found, first, are_rows, &request.result()?).ok_or(JsValue::UNDEFINED)?;
        }
        asked = if first { requests(transaction, task.ask(&found.head))? } else { Vec::new() };
    }
    match task.decide(found) {
        Ok(Some(change)) => write(transaction, &change),
        Ok(None) => Ok(()),
        Err(fault) => {
            *said = Some(fault);
            Err(JsValue::UNDEFINED)
        }
    }
}

/// Reads an answer: nothing, if it is not what was ever stored.
fn read(found: &mut Found, first: bool, are_rows: bool, answer: &JsValue) -> Option<()> {
    for one in Array::from(answer).iter() {
        if first {
            found.head = head_in(&one)?;
        } else if are_rows {
            found.rows.push(row_in(&one)?);
        } else {
            found.texts.push(one.as_string()?);
        }
    }
    Some(())
}

/// Asks for everything in a range of a part of the store, or of an index of it.
fn all(transaction: &IdbTransaction, name: &str, index: &str, range: &JsValue, count: u32) -> Result<IdbRequest, JsValue> {
    let mut part = transaction.object_store(name)?;
    if !index.is_empty() {
        // For asking the two are alike.
        part = part.index(index)?.unchecked_into();
    }
    part.get_all_with_key_and_limit(range, count)
}

/// Issues what is asked for.
fn requests(transaction: &IdbTransaction, ask: Ask<'_>) -> Result<Vec<IdbRequest>, JsValue> {
    let mut asked = Vec::new();
    match ask {
        Ask::Head => {}
        Ask::Row(source) => asked.push(all(transaction, CARDS, "", &source.into(), MOST)?),
        Ask::Over { now, age, count } => {
            for (deadline, now) in [(EXPIRES, now), (ENDS, age)] {
                asked.push(all(transaction, CARDS, deadline, &IdbKeyRange::upper_bound(&number_key(now))?.into(), count)?);
            }
        }
        Ask::Entries { from, count } => {
            asked.push(all(transaction, ENTRIES, "", &IdbKeyRange::lower_bound(&number_key(from))?.into(), count)?);
        }
        Ask::Settings => asked.push(all(transaction, SETTINGS, "", &JsValue::UNDEFINED, MOST)?),
        Ask::Keys => asked.push(transaction.object_store(KEYS)?.get_all_keys()?),
    }
    Ok(asked)
}

/// Issues what is to be written. Nobody waits for one write: the transaction keeps all, or breaks with the first that fails.
fn write(transaction: &IdbTransaction, change: &Change) -> Result<(), JsValue> {
    let mut index = change.head.tree.size();
    for line in change.lines.iter().rev() {
        index -= 1;
        // `add` fails where an entry stands already: an entry is never written over.
        transaction.object_store(ENTRIES)?.add_with_key(&line.as_str().into(), &number_key(index))?;
    }
    for row in &change.gone {
        for (name, key) in [(CARDS, row.source.as_str()), (KEYS, row.key())] {
            transaction.object_store(name)?.delete(&key.into())?;
        }
    }
    let head = to_canonical(&change.head).map_err(|_| JsValue::UNDEFINED)?;
    let mut puts = vec![(META, HEAD, JsValue::from(head))];
    if let Some((hash, text)) = &change.settings {
        // The same settings have the same text under the same name, so writing them again changes nothing.
        puts.push((SETTINGS, hash, text.as_str().into()));
    }
    if let Some(row) = &change.row {
        puts.push((KEYS, row.key(), row.source.as_str().into()));
        puts.push((CARDS, &row.source, Stored(row).serialize(&Serializer::new().serialize_maps_as_objects(true))?));
    }
    for (name, key, value) in puts {
        transaction.object_store(name)?.put_with_key(&value, &key.into())?;
    }
    Ok(())
}

/// Opens the store, and makes it on first use.
async fn open() -> Result<IdbDatabase, JsValue> {
    let factory: IdbFactory = Reflect::get(&global(), &"indexedDB".into())?.dyn_into()?;
    let request = factory.open_with_u32(NAME, VERSION)?;
    let opening = request.clone();
    let upgrade = Closure::once_into_js(move || {
        // A store that cannot be made lacks what the first use asks for, which is a denial.
        if let Some(database) = opening.result().ok().and_then(|database| database.dyn_into().ok()) {
            let _ = create(&database);
        }
    });
    request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
    done(&request).await?;
    request.result()?.dyn_into()
}

/// An open store.
struct Open(IdbDatabase);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A transaction over everything. It counts only once it is on the disk: that option is too new for `web-sys`, so the browser is asked by name.
fn begin(database: &IdbDatabase, writes: bool) -> Result<IdbTransaction, JsValue> {
    let names = Array::new();
    for name in [CARDS, KEYS, ENTRIES, SETTINGS, META] {
        names.push(&JsValue::from_str(name));
    }
    let options = Object::new();
    Reflect::set(&options, &"durability".into(), &"strict".into())?;
    let begin: Function = Reflect::get(database, &"transaction".into())?.dyn_into()?;
    begin.call3(database, &names, &if writes { "readwrite" } else { "readonly" }.into(), &options)?.dyn_into()
}

/// Makes what is missing, in a new store and in one of an earlier version.
fn create(database: &IdbDatabase) -> Result<(), JsValue> {
    let stores = database.object_store_names();
    if !stores.contains(SETTINGS) {
        database.create_object_store(SETTINGS)?;
    }
    if !stores.contains(ENTRIES) {
        database.create_object_store(ENTRIES)?;
        database.create_object_store(META)?;
    }
    if stores.contains(CARDS) {
        database.delete_object_store(CARDS)?;
    }
    database.create_object_store(KEYS)?;
    let cards = database.create_object_store(CARDS)?;
    for deadline in [EXPIRES, ENDS] {
        cards.create_index_with_str(deadline, deadline)?;
    }
    Ok(())
}

/// Waits for the answer to a request.
async fn done(request: &IdbRequest) -> Result<(), JsValue> {
    let settled = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(settled).await.map(|_| ()).map_err(|_| request.error().ok().flatten().into())
}

/// The end of a transaction: kept if everything in it is on the disk, broken if nothing of it is.
fn end_of(transaction: &IdbTransaction) -> JsFuture {
    JsFuture::from(Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    }))
}

/// The end of the log as it was stored.
fn head_in(stored: &JsValue) -> Option<Head> {
    let text = stored.as_string()?;
    let head = match from_str::<Head>(&text) {
        Ok(head) => head,
        Err(_) => Head { tree: from_str::<Tree>(&text).ok()?, ..Head::default() },
    };
    head.tree.is_sound().then_some(head)
}

/// A member of something in the store.
fn member(row: &JsValue, name: &str) -> JsValue {
    Reflect::get(row, &name.into()).unwrap_or_default()
}

/// A row as it was stored.
fn row_in(stored: &JsValue) -> Option<Row> {
    let text = |name: &str| member(stored, name).as_string();
    let held = Held {
        id: text("id")?,
        first_captured_at: text("first")?,
        expires: number(&member(stored, EXPIRES))?,
        ends: number(&member(stored, ENDS))?,
    };
    Some(Row { source: text("source")?, held, sealed: text("sealed")? })
}

/// A row as it is stored.
struct Stored<'a>(&'a Row);

/// As a map: for the names of a record's fields the serialiser keeps a hash table, larger than the rest of it.
impl Serialize for Stored<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Row { source, held, sealed } = self.0;
        let mut map = serializer.serialize_map(Some(6))?;
        for (name, text) in [("source", source), ("id", &held.id), ("first", &held.first_captured_at), ("sealed", sealed)] {
            map.serialize_entry(name, text)?;
        }
        for (name, time) in [(EXPIRES, held.expires), (ENDS, held.ends)] {
            map.serialize_entry(name, &time)?;
        }
        map.end()
    }
}

/// A number of the store, if it is one.
fn number(value: &JsValue) -> Option<u64> {
    let number = value.as_f64().filter(|number| *number >= 0.0)?;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time is a whole number of milliseconds, and not below zero"
    )]
    let whole = number as u64;
    Some(whole)
}

/// An index or a time as a key.
#[allow(clippy::cast_precision_loss, reason = "neither the entries of a log nor the milliseconds since 1970 reach 2^53")]
fn number_key(number: u64) -> JsValue {
    (number as f64).into()
}
