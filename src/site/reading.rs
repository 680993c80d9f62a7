//! From answers to meaning: what the page is, how the viewer stands to its owner, and which fields stand where.

use core::ops::Range;

use serde::Serialize;

use super::survey::{DEGREES, FieldAsk, PAGE_SIGNALS, Role, joined};
use super::{Adapter, Address, Layout, Survey, View};
use crate::digest::named;
use crate::page::{Answer, Ask, Fault, Node, Query, Shown, Sightings};
use crate::sorted::Map;
use crate::vocabulary::{Choice, Code, Evidence, Field, PageKind, Relation, Signal};

/// What is known of a page after its sightings were read. It holds no value.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The page as a whole.
    pub page: Page,
    /// Set when nothing on this page may be taken, whatever a policy says.
    pub refusal: Option<Fault>,
    /// The fields that stand on the page.
    pub findings: Map<Field, Finding>,
}

/// A page as reports tell of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// What it is.
    pub kind: PageKind,
    /// Its host, without `www.`.
    pub site: String,
    /// The adapter in charge, with its version; empty when there is none.
    pub adapter: String,
    /// The layout that was recognised.
    pub layout: Option<String>,
    /// How the viewer stands to the owner.
    pub relation: Relation,
    /// Signals on the page, each with what it comes to.
    pub signals: Vec<SignalSeen>,
    /// How the site has changed, when that is why nothing may be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// Where the people stand, on a page with several of whom one may be pointed at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<People>,
}

/// Where people stand on a page: selectors of an adapter, and nothing the page says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct People {
    /// One element each.
    pub css: String,
    /// What is none of them, with all that is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never: Option<String>,
}

/// How a page differs from what an adapter learned: for whoever keeps the adapter, and without anything the page says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// The selectors that should have found something.
    pub missing: Vec<String>,
    /// A fingerprint of which questions were answered with yes: pages of one build have the same.
    pub structure: String,
}

/// A signal on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignalSeen {
    /// The signal.
    pub signal: Signal,
    /// What it comes to under the policy.
    pub effect: crate::vocabulary::Effect,
}

/// A field that stands on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Where it stands.
    pub nodes: Vec<Seen>,
}

/// One node of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its handle.
    pub h: u32,
    /// Its fingerprint.
    pub print: String,
    /// How it is shown.
    pub shown: Shown,
    /// It holds a mask.
    pub masked: bool,
    /// It is marked as not to be quoted.
    pub nosnippet: bool,
    /// The probe could not look at it.
    pub unreadable: bool,
    /// It stands in a dialog about somebody else.
    pub foreign: bool,
    /// What is known of who may see it.
    pub evidence: Vec<Evidence>,
}

impl Seen {
    /// Whether a person, or a machine it was published for, gets to see it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.shown.is_open()
    }
}

impl Reading {
    /// Reads sightings as one of `adapters` understands them: the first that knows what kind of page it is, or has a layout on it; else
    /// the last. `is_chosen`: somebody said which of several people on the page is meant.
    #[must_use]
    pub fn of(adapters: &[&Adapter], survey: &Survey, address: &Address, sightings: &Sightings, is_chosen: bool) -> Self {
        let whole = Answers::of(survey, sightings, 0..survey.roles().len());
        let mut reading = None;
        let mut last = None;
        for (adapter, part) in adapters.iter().zip(survey.parts()) {
            let part = Part::of(adapter, address, Answers::of(survey, sightings, part.clone()), is_chosen);
            let decides = part.kind.is_some() || part.is_ruled_out();
            last = Some(part);
            if decides {
                break;
            }
        }
        if let Some(part) = last {
            reading = Some(part.reading(address));
        }
        let mut reading = reading.unwrap_or_else(Self::none);
        reading.page.signals = whole.signals();
        // A question that could not be asked might have been the one that says no, and so might a sign that was not told of.
        let broken = sightings.answers.iter().any(|answer| answer.error.is_some());
        if broken || any_cut(&whole.which(&|role| matches!(role, Role::Robots | Role::Sign { .. }))) {
            reading.refusal =
                Some(Fault { code: Code::GuardError, what: "the browser could not run a question of the adapter".into() });
            reading.findings = Map::default();
        }
        reading
    }

