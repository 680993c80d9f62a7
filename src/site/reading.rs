//! From answers to meaning: what the page is, how the viewer stands to its owner, and which fields stand where.

use serde::Serialize;

use super::survey::{DEGREES, FieldAsk, PAGE_SIGNALS, Role};
use super::{Adapter, Address, Layout, Survey, View};
use crate::page::{Answer, Fault, Node, Shown, Sightings};
use crate::sorted::{Map, Set};
use crate::vocabulary::{Code, Evidence, Field, PageKind, Relation, Signal};

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
    /// What is known of who may see it.
    pub evidence: Vec<Evidence>,
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
}

impl Seen {
    /// Whether a person, or a machine it was published for, gets to see it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.shown.is_painted() || matches!(self.shown, Shown::Published)
    }
}

impl Reading {
    /// Reads sightings as `adapter` understands them.
    #[must_use]
    pub fn of(adapter: &Adapter, survey: &Survey, address: &Address, sightings: &Sightings) -> Self {
        let answers = Answers { roles: survey.roles(), answers: &sightings.answers };
        let (kind, layout) = answers.kind(adapter, address);
        let mut reading = Self {
            page: Page {
                kind,
                site: address.site().to_owned(),
                adapter: adapter.label(),
                layout: layout.map(|(_, layout)| layout.id.clone()),
                relation: Relation::Unknown,
                signals: answers.signals(),
            },
            refusal: refusal_of(kind),
            findings: Map::default(),
        };
        // A question that could not be asked might have been the one that says no.
        if sightings.answers.iter().any(|answer| answer.error.is_some()) {
            reading.refusal =
                Some(Fault { code: Code::GuardError, what: "the browser could not run a question of the adapter".into() });
            return reading;
        }
        let Some((number, layout)) = layout else {
            if kind == PageKind::Profile {
                reading.refusal = Some(Fault {
                    code: Code::SiteUnsupported,
                    what: "this network is recognised, but how it shows who may see what is not known".into(),
                });
            } else if kind == PageKind::Other && adapter.expects_profile(address) {
                reading.refusal =
                    Some(Fault { code: Code::SiteDrift, what: "nothing on this profile looks the way it was learned".into() });
            }
            return reading;
        };
        if kind != PageKind::Profile {
            return reading;
        }
        reading.page.relation = answers.relation(number, layout);
        answers.findings(adapter, number, &mut reading);
        Answers::check_owner(&mut reading);
        reading
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

/// The answers, each beside what it is for.
struct Answers<'a> {
    roles: &'a [Role],
    answers: &'a [Answer],
}

impl<'a> Answers<'a> {
    fn of(&self, wanted: impl Fn(&Role) -> bool) -> impl Iterator<Item = &'a Answer> {
        self.roles.iter().zip(self.answers).filter(move |(role, _)| wanted(role)).map(|(_, answer)| answer)
    }

    fn any(&self, wanted: Role) -> bool {
        self.of(|role| *role == wanted).any(|answer| answer.count > 0)
    }

    fn all(&self, wanted: Role) -> bool {
        self.of(|role| *role == wanted).all(|answer| answer.count > 0)
    }

