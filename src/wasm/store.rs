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
#[cfg(feature = "desk")]
use web_sys::{IdbCursorDirection, IdbCursorWithValue};

use crate::json::{from_str, to_canonical};
use crate::ledger::{Head, Tree};
use crate::page::Fault;
use crate::sorted::Set;
use crate::vault::{Ask, Change, Found, Held, PART, Part, Row, Store, Task};
use crate::vocabulary::{Choice, Field};

const NAME: &str = "scruple";
const VERSION: u32 = 4;

/// Cards: `{source, id, first, expires, ends, span, seq, fields, review, sealed}` by their source, with an index on each number. Stores
/// before version 4, of which none was ever released, had other cards.
const CARDS: &str = "cards";
/// Parts of what is searched: `{number, sealed}` by their numbers. Since version 4.
const PARTS: &str = "parts";
/// What needs a key, by its name: the source of a card, or the number of a part. Since version 3.
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

/// The numbers of cards, on each of which there is an index: see [`Held`].
const EXPIRES: &str = "expires";
const ENDS: &str = "ends";
const SPAN: &str = "span";
const SEQ: &str = "seq";
/// Lists of fields, as they are written in documents.
const FIELDS: &str = "fields";
const REVIEW: &str = "review";
/// What a card or a part is sealed into; and the number of a part, which no card has.
const SEALED: &str = "sealed";
const NUMBER: &str = "number";

/// What a store could not do, as the browser says it. That may repeat what was to be stored, so it is told in our own words only.
fn fault(error: &JsValue) -> Fault {
    let is_full = error.dyn_ref::<DomException>().is_some_and(|error| error.name() == "QuotaExceededError");
    Fault::broken(if is_full { "storage_full" } else { "the store cannot be used" })
}

/// The store of this browser. It is opened for each transaction: a worker may end at any moment, and one that is left open keeps others from being
/// upgraded.
#[derive(Debug)]
pub struct Browser;

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

