//! The store in the browser: cards, entries and the tree's head in IndexedDB.
//!
//! Everything is kept as text that was made outside, so that what is hashed is what is stored. A commit reads the head and writes card,
//! entry and head in one transaction that reaches the disk before it counts (`durability: "strict"`).
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
use web_sys::{
    DomException, IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbObjectStoreParameters, IdbRequest, IdbTransaction,
};

use crate::json::{from_str, to_canonical};
use crate::ledger::{Head, PageEntry, Tree};
use crate::page::Fault;
use crate::sorted::Set;
use crate::vault::{Card, Commit, Held, purged};

const NAME: &str = "scruple";
const VERSION: u32 = 3;

/// Cards: `{source, id, first, expires, ends, text}` by source, with an index on each of the two deadlines. Before version 3 they had neither an
/// age nor a name beside the text; no such store was ever released.
const CARDS: &str = "cards";
/// Entries: their canonical text by index.
const ENTRIES: &str = "entries";
/// The texts of settings that entries name, by their hash. Since version 2.
const SETTINGS: &str = "settings";
/// The end of the log, under [`HEAD`]; before version 3 its tree alone, under [`TREE`].
const META: &str = "meta";
const HEAD: &str = "head";
const TREE: &str = "tree";

/// The indexes of cards by their deadlines: by the clock of the machine, and by the age of the log.
const EXPIRES: &str = "expires";
const ENDS: &str = "ends";

/// Something the store could not do. What the browser says of it may repeat what was to be stored, so it is not passed on.
fn broken<E>(_: E) -> Fault {
    Fault::broken("the store cannot be used")
}

/// The fault behind an error of the store.
fn fault(error: Option<DomException>) -> Fault {
    let full = error.is_some_and(|error| error.name() == "QuotaExceededError");
    Fault::broken(if full { "storage_full" } else { "the store cannot be used" })
}

/// What a transaction asks the store for, before anything is decided.
type Ask<'a> = &'a dyn Fn(&IdbTransaction) -> Result<Vec<IdbRequest>, Fault>;

/// What is decided by the answers, and written.
type Work<'a> = &'a mut dyn FnMut(&IdbTransaction, &[JsValue]) -> Result<(), Fault>;

/// Whether a transaction writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Reads,
    Writes,
}

/// Asks the store, decides, writes: all of it or nothing, on the disk before it counts. Every use of the store is one of this, since each wait is
/// code that ships.
async fn transact(parts: &[&str], access: Access, ask: Ask<'_>, work: Work<'_>) -> Result<(), Fault> {
    let open = Open(open().await?);
    let transaction = begin(&open.0, parts, access)?;
    let end = end_of(&transaction);
    let worked = match ask(&transaction) {
        Ok(asked) => answers(asked).await.and_then(|found| work(&transaction, &found)),
        Err(fault) => Err(fault),
    };
    if worked.is_err() {
        // It may have ended itself already, by the request that failed.
        let _ = transaction.abort();
        return worked;
    }
    end.await.map_err(|_| fault(transaction.error()))?;
    Ok(())
}

/// The answers to some requests. A store answers in the order it was asked, so the last answer means that all are there. Nothing else is waited for
/// while a transaction is open: it would end itself.
async fn answers(asked: Vec<IdbRequest>) -> Result<Vec<JsValue>, Fault> {
    if let Some(last) = asked.last() {
        done(last).await?;
    }
    let mut found = Vec::new();
    for request in &asked {
        found.push(request.result().map_err(broken)?);
    }
    Ok(found)
}

/// Puts an entry, the settings it names, and the card it is about on top of what is stored.
pub(super) async fn commit(settings: &str, source: &str, card: Option<Card>, entry: PageEntry) -> Result<Commit, Fault> {
    let now = super::chance::now();
    let ask = |transaction: &IdbTransaction| {
        let mut asked = end_of_log(transaction)?;
        asked.push(part(transaction, CARDS)?.get(&source.into()).map_err(broken)?);
        Ok(asked)
    };
    let mut given = Some((card, entry));
    let mut committed = None;
    transact(&[CARDS, ENTRIES, SETTINGS, META], Access::Writes, &ask, &mut |transaction, found| {
        let held = match found.get(2) {
            Some(row) if !row.is_undefined() => Some(held(row).ok_or_else(|| Fault::broken("a card in the store is broken"))?),
            _ => None,
        };
        let Some((card, entry)) = given.take() else { return Err(broken(())) };
        let commit = Commit::of(head_in(found)?, held.as_ref(), card, entry, now).map_err(broken)?;
        append(transaction, &commit.head, &commit.lines)?;
        // The same settings have the same text under the same name, so writing them again changes nothing.
        part(transaction, SETTINGS)?.put_with_key(&settings.into(), &commit.entry.policy.as_str().into()).map_err(broken)?;
        if let (Some(card), Some(holds)) = (&commit.card, &commit.holds) {
            part(transaction, CARDS)?.put(&row(source, card, holds)?).map_err(broken)?;
        }
        committed = Some(commit);
        Ok(())
    })
    .await?;
    committed.ok_or_else(|| broken(()))
}

