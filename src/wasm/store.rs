//! The store in the browser: cards, entries and the tree's head in IndexedDB.
//!
//! Everything is kept as text that was made outside, so that what is hashed is what is stored. A commit reads the head and writes card,
//! entry and head in one transaction that reaches the disk before it counts (`durability: "strict"`).

use idb::{Database, DatabaseEvent, Error, Factory, IndexParams, KeyPath, KeyRange, ObjectStoreParams, Query, Transaction, TransactionMode, TransactionResult};
use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbTransaction};

use crate::ledger::{Entry, Tree};
use crate::page::Fault;
use crate::vault::{Card, Commit};

const NAME: &str = "scruple";
const VERSION: u32 = 1;

/// Cards: `{source, expires, text}` by source, with an index on the deadline.
const CARDS: &str = "cards";
/// Entries: their canonical text by index.
const ENTRIES: &str = "entries";
/// The tree's head, under [`TREE`].
const META: &str = "meta";
const TREE: &str = "tree";

/// Something the store could not do. Never repeats what was to be stored.
fn fault(error: &Error) -> Fault {
    let full = format!("{error:?}").contains("QuotaExceeded");
    Fault::broken(if full { "storage_full" } else { "the store cannot be used" })
}

fn broken<E>(_: E) -> Fault {
    Fault::broken("the store cannot be used")
}

/// An open store.
pub(super) struct Store {
    database: Database,
    /// The same database, for the one thing that `idb` has no word for.
    raw: IdbDatabase,
}

impl Store {
    /// Opens the store, and makes it on first use.
    pub(super) async fn open() -> Result<Self, Fault> {
        let mut request = Factory::new().and_then(|factory| factory.open(NAME, Some(VERSION))).map_err(|error| fault(&error))?;
        request.on_upgrade_needed(|event| {
            // A store that cannot be made fails to open, which is a denial.
            if let Ok(database) = event.database() {
                let _ = create(&database);
            }
        });
        let raw = IdbDatabase::from(request.await.map_err(|error| fault(&error))?);
        Ok(Self { database: Database::from(raw.clone()), raw })
    }

    /// Puts an entry, and the card it is about, on top of what is stored: all of it or nothing.
    pub(super) async fn commit(&self, source: &str, card: Option<Card>, entry: Entry, now: u64) -> Result<Commit, Fault> {
        let transaction = self.strict(&[CARDS, ENTRIES, META])?;
        match write(&transaction, source, card, entry, now).await {
            Ok(commit) => match transaction.commit().map_err(|error| fault(&error))?.await {
                Ok(TransactionResult::Committed) => Ok(commit),
                Ok(TransactionResult::Aborted) => Err(Fault::broken("storage_full")),
                Err(error) => Err(fault(&error)),
            },
            Err(error) => {
                // Already aborted by the failing request, or now.
                let _ = transaction.abort();
                Err(error)
            }
        }
    }

    /// The head of the tree and the text of the last `count` entries (all: `None`), oldest first, as they stood at one moment.
    pub(super) async fn entries(&self, count: Option<u32>) -> Result<(Tree, Vec<String>), Fault> {
        let transaction = self.database.transaction(&[ENTRIES, META], TransactionMode::ReadOnly).map_err(|error| fault(&error))?;
        let tree = read_tree(&transaction).await?;
        let from = count.map_or(0, |count| tree.size().saturating_sub(count.into()));
        let range = KeyRange::lower_bound(&index_key(from), None).map_err(|error| fault(&error))?;
        let store = transaction.object_store(ENTRIES).map_err(|error| fault(&error))?;
        let found = store.get_all(Some(Query::KeyRange(range)), None).map_err(|error| fault(&error))?.await;
        let lines: Option<Vec<String>> = found.map_err(|error| fault(&error))?.iter().map(JsValue::as_string).collect();
        Ok((tree, lines.ok_or_else(|| Fault::broken("an entry in the store is not a text"))?))
    }

    /// Deletes every card whose time is over.
    pub(super) async fn purge(&self, now: u64) -> Result<u32, Fault> {
        let transaction = self.strict(&[CARDS])?;
        let store = transaction.object_store(CARDS).map_err(|error| fault(&error))?;
        let index = store.index("expires").map_err(|error| fault(&error))?;
        let range = KeyRange::upper_bound(&time_key(now), None).map_err(|error| fault(&error))?;
        let keys = index.get_all_keys(Some(Query::KeyRange(range)), None).map_err(|error| fault(&error))?;
        let keys = keys.await.map_err(|error| fault(&error))?;
        let count = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        for key in keys {
            store.delete(Query::Key(key)).map_err(|error| fault(&error))?.await.map_err(|error| fault(&error))?;
        }
        transaction.commit().map_err(|error| fault(&error))?.await.map_err(|error| fault(&error))?;
        Ok(count)
    }