/// Asks for the end of the log, then for what the task asks for, then for the parts that go with the rows that were found, and issues what it decides.
/// Nothing else is waited for while a transaction is open: it would end itself.
async fn work(transaction: &IdbTransaction, task: &mut dyn Task, said: &mut Option<Fault>) -> Result<(), JsValue> {
    let mut found = Found::default();
    for step in 0..3 {
        let asked = match step {
            0 => vec![all(transaction, META, "", &JsValue::UNDEFINED, MOST)?],
            1 => requests(transaction, task.ask(&found.head))?,
            _ if task.writes() && found.parts.is_empty() => parts(transaction, &found)?,
            _ => break,
        };
        // A store answers in the order it was asked, so the last answer means that all are there.
        if let Some(last) = asked.last() {
            done(last).await?;
        }
        for request in &asked {
            for one in Array::from(&request.result()?).iter() {
                read(&mut found, step == 0, &one).ok_or(JsValue::UNDEFINED)?;
            }
        }
        #[cfg(feature = "desk")]
        if let (1, Ask::Newest { before, count }) = (step, task.ask(&found.head)) {
            newest(transaction, before, count, &mut found).await?;
        }
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

/// Reads what was asked for: nothing, if it is not what was ever stored. Which it is it says itself.
fn read(found: &mut Found, is_head: bool, one: &JsValue) -> Option<()> {
    if is_head {
        found.head = head_in(one)?;
    } else if let Some(text) = one.as_string() {
        found.texts.push(text);
    } else if let Some(number) = number(&member(one, NUMBER)) {
        found.parts.push(Part { number, sealed: member(one, SEALED).as_string()? });
    } else {
        found.rows.push(row_in(one)?);
    }
    Some(())
}

/// The rows whose `seq` is lower, the highest first: the one thing that takes a cursor, as a range is always answered from its lowest on.
#[cfg(feature = "desk")]
async fn newest(transaction: &IdbTransaction, before: u64, count: u32, found: &mut Found) -> Result<(), JsValue> {
    let index = transaction.object_store(CARDS)?.index(SEQ)?;
    let range = IdbKeyRange::upper_bound_with_open(&number_key(before), true)?;
    let request = index.open_cursor_with_range_and_direction(&range, IdbCursorDirection::Prev)?;
    for _ in 0..count {
        done(&request).await?;
        let Ok(cursor) = request.result()?.dyn_into::<IdbCursorWithValue>() else { break };
        found.rows.push(row_in(&cursor.value()?).ok_or(JsValue::UNDEFINED)?);
        cursor.continue_()?;
    }
    Ok(())
}

/// Asks for the parts in whose range a row was found, or the next entry would be.
fn parts(transaction: &IdbTransaction, found: &Found) -> Result<Vec<IdbRequest>, JsValue> {
    let mut numbers = Set::default();
    numbers.insert(found.head.tree.size() / PART);
    for row in &found.rows {
        numbers.insert(row.held.seq / PART);
    }
    let mut asked = Vec::new();
    for number in numbers.iter() {
        asked.push(all(transaction, PARTS, "", &number_key(*number), MOST)?);
    }
    Ok(asked)
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
        Ask::Over { now, age, keep, count } => {
            let ranges = [
                (EXPIRES, IdbKeyRange::upper_bound(&number_key(now))?),
                (ENDS, IdbKeyRange::upper_bound(&number_key(age))?),
                (SPAN, IdbKeyRange::lower_bound_with_open(&number_key(keep), true)?),
            ];
            for (index, range) in ranges {
                asked.push(all(transaction, CARDS, index, &range, count)?);
            }
        }
        Ask::Entries { from, count } => {
            asked.push(all(transaction, ENTRIES, "", &IdbKeyRange::lower_bound(&number_key(from))?.into(), count)?);
        }
        Ask::Settings => asked.push(all(transaction, SETTINGS, "", &JsValue::UNDEFINED, MOST)?),
        Ask::Keys => asked.push(transaction.object_store(KEYS)?.get_all_keys()?),
        #[cfg(feature = "desk")]
        Ask::Rows { from, count } => {
            asked.push(all(transaction, CARDS, SEQ, &IdbKeyRange::lower_bound(&number_key(from))?.into(), count)?);
        }
        #[cfg(feature = "desk")]
        Ask::Newest { .. } => {}
        #[cfg(feature = "desk")]
        Ask::These(seqs) => {
            for seq in seqs {
                asked.push(all(transaction, CARDS, SEQ, &number_key(*seq), MOST)?);
            }
        }
        #[cfg(feature = "desk")]
        Ask::Parts { from, count } => {
            asked.push(all(transaction, PARTS, "", &IdbKeyRange::lower_bound(&number_key(from))?.into(), count)?);
        }
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
    for part in &change.stale {
        for (name, key) in [(PARTS, number_key(part.number)), (KEYS, part.key().into())] {
            transaction.object_store(name)?.delete(&key)?;
        }
    }
    let head = to_canonical(&change.head).map_err(|_| JsValue::UNDEFINED)?;
    let mut puts: Vec<(&str, JsValue, JsValue)> = vec![(META, HEAD.into(), head.into())];
    if let Some((hash, text)) = &change.settings {
        // The same settings have the same text under the same name, so writing them again changes nothing.
        puts.push((SETTINGS, hash.into(), text.into()));
    }
    let serializer = Serializer::new().serialize_maps_as_objects(true);
    for row in &change.rows {
        puts.push((KEYS, row.key().into(), row.source.as_str().into()));
        puts.push((CARDS, row.source.as_str().into(), Stored(row).serialize(&serializer)?));
    }
    #[cfg(feature = "desk")]
    if let Some(part) = &change.part {
        let stored = Object::new();
        Reflect::set(&stored, &NUMBER.into(), &number_key(part.number))?;
        Reflect::set(&stored, &SEALED.into(), &part.sealed.as_str().into())?;
        puts.push((KEYS, part.key().into(), number_key(part.number)));
        puts.push((PARTS, number_key(part.number), stored.into()));
    }
    for (name, key, value) in puts {
        transaction.object_store(name)?.put_with_key(&value, &key)?;
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
    for name in [CARDS, PARTS, KEYS, ENTRIES, SETTINGS, META] {
        names.push(&JsValue::from_str(name));
    }
    let options = Object::new();
    Reflect::set(&options, &"durability".into(), &"strict".into())?;
    let begin: Function = Reflect::get(database, &"transaction".into())?.dyn_into()?;
    begin.call3(database, &names, &if writes { "readwrite" } else { "readonly" }.into(), &options)?.dyn_into()
}

/// Puts a part of a backup into the store. `before` is the end of the log that the part before it left; the first is put only where nothing is, or what is left
/// of a backup that was broken off: that goes.
#[cfg(feature = "desk")]
pub(super) async fn restore(changes: &[Change], before: Option<&Head>) -> Result<(), Fault> {
    let mut said = None;
    match (restoring(changes, before, &mut said).await, said) {
        (_, Some(said)) => Err(said),
        (Err(error), None) => Err(fault(&error)),
        (Ok(()), None) => Ok(()),
    }
}

/// Whether half of a backup is in the store: what puts it there goes on at this moment, or was broken off.
#[cfg(feature = "desk")]
pub(super) async fn is_half() -> Result<bool, Fault> {
    half().await.map_err(|error| fault(&error))
}

#[cfg(feature = "desk")]
async fn half() -> Result<bool, JsValue> {
    let open = Open(open().await?);
    let asked = all(&begin(&open.0, false)?, META, "", &JsValue::UNDEFINED, MOST)?;
    done(&asked).await?;
    let there = Array::from(&asked.result()?).get(0).as_string();
    Ok(there.is_some_and(|there| from_str::<Head>(&there).is_ok_and(|head| head.tree.is_unfinished())))
}

#[cfg(feature = "desk")]
async fn restoring(changes: &[Change], before: Option<&Head>, said: &mut Option<Fault>) -> Result<(), JsValue> {
    let open = Open(open().await?);
    let transaction = begin(&open.0, true)?;
    let end = end_of(&transaction);
    let asked = all(&transaction, META, "", &JsValue::UNDEFINED, MOST)?;
    done(&asked).await?;
    let there = Array::from(&asked.result()?).get(0).as_string();
    let fits = match (before, &there) {
        (Some(before), there) => to_canonical(before).ok() == *there,
        (None, None) => true,
        (None, Some(there)) => from_str::<Head>(there).is_ok_and(|head| head.tree == Tree::default() || head.tree.is_unfinished()),
    };
    if !fits {
        let _ = transaction.abort();
        *said = Some(Fault::broken("store_not_empty"));
        return Ok(());
    }
    if before.is_none() {
        for name in [CARDS, PARTS, KEYS, ENTRIES, SETTINGS, META] {
            transaction.object_store(name)?.clear()?;
        }
    }
    for change in changes {
        if let Err(error) = write(&transaction, change) {
            let _ = transaction.abort();
            return Err(error);
        }
    }
    end.await.map(|_| ()).map_err(|_| transaction.error().into())
}

/// Makes what is missing, in a new store and in one of an earlier version: its log stays, its cards do not.
fn create(database: &IdbDatabase) -> Result<(), JsValue> {
    let stores = database.object_store_names();
    if !stores.contains(SETTINGS) {
        database.create_object_store(SETTINGS)?;
    }
    if !stores.contains(ENTRIES) {
        database.create_object_store(ENTRIES)?;
        database.create_object_store(META)?;
    }
    for name in [CARDS, KEYS] {
        if stores.contains(name) {
            database.delete_object_store(name)?;
        }
    }
    for name in [KEYS, PARTS] {
        database.create_object_store(name)?;
    }
    let cards = database.create_object_store(CARDS)?;
    for index in [EXPIRES, ENDS, SPAN, SEQ] {
        cards.create_index_with_str(index, index)?;
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
    let count = |name: &str| number(&member(stored, name));
    let held = Held {
        id: text("id")?,
        first_captured_at: text("first")?,
        expires: count(EXPIRES)?,
        ends: count(ENDS)?,
        span: count(SPAN)?,
        seq: count(SEQ)?,
        fields: fields_in(&member(stored, FIELDS))?,
        review: fields_in(&member(stored, REVIEW))?,
    };
    Some(Row { source: text("source")?, held, sealed: text(SEALED)? })
}

/// A list of fields as it was stored.
fn fields_in(stored: &JsValue) -> Option<Choice<Field>> {
    stored.dyn_ref::<Array>()?.iter().map(|word| Field::from_word(&word.as_string()?)).collect()
}

/// A row as it is stored.
struct Stored<'a>(&'a Row);

/// As a map: for the names of a record's fields the serialiser keeps a hash table, larger than the rest of it.
impl Serialize for Stored<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Row { source, held, sealed } = self.0;
        let mut map = serializer.serialize_map(None)?;
        for (name, text) in [("source", source), ("id", &held.id), ("first", &held.first_captured_at), (SEALED, sealed)] {
            map.serialize_entry(name, text)?;
        }
        for (name, number) in [(EXPIRES, held.expires), (ENDS, held.ends), (SPAN, held.span), (SEQ, held.seq)] {
            map.serialize_entry(name, &number)?;
        }
        for (name, fields) in [(FIELDS, &held.fields), (REVIEW, &held.review)] {
            map.serialize_entry(name, fields)?;
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
