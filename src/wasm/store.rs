//! The store in the browser: cards, entries and the tree's head in IndexedDB.
//!
//! Everything is kept as text that was made outside, so that what is hashed is what is stored. A commit reads the head and writes card,
//! entry and head in one transaction that reaches the disk before it counts (`durability: "strict"`).
//!
//! It speaks to IndexedDB through `web-sys` alone: a crate around it would be a tenth of all that is shipped, and has no word for
//! durability.

use js_sys::{Array, Function, Object, Promise, Reflect, global};
use serde::Serialize;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DomException, IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbObjectStoreParameters, IdbRequest, IdbTransaction,
};

use crate::json::{from_str, to_canonical};
use crate::ledger::{Entry, Tree};
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
    pub(super) async fn open() -> Result<Self, Fault> {
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
        let database = done(&request).await?.dyn_into().map_err(broken)?;
        Ok(Self { database })
    }

    /// Puts an entry, the settings it names, and the card it is about on top of what is stored: all of it or nothing.
    pub(super) async fn commit(
        &self,
        settings: &str,
        source: &str,
        card: Option<Card>,
        entry: Entry,
        now: u64,
    ) -> Result<Commit, Fault> {
        let transaction = self.writing(&[CARDS, ENTRIES, SETTINGS, META])?;
        let end = end_of(&transaction);
        match write(&transaction, settings, source, card, entry, now).await {
            Ok(commit) => end.await.map(|_| commit).map_err(|_| fault(transaction.error())),
            Err(fault) => {
                // It may have ended itself already, by the request that failed.
                let _ = transaction.abort();
                Err(fault)
            }
        }
    }

    /// The text of the last `count` entries, oldest first.
    pub(super) async fn newest(&self, count: u32) -> Result<Vec<String>, Fault> {
        let transaction = self.reading(&[ENTRIES, META])?;
        let from = read_tree(&transaction).await?.size().saturating_sub(count.into());
        let range = IdbKeyRange::lower_bound(&number_key(from)).map_err(broken)?;
        texts(&store(&transaction, ENTRIES)?.get_all_with_key(&range).map_err(broken)?).await
    }

    /// The whole log as it stood at one moment: its entries, the settings they name, the head of the tree.
    pub(super) async fn log(&self) -> Result<(Vec<String>, Vec<String>, Tree), Fault> {
        let transaction = self.reading(&[ENTRIES, SETTINGS, META])?;
        let tree = read_tree(&transaction).await?;
        let entries = texts(&store(&transaction, ENTRIES)?.get_all().map_err(broken)?).await?;
        let settings = texts(&store(&transaction, SETTINGS)?.get_all().map_err(broken)?).await?;
        Ok((entries, settings, tree))
    }

    /// Deletes every card whose time is over, and says how many there were.
    pub(super) async fn purge(&self, now: u64) -> Result<u32, Fault> {
        let transaction = self.writing(&[CARDS])?;
        let end = end_of(&transaction);
        let cards = store(&transaction, CARDS)?;
        let range = IdbKeyRange::upper_bound(&number_key(now)).map_err(broken)?;
        let over = cards.index(EXPIRES).and_then(|index| index.get_all_keys_with_key(&range)).map_err(broken)?;
        let over = Array::from(&done(&over).await?);
        for source in over.iter() {
            cards.delete(&source).map_err(broken)?;
        }
        end.await.map_err(|_| fault(transaction.error()))?;
        Ok(over.length())
    }

    fn reading(&self, stores: &[&str]) -> Result<IdbTransaction, Fault> {
        let names: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
        self.database.transaction_with_str_sequence(&names).map_err(broken)
    }

    /// A transaction that counts only once it is on the disk. The option is too new for `web-sys`, so the browser is asked by name.
    fn writing(&self, stores: &[&str]) -> Result<IdbTransaction, Fault> {
        let names: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
        let options = Object::new();
        Reflect::set(&options, &"durability".into(), &"strict".into()).map_err(broken)?;
        let begin: Function = Reflect::get(&self.database, &"transaction".into()).and_then(JsCast::dyn_into).map_err(broken)?;
        let transaction = begin.call3(&self.database, &names, &"readwrite".into(), &options);
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
async fn done(request: &IdbRequest) -> Result<JsValue, Fault> {
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

/// Issues every write of a commit. Nothing but the store is waited for, since a transaction ends itself otherwise.
async fn write(
    transaction: &IdbTransaction,
    settings: &str,
    source: &str,
    card: Option<Card>,
    entry: Entry,
    now: u64,
) -> Result<Commit, Fault> {
    let tree = read_tree(transaction).await?;
    let held = match &card {
        Some(_) => read_held(transaction, source).await?.filter(|held| !held.is_expired(now)),
        None => None,
    };
    let commit = Commit::of(tree, held.as_ref(), card, entry).map_err(broken)?;
    let head = to_canonical(&commit.tree).map_err(broken)?;

    // `add` fails where an entry stands already: an entry is never written over.
    let index = number_key(commit.entry.index);
    let mut requests = vec![store(transaction, ENTRIES)?.add_with_key(&commit.line.as_str().into(), &index).map_err(broken)?];
    // The same settings have the same text under the same name, so writing them again changes nothing.
    requests
        .push(store(transaction, SETTINGS)?.put_with_key(&settings.into(), &commit.entry.policy.as_str().into()).map_err(broken)?);
    if let Some(card) = &commit.card {
        requests.push(store(transaction, CARDS)?.put(&card_record(source, card)?).map_err(broken)?);
    }
    requests.push(store(transaction, META)?.put_with_key(&head.into(), &TREE.into()).map_err(broken)?);
    for request in &requests {
        done(request).await?;
    }
    Ok(commit)
}

/// What a request finds, as texts.
async fn texts(request: &IdbRequest) -> Result<Vec<String>, Fault> {
    let found: Option<Vec<String>> = Array::from(&done(request).await?).iter().map(|text| text.as_string()).collect();
    found.ok_or_else(|| Fault::broken("something in the store is not a text"))
}

fn store(transaction: &IdbTransaction, name: &str) -> Result<IdbObjectStore, Fault> {
    transaction.object_store(name).map_err(broken)
}

async fn read_tree(transaction: &IdbTransaction) -> Result<Tree, Fault> {
    let value = get(transaction, META, TREE).await?;
    if value.is_undefined() {
        return Ok(Tree::default());
    }
    let tree = value.as_string().and_then(|text| from_str::<Tree>(&text).ok()).filter(Tree::is_sound);
    tree.ok_or_else(|| Fault::broken("the head of the log in the store is broken"))
}

async fn read_held(transaction: &IdbTransaction, source: &str) -> Result<Option<Held>, Fault> {
    let value = get(transaction, CARDS, source).await?;
    if value.is_undefined() {
        return Ok(None);
    }
    let text = Reflect::get(&value, &"text".into()).ok().and_then(|text| text.as_string());
    let held = text.and_then(|text| from_str(&text).ok());
    held.map(Some).ok_or_else(|| Fault::broken("a card in the store is broken"))
}

async fn get(transaction: &IdbTransaction, name: &str, key: &str) -> Result<JsValue, Fault> {
    done(&store(transaction, name)?.get(&key.into()).map_err(broken)?).await
}

fn card_record(source: &str, card: &Card) -> Result<JsValue, Fault> {
    let text = to_canonical(card).map_err(broken)?;
    serde_wasm_bindgen::to_value(&CardRecord { source, expires: card.deadline(), text }).map_err(broken)
}

/// A card as it is stored: by its source, with its deadline for the index.
#[derive(Serialize)]
struct CardRecord<'a> {
    source: &'a str,
    expires: u64,
    text: String,
}

/// An index or a time as a key.
#[allow(clippy::cast_precision_loss, reason = "neither the entries of a log nor the milliseconds since 1970 reach 2^53")]
fn number_key(number: u64) -> JsValue {
    (number as f64).into()
}
