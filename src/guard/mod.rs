//! The guard: one inspection from address to entry, as pure steps that something else (a browser, a file, a test) connects.
//!
//! ```text
//! Guard::plan -> Plan          the questions for a page
//! Guard::judge -> Judgement    verdicts, and which nodes hold what was allowed
//! Judgement::permit -> Permit  what may be read
//! Guard::values -> Values      what was read; its pictures are to be cleaned of what they carry
//! Guard::conclude -> Outcome   screened values as a card, and the entry, for one commit
//! ```
//!
//! An inspection can be written down and judged again later: it holds no value, and reading under it is refused unless the page, the
//! policy and every node are what they were.

mod conclude;
mod judgement;
mod replay;

pub use conclude::{Moment, Outcome};
pub use judgement::{Inspection, Judgement, Report};
pub use replay::{Difference, facts_of, replay};

use serde::Serialize;

use crate::digest::named;
use crate::judge::{Case, Facts, Standing, Verdict, deny_all};
use crate::page::{Fault, Permit, Plan, ReadOne, Sightings, VERSION};
use crate::policy::{InForce, Marks, Settings};
use crate::screen::Screen;
use crate::site::{Adapter, Address, Finding, Page, Reading, Seen, Survey, in_charge};
use crate::sorted::{Map, Set};
use crate::vocabulary::{Choice, Code, Country, Decision, Effect, Field, Mode, PageKind, Relation, State};

/// What a guard is made of, as texts from outside. What is missing or cannot be read allows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup<'a> {
    /// The policy of whoever uses the extension.
    pub local: Option<&'a str>,
    /// The settings of the organisation that manages the browser.
    pub managed: Option<&'a str>,
    /// What the user marked as restricted.
    pub marks: Option<&'a str>,
    /// What is known of sites.
    pub adapters: &'a [&'a str],
    /// What is known of words that give something away: see [`Screen::parse`].
    pub words: &'a [&'a str],
}

/// Settings and the known sites, ready to judge pages.
#[derive(Clone, Debug)]
pub struct Guard {
    settings: Settings,
    marks: Result<Marks, Fault>,
    /// The settings and the marks in one hash: what an inspection was judged under.
    stamp: String,
    adapters: Vec<Adapter>,
    screen: Result<Screen, Fault>,
}

/// What an inspection is about, and what the capture would be for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The address of the page.
    pub url: String,
    /// 16 random bytes in hexadecimal: names the inspection, and its decisions in the log.
    pub nonce: String,
    /// The use; none: the main one.
    #[serde(rename = "use")]
    pub use_id: Option<String>,
    /// The person's country, where it is known.
    pub country: Option<Country>,
    /// Which of several people on the page is meant, counted from 0 in the order of the page; none: there has to be one alone.
    pub person: Option<u32>,
}

crate::json::record!(Request { url, nonce } optional { use_id = "use", country, person });

impl Guard {
    /// Makes a guard.
    ///
    /// # Errors
    /// What is wrong with an adapter.
    pub fn new(setup: &Setup<'_>) -> Result<Self, String> {
        let mut adapters = Vec::new();
        for text in setup.adapters {
            adapters.push(Adapter::parse(text)?);
        }
        let settings = Settings::of(setup.local, setup.managed);
        let marks = setup.marks.map_or_else(|| Ok(Marks::default()), Marks::parse);
        let marks = marks.map_err(|_| Fault::broken("what was marked as restricted cannot be read"));
        let stamp = named(&[settings.hash(), setup.marks.unwrap_or_default()].concat());
        // Without the lists nothing can be screened, so nothing that was read is kept.
        let screen = Screen::parse(setup.words).map_err(|what| Fault::broken(format!("the screen cannot be used: {what}")));
        Ok(Self { settings, marks, stamp, adapters, screen })
    }

    /// The settings this guard judges by.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The settings in force, if they can be used and what was marked can be read.
    ///
    /// # Errors
    /// Why everything is denied, whatever the page.
    pub fn in_force(&self) -> Result<&InForce, &Fault> {
        self.settings.in_force().and_then(|in_force| self.marks.as_ref().map(|_| in_force))
    }

    /// The fields that the user marked on a site.
    #[must_use]
    pub fn marked_on(&self, site: &str) -> Choice<Field> {
        self.marks.as_ref().map(|marks| marks.fields_on(site)).unwrap_or_default()
    }

    /// The fields that the user marked on any site.
    #[must_use]
    pub fn marked_anywhere(&self) -> Choice<Field> {
        self.marks.as_ref().map(Marks::fields).unwrap_or_default()
    }