    fn none() -> Self {
        let page = Page {
            kind: PageKind::Other,
            site: String::new(),
            adapter: String::new(),
            layout: None,
            relation: Relation::Unknown,
            signals: Vec::new(),
            drift: None,
            people: None,
        };
        Self { page, refusal: refusal_of(PageKind::Other), findings: Map::default() }
    }
}

/// What one adapter makes of a page.
struct Part<'a> {
    adapter: &'a Adapter,
    answers: Answers<'a>,
    kind: Option<PageKind>,
    layout: Option<(usize, &'a Layout)>,
}

impl<'a> Part<'a> {
    fn of(adapter: &'a Adapter, address: &Address, answers: Answers<'a>, is_chosen: bool) -> Self {
        let (kind, layout) = answers.kind(adapter, address, is_chosen).unzip();
        Self { adapter, answers, kind, layout: layout.flatten() }
    }

    /// Whether a layout is there where no kind of page is known: its `unless`, or the address, rules it out. The site is known then, and what is
    /// not known of it is not for others to guess.
    fn is_ruled_out(&self) -> bool {
        (0..self.adapter.layouts.len()).any(|layout| self.answers.stands(layout))
    }

    fn reading(&self, address: &Address) -> Reading {
        let Self { adapter, answers, kind: known, layout } = self;
        let kind = known.unwrap_or(PageKind::Other);
        let mut reading = Reading {
            page: Page {
                kind,
                site: address.site().to_owned(),
                adapter: adapter.label(),
                layout: layout.map(|(_, layout)| layout.id.clone()),
                relation: Relation::Unknown,
                signals: Vec::new(),
                drift: None,
                people: None,
            },
            refusal: refusal_of(kind),
            findings: Map::default(),
        };
        let Some((number, layout)) = *layout else {
            if kind == PageKind::Profile {
                reading.refuse(Code::SiteUnsupported, "this network is recognised, but how it shows who may see what is not known");
            } else if known.is_none() && adapter.expects_profile(address) {
                let missing = answers.missing(&|role| matches!(role, Role::Anchor { .. }));
                reading.drifted("nothing on this profile looks the way it was learned", answers.drift(&missing));
            }
            return reading;
        };
        if kind != PageKind::Profile {
            if kind == PageKind::Team {
                reading.page.people = layout.owner.css.clone().map(|css| People { css, never: joined(&adapter.never) });
            }
            return reading;
        }
        reading.page.relation = answers.relation(number, layout);
        answers.findings(adapter, number, layout, &mut reading);
        let other = |(at, other): &(usize, &Layout)| *at > number && contradict(layout.view, other.view) && answers.is_layout(*at);
        if adapter.layouts.iter().enumerate().any(|one| other(&one)) {
            reading.drifted("the page has the marks of two layouts that cannot both be", answers.drift(&[]));
        }
        let missing = answers.missing(&|role| matches!(role, Role::Expected { layout, .. } if *layout == number));
        if !missing.is_empty() {
            reading.drifted("the page is not laid out the way it was learned", answers.drift(&missing));
        }
        // Without a name in sight it is not known whose page this is.
        let named = reading.findings.get(&Field::Name).is_some_and(|name| name.nodes.iter().any(Seen::is_open));
        if !named {
            let names = answers.which(&|role| is_name(role, number));
            reading.drifted("the name of the profile's owner is not where it should be", answers.drift(&names));
        }
        reading
    }
}

impl Reading {
    fn refuse(&mut self, code: Code, what: &str) {
        self.refusal = Some(Fault { code, what: what.into() });
    }

    fn drifted(&mut self, what: &str, drift: Drift) {
        self.refuse(Code::SiteDrift, what);
        self.page.drift = Some(drift);
    }
}

