//! From an adapter to a plan: every question, with what its answer will mean.

use super::{Adapter, Layout, Place, View};
use crate::page::{Ask, Limits, Linked, Plan, Query, VERSION};
use crate::vocabulary::{Field, Relation, Signal};

/// The questions an adapter puts to a page. The same adapter always gives the same questions in the same order, so the meaning of
/// an answer is known from its number and nothing needs to be kept between asking and judging.
#[derive(Clone, Debug)]
pub struct Survey {
    queries: Vec<Query>,
    roles: Vec<Role>,
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
    /// A signal of the page; the asks are in the order of [`PAGE_SIGNALS`].
    Robots,
    /// The TDM reservation.
    Tdm,
}

/// The relations that a label can state.
pub(super) const DEGREES: [Relation; 4] = [Relation::First, Relation::Second, Relation::Third, Relation::OutOfNetwork];

/// The signals of the robots meta element, each with its words.
pub(super) const PAGE_SIGNALS: [(Signal, &[&str]); 6] = [
    (Signal::Noindex, &["noindex", "none"]),
    (Signal::Nosnippet, &["nosnippet"]),
    (Signal::Noarchive, &["noarchive"]),
    (Signal::Noimageindex, &["noimageindex"]),
    (Signal::Noai, &["noai"]),
    (Signal::Noimageai, &["noimageai"]),
];

/// The place of each ask of a field query.
pub(super) struct FieldAsk;

impl FieldAsk {
    pub(super) const MASKED: u32 = 0;
    pub(super) const EMPTY: u32 = 1;
    pub(super) const NOSNIPPET: u32 = 2;
    pub(super) const PRIVATE: u32 = 3;
    pub(super) const FILTER: u32 = 4;
}

impl Survey {
    /// Writes down the questions of an adapter.
    #[must_use]
    pub fn of(adapter: &Adapter) -> Self {
        let mut survey = Self { queries: Vec::new(), roles: Vec::new() };
        survey.signals();
        for (rule, kind) in adapter.kinds.iter().enumerate() {
            survey.presence(Role::Mark { rule }, &kind.marks, &kind.ld);
            survey.presence(Role::Hint { rule }, &kind.hints, &kind.ld_hints);
        }
        if !adapter.shared_owner.is_empty() {
            let css = Some(adapter.shared_owner.join(", "));
            let asks = vec![Ask::Here(adapter.owner_path)];
            survey.push(Role::DialogOwner, Query { css, attr: Some("href".into()), asks, pin: true, ..Query::default() });
        }
        for (number, layout) in adapter.layouts.iter().enumerate() {
            survey.layout(adapter, number, layout);
        }
        survey
    }

    /// The plan that puts these questions, for one inspection.
    #[must_use]
    pub fn plan(&self, nonce: &str, url: &str) -> Plan {
        let at = url.split('#').next().unwrap_or_default().to_owned();
        Plan { v: VERSION, nonce: nonce.to_owned(), at, limits: Limits::default(), queries: self.queries.clone() }
    }

    pub(super) fn roles(&self) -> &[Role] {
        &self.roles
    }

    fn push(&mut self, role: Role, query: Query) -> u32 {
        let id = u32::try_from(self.queries.len()).unwrap_or(u32::MAX);
        self.queries.push(Query { id, ..query });
        self.roles.push(role);
        id
    }

    fn signals(&mut self) {
        let words = |list: &[&str]| Ask::Tokens(list.iter().map(|word| (*word).to_owned()).collect());
        self.push(
            Role::Robots,
            Query {
                css: Some("meta[name='robots' i], meta[name='googlebot' i], meta[name='bingbot' i]".into()),
                attr: Some("content".into()),
                pin: true,
                asks: PAGE_SIGNALS.iter().map(|(_, list)| words(list)).collect(),
                ..Query::default()
            },
        );
        self.push(
            Role::Tdm,
            Query {
                css: Some("meta[name='tdm-reservation' i]".into()),
                attr: Some("content".into()),
                pin: true,
                asks: vec![words(&["1"])],
                ..Query::default()
            },
        );
    }

    /// One question for all selectors, and one for each type of JSON-LD.
    fn presence(&mut self, role: Role, selectors: &[String], types: &[String]) {
        if !selectors.is_empty() {
            let css = Some(selectors.join(", "));
            self.push(role, Query { css, presence: true, pin: true, ..Query::default() });
        }
        for kind in types {
            let ld = Some(Linked { kind: kind.clone(), key: Vec::new() });
            self.push(role, Query { ld, presence: true, pin: true, ..Query::default() });
        }
    }

    fn layout(&mut self, adapter: &Adapter, number: usize, layout: &Layout) {
        let mut needs = Vec::new();
        for anchor in &layout.anchors {
            let css = Some(anchor.clone());
            let query = Query { css, presence: true, pin: true, needs: needs.clone(), ..Query::default() };
            needs.push(self.push(Role::Anchor { layout: number }, query));
        }
        if !layout.unless.is_empty() {
            let css = Some(layout.unless.join(", "));
            self.push(Role::Unless { layout: number }, Query { css, presence: true, pin: true, ..Query::default() });
        }
        let owner = Query { css: layout.owner.css.clone(), ld: layout.owner.ld.clone(), needs: needs.clone(), ..Query::default() };
        needs.push(self.push(Role::Owner { layout: number }, owner));

        if !layout.own.is_empty() {
            let css = Some(layout.own.join(", "));
            let query = Query { css, presence: true, pin: true, needs: needs.clone(), ..Query::default() };
            self.push(Role::Own { layout: number }, query);
        }
        if layout.view == View::SignedIn && !layout.degree.is_empty() {
            let asks = DEGREES.iter().map(|degree| Ask::Is(adapter.degrees.get(degree).cloned().unwrap_or_default())).collect();
            let css = Some(scoped(adapter, layout.owner.css.as_deref(), &layout.degree.join(", ")));
            self.push(Role::Degree { layout: number }, Query { css, asks, pin: true, needs: needs.clone(), ..Query::default() });
        }
        for (field, place, shared) in adapter.places(layout) {
            let role = Role::Field { layout: number, field, filtered: place.filter.is_some(), shared };
            let owner = layout.owner.css.as_deref().filter(|_| !shared && !place.anywhere);
            self.push(role, field_query(adapter, owner, field, place, &needs));
        }
    }
}

fn field_query(adapter: &Adapter, owner: Option<&str>, field: Field, place: &Place, needs: &[u32]) -> Query {
    let private = if field == Field::Name { adapter.private_names.clone() } else { Vec::new() };
    let mut asks = vec![Ask::Masked(true), Ask::Empty(true), Ask::Within("[data-nosnippet]".into()), Ask::Is(private)];
    asks.extend(place.filter.clone());
    Query {
        css: place.css.as_ref().map(|css| scoped(adapter, owner, css)),
        ld: place.ld.clone(),
        attr: place.attr.clone(),
        // The name says whose page this is: were it another when values are read, nothing would hold.
        pin: field == Field::Name,
        asks,
        needs: needs.to_vec(),
        ..Query::default()
    }
}

/// A selector within the owner's part, where there is one, and outside everything that is never the owner's.
fn scoped(adapter: &Adapter, owner: Option<&str>, css: &str) -> String {
    let never: Vec<String> = adapter.never.iter().flat_map(|never| [never.clone(), format!("{never} *")]).collect();
    let outside = if never.is_empty() { String::new() } else { format!(":not({})", never.join(", ")) };
    match owner {
        Some(owner) => format!(":is({owner}) :is({css}){outside}"),
        None => format!(":is({css}){outside}"),
    }
}