    /// What the page is, and the layout if it is a profile.
    ///
    /// Addresses come first, then marks that no profile has, then layouts; what merely hints at another kind is asked last, because
    /// profiles hold sign-in dialogs and lists of posts too.
    fn kind<'b>(&self, adapter: &'b Adapter, address: &Address) -> (PageKind, Option<(usize, &'b Layout)>) {
        let by_path = adapter.kinds.iter().find(|rule| rule.paths.iter().any(|path| address.path_is(path)));
        if let Some(rule) = by_path {
            return (rule.kind, None);
        }
        let mut rules = adapter.kinds.iter().enumerate();
        if let Some((_, rule)) = rules.find(|(number, _)| self.any(Role::Mark { rule: *number })) {
            return (rule.kind, None);
        }
        let is_profile_path = adapter.profile_paths.iter().any(|path| address.path_is(path));
        if is_profile_path {
            let mut layouts = adapter.layouts.iter().enumerate();
            let found = layouts.find(|(number, _)| {
                self.all(Role::Anchor { layout: *number })
                    && !self.any(Role::Unless { layout: *number })
                    && self.any(Role::Owner { layout: *number })
            });
            if let Some((number, layout)) = found {
                return (self.kind_of_profile(number), Some((number, layout)));
            }
        }
        let mut rules = adapter.kinds.iter().enumerate();
        if let Some((_, rule)) = rules.find(|(number, _)| self.any(Role::Hint { rule: *number })) {
            return (rule.kind, None);
        }
        // A network that is only recognised: nothing is known of its markup, so its address alone says what the page is.
        if is_profile_path && adapter.layouts.is_empty() {
            return (PageKind::Profile, None);
        }
        (PageKind::Other, None)
    }

    /// A profile, unless its owner hides behind a placeholder or there are several owners.
    fn kind_of_profile(&self, layout: usize) -> PageKind {
        let is_name = |role: &Role| matches!(role, Role::Field { layout: of, field: Field::Name, .. } if *of == layout);
        let mut names = self.of(is_name).flat_map(|answer| &answer.nodes);
        if names.any(|node| node.yes.contains(&FieldAsk::PRIVATE)) {
            return PageKind::Private;
        }
        let owners: Vec<&Node> = self.of(|role| *role == Role::Owner { layout }).flat_map(|answer| &answer.nodes).collect();
        let open = |node: &&&Node| node.shown.is_painted() || node.shown == Shown::Published;
        let unreadable = owners.iter().filter(open).filter(|node| node.error.is_some()).count();
        let readable: Set<&str> =
            owners.iter().filter(open).filter(|node| node.error.is_none()).map(|node| node.print.as_str()).collect();
        if unreadable + readable.len() > 1 { PageKind::Team } else { PageKind::Profile }
    }

    /// How the viewer stands to the owner. Without a sign that can be read, and with two that disagree, it is unknown.
    fn relation(&self, number: usize, layout: &Layout) -> Relation {
        match layout.view {
            View::SignedOut => return Relation::SignedOut,
            View::Any => return Relation::Unknown,
            View::SignedIn => {}
        }
        if self.any(Role::Own { layout: number }) {
            return Relation::Self_;
        }
        let nodes = self.of(|role| *role == Role::Degree { layout: number }).flat_map(|answer| &answer.nodes);
        // A label counts whether or not it is painted: which of two a style sheet shows is not certain enough to rest on.
        let stated: Set<u32> = nodes.flat_map(|node| node.yes.iter().copied()).collect();
        let mut stated = stated.into_iter();
        match (stated.next(), stated.next()) {
            (Some(one), None) => usize::try_from(one).ok().and_then(|one| DEGREES.get(one)).copied().unwrap_or(Relation::Unknown),
            _ => Relation::Unknown,
        }
    }

    fn findings(&self, adapter: &Adapter, number: usize, reading: &mut Reading) {
        // A dialog can be left over from the profile before.
        let mut owners = self.of(|role| *role == Role::DialogOwner).flat_map(|answer| &answer.nodes);
        let foreign = owners.any(|node| node.yes.is_empty());
        for (role, answer) in self.roles.iter().zip(self.answers) {
            let Role::Field { layout, field, filtered, shared } = *role else { continue };
            if layout != number {
                continue;
            }
            for node in &answer.nodes {
                let passes = !filtered || node.yes.contains(&FieldAsk::FILTER);
                if !passes && node.error.is_none() {
                    continue;
                }
                // A place without text is a place without a value: the field is not there. A picture never has text.
                if node.yes.contains(&FieldAsk::EMPTY) && field != Field::Image {
                    continue;
                }
                let finding = reading.findings.get_or_insert_with(field, || Finding {
                    evidence: adapter.evidence(field, reading.page.relation),
                    nodes: Vec::new(),
                });
                finding.nodes.push(Seen {
                    h: node.h,
                    print: node.print.clone(),
                    shown: node.shown,
                    masked: node.yes.contains(&FieldAsk::MASKED),
                    nosnippet: node.yes.contains(&FieldAsk::NOSNIPPET),
                    unreadable: node.error.is_some(),
                    foreign: shared && foreign,
                });
            }
        }
    }

    /// Without a name in sight it is not known whose page this is.
    fn check_owner(reading: &mut Reading) {
        let named = reading.findings.get(&Field::Name).is_some_and(|name| name.nodes.iter().any(Seen::is_open));
        if !named {
            reading.refusal =
                Some(Fault { code: Code::SiteDrift, what: "the name of the profile's owner is not where it should be".into() });
        }
    }

    fn signals(&self) -> Vec<SignalSeen> {
        let mut seen = Set::default();
        for node in self.of(|role| *role == Role::Robots).flat_map(|answer| &answer.nodes) {
            let signals = node.yes.iter().filter_map(|yes| PAGE_SIGNALS.get(usize::try_from(*yes).ok()?));
            seen.extend(signals.map(|(signal, _)| *signal));
        }
        let tdm = self.of(|role| *role == Role::Tdm).flat_map(|answer| &answer.nodes).any(|node| !node.yes.is_empty());
        if tdm {
            seen.insert(Signal::TdmReservation);
        }
        // The effect is the policy's to say; until it has, the default stands.
        seen.into_iter().map(|signal| SignalSeen { signal, effect: signal.default_effect() }).collect()
    }
}
