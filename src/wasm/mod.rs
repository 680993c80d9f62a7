//! The only door to JavaScript: turns calls into calls of the guard, and promises into answers with a time limit. No decisions here.

mod chance;
mod packed;
mod probe;
mod store;

use core::pin::Pin;
use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::digest::Hash;
use crate::guard::{Guard, Inspection, Judgement, Moment, Report, Request, Setup};
use crate::json::{Problem as Mistake, from_str, to_canonical};
use crate::judge::{Case, Clause, Standing, Verdict, deny_all};
use crate::ledger::{PageEntry, Why, Writer, checkpoint, note};
use crate::page::Fault;
use crate::policy::{Ground, Policy, Role};
use crate::sorted::Set;
use crate::vault::{self, Card, Committed, Errand, Sealed};
use crate::vocabulary::{Audience, Choice, Code, Country, Decision, EvidenceKind, Field, Mode, Relation, Signal, State};

use store::Browser;

/// The allocator: of what is well kept, the smallest that still gives memory back and lets long texts grow in their place.
#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Something that went wrong, by its reason code and in our own words.
#[derive(Serialize)]
struct Problem {
    code: Code,
    detail: String,
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self { code: fault.code, detail: fault.what }
    }
}

/// What a plan, an inspection or a capture gives back.
#[derive(Serialize)]
struct Answer {
    kind: &'static str,
    /// What was decided; there from the inspection on, and where there is none to be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Report>,
    /// To be handed to `inspect`.
    #[serde(skip_serializing_if = "Option::is_none")]
    planned: Option<Request>,
    /// What the probe would be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<crate::page::Plan>,
    /// To be handed to `capture`; holds no value of the page.
    inspection: Option<String>,
    /// What went wrong beside the verdicts.
    problem: Option<Problem>,
    /// The names of keys that are to be destroyed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    released: Vec<String>,
}

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        thrown(&fault.to_string())
    }
}

impl Answer {
    fn new(kind: &'static str, report: Report, problem: Option<Problem>) -> Self {
        Self { kind, report: Some(report), planned: None, plan: None, inspection: None, problem, released: Vec::new() }
    }
}

/// What the settings come to, for whoever shows them, and the words and rules that packed answers refer to.
#[derive(Serialize)]
struct Summary<'a> {
    policy: &'a str,
    usable: bool,
    organisation: Option<&'a str>,
    local: &'a [Mistake],
    managed: &'a [Mistake],
    uses: &'a [Ground],
    rules: Vec<RuleSummary<'a>>,
    words: Words,
}

/// A rule as packed answers refer to it.
#[derive(Serialize)]
struct RuleSummary<'a> {
    id: &'a str,
    locked: Option<&'a str>,
}

/// The closed word lists that packed answers refer to.
#[derive(Serialize)]
struct Words {
    audience: &'static [&'static str],
    clause: &'static [&'static str],
    code: &'static [&'static str],
    decision: &'static [&'static str],
    evidence: &'static [&'static str],
    field: &'static [&'static str],
    mode: &'static [&'static str],
    relation: &'static [&'static str],
    signal: &'static [&'static str],
    state: &'static [&'static str],
}

const WORDS: Words = Words {
    audience: Audience::WORDS,
    clause: Clause::WORDS,
    code: Code::WORDS,
    decision: Decision::WORDS,
    evidence: EvidenceKind::WORDS,
    field: Field::WORDS,
    mode: Mode::WORDS,
    relation: Relation::WORDS,
    signal: Signal::WORDS,
    state: State::WORDS,
};

/// The guard, made once from texts, asked many times.
#[wasm_bindgen]
pub struct Engine {
    guard: Rc<Guard>,
    /// What is known of the last site that was asked about, as most batches are about one site.
    site: RefCell<Option<Site>>,
}

/// A site, with the hosts of the settings that stand for it, and the fields that the user marked on it.
struct Site {
    name: String,
    hosts: Set<String>,
    marked: Choice<Field>,
}

