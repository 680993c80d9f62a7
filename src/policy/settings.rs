//! The settings in force: a person's own policy, and on top of it what their organisation set.
//!
//! The two are never mixed into one document. Each is judged by itself, and a field is allowed only if both allow it, so what a person
//! sets can only tighten what the organisation set.

use core::fmt::Display;

use serde::Serialize;

use super::{Policy, Role, Rule, Screening, Use};
use crate::digest::named;
use crate::json::{Problem, from_str, record, to_canonical, told};
use crate::page::Fault;
use crate::screen::Orders;
use crate::sorted::Set;
use crate::time::DAY;
use crate::vocabulary::{Channel, Code, Effect, Field, LegalBasis, Mode, Purpose, Removal, Signal};

/// What stands in for a rule where no rule of a document is behind a reason.
pub mod pseudo {
    /// Their names, at the places given by the constants.
    pub const NAMES: [&str; 3] = ["mark", "mode", "use"];
    /// The user marked it.
    pub const MARK: u16 = 0;
    /// The mode of the site.
    pub const MODE: u16 = 1;
    /// The use the capture names.
    pub const USE: u16 = 2;
}

/// The settings in force, as texts and as what they come to.
#[derive(Clone, Debug)]
pub struct Settings {
    text: String,
    hash: String,
    state: Result<InForce, Fault>,
    /// What is wrong with the local policy.
    pub local_problems: Vec<Problem>,
    /// What is wrong with the managed settings.
    pub managed_problems: Vec<Problem>,
}

/// The two documents in their own words: what a policy hash is the hash of. From it the settings are made again when a log is replayed.
#[derive(Serialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    local: Option<String>,
    managed: Option<String>,
}

record!(Texts { local, managed });

impl Settings {
    /// The settings that two documents make. Without any, and with one that cannot be read, they allow nothing and say why.
    #[must_use]
    pub fn of(local: Option<&str>, managed: Option<&str>) -> Self {
        let texts = Texts { local: local.map(Into::into), managed: managed.map(Into::into) };
        // Two texts always have a canonical form.
        let text = to_canonical(&texts).unwrap_or_default();
        let (mut local_problems, mut managed_problems) = (Vec::new(), Vec::new());
        let local = parsed(local, Role::Local, &mut local_problems);
        let managed = parsed(managed, Role::Managed, &mut managed_problems);
        let state = match (local, managed) {
            (Some(local), Some(managed)) => InForce::of(local, managed),
            (_, None) => Err(unreadable("the organisation's settings", &managed_problems)),
            (None, _) => Err(unreadable("the policy", &local_problems)),
        };
        Self { hash: named(&text), text, state, local_problems, managed_problems }
    }

    /// The settings of a text that [`text`](Self::text) gave, if it is one.
    #[must_use]
    pub fn restored(text: &str) -> Option<Self> {
        let Texts { local, managed } = from_str(text).ok()?;
        let settings = Self::of(local.as_deref(), managed.as_deref());
        (settings.text == text).then_some(settings)
    }

    /// Both documents as they are, in one text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The name of these settings in reports and log entries.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What they come to.
    ///
    /// # Errors
    /// Why they allow nothing at all.
    pub const fn in_force(&self) -> Result<&InForce, &Fault> {
        self.state.as_ref()
    }
}

/// A document, if there is one; nothing where it cannot be read, and then `problems` says why.
fn parsed(text: Option<&str>, role: Role, problems: &mut Vec<Problem>) -> Option<Option<Policy>> {
    let Some(text) = text else { return Some(None) };
    match Policy::parse(text, role) {
        Ok(policy) => Some(Some(policy)),
        Err(found) => {
            *problems = found;
            None
        }
    }
}

fn unreadable(what: &str, problems: &[Problem]) -> Fault {
    let told = told(format_args!(": {}", Told(problems)));
    Fault::broken([what, " cannot be used", &told].concat())
}

/// Problems in one line.
struct Told<'a>(&'a [Problem]);

impl Display for Told<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (number, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if number == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

/// Settings that can be used.
#[derive(Clone, Debug)]
pub struct InForce {
    /// One or two, of which each must allow a field. The first one names purpose, basis and uses.
    pub layers: Vec<Layer>,
    /// The names of all rules: [`pseudo`] ones, then those of the documents in the order of their ids.
    pub names: Vec<RuleName>,
    /// What a capture can be for; the first is the main one.
    pub grounds: Vec<Ground>,
    /// All hosts that the documents name.
    hosts: Set<String>,
}

/// The name of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleName {
    /// Its id.
    pub id: String,
    /// The organisation that set it; none: the person did.
    pub locked: Option<String>,
}

