//! The module of the guard: what runs at every visit to a page and at every look at the clock. It is started with the worker, so that it has to be small.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::store::Browser;
use super::{chance, errand, keep, packed, probe, promised, thrown, waiting};
use crate::guard::{Guard, Inspection, Judgement, Moment, Report, Request, Setup};
use crate::json::{from_str, to_canonical};
use crate::judge::{Case, Clause, Standing, Verdict, deny_all};
use crate::ledger::{PageEntry, Why};
use crate::page::Fault;
use crate::policy::{Ground, InForce};
use crate::sorted::Set;
use crate::vault::{self, About, Card, Committed, Errand, Sealed};
use crate::vocabulary::{Audience, Choice, Code, Country, Decision, EvidenceKind, Field, Mode, Relation, Signal, State};

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
    /// How long anything is kept, where settings can be used.
    days: Option<u32>,
    organisation: Option<&'a str>,
    unusable: Vec<&'static str>,
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
        let guard = Guard::new(&setup).map_err(|_| thrown("adapter_invalid"))?;
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
            days: in_force.map(InForce::days),
            organisation: locked,
            unusable: [("local", &settings.local_problems), ("managed", &settings.managed_problems)]
                .into_iter()
                .filter_map(|(name, problems)| (!problems.is_empty()).then_some(name))
                .collect(),
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

    /// Judges the page that was planned for. `ask` sends a message to the probe and promises its answer; `look` takes the address of a page and promises
    /// what stands for it in the store. What is kept of that page and is restricted by now is noted, and a page on which nothing may be taken is noted in
    /// the log at once. Promises JSON text.
    ///
    /// # Errors
    /// When `planned` is not what [`plan`](Self::plan) gave; everything else is a denial.
    #[wasm_bindgen(unchecked_return_type = "Promise<string>")]
    pub fn inspect(&self, planned: &str, ask: Function, look: Function) -> Promise {
        let guard = Rc::clone(&self.guard);
        let request: Result<Request, JsValue> = from_str(planned).map_err(|_| thrown("not_planned"));
        promised(Box::pin(async move {
            let request = request?;
            let question = guard.plan(&request).and_then(|plan| probe::question(&plan));
            visit(guard, ask, question, Code::SiteUnsupported, Visit::Inspect(request, look)).await
        }))
    }

    /// Reads what an inspection allows, screens it, commits card and entry in one transaction, and only then gives the card back, in JSON text.
    /// `look` takes the address of a page and promises what stands for it in the store, and with a space between the text of the card that is kept of it, if
    /// there is one. `redraw` takes the address of a picture and promises that of a new one with the same pixels and nothing else. `seal` takes the text of
    /// a card, and promises the name of a key and what was made of the text with it, with spaces between.
    ///
    /// # Errors
    /// When `inspection` is not one that [`inspect`](Self::inspect) gave. A page that changed, a probe that is silent and a store that
    /// fails are denials.
    #[wasm_bindgen(unchecked_return_type = "Promise<string>")]
    pub fn capture(&self, inspection: &str, ask: Function, look: Function, redraw: Function, seal: Function) -> Promise {
        let guard = Rc::clone(&self.guard);
        let inspection = read_inspection(inspection);
        promised(Box::pin(async move {
            let judgement = guard.judge_again(&inspection?);
            // Before anything is read: what waits for a person is not captured again.
            let known = look_up(&guard, &judgement, &look).await;
            let (question, moment) = match (moment(), &known) {
                (Ok(moment), Err(fault)) => (Err(fault.clone()), moment),
                (Ok(moment), Ok(_)) if judgement.allows_something() => (probe::question(&judgement.permit()), moment),
                (Ok(moment), Ok(_)) => (Err(Fault::changed("nothing may be taken")), moment),
                // Nothing is read, so nothing will be named or salted.
                (Err(fault), _) => (Err(fault), nothing()),
            };
            let known = known.unwrap_or_default();
            visit(guard, ask, question, Code::GuardChanged, Visit::Capture(Box::new(judgement), moment, known, redraw, seal)).await
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
    Inspect(Request, Function),
    /// The values that a judgement allows. Pictures are drawn again by the first function, and the card is sealed by the second.
    Capture(Box<Judgement>, Moment, Known, Function, Function),
}

/// What comes of a visit, before it is committed.
struct Visited {
    answer: Answer,
    /// What the log has to note, with what belongs to it: nothing is noted of a page that is only judged.
    note: Option<(Option<Result<Sealed, Fault>>, PageEntry)>,
}

/// What the store has of a page.
#[derive(Default)]
struct Known {
    /// What stands for it there.
    source: String,
    /// The text of the card that is kept of it, if there is one.
    card: String,
}

/// Asks what the store has of the page of a judgement, and notes what of that is restricted by now.
///
/// # Errors
/// What could not be asked; and that a person has to decide first what becomes of what was restricted.
async fn look_up(guard: &Guard, judgement: &Judgement, look: &Function) -> Result<Known, Fault> {
    let looked = waiting::answer(look.call1(&JsValue::NULL, &judgement.source.as_str().into()), Code::GuardError).await?;
    let (source, card) = parted(&looked);
    let keep = guard.settings().in_force().map_or(u64::MAX, InForce::keep);
    let about = About::Restricted(judgement.restricted());
    let pending = vault::run(&Browser::here(), Errand::Of { source: source.clone(), keep, about }, chance::now()).await?;
    if pending.is_empty() { Ok(Known { source, card }) } else { Err(vault::pending()) }
}

/// What stands before and behind the first space.
fn parted(text: &str) -> (String, String) {
    let space = text.bytes().position(|byte| byte == b' ').unwrap_or(text.len());
    let part = |range: Option<&str>| range.unwrap_or_default().to_owned();
    (part(text.get(..space)), part(text.get(space + 1..)))
}

/// A card with what it was sealed into. What does not say so is no place for a card.
fn sealed(card: Card, source: String, answer: Result<String, Fault>) -> Result<Sealed, Fault> {
    let sealed = answer.unwrap_or_default();
    if source.is_empty() || parted(&sealed).1.is_empty() {
        return Err(Fault::broken("the card cannot be sealed"));
    }
    Ok(Sealed { card, source, sealed })
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
        Visit::Inspect(request, look) => {
            let judgement = guard.judge(&request, answer.as_deref().map_err(Clone::clone));
            // What is neither taken nor restricted is nothing to the store.
            let known = if judgement.is_of_an_answer() && (judgement.allows_something() || !judgement.restricted().is_empty()) {
                look_up(&guard, &judgement, &look).await.err()
            } else {
                None
            };
            inspected(&guard, request, judgement, answer, known)
        }
        Visit::Capture(judgement, moment, known, redraw, seal) => {
            let read = guard.values(&judgement, answer.as_deref().map_err(Clone::clone));
            let mut pictures = Vec::new();
            for address in judgement.pictures(&read) {
                // Why it cannot be drawn is the browser's to know: there is no picture then.
                pictures.push(waiting::answer(redraw.call1(&JsValue::NULL, &address.into()), Code::GuardError).await.ok());
            }
            let mut outcome = guard.conclude_with(&judgement, &read, &pictures, &moment);
            if let Some(card) = &mut outcome.card {
                card.former = vault::former(&known.card, &card.fields);
            }
            let kept = match outcome.card {
                Some(card) => Some(match vault::contents(&card) {
                    Ok(text) => {
                        let sealing = seal.call1(&JsValue::NULL, &text.into());
                        sealed(card, known.source, waiting::answer(sealing, Code::GuardError).await)
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
            Ok(kept) => vault::commit(&Browser::here(), guard.settings().text(), kept, entry, chance::now()).await,
            Err(fault) => Err(fault),
        };
        settle(&mut answer, committed, captures);
    }
    Ok(text_of(&answer)?.into())
}

/// What the answers of a page come to.
fn inspected(
    guard: &Guard,
    request: Request,
    mut judgement: Judgement,
    sightings: Result<String, Fault>,
    known: Option<Fault>,
) -> Visited {
    // What the store could not do is told; where it matters, at the capture, it is a denial.
    let (pending, broken): (Option<Fault>, Option<Fault>) = match known {
        Some(fault) if fault.code == Code::ReviewPending => (Some(fault), None),
        other => (None, other),
    };
    if let Some(fault) = pending {
        judgement = guard.refused_for(judgement, fault);
    }
    // Nothing is known of a page without adapter (a page of the browser itself), so there is nothing to note either.
    let is_noted = !judgement.allows_something() && !judgement.page.adapter.is_empty();
    let note = is_noted.then(|| (None, guard.refused(&judgement, chance::now())));
    let (inspection, problem) = match sightings {
        // What could not be read as an answer may be anything, so it is not kept.
        Ok(sightings) if judgement.is_of_an_answer() => {
            (to_canonical(&guard.inspection(request, sightings)).ok(), policy_problem(guard).or(broken.map(Problem::from)))
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

/// The newest entries of the log, newest first, each in its canonical text.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = newestEntries, unchecked_return_type = "Promise<string[]>")]
pub fn newest_entries(count: u32) -> Promise {
    errand(Errand::Newest(count))
}

/// Deletes cards whose time is over, and promises how many cards those were: none, once no such card is left. Behind that come the
/// names of the keys that are to be destroyed. `days` is how long anything may be kept, where settings can be used: what is kept for longer gets an earlier
/// deadline, for good.
///
/// # Errors
/// When the store cannot be written.
#[wasm_bindgen(unchecked_return_type = "Promise<string[]>")]
pub fn purge(days: Option<u32>) -> Promise {
    errand(Errand::Purge { keep: keep(days) })
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

/// The card of a source: its identity, its first day, its deadline, what it is sealed into, and the fields that a person has to look at; none, if there
/// is no such card or its time is over. `days` is how long anything may be kept, where settings can be used.
///
/// # Errors
/// When the store cannot be read.
#[wasm_bindgen(js_name = sealedCard, unchecked_return_type = "Promise<string[]>")]
pub fn sealed_card(source: String, days: Option<u32>) -> Promise {
    errand(Errand::Of { source, keep: keep(days), about: About::Look })
}

/// What the person at the screen is told of settings that cannot be used; the settings page shows what is wrong with them.
fn policy_problem(guard: &Guard) -> Option<Problem> {
    let fault = guard.in_force().err()?;
    let detail = if fault.code == Code::GuardError { "policy_broken" } else { "policy_missing" };
    Some(Problem { code: fault.code, detail: detail.into() })
}

/// The moment of a capture.
fn moment() -> Result<Moment, Fault> {
    Ok(Moment { now: chance::now(), id: chance::hex16()?, salt: chance::hex16()? })
}

/// The moment of a capture that comes to nothing.
fn nothing() -> Moment {
    Moment { now: chance::now(), id: String::new(), salt: String::new() }
}

fn text_of<T: Serialize>(value: &T) -> Result<String, JsValue> {
    to_canonical(value).map_err(|_| thrown("unwritable"))
}