#[wasm_bindgen]
impl Engine {
    /// Makes a guard from a policy, an organisation's settings, the user's marks, and what is known of sites and of words.
    ///
    /// # Errors
    /// Only when an adapter is broken; everything else is a denial.
    #[wasm_bindgen(constructor)]
    pub fn new(
        local: Option<String>,
        managed: Option<String>,
        marks: Option<String>,
        adapters: Vec<String>,
        words: Vec<String>,
    ) -> Result<Self, JsValue> {
        let [adapters, words] = [&adapters, &words].map(|texts| texts.iter().map(String::as_str).collect::<Vec<_>>());
        let setup = Setup {
            local: local.as_deref(),
            managed: managed.as_deref(),
            marks: marks.as_deref(),
            adapters: &adapters,
            words: &words,
        };
        let guard = Guard::new(&setup).map_err(|what| thrown(&what))?;
        Ok(Self { guard: Rc::new(guard), site: RefCell::default() })
    }

    /// What the settings come to, as JSON text.
    ///
    /// # Errors
    /// Only when the answer cannot be written.
    pub fn summary(&self) -> Result<String, JsValue> {
        let settings = self.guard.settings();
        let in_force = settings.in_force().ok();
        let locked = in_force.and_then(|in_force| in_force.layers.iter().find_map(|layer| layer.locked.as_deref()));
        let names = in_force.map(|in_force| in_force.names.as_slice()).unwrap_or_default();
        text_of(&Summary {
            policy: settings.hash(),
            usable: self.guard.in_force().is_ok(),
            organisation: locked,
            local: &settings.local_problems,
            managed: &settings.managed_problems,
            uses: in_force.map(|in_force| in_force.grounds.as_slice()).unwrap_or_default(),
            rules: names.iter().map(|name| RuleSummary { id: &name.id, locked: name.locked.as_deref() }).collect(),
            words: WORDS,
        })
    }

    /// What would be asked of the page at `url`, as JSON text; `person` is which of several people on it is meant.
    ///
    /// # Errors
    /// When the answer cannot be written.
    pub fn plan(
        &self,
        url: String,
        use_id: Option<String>,
        country: Option<String>,
        person: Option<u32>,
    ) -> Result<String, JsValue> {
        let country = match country.as_deref().map(|word| Country::from_word(word).ok_or_else(|| Fault::broken("no such country")))
        {
            Some(Err(fault)) => Err(fault),
            Some(Ok(country)) => Ok(Some(country)),
            None => Ok(None),
        };
        let drawn = chance::hex16();
        let nonce = drawn.clone().unwrap_or_default();
        let request = Request { url, nonce, use_id, country: country.clone().ok().flatten(), person };
        match country.and(drawn).and_then(|_| self.guard.plan(&request)) {
            Ok(plan) => text_of(&Answer {
                kind: "planned",
                report: None,
                planned: Some(request),
                plan: Some(plan),
                inspection: None,
                problem: None,
                released: Vec::new(),
            }),
            Err(fault) => {
                let report = self.guard.judge(&request, Err(fault.clone())).into_report();
                text_of(&Answer::new("refused", report, Some(fault.into())))
            }
        }
    }

    /// What the settings say of facts, packed. Nothing is looked at and nothing is noted.
    ///
    /// # Errors
    /// When the facts are not in range, or a field stands there twice.
    #[wasm_bindgen(js_name = evaluateFacts)]
    pub fn evaluate_facts(&self, site: Option<String>, use_id: Option<String>, facts: &[u32]) -> Result<Vec<u32>, JsValue> {
        let (mut facts, asked) = packed::unpack(facts).ok_or_else(|| thrown("invalid_facts"))?;
        let in_force = match self.guard.in_force() {
            Ok(in_force) => in_force,
            Err(fault) => return Ok(packed::deny(fault, &asked)),
        };
        let mut known = self.site.borrow_mut();
        if let Some(name) = &site
            && known.as_ref().is_none_or(|known| known.name != *name)
        {
            let marked = self.guard.marked_on(name);
            *known = Some(Site { name: name.clone(), hosts: in_force.hosts_of(name), marked });
        }
        // Where the site is not known, what is marked on any site may be marked here.
        let marked = match (&*known, site) {
            (Some(known), Some(_)) => {
                facts.hosts = Some(known.hosts.clone());
                known.marked
            }
            _ => self.guard.marked_anywhere(),
        };
        for field in marked.iter().filter(|field| asked.contains(field)) {
            facts.fields.get_or_insert_with(field, Standing::default).states.insert(State::Marked);
        }
        facts.use_id = use_id;
        let case = Case::of(in_force, &facts);
        let mut out = Vec::with_capacity(16 * asked.len());
        packed::head(&mut out, case.mode());
        for field in asked {
            packed::push(&mut out, &case.rule_on(field));
        }
        Ok(out)
    }