/// What a capture is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ground {
    /// Its name.
    pub id: String,
    /// The purpose.
    pub purpose: Option<Purpose>,
    /// The legal basis, if it can be used.
    pub basis: Option<LegalBasis>,
    /// The way people will be contacted.
    pub channel: Option<Channel>,
}

/// One document, ready to judge by.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The document.
    pub policy: Policy,
    /// The organisation that set it; none: the person did.
    pub locked: Option<String>,
    /// Whether a field needs a permission of this layer. Managed settings that permit nothing themselves leave that to the local policy.
    pub permits: bool,
    /// For each field, the permissions that name it: where it stands in the document, and its number among all names.
    permissions: Vec<Vec<(u16, u16)>>,
    /// The same for prohibitions.
    prohibitions: Vec<Vec<(u16, u16)>>,
}

impl InForce {
    fn of(local: Option<Policy>, managed: Option<Policy>) -> Result<Self, Fault> {
        let whole = managed.as_ref().is_some_and(|managed| managed.permit.is_some());
        let managed = managed.map(|policy| {
            let locked = Some(policy.organisation.clone().unwrap_or_default());
            Layer { permits: whole, locked, ..Layer::new(policy) }
        });
        let local = local.map(|policy| Layer { permits: !whole || policy.permit.is_some(), ..Layer::new(policy) });
        let (base, other) = match (local, managed) {
            (local, Some(managed)) if whole => (managed, local),
            (Some(local), managed) => (local, managed),
            (None, _) => return Err(Fault { code: Code::PolicyNoLegalBasis, what: "no policy is set".into() }),
        };
        let mut grounds = vec![Ground {
            id: "main".into(),
            purpose: base.policy.purpose,
            basis: base.policy.basis.as_ref().and_then(super::Basis::usable),
            channel: base.policy.channel,
        }];
        for Use { id, purpose, basis, channel } in &base.policy.uses {
            grounds.push(Ground { id: id.clone(), purpose: Some(*purpose), basis: basis.usable(), channel: *channel });
        }
        let mut in_force = Self { layers: vec![base], names: Vec::new(), grounds, hosts: Set::default() };
        in_force.layers.extend(other);
        in_force.number();
        Ok(in_force)
    }

    /// Gives every rule its number, in the order of names, so that nothing depends on the order in which rules are written.
    fn number(&mut self) {
        let mut names: Set<(RuleName, usize, usize)> = Set::default();
        for (layer, Layer { policy, locked, .. }) in self.layers.iter().enumerate() {
            for (at, rule) in policy.permit.iter().flatten().chain(&policy.forbid).enumerate() {
                names.insert((RuleName { id: rule.id.clone(), locked: locked.clone() }, layer, at));
                for host in &rule.hosts {
                    self.hosts.insert(host.clone());
                }
            }
            for host in policy.modes.keys() {
                self.hosts.insert(host.clone());
            }
        }
        for name in pseudo::NAMES {
            self.names.push(RuleName { id: name.to_owned(), locked: None });
        }
        for (name, layer, at) in names {
            let number = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
            self.names.push(name);
            if let Some(layer) = self.layers.get_mut(layer) {
                layer.index(at, number);
            }
        }
    }

    /// What a capture with this use is for. None named: the main one.
    #[must_use]
    pub fn ground(&self, use_id: Option<&str>) -> Option<&Ground> {
        self.grounds.iter().find(|ground| ground.id == use_id.unwrap_or("main"))
    }

    /// The hosts, of those that the documents name, that stand for a site.
    #[must_use]
    pub fn hosts_of(&self, site: &str) -> Set<String> {
        let mut found = Set::default();
        let mut rest = Some(site);
        while let Some(host) = rest {
            if let Some(known) = self.hosts.get(host) {
                found.insert(known.clone());
            }
            rest = host.bytes().position(|byte| byte == b'.').and_then(|dot| host.get(dot + 1..));
        }
        found
    }

    /// How strict the guard is on a site that these hosts stand for; where the site is not known, as strict as on any.
    #[must_use]
    pub fn mode(&self, hosts: Option<&Set<String>>) -> Mode {
        self.layers.iter().map(|layer| layer.policy.mode_on(hosts)).max().unwrap_or(Mode::Off)
    }

