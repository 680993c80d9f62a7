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
use crate::ledger::{PageEntry, Tree};
use crate::page::Fault;
use crate::vault::{Card, Commit, Held};

const NAME: &str = "scruple";
const VERSION: u32 = 2;

/// Cards: `{source, expires, text}` by source, with an index on the deadline.
const CARDS: &str = "cards";
/// Entries: their canonical text by index.
const ENTRIES: &str = "entries";
/// The texts of settings that entries name, by their hash. Since version 2.
const SETTINGS: &str = "settings";
/// The tree's head, under [`TREE`].
const META: &str = "meta";
const TREE: &str = "tree";

/// The index of cards by deadline.
const EXPIRES: &str = "expires";

/// Something the store could not do. What the browser says of it may repeat what was to be stored, so it is not passed on.
fn broken<E>(_: E) -> Fault {
    Fault::broken("the store cannot be used")
}

/// The fault behind an error of the store.
fn fault(error: Option<DomException>) -> Fault {
    let full = error.is_some_and(|error| error.name() == "QuotaExceededError");
    Fault::broken(if full { "storage_full" } else { "the store cannot be used" })
}

/// An open store.
pub(super) struct Store {
    database: IdbDatabase,
}

impl Store {
    /// Opens the store, and makes it on first use.
    async fn open() -> Result<Self, Fault> {
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
        let database = done(request.into()).await?.dyn_into().map_err(broken)?;
        Ok(Self { database })
    }

    /// Puts an entry, the settings it names, and the card it is about on top of what is stored: all of it or nothing.
    pub(super) async fn commit(settings: &str, source: &str, card: Option<Card>, entry: PageEntry) -> Result<Commit, Fault> {
        let store = Self::open().await?;
        let now = super::chance::now();
        let transaction = store.begin(&[CARDS, ENTRIES, SETTINGS, META], true)?;
        let end = end_of(&transaction);
        let written = match read(&transaction, card.is_some().then_some(source)).await {
            Ok((tree, held)) => write(&transaction, settings, source, (tree, held), (card, entry), now),
            Err(fault) => Err(fault),
        };
        match written {
            Ok(commit) => end.await.map(|_| commit).map_err(|_| fault(transaction.error())),
            Err(fault) => {
                // It may have ended itself already, by the request that failed.
                let _ = transaction.abort();
                Err(fault)
            }
        }
    }

    /// The text of the last `count` entries, newest first.
    pub(super) async fn newest(count: u32) -> Result<Vec<String>, Fault> {
        let store = Self::open().await?;
        let transaction = store.begin(&[ENTRIES, META], false)?;
        let from = read(&transaction, None).await?.0.size().saturating_sub(count.into());
        let range = IdbKeyRange::lower_bound(&number_key(from)).map_err(broken)?;
        let found = done(part(&transaction, ENTRIES)?.get_all_with_key(&range).map_err(broken)?).await?;
        let mut texts = texts(&found)?;
        texts.reverse();
        Ok(texts)
    }

    /// The whole log as it stood at one moment: its entries, the settings they name, the head of the tree.
    pub(super) async fn log() -> Result<(Vec<String>, Vec<String>, Tree), Fault> {
        let store = Self::open().await?;
        let transaction = store.begin(&[ENTRIES, SETTINGS, META], false)?;
        let mut found = [Vec::new(), Vec::new()];
        for (name, found) in [ENTRIES, SETTINGS].into_iter().zip(&mut found) {
            *found = texts(&done(part(&transaction, name)?.get_all().map_err(broken)?).await?)?;
        }
        let [entries, settings] = found;
        Ok((entries, settings, read(&transaction, None).await?.0))
    }

    /// Deletes every card whose time is over, and says how many there were.
    pub(super) async fn purge(now: u64) -> Result<u32, Fault> {
        let store = Self::open().await?;
        let transaction = store.begin(&[CARDS], true)?;
        let end = end_of(&transaction);
        let cards = part(&transaction, CARDS)?;
        let range = IdbKeyRange::upper_bound(&number_key(now)).map_err(broken)?;
        let over = cards.index(EXPIRES).and_then(|index| index.get_all_keys_with_key(&range)).map_err(broken)?;
        let over = Array::from(&done(over).await?);
        for source in over.iter() {
            cards.delete(&source).map_err(broken)?;
        }
        end.await.map_err(|_| fault(transaction.error()))?;
        Ok(over.length())
    }

    /// A transaction over some parts. One that writes counts only once it is on the disk: that option is too new for `web-sys`, so the browser is asked
    /// by name.
    fn begin(&self, parts: &[&str], writes: bool) -> Result<IdbTransaction, Fault> {
        let names = Array::new();
        for name in parts {
            names.push(&JsValue::from_str(name));
        }
        let options = Object::new();
        Reflect::set(&options, &"durability".into(), &"strict".into()).map_err(broken)?;
        let begin: Function = Reflect::get(&self.database, &"transaction".into()).and_then(JsCast::dyn_into).map_err(broken)?;
        let mode = if writes { "readwrite" } else { "readonly" };
        let transaction = begin.call3(&self.database, &names, &mode.into(), &options);
        transaction.and_then(JsCast::dyn_into).map_err(broken)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.database.close();
    }
}