    /// A transaction that counts only once it is on the disk.
    fn strict(&self, stores: &[&str]) -> Result<Transaction, Fault> {
        let database: &JsValue = self.raw.as_ref();
        let names: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
        let options = Object::new();
        Reflect::set(&options, &"durability".into(), &"strict".into()).map_err(broken)?;
        let begin: Function = Reflect::get(database, &"transaction".into()).and_then(JsCast::dyn_into).map_err(broken)?;
        let transaction = begin.call3(database, &names, &"readwrite".into(), &options).map_err(broken)?;
        transaction.dyn_into::<IdbTransaction>().map(Transaction::from).map_err(broken)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.database.close();
    }
}

fn create(database: &Database) -> Result<(), Error> {
    let mut keyed = ObjectStoreParams::new();
    keyed.key_path(Some(KeyPath::new_single("source")));
    let cards = database.create_object_store(CARDS, keyed)?;
    cards.create_index("expires", KeyPath::new_single("expires"), Some(IndexParams::new()))?;
    database.create_object_store(ENTRIES, ObjectStoreParams::new())?;
    database.create_object_store(META, ObjectStoreParams::new())?;
    Ok(())
}

/// Issues every write of a commit. Nothing but the store is waited for, since a transaction ends itself otherwise.
async fn write(transaction: &Transaction, source: &str, card: Option<Card>, entry: Entry, now: u64) -> Result<Commit, Fault> {
    let tree = read_tree(transaction).await?;
    let held = match &card {
        Some(_) => read_card(transaction, source).await?.filter(|held| !held.is_expired(now)),
        None => None,
    };
    let commit = Commit::of(tree, held.as_ref(), card, entry).map_err(broken)?;
    let head = serde_json::to_string(&commit.tree).map_err(broken)?;

    let store = |name: &str| transaction.object_store(name).map_err(|error| fault(&error));
    // `add` fails where an entry stands already: an entry is never written over.
    let key = index_key(commit.entry.index);
    let entry = store(ENTRIES)?.add(&commit.line.as_str().into(), Some(&key)).map_err(|error| fault(&error))?;
    let card = match &commit.card {
        Some(card) => Some(store(CARDS)?.put(&card_record(source, card)?, None).map_err(|error| fault(&error))?),
        None => None,
    };
    let head = store(META)?.put(&head.as_str().into(), Some(&TREE.into())).map_err(|error| fault(&error))?;
    entry.await.map_err(|error| fault(&error))?;
    if let Some(card) = card {
        card.await.map_err(|error| fault(&error))?;
    }
    head.await.map_err(|error| fault(&error))?;
    Ok(commit)
}

async fn read_tree(transaction: &Transaction) -> Result<Tree, Fault> {
    let Some(value) = get(transaction, META, TREE).await? else { return Ok(Tree::default()) };
    let tree = value.as_string().and_then(|text| serde_json::from_str::<Tree>(&text).ok()).filter(Tree::is_sound);
    tree.ok_or_else(|| Fault::broken("the head of the log in the store is broken"))
}

async fn read_card(transaction: &Transaction, source: &str) -> Result<Option<Card>, Fault> {
    let Some(value) = get(transaction, CARDS, source).await? else { return Ok(None) };
    let text = Reflect::get(&value, &"text".into()).ok().and_then(|text| text.as_string());
    let card = text.and_then(|text| serde_json::from_str(&text).ok());
    card.map(Some).ok_or_else(|| Fault::broken("a card in the store is broken"))
}

async fn get(transaction: &Transaction, store: &str, key: &str) -> Result<Option<JsValue>, Fault> {
    let store = transaction.object_store(store).map_err(|error| fault(&error))?;
    store.get(Query::Key(key.into())).map_err(|error| fault(&error))?.await.map_err(|error| fault(&error))
}

fn card_record(source: &str, card: &Card) -> Result<JsValue, Fault> {
    let text = serde_json::to_string(card).map_err(broken)?;
    let record = Object::new();
    let fields = [("source", source.into()), ("expires", time_key(card.deadline())), ("text", text.into())];
    for (name, value) in fields {
        Reflect::set(&record, &name.into(), &value).map_err(broken)?;
    }
    Ok(record.into())
}

#[allow(clippy::cast_precision_loss, reason = "no log reaches 2^53 entries")]
fn index_key(index: u64) -> JsValue {
    (index as f64).into()
}

#[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay far below 2^53")]
fn time_key(time: u64) -> JsValue {
    (time as f64).into()
}