/// Why a kind of page is refused as a whole.
fn refusal_of(kind: PageKind) -> Option<Fault> {
    let (code, what) = match kind {
        PageKind::Profile => return None,
        PageKind::Wall => (Code::VisibilityRestricted, "the page is a sign-in wall"),
        PageKind::Private => (Code::VisibilityRestricted, "the owner shows themselves to nobody"),
        PageKind::Team => (Code::ThirdParty, "the page is about several people"),
        _ => (Code::SiteUnsupported, "the page is not a profile"),
    };
    Some(Fault { code, what: what.into() })
}

/// Answers, each beside its question and what that is for.
#[derive(Clone, Copy)]
struct Answers<'a> {
    queries: &'a [Query],
    roles: &'a [Role],
    answers: &'a [Answer],
}

impl<'a> Answers<'a> {
    fn of(survey: &'a Survey, sightings: &'a Sightings, range: Range<usize>) -> Self {
        Self {
            queries: survey.queries().get(range.clone()).unwrap_or_default(),
            roles: survey.roles().get(range.clone()).unwrap_or_default(),
            answers: sightings.answers.get(range).unwrap_or_default(),
        }
    }

    /// The answers to the questions of some roles. A list that is made, since it is made for all of them: this code ships.
    fn which(self, wanted: &dyn Fn(&Role) -> bool) -> Vec<&'a Answer> {
        let mut found = Vec::new();
        for (role, answer) in self.roles.iter().zip(self.answers) {
            if wanted(role) {
                found.push(answer);
            }
        }
        found
    }

    /// Those of them that found nothing.
    fn missing(self, wanted: &dyn Fn(&Role) -> bool) -> Vec<&'a Answer> {
        let mut found = self.which(wanted);
        found.retain(|answer| answer.count == 0);
        found
    }

    fn any(self, wanted: Role) -> bool {
        self.which(&|role| *role == wanted).iter().any(|answer| answer.count > 0)
    }

    fn all(self, wanted: Role) -> bool {
        self.missing(&|role| *role == wanted).is_empty()
    }

    /// What the page is, and the layout if it is a profile; nothing if there is no sign of what it is.
    ///
    /// Addresses come first, then marks that no profile has, then layouts; what merely hints at another kind is asked last, because
    /// profiles hold sign-in dialogs and lists of posts too.
    fn kind<'b>(self, adapter: &'b Adapter, address: &Address, is_chosen: bool) -> Option<(PageKind, Option<(usize, &'b Layout)>)> {
        let by_path = adapter.kinds.iter().find(|rule| rule.paths.iter().any(|path| address.path_is(path)));
        let marked = |role: &dyn Fn(usize) -> Role| {
            for (number, rule) in adapter.kinds.iter().enumerate() {
                if self.any(role(number)) {
                    return Some((rule.kind, None));
                }
            }
            None
        };
        if let Some(rule) = by_path {
            return Some((rule.kind, None));
        }
        if let Some(kind) = marked(&|rule| Role::Mark { rule }) {
            return Some(kind);
        }
        let is_profile_path = adapter.profile_paths.iter().any(|path| address.path_is(path));
        if is_profile_path
            && let Some((number, layout)) = adapter.layouts.iter().enumerate().find(|(number, _)| self.is_layout(*number))
        {
            let names = self.names(number);
            // Where another layout of the same page names somebody else, it is not known whose page this is: not even if that layout is
            // ruled out by signs of this one.
            let agree = |other: &[&str]| names.is_empty() || other.iter().all(|name| names.contains(name));
            let mut others = (0..adapter.layouts.len()).filter(|other| *other != number && self.stands(*other));
            let alone = is_chosen || others.all(|other| agree(&self.names(other)));
            let kind = if alone { self.kind_of_profile(number) } else { PageKind::Team };
            return Some((kind, Some((number, layout))));
        }
        // A network that is only recognised: nothing is known of its markup, so its address alone says what the page is.
        let by_address = (is_profile_path && adapter.layouts.is_empty()).then_some((PageKind::Profile, None));
        marked(&|rule| Role::Hint { rule }).or(by_address)
    }

    fn is_layout(self, layout: usize) -> bool {
        self.stands(layout) && !self.any(Role::Unless { layout })
    }

    /// Whether the marks of a layout are there, and its owner.
    fn stands(self, layout: usize) -> bool {
        self.all(Role::Anchor { layout }) && self.any(Role::Owner { layout })
    }

    /// The names that a layout shows, as fingerprints.
    fn names(self, number: usize) -> Vec<&'a str> {
        let mut names = Vec::new();
        for (role, answer) in self.roles.iter().zip(self.answers) {
            if !is_name(role, number) {
                continue;
            }
            let filtered = matches!(role, Role::Field { filtered: true, .. });
            for node in &answer.nodes {
                let passes = !filtered || node.yes.contains(&FieldAsk::FILTER);
                if node.shown.is_open() && !node.yes.contains(&FieldAsk::EMPTY) && passes && !names.contains(&node.print.as_str()) {
                    names.push(&node.print);
                }
            }
        }
        names
    }

    /// A profile, unless its owner hides behind a placeholder or there are several owners.
    fn kind_of_profile(self, layout: usize) -> PageKind {
        for answer in self.which(&|role| is_name(role, layout)) {
            if answer.nodes.iter().any(|node| node.yes.contains(&FieldAsk::PRIVATE)) {
                return PageKind::Private;
            }
        }
        let answers = self.which(&|role| *role == Role::Owner { layout });
        if any_cut(&answers) {
            return PageKind::Team;
        }
        // Those with one text are one, shown twice; those without a text, or with one too long to be compared, may be anybody.
        let (mut owners, mut first) = (0, None);
        for node in answers.iter().flat_map(|answer| &answer.nodes) {
            let is_readable = node.error.is_none() && node.yes.is_empty();
            if node.shown.is_open() && !(is_readable && first == Some(&node.print)) {
                owners += 1;
                if is_readable && first.is_none() {
                    first = Some(&node.print);
                }
            }
        }
        if owners > 1 { PageKind::Team } else { PageKind::Profile }
    }

    /// How the viewer stands to the owner. Without a sign that can be read, and with two that disagree, it is unknown.
    fn relation(self, number: usize, layout: &Layout) -> Relation {
        match layout.view {
            View::SignedOut => return Relation::SignedOut,
            View::Any => return Relation::Unknown,
            View::SignedIn => {}
        }
        if self.any(Role::Own { layout: number }) {
            return Relation::Self_;
        }
        let degrees = self.which(&|role| *role == Role::Degree { layout: number });
        if any_cut(&degrees) {
            return Relation::Unknown;
        }
        // A label counts whether or not it is painted: which of two a style sheet shows is not certain enough to rest on.
        let mut stated = None;
        for node in degrees.iter().flat_map(|answer| &answer.nodes) {
            for one in &node.yes {
                if stated.is_some_and(|stated| stated != *one) {
                    return Relation::Unknown;
                }
                stated = Some(*one);
            }
        }
        let degree = stated.and_then(|one| DEGREES.get(usize::try_from(one).ok()?));
        degree.copied().unwrap_or(Relation::Unknown)
    }

    fn findings(self, adapter: &Adapter, number: usize, of: &Layout, reading: &mut Reading) {
        // A dialog can be left over from the profile before.
        let owners = self.which(&|role| *role == Role::DialogOwner);
        let foreign = owners.iter().any(|answer| answer.nodes.iter().any(|node| node.yes.is_empty()));
        for ((role, answer), query) in self.roles.iter().zip(self.answers).zip(self.queries) {
            let Role::Field { layout, field, filtered, shared } = *role else { continue };
            if layout != number {
                continue;
            }
            for node in &answer.nodes {
                // What cannot be asked of a text that is too long might hold; where it stands is told of any.
                let passes = !filtered || node.yes.contains(&FieldAsk::FILTER);
                let certain = node.error.is_none() || matches!(query.asks.get(FieldAsk::FILTER as usize), Some(Ask::Within(_)));
                if !passes && certain {
                    continue;
                }
                // A place without text is a place without a value: the field is not there. A picture never has text.
                if node.yes.contains(&FieldAsk::EMPTY) && field != Field::Image {
                    continue;
                }
                let evidence = evidence(adapter, of, field, reading.page.relation, FieldAsk::within(filtered), node);
                reading.findings.get_or_insert_with(field, Finding::default).nodes.push(Seen {
                    h: node.h,
                    print: node.print.clone(),
                    shown: node.shown,
                    masked: node.yes.contains(&FieldAsk::MASKED),
                    nosnippet: node.yes.contains(&FieldAsk::NOSNIPPET),
                    // Where a value has more places than were told of, one of them may say something else.
                    unreadable: node.error.is_some() || (answer.is_cut() && !field.is_list()),
                    foreign: shared && foreign,
                    evidence,
                });
            }
        }
    }

    fn signals(self) -> Vec<SignalSeen> {
        let mut seen = Choice::none();
        for (role, answer) in self.roles.iter().zip(self.answers) {
            let yes = |asks: u32| answer.nodes.iter().any(|node| node.yes.len() >= asks as usize || node.error.is_some());
            match *role {
                Role::Robots => {
                    for (number, (signal, _)) in (0_u32..).zip(&PAGE_SIGNALS) {
                        if answer.nodes.iter().any(|node| node.yes.contains(&number) || node.error.is_some()) {
                            seen.insert(*signal);
                        }
                    }
                }
                Role::Sign { signal, asks } if yes(asks) => seen.insert(signal),
                _ => {}
            }
        }
        // The effect is the policy's to say; until it has, the default stands.
        let mut signals = Vec::new();
        for signal in seen.iter() {
            signals.push(SignalSeen { signal, effect: signal.default_effect() });
        }
        signals
    }

    /// What to tell of a page that is not as it was learned.
    fn drift(self, of: &[&Answer]) -> Drift {
        let mut missing = Vec::new();
        for answer in of {
            if let Some(query) = self.queries.iter().find(|query| query.id == answer.id) {
                missing.extend(query.css.clone());
            }
        }
        let mut found = String::new();
        for answer in self.answers {
            found.push(if answer.count > 0 { '1' } else { '0' });
        }
        let structure = named(&found).get("sha256:".len()..).and_then(|hash| hash.get(..16)).unwrap_or_default().to_owned();
        Drift { missing, structure }
    }
}