    /// The questions for the page at an address.
    ///
    /// # Errors
    /// A [`Fault`] with [`SiteUnsupported`](Code::SiteUnsupported) when it is no page that could hold a profile, and with
    /// [`PolicyField`](Code::PolicyField) when the guard is switched off there.
    pub fn plan(&self, request: &Request) -> Result<Plan, Fault> {
        let (address, adapters) = self.find(&request.url)?;
        if self.mode_on(&address) == Mode::Off {
            return Err(Fault { code: Code::PolicyField, what: "off".into() });
        }
        Ok(Survey::of(&adapters).plan(&request.nonce, &request.url, request.person))
    }

    /// Judges what the probe saw. Whatever goes wrong becomes a judgement that denies everything.
    #[must_use]
    pub fn judge(&self, request: &Request, sightings: Result<&str, Fault>) -> Judgement {
        match self.read(request, sightings) {
            Ok((address, source, reading, pin)) => {
                let facts = self.facts(request, &address, &source, &reading);
                self.judgement(request, facts, reading.page, &reading.findings, pin, source)
            }
            Err(fault) => self.refuse(request, fault),
        }
    }

    /// Makes the judgement of an earlier inspection again, from its evidence. It says what holds now; if settings or marks were others when a
    /// person saw it, nothing can be captured under it.
    #[must_use]
    pub fn judge_again(&self, inspection: &Inspection) -> Judgement {
        let judgement = self.judge(&inspection.request, Ok(&inspection.sightings));
        Judgement { stamp: inspection.stamp.clone(), ..judgement }
    }

    /// A judgement with one more reason why nothing on the page may be taken, unless there is one already.
    #[must_use]
    pub fn refused_for(&self, judgement: Judgement, fault: Fault) -> Judgement {
        let refusal = judgement.facts.refusal.clone().or(Some(fault));
        let facts = Facts { refusal, ..judgement.facts };
        let Decided { mode, verdicts } = decide(self.settings.in_force(), &facts);
        Judgement { mode, verdicts, facts, reads: Map::default(), ..judgement }
    }

    /// What is to be kept of an inspection, so that its judgement can be made again.
    #[must_use]
    pub fn inspection(&self, request: Request, sightings: String) -> Inspection {
        Inspection { request, stamp: self.stamp.clone(), sightings }
    }

    /// The marks with a change, as the text to be stored. `key` is for the first mark there is.
    ///
    /// # Errors
    /// What is wrong with the change, or with the marks.
    pub fn mark(&self, key: String, change: &str) -> Result<String, String> {
        let marks = self.marks.clone().map_err(|fault| fault.what)?.with_key(key);
        marks.changed(change, |url| {
            let (address, adapters) = self.find(url).ok()?;
            Some((address.site().to_owned(), source(&address, &adapters)))
        })
    }

    fn read(&self, request: &Request, sightings: Result<&str, Fault>) -> Result<(Address, String, Reading, String), Fault> {
        let (address, adapters) = self.find(&request.url)?;
        let survey = Survey::of(&adapters);
        let sightings = Sightings::parse(sightings?, &survey.plan(&request.nonce, &request.url, request.person))?;
        let reading = Reading::of(&adapters, &survey, &address, &sightings, request.person.is_some());
        let source = source(&address, &adapters);
        Ok((address, source, reading, sightings.pin))
    }

    /// What a reading says, as the judge needs it, with what the user marked.
    fn facts(&self, request: &Request, address: &Address, source: &str, reading: &Reading) -> Facts {
        let (marked, by_user) = match &self.marks {
            Ok(marks) => {
                let person = marks.has_person(source);
                let by_user = Fault { code: Code::PolicyUserMarked, what: "this person is marked as restricted".into() };
                (marks.fields_on(address.site()), person.then_some(by_user))
            }
            Err(fault) => (Choice::none(), Some(fault.clone())),
        };
        let mut fields = Map::default();
        for (field, finding) in reading.findings.iter() {
            let states = states(*field, &finding.nodes, marked.contains(*field));
            fields.insert(*field, Standing { evidence: finding.evidence(), states });
        }
        Facts {
            hosts: Some(self.hosts_of(address)),
            relation: reading.page.relation,
            signals: reading.page.signals.iter().map(|seen| seen.signal).collect(),
            country: request.country,
            use_id: request.use_id.clone(),
            refusal: by_user.or_else(|| reading.refusal.clone()),
            fields,
        }
    }

    fn hosts_of(&self, address: &Address) -> Set<String> {
        self.settings.in_force().map(|in_force| in_force.hosts_of(address.site())).unwrap_or_default()
    }

    fn mode_on(&self, address: &Address) -> Mode {
        self.settings.in_force().map_or(Mode::Enforce, |in_force| in_force.mode(Some(&self.hosts_of(address))))
    }

