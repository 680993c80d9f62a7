//! The store in the browser: sealed cards, entries and the end of the log in IndexedDB.
//!
//! Everything is kept as text that was made outside, so that what is hashed is what is stored. A task is one transaction, which reaches the disk before
//! it counts (`durability: "strict"`).
//!
//! It speaks to IndexedDB through `web-sys` alone: a crate around it would be a tenth of all that is shipped, and has no word for
//! durability.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect, global};
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
#[cfg(feature = "desk")]
use crate::vault::Damaged;
use crate::vault::{Ask, Change, Found, Held, PART, Part, Row, Store, Task};
use crate::vocabulary::{Choice, Field};

const NAME: &str = "scruple";
const VERSION: u32 = 5;

/// Cards: `{source, id, first, expires, ends, span, seq, fields, review, sealed}` by their source, with an index on each number. Stores
/// before version 5, of which none was ever released, had other cards or keys.
const CARDS: &str = "cards";
/// Parts of what is searched: `{number, sealed}` by their numbers. Since version 4.
const PARTS: &str = "parts";
/// The name of the key of each card, by its source, and of each part, by its number: so that it goes with them, whatever they say themselves. Since version 5.
const KEYS: &str = "keys";
/// Entries: their canonical text by index.
const ENTRIES: &str = "entries";
/// The texts of settings that entries name, by their hash. Since version 2.
const SETTINGS: &str = "settings";
/// The end of the log; before version 3 its tree alone.
const META: &str = "meta";
const HEAD: &str = "tree";
/// Stands beside the end of the log where whoever remembers that may have missed something, although no entry came since: it says something else by now (what
/// the clock said), or there is a part that a card of the next entry belongs into. Then something that is no entry stands where the next one comes, and keeps
/// whoever has not asked from putting it there.
const UNSEEN: &str = "unseen";

/// No bound on how much is given.
const MOST: u32 = u32::MAX;

/// Texts of cards.
const SOURCE: &str = "source";
const ID: &str = "id";
const FIRST: &str = "first";
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

/// The store of this browser, as one window or worker has it.
#[derive(Clone, Debug, Default)]
pub struct Browser(Rc<RefCell<Option<Open>>>);

/// An open store: opening it takes about half as long as a transaction. Whoever upgrades or deletes it has it closed.
#[derive(Debug)]
struct Open {
    database: IdbDatabase,
    /// The end of the log as it stood at some time since: whoever has the store open may have written on. Nothing, if it was not looked at yet.
    last: Head,
}

thread_local! {
    static HERE: Browser = Browser::default();
}

impl Browser {
    /// The store as everything in this module uses it.
    #[must_use]
    pub fn here() -> Self {
        HERE.try_with(Self::clone).unwrap_or_default()
    }

    /// Begins a transaction for a task, if the store is open.
    fn begun(&self, task: &dyn Task) -> Result<IdbTransaction, JsValue> {
        begin(&self.0.borrow().as_ref().ok_or(JsValue::UNDEFINED)?.database, task.writes())
    }

    /// What a task that [appends](Task::appends) comes to by the end of the log that is remembered, and the end of the log behind it. If an entry or a card stands
    /// where it puts one, or something is [unseen](UNSEEN), its transaction breaks.
    fn ahead(&self, task: &mut dyn Task) -> Option<(Head, Vec<Step>)> {
        let head = self.0.borrow().as_ref()?.last.clone();
        if !task.appends() || head.tree.size() == 0 {
            return None;
        }
        let change = task.decide(Found { head, ..Found::default() }).ok()??;
        let steps = steps(&change, false, false).ok()?;
        Some((change.head, steps))
    }

