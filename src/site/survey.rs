//! From adapters to a plan: every question, with what its answer will mean.

use core::ops::Range;

use super::{Adapter, Layout, Place, SignalRule, View};
use crate::page::{Ask, Limits, Linked, Plan, Query, VERSION};
use crate::vocabulary::{Field, Relation, Signal};

/// The questions that adapters put to a page. The same adapters always give the same questions in the same order, so the meaning of an answer
/// is known from its number and nothing needs to be kept between asking and judging.
#[derive(Clone, Debug)]
pub struct Survey {
    queries: Vec<Query>,
    roles: Vec<Role>,
    parts: Vec<Range<usize>>,
    never: Vec<String>,
    shadows: Option<String>,
}

/// What a question is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A kind of page shows even beside a profile.
    Mark { rule: usize },
    /// A kind of page shows where no profile is found.
    Hint { rule: usize },
    /// A layout is there.
    Anchor { layout: usize },
    /// A layout is not the one.
    Unless { layout: usize },
    /// Something that every page of a layout has.
    Expected { layout: usize, place: usize },
    /// The owner's part.
    Owner { layout: usize },
    /// The viewer's own profile.
    Own { layout: usize },
    /// The degree of connection; the asks are in the order of [`DEGREES`].
    Degree { layout: usize },
    /// Links in dialogs that name their owner.
    DialogOwner,
    /// A field; the asks are in the order of [`FieldAsk`].
    Field { layout: usize, field: Field, filtered: bool, shared: bool },
    /// Signals of the page; the asks are in the order of [`PAGE_SIGNALS`].
    Robots,
    /// A signal that holds where a node answers all asks with yes.
    Sign { signal: Signal, asks: u32 },
}

/// The relations that a label can state.
pub(super) const DEGREES: [Relation; 4] = [Relation::First, Relation::Second, Relation::Third, Relation::OutOfNetwork];

/// The signals of the robots meta element, each with its words.
pub(super) const PAGE_SIGNALS: [(Signal, &[&str]); 7] = [
    (Signal::Noindex, &["noindex", "none"]),
    (Signal::Nosnippet, &["nosnippet", "max-snippet:0"]),
    (Signal::Noarchive, &["noarchive", "nocache"]),
    (Signal::Noimageindex, &["noimageindex"]),
    (Signal::Noai, &["noai"]),
    (Signal::Noimageai, &["noimageai"]),
    (Signal::UnavailableAfter, &["unavailable_after"]),
];

/// Where machines are spoken to: the robots meta element, its twins for one machine each, and the header's stand-in.
const ROBOTS: &str = "meta:is([name*='bot' i], [name*='spider' i], [name*='crawler' i], [name*='slurp' i], [name='yandex' i], [name='yeti' i], \
    [name='ia_archiver' i], [name='google-extended' i], [name*='anthropic' i], [name*='claude' i], [name$='-ai' i], [http-equiv='x-robots-tag' i])";

/// The place of each ask of a field query. The last ones are about the audience rules that name a place, in their order.
pub(super) struct FieldAsk;

impl FieldAsk {
    pub(super) const MASKED: u32 = 0;
    pub(super) const EMPTY: u32 = 1;
    pub(super) const NOSNIPPET: u32 = 2;
    pub(super) const PRIVATE: u32 = 3;
    pub(super) const FILTER: u32 = 4;

    /// Where the asks about the audience begin.
    pub(super) const fn within(filtered: bool) -> u32 {
        Self::FILTER + filtered as u32
    }
}

impl Survey {
    /// Writes down the questions of the adapters that may be in charge of a page.
    #[must_use]
    pub fn of(adapters: &[&Adapter]) -> Self {
        let mut survey = Self { queries: Vec::new(), roles: Vec::new(), parts: Vec::new(), never: Vec::new(), shadows: None };
        survey.signals();
        let mut shadows = Vec::new();
        for adapter in adapters {
            shadows.extend_from_slice(&adapter.shadows);
            let begin = survey.roles.len();
            survey.adapter(adapter);
            survey.parts.push(begin..survey.roles.len());
        }
        survey.shadows = joined(&shadows);
        survey
    }