    /// A judgement that denies everything for one reason.
    fn refuse(&self, request: &Request, fault: Fault) -> Judgement {
        let address = Address::parse(&request.url);
        let adapter = address.as_ref().and_then(|address| in_charge(&self.adapters, address).pop());
        let page = Page {
            kind: PageKind::Other,
            site: address.as_ref().map(|address| address.site().to_owned()).unwrap_or_default(),
            adapter: adapter.map(Adapter::label).unwrap_or_default(),
            layout: None,
            relation: Relation::Unknown,
            signals: Vec::new(),
            drift: None,
            people: None,
        };
        let facts = Facts {
            hosts: Some(address.as_ref().map(|address| self.hosts_of(address)).unwrap_or_default()),
            country: request.country,
            use_id: request.use_id.clone(),
            refusal: Some(fault),
            ..Facts::default()
        };
        self.judgement(request, facts, page, &Map::default(), String::new(), String::new())
    }

    fn judgement(
        &self,
        request: &Request,
        facts: Facts,
        mut page: Page,
        findings: &Map<Field, Finding>,
        pin: String,
        source: String,
    ) -> Judgement {
        let in_force = self.settings.in_force();
        for seen in &mut page.signals {
            seen.effect = in_force.map_or(Effect::Deny, |in_force| in_force.effect(seen.signal));
        }
        let Decided { mode, verdicts } = decide(in_force, &facts);
        let mut to_read = Map::default();
        for Verdict { field, decision, .. } in &verdicts {
            if let (Decision::Allow, Some(finding)) = (decision, findings.get(field)) {
                to_read.insert(*field, reads(*field, &finding.nodes));
            }
        }
        Judgement {
            nonce: request.nonce.clone(),
            pin,
            source,
            stamp: self.stamp.clone(),
            policy: self.settings.hash().to_owned(),
            mode,
            page,
            facts,
            verdicts,
            reads: to_read,
        }
    }

    fn find(&self, url: &str) -> Result<(Address, Vec<&Adapter>), Fault> {
        let unsupported = || Fault { code: Code::SiteUnsupported, what: "this is not a page of the web".into() };
        let address = Address::parse(url).ok_or_else(unsupported)?;
        let adapters = in_charge(&self.adapters, &address);
        if adapters.is_empty() { Err(unsupported()) } else { Ok((address, adapters)) }
    }
}

/// Under which address a page is kept, marked and named. Where it is not known yet whose knowledge counts, the query may name the page.
fn source(address: &Address, adapters: &[&Adapter]) -> String {
    address.source(adapters.iter().any(|adapter| adapter.keep_query))
}

/// What facts come to under settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// How strict the guard is on the site.
    pub mode: Mode,
    /// One verdict for each field there is.
    pub verdicts: Vec<Verdict>,
}

/// The one way from settings and facts to verdicts: for a page, for facts from elsewhere, and when a log is replayed.
#[must_use]
pub fn decide(in_force: Result<&InForce, &Fault>, facts: &Facts) -> Decided {
    match in_force {
        Ok(in_force) => {
            let case = Case::of(in_force, facts);
            let mut verdicts = Vec::with_capacity(Field::ALL.len());
            for field in Field::ALL {
                verdicts.push(case.rule_on(*field).told(in_force));
            }
            Decided { mode: case.mode(), verdicts }
        }
        Err(fault) => Decided { mode: Mode::Enforce, verdicts: deny_all(fault) },
    }
}

/// How a field stands on a page.
fn states(field: Field, nodes: &[Seen], marked: bool) -> Choice<State> {
    let open = || nodes.iter().filter(|seen| seen.is_open());
    let texts: Set<&str> = open().map(|seen| seen.print.as_str()).collect();
    let states = [
        (State::Hidden, open().next().is_none()),
        (State::Masked, open().any(|seen| seen.masked)),
        (State::Unreadable, nodes.iter().any(|seen| seen.unreadable)),
        (State::Foreign, nodes.iter().any(|seen| seen.foreign)),
        (State::Disputed, texts.len() > 1 && !field.is_list()),
        (State::Nosnippet, nodes.iter().any(|seen| seen.nosnippet)),
        (State::Marked, marked),
    ];
    states.into_iter().filter(|(_, holds)| *holds).map(|(state, _)| state).collect()
}

/// The nodes to read for a field: each text once, and of a field that is no list the first.
fn reads(field: Field, nodes: &[Seen]) -> Vec<ReadOne> {
    let mut reads: Vec<ReadOne> = Vec::new();
    for seen in nodes.iter().filter(|seen| seen.is_open()) {
        if reads.iter().all(|one| one.print != seen.print) {
            reads.push(ReadOne { h: seen.h, print: seen.print.clone() });
        }
    }
    if !field.is_list() {
        reads.truncate(1);
    }
    reads
}

impl Judgement {
    /// What may be read: the nodes of every allowed field, and no other.
    #[must_use]
    pub fn permit(&self) -> Permit {
        Permit {
            v: VERSION,
            nonce: self.nonce.clone(),
            pin: self.pin.clone(),
            read: self.reads.values().flatten().cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests;