    /// Judges a kept inspection again under the settings of this guard: no page is needed. Gives back JSON text.
    ///
    /// # Errors
    /// When `inspection` is not one that [`inspect`](Self::inspect) gave.
    pub fn evaluate(&self, inspection: &str) -> Result<String, JsValue> {
        let Inspection { request, sightings, .. } = read_inspection(inspection)?;
        let judgement = self.guard.judge(&request, Ok(&sightings));
        let inspection = self.guard.inspection(request, sightings);
        text_of(&judged(judgement, to_canonical(&inspection).ok(), policy_problem(&self.guard)))
    }

    /// Judges the page that was planned for. `ask` sends a message to the probe and promises its answer. A page on which nothing may be taken is noted in the
    /// log at once. Promises JSON text.
    ///
    /// # Errors
    /// When `planned` is not what [`plan`](Self::plan) gave; everything else is a denial.
    #[wasm_bindgen(unchecked_return_type = "Promise<string>")]
    pub fn inspect(&self, planned: &str, ask: Function) -> Promise {
        let guard = Rc::clone(&self.guard);
        let request: Result<Request, JsValue> = from_str(planned).map_err(|_| thrown("not_planned"));
        promised(Box::pin(async move {
            let request = request?;
            let question = guard.plan(&request).and_then(|plan| probe::question(&plan));
            visit(guard, ask, question, Code::SiteUnsupported, Visit::Inspect(request)).await
        }))
    }

    /// Reads what an inspection allows, screens it, commits card and entry in one transaction, and only then gives the card back, in JSON text.
    /// `redraw` takes the address of a picture and promises that of a new one with the same pixels and nothing else. `seal` takes the address of a page
    /// and the text of a card, and promises what stands for the one, the name of a key, and what was made of the other with it, with spaces between.
    ///
    /// # Errors
    /// When `inspection` is not one that [`inspect`](Self::inspect) gave. A page that changed, a probe that is silent and a store that
    /// fails are denials.
    #[wasm_bindgen(unchecked_return_type = "Promise<string>")]
    pub fn capture(&self, inspection: &str, ask: Function, redraw: Function, seal: Function) -> Promise {
        let guard = Rc::clone(&self.guard);
        let inspection = read_inspection(inspection);
        promised(Box::pin(async move {
            let judgement = guard.judge_again(&inspection?);
            let (question, moment) = match chance::moment() {
                Ok(moment) if judgement.allows_something() => (probe::question(&judgement.permit()), moment),
                Ok(moment) => (Err(Fault::changed("nothing may be taken")), moment),
                // Nothing is read, so nothing will be named or salted.
                Err(fault) => (Err(fault), chance::nothing()),
            };
            visit(guard, ask, question, Code::GuardChanged, Visit::Capture(Box::new(judgement), moment, redraw, seal)).await
        }))
    }

    /// The marks of this guard with a change, as the text to be stored.
    ///
    /// # Errors
    /// What is wrong with the change, or with the marks.
    pub fn mark(&self, change: &str) -> Result<String, JsValue> {
        let key = chance::hex16().and_then(|first| Ok(first + &chance::hex16()?))?;
        self.guard.mark(key, change).map_err(|what| thrown(&what))
    }
}

/// An answer with a judgement.
fn judged(judgement: Judgement, inspection: Option<String>, problem: Option<Problem>) -> Answer {
    let kind = if judgement.allows_something() { "judged" } else { "refused" };
    Answer { inspection, ..Answer::new(kind, judgement.into_report(), problem) }
}

fn read_inspection(text: &str) -> Result<Inspection, JsValue> {
    from_str(text).map_err(|_| thrown("not_an_inspection"))
}

/// What a page is asked for.
enum Visit {
    /// Where things stand, to judge it.
    Inspect(Request),
    /// The values that a judgement allows. Pictures are drawn again by the first function, and the card is sealed by the second.
    Capture(Box<Judgement>, Moment, Function, Function),
}

/// What comes of a visit, before it is committed.
struct Visited {
    answer: Answer,
    /// What the log has to note, with what belongs to it: nothing is noted of a page that is only judged.
    note: Option<(Option<Result<Sealed, Fault>>, PageEntry)>,
}