    /// The plan that puts these questions, for one inspection; `person` is which of several owners is meant.
    #[must_use]
    pub fn plan(&self, nonce: &str, url: &str, person: Option<u32>) -> Plan {
        Plan {
            v: VERSION,
            nonce: nonce.to_owned(),
            at: url.split('#').next().unwrap_or_default().to_owned(),
            limits: Limits::default(),
            never: self.never.clone(),
            shadows: self.shadows.clone(),
            person,
            queries: self.queries.clone(),
        }
    }

    pub(super) fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// What each question is for, in words. `adapters` are those it was made of.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn told(&self, adapters: &[&Adapter]) -> impl Iterator<Item = String> {
        let part_of = |number: usize| self.parts.iter().position(|part| part.contains(&number));
        self.roles.iter().enumerate().map(move |(number, role)| {
            let adapter = part_of(number).and_then(|part| adapters.get(part));
            let told = told(*role, adapter);
            adapter.map_or_else(|| told.clone(), |adapter| format!("{}: {told}", adapter.id))
        })
    }

    /// Which questions each adapter put.
    pub(super) fn parts(&self) -> &[Range<usize>] {
        &self.parts
    }

    pub(super) fn queries(&self) -> &[Query] {
        &self.queries
    }

    fn push(&mut self, role: Role, query: Query) -> u32 {
        let id = u32::try_from(self.queries.len()).unwrap_or(u32::MAX);
        self.queries.push(Query { id, ..query });
        self.roles.push(role);
        id
    }

    fn signals(&mut self) {
        let words = |list: &[&str]| Ask::Tokens(list.iter().map(|word| (*word).to_owned()).collect());
        let (css, attr) = (Some(ROBOTS.into()), Some("content".into()));
        let asks = PAGE_SIGNALS.iter().map(|(_, list)| words(list)).collect();
        self.push(Role::Robots, Query { css, attr, asks, pin: true, ..Query::default() });
        self.sign(&SignalRule {
            signal: Signal::TdmReservation,
            css: "meta[name='tdm-reservation' i]".into(),
            attr: Some("content".into()),
            filter: Some(words(&["1"])),
        });
    }

    fn sign(&mut self, rule: &SignalRule) {
        let SignalRule { signal, css, attr, filter } = rule.clone();
        let asks = Vec::from_iter(filter);
        let role = Role::Sign { signal, asks: u32::try_from(asks.len()).unwrap_or(u32::MAX) };
        self.push(role, Query { css: Some(css), attr, asks, pin: true, ..Query::default() });
    }

    fn adapter(&mut self, adapter: &Adapter) {
        let never = joined(&adapter.never).map(|css| {
            self.never.push(css);
            u32::try_from(self.never.len() - 1).unwrap_or(u32::MAX)
        });
        for rule in &adapter.signals {
            self.sign(rule);
        }
        for (rule, kind) in adapter.kinds.iter().enumerate() {
            self.presence(Role::Mark { rule }, &kind.marks, &kind.ld);
            self.presence(Role::Hint { rule }, &kind.hints, &kind.ld_hints);
        }
        if let Some(css) = joined(&adapter.shared_owner) {
            let asks = vec![Ask::Here(adapter.owner_path)];
            self.push(Role::DialogOwner, Query { css: Some(css), attr: Some("href".into()), asks, pin: true, ..Query::default() });
        }
        for (number, layout) in adapter.layouts.iter().enumerate() {
            self.layout(adapter, number, layout, never);
        }
    }

    /// One question for all selectors, and one for each type of JSON-LD.
    fn presence(&mut self, role: Role, selectors: &[String], types: &[String]) {
        if let Some(css) = joined(selectors) {
            self.push(role, Query { css: Some(css), presence: true, pin: true, ..Query::default() });
        }
        for kind in types {
            let ld = Some(Linked { kind: kind.clone(), key: Vec::new() });
            self.push(role, Query { ld, presence: true, pin: true, ..Query::default() });
        }
    }

    fn layout(&mut self, adapter: &Adapter, number: usize, layout: &Layout, never: Option<u32>) {
        let seen = |css: &str, needs: &[u32]| Query {
            css: Some(css.to_owned()),
            presence: true,
            pin: true,
            needs: needs.to_vec(),
            ..Query::default()
        };
        let mut needs = Vec::new();
        for anchor in &layout.anchors {
            let query = seen(anchor, &needs);
            needs.push(self.push(Role::Anchor { layout: number }, query));
        }
        if let Some(css) = joined(&layout.unless) {
            self.push(Role::Unless { layout: number }, seen(&css, &needs));
        }
        let Place { css, ld, .. } = layout.owner.clone();
        // A card that is a picture is told from another only by its place.
        let asks = if css.is_some() { vec![Ask::Empty(true)] } else { Vec::new() };
        let owner = Query { css, ld, never, owner: true, asks, needs: needs.clone(), ..Query::default() };
        let owner = self.push(Role::Owner { layout: number }, owner);
        needs.push(owner);
        for (place, css) in layout.expects.iter().enumerate() {
            self.push(Role::Expected { layout: number, place }, seen(css, &needs));
        }
        if let Some(css) = joined(&layout.own) {
            self.push(Role::Own { layout: number }, seen(&css, &needs));
        }
        let inside = layout.owner.css.is_some().then_some(owner);
        if let (View::SignedIn, Some(css)) = (layout.view, joined(&layout.degree)) {
            let asks = DEGREES.iter().map(|degree| Ask::Is(adapter.degrees.get(degree).cloned().unwrap_or_default())).collect();
            let query = Query { css: Some(css), inside, never, asks, pin: true, needs: needs.clone(), ..Query::default() };
            self.push(Role::Degree { layout: number }, query);
        }
        for (field, place, shared) in adapter.places(layout) {
            let role = Role::Field { layout: number, field, filtered: place.filter.is_some(), shared };
            let inside = inside.filter(|_| !shared && !place.anywhere && place.css.is_some());
            let query = Query { inside, never, needs: needs.clone(), ..field_query(adapter, layout, field, place) };
            self.push(role, query);
        }
    }
}