    /// `said`: why the task itself could not go on.
    async fn attempts(&self, task: &mut dyn Task, said: &mut Option<Fault>) -> Result<(), JsValue> {
        // Decided before the transaction begins: nobody waits for the hashing, and nothing has to be asked.
        let mut ahead = self.ahead(task);
        loop {
            let transaction = match self.begun(&*task) {
                Ok(transaction) => transaction,
                Err(_) => {
                    // It was not open yet, or is not any more: what is remembered was another store.
                    ahead = None;
                    let database = open().await?;
                    if let Some(before) = self.0.replace(Some(Open { database, last: Head::default() })) {
                        before.database.close();
                    }
                    self.begun(&*task)?
                }
            };
            let end = end_of(&transaction);
            let is_ahead = ahead.is_some();
            let worked = match ahead.take() {
                Some((head, steps)) => issue(&transaction, steps).map(|()| head),
                None => work(&transaction, task, said).await,
            };
            let ended = match worked {
                Ok(head) => end.await.map(|_| head).map_err(|_| transaction.error().into()),
                Err(error) => {
                    // It may have ended itself already, by the request that failed.
                    let _ = transaction.abort();
                    Err(error)
                }
            };
            match ended {
                Ok(head) => {
                    // It is the store that this was done in: nobody can delete or upgrade that before, and so it is not opened anew before.
                    if let Some(open) = self.0.borrow_mut().as_mut() {
                        open.last = head;
                    }
                    return Ok(());
                }
                // The end of the log is another by now; or something else fails, which is seen when it is asked.
                Err(_) if is_ahead => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Store for Browser {
    async fn transact(&self, task: &mut dyn Task) -> Result<(), Fault> {
        let mut said = None;
        match (self.attempts(task, &mut said).await, said) {
            (_, Some(said)) => Err(said),
            (Err(error), None) => Err(fault(&error)),
            (Ok(()), None) => Ok(()),
        }
    }
}

/// Asks for what a task needs to know, has it decide, and issues that; gives the end of the log behind it. Nothing else is waited for while a transaction is
/// open: it would end itself.
async fn work(transaction: &IdbTransaction, task: &mut dyn Task, said: &mut Option<Fault>) -> Result<Head, JsValue> {
    let mut asking = Asking::default();
    loop {
        let asked = asking.ask(transaction, task)?;
        let Some(last) = asked.last() else { break };
        // A store answers in the order it was asked, so the last answer means that all are there.
        done(last).await?;
        asking.hear(&asked, task)?;
    }
    #[cfg(feature = "desk")]
    if let Ask::Newest { before, count } = task.ask(&asking.found.head) {
        newest(transaction, before, count, &mut asking.found).await?;
    }
    let (head, parts) = (asking.found.head.clone(), asking.found.parts.len());
    match task.decide(asking.found) {
        Ok(Some(change)) => {
            issue(transaction, steps(&change, asking.was_unseen, change.is_unseen(parts))?)?;
            Ok(change.head)
        }
        Ok(None) => Ok(head),
        Err(fault) => {
            *said = Some(fault);
            Err(JsValue::UNDEFINED)
        }
    }
}

/// What is asked in one transaction, step by step, and what is known so far.
#[derive(Default)]
struct Asking {
    /// Which step comes next: the end of the log, with a row that does not depend on it; whatever else is asked for; rows of which now the sources are known; the
    /// keys of the parts that go with them.
    step: u8,
    found: Found,
    /// Whether something was [unseen](UNSEEN).
    was_unseen: bool,
    #[cfg(feature = "desk")]
    sources: Set<String>,
    /// The parts whose keys are asked for.
    numbers: Set<u64>,
}

impl Asking {
    /// Issues what comes next: nothing, once all is known.
    fn ask(&mut self, transaction: &IdbTransaction, task: &dyn Task) -> Result<Vec<IdbRequest>, JsValue> {
        let mut asked = Vec::new();
        let ask = task.ask(&self.found.head);
        while asked.is_empty() && self.step < 4 {
            if self.step == 0 {
                asked.push(all(transaction, META, "", &JsValue::UNDEFINED, MOST)?);
            }
            // A row does not depend on the end of the log.
            if self.step == u8::from(!matches!(ask, Ask::Row(_))) {
                requests(transaction, ask, &mut asked)?;
            }
            match self.step {
                #[cfg(feature = "desk")]
                2 => {
                    for source in self.sources.iter() {
                        asked.push(all(transaction, CARDS, "", &source.into(), MOST)?);
                    }
                }
                3 if task.writes() && self.found.parts.is_empty() => {
                    self.numbers.insert(self.found.head.tree.size() / PART);
                    for row in &self.found.rows {
                        self.numbers.insert(row.held.seq / PART);
                    }
                    for number in self.numbers.iter() {
                        asked.push(all(transaction, KEYS, "", &number_key(*number), MOST)?);
                    }
                }
                _ => {}
            }
            self.step += 1;
        }
        Ok(asked)
    }

    /// Reads the answers to what was asked last.
    fn hear(&mut self, asked: &[IdbRequest], task: &dyn Task) -> Result<(), JsValue> {
        let ask = task.ask(&self.found.head);
        for (nth, request) in asked.iter().enumerate() {
            let answer = request.result()?;
            match (self.step, ask) {
                (1, _) if nth == 0 => {
                    let head = first(&answer);
                    if !head.is_undefined() {
                        self.found.head = head_in(&head).ok_or(JsValue::UNDEFINED)?;
                    }
                    self.was_unseen = Array::from(&answer).length() > 1;
                }
                #[cfg(feature = "desk")]
                (2, Ask::Over { .. }) => {
                    // What has a key and no deadline is damaged; the lists between are those whose time is over.
                    let ending = match asked.last() {
                        Some(last) if nth == 0 => Some(js_sys::Set::new(&last.result()?)),
                        Some(last) if last == request => break,
                        _ => None,
                    };
                    for source in Array::from(&answer).iter() {
                        let has_deadline = ending.as_ref().is_some_and(|ending| ending.has(&source));
                        if let (Some(text), false) = (source.as_string(), has_deadline) {
                            self.sources.insert(text);
                        }
                    }
                }
                #[cfg(feature = "desk")]
                (3, _) => {
                    let (source, row) = (self.sources.iter().nth(nth).cloned().unwrap_or_default(), first(&answer));
                    match row_in(&row) {
                        Some(row) if row.source == source => self.found.rows.push(row),
                        _ => self.found.damaged.push(Damaged { source, id: text(&row, ID) }),
                    }
                }
                (4, _) => {
                    let number = *self.numbers.iter().nth(nth).ok_or(JsValue::UNDEFINED)?;
                    self.found.parts.extend(first(&answer).as_string().map(|sealed| Part { number, sealed }));
                }
                _ => {
                    for one in Array::from(&answer).iter() {
                        let is_read = read(&mut self.found, &one);
                        // The row of somebody is there and nobody knows what it says: not as if it were not there.
                        if !is_read && matches!(ask, Ask::Row(_)) {
                            return Err(JsValue::UNDEFINED);
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// The first of a list.
fn first(list: &JsValue) -> JsValue {
    Array::from(list).get(0)
}

/// Reads what was asked for, if it can be read. Which it is it says itself.
fn read(found: &mut Found, one: &JsValue) -> bool {
    if let Some(text) = one.as_string() {
        found.texts.push(text);
    } else if let Some(number) = number(&member(one, NUMBER)) {
        found.parts.push(Part { number, sealed: text(one, SEALED).unwrap_or_default() });
    } else if let Some(row) = row_in(one) {
        found.rows.push(row);
    } else {
        return false;
    }
    true
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
        read(found, &cursor.value()?);
        cursor.continue_()?;
    }
    Ok(())
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
fn requests(transaction: &IdbTransaction, ask: Ask<'_>, asked: &mut Vec<IdbRequest>) -> Result<(), JsValue> {
    match ask {
        Ask::Head => {}
        Ask::Row(source) => asked.push(all(transaction, CARDS, "", &source.into(), MOST)?),
        Ask::Over { now, age, keep, count } => {
            let ranges = [
                (EXPIRES, IdbKeyRange::upper_bound(&number_key(now))?),
                (ENDS, IdbKeyRange::upper_bound(&number_key(age))?),
                (SPAN, IdbKeyRange::lower_bound_with_open(&number_key(keep), true)?),
            ];
            #[cfg(feature = "desk")]
            // Numbers come before texts.
            asked.push(transaction.object_store(KEYS)?.get_all_keys_with_key(&IdbKeyRange::lower_bound(&"".into())?.into())?);
            for (index, range) in ranges {
                #[cfg(feature = "desk")]
                asked.push(transaction.object_store(CARDS)?.index(index)?.get_all_keys_with_key_and_limit(&range, count)?);
                #[cfg(not(feature = "desk"))]
                asked.push(all(transaction, CARDS, index, &range, count)?);
            }
            #[cfg(feature = "desk")]
            {
                let all = IdbKeyRange::upper_bound(&f64::MAX.into())?;
                asked.push(transaction.object_store(CARDS)?.index(EXPIRES)?.get_all_keys_with_key(&all)?);
            }
        }
        Ask::Entries { from, count } => {
            asked.push(all(transaction, ENTRIES, "", &IdbKeyRange::lower_bound(&number_key(from))?.into(), count)?);
        }
        Ask::Settings => asked.push(all(transaction, SETTINGS, "", &JsValue::UNDEFINED, MOST)?),
        Ask::Keys => asked.push(all(transaction, KEYS, "", &JsValue::UNDEFINED, MOST)?),
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
    Ok(())
}

/// What comes, where, and whether something may stand there already. What does not come goes.
type Step = (&'static str, JsValue, JsValue, bool);

/// What is to be written, and whether something was and is [unseen](UNSEEN).
fn steps(change: &Change, was_unseen: bool, is_unseen: bool) -> Result<Vec<Step>, JsValue> {
    let next = change.head.tree.size();
    let mut index = next - change.lines.len() as u64;
    let mut steps: Vec<Step> = Vec::new();
    // In this order: what comes last is what stays.
    for (is_so, at, value) in [(was_unseen, index, JsValue::UNDEFINED), (is_unseen, next, JsValue::TRUE)] {
        if is_so {
            steps.push((ENTRIES, number_key(at), value.clone(), true));
            steps.push((META, UNSEEN.into(), value, true));
        }
    }
    let mut goes = |name, key: JsValue| {
        for name in [name, KEYS] {
            steps.push((name, key.clone(), JsValue::UNDEFINED, true));
        }
    };
    for row in &change.gone {
        goes(CARDS, row.source.as_str().into());
    }
    for part in &change.stale {
        goes(PARTS, number_key(part.number));
    }
    #[cfg(feature = "desk")]
    if !change.damaged.is_empty() {
        for damaged in &change.damaged {
            goes(CARDS, damaged.source.as_str().into());
        }
        // Which parts tell of such a card nobody knows. Numbers come before texts.
        goes(PARTS, IdbKeyRange::upper_bound(&f64::MAX.into())?.into());
    }
    for row in &change.rows {
        let source = JsValue::from_str(&row.source);
        steps.push((CARDS, source.clone(), stored(row)?, false));
        steps.push((KEYS, source, row.key().into(), true));
    }
    #[cfg(feature = "desk")]
    if let Some(part) = &change.part {
        let stored = Object::new();
        Reflect::set(&stored, &NUMBER.into(), &number_key(part.number))?;
        Reflect::set(&stored, &SEALED.into(), &part.sealed.as_str().into())?;
        steps.push((PARTS, number_key(part.number), stored.into(), true));
        steps.push((KEYS, number_key(part.number), part.key().into(), true));
    }
    for line in &change.lines {
        steps.push((ENTRIES, number_key(index), line.as_str().into(), false));
        index += 1;
    }
    let head = to_canonical(&change.head).map_err(|_| JsValue::UNDEFINED)?;
    steps.push((META, HEAD.into(), head.into(), true));
    if let Some((hash, text)) = &change.settings {
        steps.push((SETTINGS, hash.into(), text.into(), true));
    }
    Ok(steps)
}

/// Issues what is to be written, and commits it. Nobody waits for one write, which would cost another turn: the transaction keeps all, or breaks with the first
/// that fails.
fn issue(transaction: &IdbTransaction, steps: Vec<Step>) -> Result<(), JsValue> {
    for (name, key, value, may_stand) in steps {
        let place = transaction.object_store(name)?;
        if value.is_undefined() {
            place.delete(&key)?;
        } else if may_stand {
            place.put_with_key(&value, &key)?;
        } else {
            // It fails where something stands: neither an entry nor a card is ever written over.
            place.add_with_key(&value, &key)?;
        }
    }
    #[allow(deprecated, reason = "in what the bindings were made of; W3C Indexed Database API 3.0 has it for good")]
    transaction.commit()
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
    let database: IdbDatabase = request.result()?.dyn_into()?;
    // Called with the store itself: closed, it keeps nobody from upgrading or deleting it, and what is done next opens it anew.
    database.set_onversionchange(Reflect::get(&database, &"close".into())?.dyn_ref());
    Ok(database)
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
    let database = open().await?;
    let asked = all(&begin(&database, false)?, META, "", &HEAD.into(), MOST)?;
    // It is closed as soon as the transaction is over.
    database.close();
    done(&asked).await?;
    let there = first(&asked.result()?).as_string();
    Ok(there.is_some_and(|there| from_str::<Head>(&there).is_ok_and(|head| head.tree.is_unfinished())))
}

#[cfg(feature = "desk")]
async fn restoring(changes: &[Change], before: Option<&Head>, said: &mut Option<Fault>) -> Result<(), JsValue> {
    let mut all_steps = Vec::new();
    for change in changes {
        all_steps.extend(steps(change, false, false)?);
    }
    let database = open().await?;
    let transaction = begin(&database, true)?;
    // It is closed as soon as the transaction is over.
    database.close();
    let end = end_of(&transaction);
    let asked = all(&transaction, META, "", &HEAD.into(), MOST)?;
    done(&asked).await?;
    let there = first(&asked.result()?).as_string();
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
    if let Err(error) = issue(&transaction, all_steps) {
        let _ = transaction.abort();
        return Err(error);
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
    for name in [CARDS, PARTS, KEYS] {
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

/// A text in something in the store.
fn text(row: &JsValue, name: &str) -> Option<String> {
    member(row, name).as_string()
}

/// A row as it was stored.
fn row_in(stored: &JsValue) -> Option<Row> {
    let count = |name: &str| number(&member(stored, name));
    let held = Held {
        id: text(stored, ID)?,
        first_captured_at: text(stored, FIRST)?,
        expires: count(EXPIRES)?,
        ends: count(ENDS)?,
        span: count(SPAN)?,
        seq: count(SEQ)?,
        fields: fields_in(&member(stored, FIELDS))?,
        review: fields_in(&member(stored, REVIEW))?,
    };
    Some(Row { source: text(stored, SOURCE)?, held, sealed: text(stored, SEALED)? })
}

/// A list of fields as it was stored.
fn fields_in(stored: &JsValue) -> Option<Choice<Field>> {
    stored.dyn_ref::<Array>()?.iter().map(|word| Field::from_word(&word.as_string()?)).collect()
}

/// A row as it is stored.
fn stored(Row { source, held, sealed }: &Row) -> Result<JsValue, JsValue> {
    let words = |fields: Choice<Field>| {
        let words = Array::new();
        for field in fields.iter() {
            words.push(&field.as_str().into());
        }
        JsValue::from(words)
    };
    let stored = Object::new();
    let set = |name: &str, value: JsValue| Reflect::set(&stored, &name.into(), &value).map(|_| ());
    for (name, text) in [(SOURCE, source), (ID, &held.id), (FIRST, &held.first_captured_at), (SEALED, sealed)] {
        set(name, text.into())?;
    }
    for (name, number) in [(EXPIRES, held.expires), (ENDS, held.ends), (SPAN, held.span), (SEQ, held.seq)] {
        set(name, number_key(number))?;
    }
    for (name, fields) in [(FIELDS, held.fields), (REVIEW, held.review)] {
        set(name, words(fields))?;
    }
    Ok(stored.into())
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