/// A card with what it was sealed into. What does not say so is no place for a card.
fn sealed(card: Card, answer: Result<String, Fault>) -> Result<Sealed, Fault> {
    let answer = answer.map_err(|_| Fault::broken("the card cannot be sealed"))?;
    let space = answer.bytes().position(|byte| byte == b' ').unwrap_or(answer.len());
    match (answer.get(..space), answer.get(space + 1..)) {
        (Some(source), Some(rest)) => Ok(Sealed { card, source: source.to_owned(), sealed: rest.to_owned() }),
        _ => Err(Fault::broken("the card cannot be sealed")),
    }
}

/// Asks the page, notes in the log what came of it, and only then tells of it. Both visits are one, since every wait is code that ships.
async fn visit(
    guard: Rc<Guard>,
    ask: Function,
    question: Result<String, Fault>,
    refused: Code,
    visit: Visit,
) -> Result<JsValue, JsValue> {
    let answer = match question {
        Ok(question) => probe::ask(&ask, &question, refused).await,
        Err(fault) => Err(fault),
    };
    let captures = matches!(visit, Visit::Capture(..));
    let Visited { mut answer, note } = match visit {
        Visit::Inspect(request) => inspected(&guard, request, answer),
        Visit::Capture(judgement, moment, redraw, seal) => {
            let read = guard.values(&judgement, answer.as_deref().map_err(Clone::clone));
            let mut pictures = Vec::new();
            for address in judgement.pictures(&read) {
                // Why it cannot be drawn is the browser's to know: there is no picture then.
                pictures.push(probe::answer(redraw.call1(&JsValue::NULL, &address.into()), Code::GuardError).await.ok());
            }
            let outcome = guard.conclude_with(&judgement, &read, &pictures, &moment);
            let kept = match outcome.card {
                Some(card) => Some(match vault::contents(&card) {
                    Ok(text) => {
                        let sealing = seal.call2(&JsValue::NULL, &judgement.source.as_str().into(), &text.into());
                        sealed(card, probe::answer(sealing, Code::GuardError).await)
                    }
                    Err(_) => Err(Fault::broken("the card cannot be written")),
                }),
                None => None,
            };
            captured(*judgement, outcome.verdicts, (kept, outcome.entry), answer.err())
        }
    };
    if let Some((kept, entry)) = note {
        let committed = match kept.transpose() {
            Ok(kept) => vault::commit(&Browser, guard.settings().text(), kept, entry, chance::now()).await,
            Err(fault) => Err(fault),
        };
        settle(&mut answer, committed, captures);
    }
    Ok(text_of(&answer)?.into())
}

/// What the answers of a page come to.
fn inspected(guard: &Guard, request: Request, sightings: Result<String, Fault>) -> Visited {
    let judgement = guard.judge(&request, sightings.as_deref().map_err(Clone::clone));
    // Nothing is known of a page without adapter (a page of the browser itself), so there is nothing to note either.
    let is_noted = !judgement.allows_something() && !judgement.page.adapter.is_empty();
    let note = is_noted.then(|| (None, guard.refused(&judgement, chance::now())));
    let (inspection, problem) = match sightings {
        // What could not be read as an answer may be anything, so it is not kept.
        Ok(sightings) if judgement.is_of_an_answer() => {
            (to_canonical(&guard.inspection(request, sightings)).ok(), policy_problem(guard))
        }
        Ok(_) => (None, policy_problem(guard)),
        Err(fault) => (None, Some(fault.into())),
    };
    Visited { answer: judged(judgement, inspection, problem), note }
}

/// What the values of a page come to, and why there are none, if there are none.
fn captured(
    judgement: Judgement,
    verdicts: Vec<Verdict>,
    note: (Option<Result<Sealed, Fault>>, PageEntry),
    fault: Option<Fault>,
) -> Visited {
    let report = Report { verdicts, ..judgement.into_report() };
    Visited { answer: Answer::new("refused", report, fault.map(Problem::from)), note: Some(note) }
}