/// The end of the log.
async fn head() -> Result<Head, Fault> {
    let mut head = None;
    transact(&[META], Access::Reads, &end_of_log, &mut |_, found| {
        head = Some(head_in(found)?);
        Ok(())
    })
    .await?;
    head.ok_or_else(|| broken(()))
}

/// The text of the last `count` entries, newest first.
pub(super) async fn newest(count: u32) -> Result<Vec<String>, Fault> {
    let from = number_key(head().await?.tree.size().saturating_sub(count.into()));
    let ask = |transaction: &IdbTransaction| {
        let range = IdbKeyRange::lower_bound(&from).map_err(broken)?;
        Ok(vec![part(transaction, ENTRIES)?.get_all_with_key(&range).map_err(broken)?])
    };
    let mut newest = Vec::new();
    transact(&[ENTRIES], Access::Reads, &ask, &mut |_, found| {
        newest = texts(found.first())?;
        Ok(())
    })
    .await?;
    newest.reverse();
    Ok(newest)
}

/// The whole log as it stood at one moment: its entries, the settings they name, its end.
pub(super) async fn log() -> Result<(Vec<String>, Vec<String>, Head), Fault> {
    let ask = |transaction: &IdbTransaction| {
        let mut asked = end_of_log(transaction)?;
        for name in [ENTRIES, SETTINGS] {
            asked.push(part(transaction, name)?.get_all().map_err(broken)?);
        }
        Ok(asked)
    };
    let mut log = None;
    transact(&[ENTRIES, SETTINGS, META], Access::Reads, &ask, &mut |_, found| {
        log = Some((texts(found.get(2))?, texts(found.get(3))?, head_in(found)?));
        Ok(())
    })
    .await?;
    log.ok_or_else(|| broken(()))
}

/// Deletes every card whose time is over, notes which, and says how many there were. Looking at the clock is noted too, whatever is over.
pub(super) async fn purge() -> Result<u32, Fault> {
    let now = super::chance::now();
    // Nothing makes a log younger, so what is over by the age it has now is over when it is deleted.
    let mut head = head().await?;
    head.observe(now, &mut Vec::new()).map_err(broken)?;
    let over = [(EXPIRES, now), (ENDS, head.age)];
    let ask = |transaction: &IdbTransaction| {
        let mut asked = end_of_log(transaction)?;
        for (deadline, now) in over {
            let range = IdbKeyRange::upper_bound(&number_key(now)).map_err(broken)?;
            let rows = part(transaction, CARDS)?.index(deadline).and_then(|index| index.get_all_with_key(&range));
            asked.push(rows.map_err(broken)?);
        }
        Ok(asked)
    };
    let mut count = 0;
    transact(&[CARDS, ENTRIES, META], Access::Writes, &ask, &mut |transaction, found| {
        let mut head = head_in(found)?;
        let mut lines = Vec::new();
        head.observe(now, &mut lines).map_err(broken)?;
        let mut ids = Set::default();
        for rows in found.get(2..).unwrap_or_default() {
            for row in Array::from(rows).iter() {
                part(transaction, CARDS)?.delete(&member(&row, "source")).map_err(broken)?;
                ids.insert(member(&row, "id").as_string().ok_or_else(|| broken(()))?);
            }
        }
        count = u32::try_from(ids.iter().count()).unwrap_or(u32::MAX);
        purged(&mut head, ids, &mut lines).map_err(broken)?;
        append(transaction, &head, &lines)
    })
    .await?;
    Ok(count)
}

/// Opens the store, and makes it on first use.
async fn open() -> Result<IdbDatabase, Fault> {
    let factory: IdbFactory = Reflect::get(&global(), &"indexedDB".into()).and_then(JsCast::dyn_into).map_err(broken)?;
    let request = factory.open_with_u32(NAME, VERSION).map_err(broken)?;
    let opening = request.clone();
    let upgrade = Closure::once_into_js(move || {
        // A store that cannot be made lacks what the first use asks for, which is a denial.
        if let Some(database) = opening.result().ok().and_then(|database| database.dyn_into().ok()) {
            let _ = create(&database);
        }
    });
    request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
    done(&request).await?;
    request.result().and_then(JsCast::dyn_into).map_err(broken)
}