fn field_query(adapter: &Adapter, layout: &Layout, field: Field, place: &Place) -> Query {
    let private = if field == Field::Name { adapter.private_names.clone() } else { Vec::new() };
    let mut asks = vec![Ask::Masked(true), Ask::Empty(true), Ask::Within("[data-nosnippet]".into()), Ask::Is(private)];
    asks.extend(place.filter.clone());
    for rule in adapter.audience_of(layout, field) {
        if let Some(within) = &rule.within {
            asks.push(Ask::Within(within.clone()));
        }
    }
    Query {
        css: place.css.clone(),
        ld: place.ld.clone(),
        attr: place.attr.clone(),
        // The name says whose page this is: were it another when values are read, nothing would hold.
        pin: field == Field::Name,
        asks,
        ..Query::default()
    }
}

/// What a question of an adapter is for.
#[cfg(not(target_arch = "wasm32"))]
fn told(role: Role, adapter: Option<&&Adapter>) -> String {
    let layout = |number: usize| adapter.and_then(|adapter| adapter.layouts.get(number)).map_or("", |layout| &*layout.id);
    let kind = |number: usize| adapter.and_then(|adapter| adapter.kinds.get(number)).map_or("", |rule| rule.kind.as_str());
    match role {
        Role::Robots => "what machines are told".into(),
        Role::Sign { signal, .. } => format!("signal `{signal}`"),
        Role::Mark { rule } => format!("mark of `{}`", kind(rule)),
        Role::Hint { rule } => format!("hint at `{}`", kind(rule)),
        Role::Anchor { layout: number } => format!("layout `{}`: anchor", layout(number)),
        Role::Unless { layout: number } => format!("layout `{}`: ruled out by", layout(number)),
        Role::Expected { layout: number, .. } => format!("layout `{}`: expected", layout(number)),
        Role::Owner { layout: number } => format!("layout `{}`: owner", layout(number)),
        Role::Own { layout: number } => format!("layout `{}`: the viewer's own", layout(number)),
        Role::Degree { layout: number } => format!("layout `{}`: degree", layout(number)),
        Role::DialogOwner => "whose a dialog is".into(),
        Role::Field { layout: number, field, shared, .. } => {
            format!("layout `{}`: `{field}`{}", layout(number), if shared { ", in a dialog" } else { "" })
        }
    }
}

/// One selector for all of them, if there are any.
pub(super) fn joined(selectors: &[String]) -> Option<String> {
    let mut joined: Option<String> = None;
    for selector in selectors {
        match &mut joined {
            Some(joined) => {
                joined.push_str(", ");
                joined.push_str(selector);
            }
            None => joined = Some(selector.clone()),
        }
    }
    joined
}