/// Makes what is missing, in a new store and in one of an earlier version.
fn create(database: &IdbDatabase) -> Result<(), JsValue> {
    let stores = database.object_store_names();
    if !stores.contains(SETTINGS) {
        database.create_object_store(SETTINGS)?;
    }
    if stores.contains(ENTRIES) {
        return Ok(());
    }
    let by_source = IdbObjectStoreParameters::new();
    by_source.set_key_path(&"source".into());
    let cards = database.create_object_store_with_optional_parameters(CARDS, &by_source)?;
    cards.create_index_with_str(EXPIRES, EXPIRES)?;
    database.create_object_store(ENTRIES)?;
    database.create_object_store(META)?;
    Ok(())
}

/// The result of a request, once it is there.
async fn done(request: IdbRequest) -> Result<JsValue, Fault> {
    let settled = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match JsFuture::from(settled).await {
        Ok(_) => request.result().map_err(broken),
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

/// Issues every write of a commit. Nobody waits for one of them: the transaction keeps all, or breaks with the first that fails.
fn write(
    transaction: &IdbTransaction,
    settings: &str,
    source: &str,
    (tree, held): (Tree, Option<Held>),
    (card, entry): (Option<Card>, PageEntry),
    now: u64,
) -> Result<Commit, Fault> {
    let held = held.filter(|held| !held.is_expired(now));
    let commit = Commit::of(tree, held.as_ref(), card, entry).map_err(broken)?;
    let head = to_canonical(&commit.tree).map_err(broken)?;
    // `add` fails where an entry stands already: an entry is never written over.
    let index = number_key(commit.entry.index);
    part(transaction, ENTRIES)?.add_with_key(&commit.line.as_str().into(), &index).map_err(broken)?;
    // The same settings have the same text under the same name, so writing them again changes nothing.
    part(transaction, SETTINGS)?.put_with_key(&settings.into(), &commit.entry.policy.as_str().into()).map_err(broken)?;
    if let Some(card) = &commit.card {
        part(transaction, CARDS)?.put(&card_record(source, card)?).map_err(broken)?;
    }
    part(transaction, META)?.put_with_key(&head.into(), &TREE.into()).map_err(broken)?;
    Ok(commit)
}

/// What a list of texts holds.
fn texts(found: &JsValue) -> Result<Vec<String>, Fault> {
    let mut texts = Vec::new();
    for text in Array::from(found).iter() {
        texts.push(text.as_string().ok_or_else(|| Fault::broken("something in the store is not a text"))?);
    }
    Ok(texts)
}

/// A part of the store.
fn part(transaction: &IdbTransaction, name: &str) -> Result<IdbObjectStore, Fault> {
    transaction.object_store(name).map_err(broken)
}

/// The head of the tree, and the card of a source where one is named. Nothing but the store is waited for, since a transaction ends itself otherwise.
async fn read(transaction: &IdbTransaction, source: Option<&str>) -> Result<(Tree, Option<Held>), Fault> {
    let mut found = [JsValue::UNDEFINED, JsValue::UNDEFINED];
    for ((name, key), found) in [(META, Some(TREE)), (CARDS, source)].into_iter().zip(&mut found) {
        if let Some(key) = key {
            *found = done(part(transaction, name)?.get(&key.into()).map_err(broken)?).await?;
        }
    }
    let [tree, held] = found;
    let tree = match tree.is_undefined() {
        true => Some(Tree::default()),
        false => tree.as_string().and_then(|text| from_str::<Tree>(&text).ok()).filter(Tree::is_sound),
    };
    let tree = tree.ok_or_else(|| Fault::broken("the head of the log in the store is broken"))?;
    if held.is_undefined() {
        return Ok((tree, None));
    }
    let text = Reflect::get(&held, &"text".into()).ok().and_then(|text| text.as_string());
    let held = text.and_then(|text| from_str(&text).ok());
    held.map(|held| (tree, Some(held))).ok_or_else(|| Fault::broken("a card in the store is broken"))
}

fn card_record(source: &str, card: &Card) -> Result<JsValue, Fault> {
    let text = to_canonical(card).map_err(broken)?;
    let serializer = Serializer::new().serialize_maps_as_objects(true);
    CardRecord { source, expires: card.deadline(), text: &text }.serialize(&serializer).map_err(broken)
}

/// A card as it is stored: by its source, with its deadline for the index.
struct CardRecord<'a> {
    source: &'a str,
    expires: u64,
    text: &'a str,
}

/// As a map: for the names of a record's fields the serialiser keeps a hash table, larger than the rest of it.
impl Serialize for CardRecord<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("source", self.source)?;
        map.serialize_entry(EXPIRES, &self.expires)?;
        map.serialize_entry("text", self.text)?;
        map.end()
    }
}

/// An index or a time as a key.
#[allow(clippy::cast_precision_loss, reason = "neither the entries of a log nor the milliseconds since 1970 reach 2^53")]
fn number_key(number: u64) -> JsValue {
    (number as f64).into()
}