    /// What a signal comes to. The first layer says; the second can only make it a denial.
    #[must_use]
    pub fn effect(&self, signal: Signal) -> Effect {
        let said = |layer: &Layer| layer.policy.signals.get(&signal).copied();
        let denied = self.layers.iter().skip(1).any(|layer| said(layer) == Some(Effect::Deny));
        if denied { Effect::Deny } else { self.layers.first().and_then(said).unwrap_or_else(|| signal.default_effect()) }
    }

    /// What the screen is to do. What one layer says strictest holds; only the first names more words in which nothing is looked for, and the other
    /// can only take some of them back.
    #[must_use]
    pub fn orders(&self) -> Orders {
        let screens = || self.layers.iter().filter_map(|layer| layer.policy.screen.as_ref());
        let strictest = |said: fn(&Screening) -> Option<Removal>, least| {
            let first = self.layers.first().and_then(|layer| layer.policy.screen.as_ref()).and_then(said).unwrap_or(least);
            screens().filter_map(said).fold(first, Removal::max)
        };
        let first = self.layers.first().and_then(|layer| layer.policy.screen.as_ref()?.allow.clone()).unwrap_or_default();
        let everywhere = |phrase: &str| {
            screens().filter_map(|screen| screen.allow.as_ref()).all(|allow| allow.iter().any(|allowed| allowed == phrase))
        };
        let (mut terms, mut allow) = (Vec::new(), Vec::new());
        for screen in screens() {
            terms.extend_from_slice(&screen.terms);
        }
        for phrase in first {
            if everywhere(&phrase) {
                allow.push(phrase);
            }
        }
        Orders {
            special: strictest(|screen| screen.special, Removal::Cut).max(Removal::Cut),
            people: strictest(|screen| screen.people, Removal::Cut),
            terms,
            allow,
            language: None,
        }
    }

    /// How long details are kept, in days: the shortest of all layers.
    #[must_use]
    pub fn days(&self) -> u32 {
        self.layers.iter().filter_map(|layer| Some(layer.policy.retention.as_ref()?.days)).min().unwrap_or(0)
    }
}

impl InForce {
    /// How long details are kept, in milliseconds.
    #[must_use]
    pub fn keep(&self) -> u64 {
        u64::from(self.days()) * DAY
    }
}

impl Layer {
    fn new(policy: Policy) -> Self {
        let none = vec![Vec::new(); Field::ALL.len()];
        Self { policy, locked: None, permits: true, permissions: none.clone(), prohibitions: none }
    }

    /// Notes a rule, by its place among permissions and prohibitions, under every field it names.
    fn index(&mut self, at: usize, number: u16) {
        let permit = self.policy.permit.as_deref().unwrap_or_default();
        let (rule, place, lists) = match permit.get(at) {
            Some(rule) => (Some(rule), at, &mut self.permissions),
            None => (self.policy.forbid.get(at - permit.len()), at - permit.len(), &mut self.prohibitions),
        };
        let Some(rule) = rule else { return };
        let place = u16::try_from(place).unwrap_or(u16::MAX);
        for (field, list) in Field::ALL.iter().zip(lists) {
            if rule.names(*field) {
                list.push((place, number));
            }
        }
    }

    /// The permissions that name a field, each with its number.
    pub fn permissions(&self, field: Field) -> impl Iterator<Item = (u16, &Rule)> {
        Self::rules(&self.permissions, self.policy.permit.as_deref().unwrap_or_default(), field)
    }

    /// The prohibitions that name a field, each with its number.
    pub fn prohibitions(&self, field: Field) -> impl Iterator<Item = (u16, &Rule)> {
        Self::rules(&self.prohibitions, &self.policy.forbid, field)
    }

    fn rules<'a>(lists: &'a [Vec<(u16, u16)>], rules: &'a [Rule], field: Field) -> impl Iterator<Item = (u16, &'a Rule)> {
        let list = lists.get(field as usize).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|(place, number)| Some((*number, rules.get(usize::from(*place))?)))
    }
}

impl Policy {
    /// The mode this document alone sets for a site that these hosts stand for.
    fn mode_on(&self, hosts: Option<&Set<String>>) -> Mode {
        let otherwise = self.mode.unwrap_or(Mode::Enforce);
        let Some(hosts) = hosts else {
            return self.modes.values().copied().max().unwrap_or(otherwise).max(otherwise);
        };
        let named = self.modes.iter().filter(|(host, _)| hosts.contains(host)).max_by_key(|(host, _)| host.len());
        named.map_or(otherwise, |(_, mode)| *mode)
    }
}