/// Puts into an answer what became of its entry.
fn settle(answer: &mut Answer, committed: Result<Committed, Fault>, captures: bool) {
    match (committed, answer.report.take()) {
        (Ok(Committed { commit, released }), Some(report)) => {
            let report = report.with(commit);
            answer.released = released;
            if report.card.is_some() {
                answer.kind = "captured";
            }
            answer.report = Some(report);
        }
        (Err(fault), Some(mut report)) => {
            if captures {
                // No entry, no value: what was read was dropped with what could not be committed.
                report.verdicts = deny_all(&fault);
            }
            answer.problem = Some(fault.into());
            answer.report = Some(report);
        }
        // Every answer to be noted has a report.
        (_, None) => {}
    }
}

/// A promise of what some work comes to. All work is one type here: each would bring a machinery of its own.
fn promised(work: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>) -> Promise {
    future_to_promise(work)
}

/// An error as JavaScript gets it.
fn thrown(what: &str) -> JsValue {
    JsError::new(what).into()
}

/// Checks a policy document: a list of what is wrong with it, as JSON text; an empty one means that it loads.
///
/// # Errors
/// Only when the answer cannot be written.
#[wasm_bindgen(js_name = checkPolicy)]
pub fn check_policy(text: &str) -> Result<String, JsValue> {
    text_of(&Policy::parse(text, Role::Local).err().unwrap_or_default())
}

/// The newest entries of the log, newest first, each in its canonical text.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = newestEntries, unchecked_return_type = "Promise<string[]>")]
pub fn newest_entries(count: u32) -> Promise {
    errand(Errand::Newest(count))
}

/// Goes on an errand in the store of this browser.
fn errand(errand: Errand) -> Promise {
    promised(Box::pin(async move { Ok(vault::run(&Browser, errand, chance::now()).await?.into()) }))
}

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
            let entries = vault::run(&Browser, Errand::Entries(from, count), 0).await?;
            if entries.len() != count as usize {
                return Err(thrown("the log in the store has gaps"));
            }
            Ok(writer.borrow_mut().entries(&entries).into())
        }))
    }

    /// What stands behind the entries: the settings they name, and the checkpoint.
    #[must_use]
    pub fn end(&self) -> String {
        self.writer.borrow().end(&self.settings, &self.checkpoint)
    }
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
        let (head, settings) = vault::sign_with(&Browser, &chance::hex16()?, &key, before.as_ref(), chance::now()).await?;
        let text = checkpoint::text(&head.origin, head.tree.size(), &head.tree.root());
        let signature = probe::answer(sign.call1(&JsValue::NULL, &text.as_str().into()), Code::GuardError).await?;
        let checkpoint = note::signed_once(&text, &head.origin, &key, &signature).ok_or_else(|| thrown("not a signature"))?;
        Ok(LogExport { writer: Rc::default(), size: head.tree.size(), settings, checkpoint }.into())
    }))
}

/// Deletes cards whose time is over, and promises the names of the keys that are to be destroyed: none, once no such card is left.
///
/// # Errors
/// When the store cannot be written.
#[wasm_bindgen(unchecked_return_type = "Promise<string[]>")]
pub fn purge() -> Promise {
    errand(Errand::Purge)
}

/// Erases the card of a source, and promises the name of the key that is to be destroyed: none, if there is no such card. `requested`: because the person
/// asked for it (GDPR Article 17).
///
/// # Errors
/// When the store cannot be written.
#[wasm_bindgen(unchecked_return_type = "Promise<string[]>")]
pub fn erase(source: String, requested: bool) -> Promise {
    errand(Errand::Erase(source, if requested { Why::Request } else { Why::User }))
}

/// The names of all keys that cards need.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = keysInUse, unchecked_return_type = "Promise<string[]>")]
pub fn keys_in_use() -> Promise {
    errand(Errand::Keys)
}

/// The card of a source: its identity, its first day, its deadline, and what it is sealed into; none, if there is no such card or its time is over.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = sealedCard, unchecked_return_type = "Promise<string[]>")]
pub fn sealed_card(source: String) -> Promise {
    errand(Errand::Card(source))
}

/// What the person at the screen is told of settings that cannot be used; the settings page shows what is wrong with them.
fn policy_problem(guard: &Guard) -> Option<Problem> {
    let fault = guard.in_force().err()?;
    let detail = if fault.code == Code::GuardError { "policy_broken" } else { "policy_missing" };
    Some(Problem { code: fault.code, detail: detail.into() })
}

fn text_of<T: Serialize>(value: &T) -> Result<String, JsValue> {
    to_canonical(value).map_err(|_| thrown("unwritable"))
}