/// Whether a question is about the name in a layout.
fn is_name(role: &Role, number: usize) -> bool {
    matches!(role, Role::Field { layout, field: Field::Name, .. } if *layout == number)
}

/// Whether one of them was not told in full.
fn any_cut(answers: &[&Answer]) -> bool {
    answers.iter().any(|answer| answer.is_cut())
}

/// Whether a page cannot be of both views: somebody is signed in, or nobody is.
const fn contradict(one: View, other: View) -> bool {
    matches!((one, other), (View::SignedIn, View::SignedOut) | (View::SignedOut, View::SignedIn))
}

/// What is known of who may see this very node.
fn evidence(adapter: &Adapter, layout: &Layout, field: Field, relation: Relation, within: u32, node: &Node) -> Vec<Evidence> {
    let mut next = within;
    let mut evidence = Vec::new();
    for rule in adapter.audience_of(layout, field) {
        let here = rule.within.is_none() || node.yes.contains(&next);
        next += u32::from(rule.within.is_some());
        let piece = Evidence { kind: rule.kind, bound: rule.bound };
        if here && (rule.when.is_empty() || rule.when.contains(&relation)) && evidence.last() != Some(&piece) {
            evidence.push(piece);
        }
    }
    evidence
}

impl Finding {
    /// What is known of who may see the field: everything that is known of the places where it is shown, and nothing when there is one of which
    /// nothing is known.
    #[must_use]
    pub fn evidence(&self) -> Vec<Evidence> {
        let open = self.nodes.iter().any(Seen::is_open);
        let mut evidence = Vec::new();
        for seen in self.nodes.iter().filter(|seen| !open || seen.is_open()) {
            if seen.evidence.is_empty() {
                return Vec::new();
            }
            for piece in &seen.evidence {
                if !evidence.contains(piece) {
                    evidence.push(*piece);
                }
            }
        }
        evidence
    }
}