/// An open store.
struct Open(IdbDatabase);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A transaction over some parts. One that writes counts only once it is on the disk: that option is too new for `web-sys`, so the browser is asked by
/// name.
fn begin(database: &IdbDatabase, parts: &[&str], access: Access) -> Result<IdbTransaction, Fault> {
    let names = Array::new();
    for name in parts {
        names.push(&JsValue::from_str(name));
    }
    let options = Object::new();
    Reflect::set(&options, &"durability".into(), &"strict".into()).map_err(broken)?;
    let begin: Function = Reflect::get(database, &"transaction".into()).and_then(JsCast::dyn_into).map_err(broken)?;
    let mode = if access == Access::Writes { "readwrite" } else { "readonly" };
    let transaction = begin.call3(database, &names, &mode.into(), &options);
    transaction.and_then(JsCast::dyn_into).map_err(broken)
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
    let by_source = IdbObjectStoreParameters::new();
    by_source.set_key_path(&"source".into());
    let cards = database.create_object_store_with_optional_parameters(CARDS, &by_source)?;
    for deadline in [EXPIRES, ENDS] {
        cards.create_index_with_str(deadline, deadline)?;
    }
    Ok(())
}

/// Waits for the answer to a request.
async fn done(request: &IdbRequest) -> Result<(), Fault> {
    let settled = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match JsFuture::from(settled).await {
        Ok(_) => Ok(()),
        Err(_) => Err(fault(request.error().ok().flatten())),
    }
}

/// The end of a transaction: kept if everything in it is on the disk, broken if nothing of it is.
fn end_of(transaction: &IdbTransaction) -> JsFuture {
    JsFuture::from(Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    }))
}

/// Issues what puts lines at the end of the log, of which `head` is the end then.
fn append(transaction: &IdbTransaction, head: &Head, lines: &[String]) -> Result<(), Fault> {
    let mut index = head.tree.size();
    let entries = part(transaction, ENTRIES)?;
    for line in lines.iter().rev() {
        index -= 1;
        // `add` fails where an entry stands already: an entry is never written over.
        entries.add_with_key(&line.as_str().into(), &number_key(index)).map_err(broken)?;
    }
    let head = to_canonical(head).map_err(broken)?;
    part(transaction, META)?.put_with_key(&head.into(), &HEAD.into()).map_err(broken)?;
    Ok(())
}

/// What a list of texts holds.
fn texts(found: Option<&JsValue>) -> Result<Vec<String>, Fault> {
    let mut texts = Vec::new();
    for text in Array::from(found.unwrap_or(&JsValue::UNDEFINED)).iter() {
        texts.push(text.as_string().ok_or_else(|| Fault::broken("something in the store is not a text"))?);
    }
    Ok(texts)
}

/// A part of the store.
fn part(transaction: &IdbTransaction, name: &str) -> Result<IdbObjectStore, Fault> {
    transaction.object_store(name).map_err(broken)
}

/// Asks for the end of the log: the first two of what a transaction asks for.
fn end_of_log(transaction: &IdbTransaction) -> Result<Vec<IdbRequest>, Fault> {
    let mut asked = Vec::new();
    for key in [HEAD, TREE] {
        asked.push(part(transaction, META)?.get(&key.into()).map_err(broken)?);
    }
    Ok(asked)
}

/// The end of the log, from the answers.
fn head_in(found: &[JsValue]) -> Result<Head, Fault> {
    let [head, tree, ..] = found else { return Err(broken(())) };
    let read = match (head.as_string(), tree.as_string()) {
        (Some(head), _) => from_str::<Head>(&head).ok(),
        (None, Some(tree)) => from_str::<Tree>(&tree).ok().map(|tree| Head { tree, ..Head::default() }),
        (None, None) => (head.is_undefined() && tree.is_undefined()).then(Head::default),
    };
    read.filter(|head| head.tree.is_sound()).ok_or_else(|| Fault::broken("the end of the log in the store is broken"))
}

/// A member of something in the store.
fn member(row: &JsValue, name: &str) -> JsValue {
    Reflect::get(row, &name.into()).unwrap_or_default()
}

/// What is known of a card without reading it, from its row.
fn held(row: &JsValue) -> Option<Held> {
    Some(Held {
        id: member(row, "id").as_string()?,
        first_captured_at: member(row, "first").as_string()?,
        expires: number(&member(row, EXPIRES))?,
        ends: number(&member(row, ENDS))?,
    })
}

fn row(source: &str, card: &Card, holds: &Held) -> Result<JsValue, Fault> {
    let text = to_canonical(card).map_err(broken)?;
    let serializer = Serializer::new().serialize_maps_as_objects(true);
    Row { source, holds, text: &text }.serialize(&serializer).map_err(broken)
}

/// A card as it is stored: by its source, with what is known of it without reading it.
struct Row<'a> {
    source: &'a str,
    holds: &'a Held,
    text: &'a str,
}

/// As a map: for the names of a record's fields the serialiser keeps a hash table, larger than the rest of it.
impl Serialize for Row<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(6))?;
        for (name, text) in
            [("source", self.source), ("id", &self.holds.id), ("first", &self.holds.first_captured_at), ("text", self.text)]
        {
            map.serialize_entry(name, text)?;
        }
        for (name, time) in [(EXPIRES, self.holds.expires), (ENDS, self.holds.ends)] {
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
