//! Policies, managed settings and facts that chance makes.
//!
//! They are drawn from small pools of words, so that rules often meet the facts and each other. Every document is drawn as a
//! typed value, written down, and loaded from that text, so that reading is part of what is tried.

use core::fmt;
use core::ops::Deref;

use proptest::bool::weighted as often;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use scruple::json::to_canonical;
use scruple::judge::{FactsDocument, Standing};
use scruple::policy::{Basis, Controller, Policy, Retention, Rule, Settings, Use};
use scruple::vocabulary::{
    Audience, Channel, Choice, Code, Country, Decision, Effect, Evidence, EvidenceKind, Field, Group, LegalBasis, Mode, Purpose,
    Relation, Signal, State, Word,
};
use serde::Serialize;

/// The fields that may stand on a page: of each group at least one, and the picture, of which some signals speak alone.
pub const FIELDS: &[Field] = &[Field::Name, Field::JobTitle, Field::Email, Field::Telephone, Field::Description, Field::Image];
/// The hosts that rules and modes name.
pub const HOSTS: &[&str] = &["net.example", "people.net.example", "other.example"];
/// The sites of pages: those hosts, one below them, one of which nothing is said, and one that only ends like one of them.
pub const SITES: &[&str] =
    &["net.example", "people.net.example", "fr.people.net.example", "other.example", "elsewhere.example", "internet.example"];
/// The uses that a policy may have beside the main one.
pub const USES: &[&str] = &["calls", "letters"];
/// The uses that a capture may name: those, the main one, and one that no policy has.
const NAMED_USES: &[&str] = &["calls", "calls", "letters", "letters", "main", "no-such-use"];
/// The organisation behind managed settings.
pub const ORGANISATION: &str = "Exemple SARL";

/// How the viewer stands to the owner, where that is known.
pub const KNOWN_RELATIONS: &[Relation] =
    &[Relation::Self_, Relation::First, Relation::Second, Relation::Third, Relation::OutOfNetwork, Relation::SignedOut];

/// The countries in question.
pub fn countries() -> Vec<Country> {
    ["FR", "DE", "US"].iter().filter_map(|word| Country::from_word(word)).collect()
}

/// Something drawn, told as the document it is when a property fails.
#[derive(Clone)]
pub struct Drawn<T>(pub T);

impl<T: Serialize> fmt::Debug for Drawn<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_canonical(&self.0).unwrap())
    }
}

impl<T> Deref for Drawn<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What is in force: a person's policy, what their organisation set, or both.
#[derive(Clone, Debug)]
pub struct Documents {
    /// The person's policy.
    pub local: Option<Drawn<Policy>>,
    /// The organisation's settings.
    pub managed: Option<Drawn<Policy>>,
}

impl Documents {
    /// A person's policy alone.
    pub fn local(policy: Policy) -> Self {
        Self { local: Some(Drawn(policy)), managed: None }
    }

    /// The organisation's settings alone.
    pub fn managed(policy: Policy) -> Self {
        Self { local: None, managed: Some(Drawn(policy)) }
    }

    /// The settings that these documents make once they are written down and read. What was drawn is valid, so they can be used.
    pub fn settings(&self) -> Settings {
        let text = |policy: &Option<Drawn<Policy>>| policy.as_ref().map(|policy| to_canonical(&policy.0).unwrap());
        let settings = Settings::of(text(&self.local).as_deref(), text(&self.managed).as_deref());
        assert!(settings.in_force().is_ok(), "{:?} {:?}", settings.local_problems, settings.managed_problems);
        settings
    }

    /// Both, the person's policy first.
    pub fn each(&self) -> impl Iterator<Item = &Policy> {
        self.local.iter().chain(&self.managed).map(|policy| &policy.0)
    }

    /// Both, to be changed.
    pub fn each_mut(&mut self) -> impl Iterator<Item = &mut Policy> {
        self.local.iter_mut().chain(&mut self.managed).map(|policy| &mut policy.0)
    }

    /// The document that says what a capture is for: the organisation's, if it is a whole policy.
    pub fn base(&self) -> &Policy {
        self.managed.iter().filter(|managed| managed.permit.is_some()).chain(&self.local).next().unwrap()
    }

    /// The same, to be changed.
    pub fn base_mut(&mut self) -> &mut Policy {
        &mut self.managed.iter_mut().filter(|managed| managed.permit.is_some()).chain(&mut self.local).next().unwrap().0
    }
}

/// The words whose bits are set, in the order of the pool. One number holds them, which is cheap to draw and shrinks towards
/// fewer words.
fn of_bits<T: Word>(pool: &[T], bits: u32) -> Choice<T> {
    pool.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1).map(|(_, word)| *word).collect()
}

/// At least one word of a pool.
pub fn one_or_more<T: Word + fmt::Debug>(pool: &'static [T]) -> impl Strategy<Value = Choice<T>> {
    (1_u32..1 << pool.len()).prop_map(|bits| of_bits(pool, bits))
}

/// Some words of a pool, in this share of all cases, or else none.
pub fn sometimes<T: Word + fmt::Debug>(share: f64, pool: &'static [T]) -> impl Strategy<Value = Choice<T>> {
    weighted(share, 1_u32..1 << pool.len()).prop_map(|bits| of_bits(pool, bits.unwrap_or(0)))
}

/// Some items of a list, in this share of all cases, or else none.
fn sometimes_of<T: Clone + fmt::Debug + 'static>(share: f64, pool: Vec<T>) -> impl Strategy<Value = Vec<T>> {
    weighted(share, 1_u32..1 << pool.len()).prop_map(move |bits| {
        let bits = bits.unwrap_or(0);
        pool.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1).map(|(_, item)| item.clone()).collect()
    })
}

prop_compose! {
    /// The clauses that permissions and prohibitions share, each of them in this share of all cases.
    fn clauses(share: f64)(
        (fields, groups) in (sometimes(0.8, FIELDS), sometimes(0.35, Group::ALL)),
        hosts in sometimes_of(share, HOSTS.iter().map(|host| (*host).to_owned()).collect()),
        evidence in sometimes(share, EvidenceKind::ALL),
        relations in sometimes(share, KNOWN_RELATIONS),
        purposes in sometimes(share / 2.0, Purpose::ALL),
        bases in sometimes(share / 2.0, LegalBasis::ALL),
        countries in sometimes_of(share, countries()),
        channels in sometimes(share, Channel::ALL),
    ) -> Rule {
        let fields = if fields.is_empty() && groups.is_empty() { of_bits(FIELDS, 1) } else { fields };
        let says = "Something about a few fields.".to_owned();
        Rule { says, fields, groups, hosts, evidence, relations, purposes, bases, countries, channels, ..Rule::default() }
    }
}

prop_compose! {
    /// A permission. What it must have it has: audiences that are wide enough, evidence that it believes, and an assessment.
    fn permission()(
        rule in clauses(0.08),
        audiences in 0_usize..4,
        evidence in one_or_more(EvidenceKind::ALL),
        more in sometimes(0.5, EvidenceKind::ALL),
    ) -> Rule {
        let audiences: &[Audience] = match audiences {
            0 => &[Audience::PublicWeb],
            1 => &[Audience::PlatformMembers],
            _ => &[Audience::PlatformMembers, Audience::PublicWeb],
        };
        let evidence = evidence.iter().chain(more.iter()).collect();
        Rule { audiences: audiences.iter().copied().collect(), evidence, assessment: Some("LIA-2".into()), ..rule }
    }
}

prop_compose! {
    /// A prohibition, without an id.
    pub fn prohibition()(
        rule in clauses(0.2),
        audiences in sometimes(0.2, Audience::ALL),
        signals in sometimes(0.2, Signal::ALL),
    ) -> Rule {
        Rule { audiences, signals, ..rule }
    }
}

prop_compose! {
    /// A basis; in most cases one that can be used.
    fn basis()(kind in select(LegalBasis::ALL), is_usable in often(0.95), assessed in any::<bool>()) -> Basis {
        let kind = if is_usable && kind == LegalBasis::Consent { LegalBasis::Contract } else { kind };
        let is_assessed = is_usable || assessed;
        Basis { kind, assessment: is_assessed.then(|| "LIA-1".into()) }
    }
}

prop_compose! {
    fn purpose_and_means()(purpose in select(Purpose::ALL), basis in basis(), channel in weighted(0.7, select(Channel::ALL))) -> Use {
        Use { id: String::new(), purpose, basis, channel }
    }
}

prop_compose! {
    fn uses()(drawn in vec(weighted(0.85, purpose_and_means()), USES.len())) -> Vec<Use> {
        drawn.into_iter().zip(USES).filter_map(|(drawn, id)| Some(Use { id: (*id).to_owned(), ..drawn? })).collect()
    }
}

/// The modes in which something may be allowed come up more often: what holds in the others is quickly seen.
fn mode() -> impl Strategy<Value = Mode> {
    select(&[Mode::Enforce, Mode::Enforce, Mode::Enforce, Mode::Strict, Mode::Strict, Mode::Observe, Mode::Off][..])
}

prop_compose! {
    fn document(letter: char)(
        permit in vec(permission(), 0..6),
        forbid in vec(prohibition(), 0..4),
        purpose in weighted(0.97, select(Purpose::ALL)),
        basis in weighted(0.97, basis()),
        channel in weighted(0.7, select(Channel::ALL)),
        uses in uses(),
        signals in (sometimes(0.3, Signal::ALL), sometimes(0.5, Signal::ALL)),
        (mode, modes) in (weighted(0.2, mode()), vec(weighted(0.08, mode()), HOSTS.len())),
        // Rules come in any order of their names; of both documents together some have the same one.
        turned in any::<bool>(),
        shared in any::<bool>(),
    ) -> Policy {
        let (mut permit, mut forbid) = (permit, forbid);
        let letter = if shared { 'r' } else { letter };
        let count = permit.len() + forbid.len();
        for (at, rule) in permit.iter_mut().chain(&mut forbid).enumerate() {
            rule.id = format!("{letter}{}", if turned { count - at } else { at });
        }
        let (told, denied) = signals;
        let effect = |signal| if denied.contains(signal) { Effect::Deny } else { Effect::Note };
        let modes = modes.into_iter().zip(HOSTS).filter_map(|(mode, host)| Some(((*host).to_owned(), mode?))).collect();
        Policy {
            schema: None,
            version: Some(1),
            organisation: None,
            controller: Some(Controller { name: "Exemple SARL".into(), contact: "privacy@example.org".into() }),
            purpose,
            basis,
            channel,
            uses,
            permit: Some(permit),
            forbid,
            signals: told.iter().map(|signal| (signal, effect(signal))).collect(),
            mode,
            modes,
            screen: None,
            retention: Some(Retention { days: 365, reason: None }),
        }
    }
}

/// A policy of a person. It has permissions, or says at least that there are none.
pub fn local() -> impl Strategy<Value = Drawn<Policy>> {
    document('a').prop_map(Drawn)
}

/// A whole policy of an organisation.
pub fn managed_whole() -> impl Strategy<Value = Drawn<Policy>> {
    (document('m'), select(Purpose::ALL), basis()).prop_map(|(policy, purpose, basis)| {
        let (purpose, basis) = (policy.purpose.or(Some(purpose)), policy.basis.clone().or(Some(basis)));
        Drawn(Policy { organisation: Some(ORGANISATION.into()), purpose, basis, ..policy })
    })
}

/// What an organisation forbids and limits on top of a person's policy.
pub fn managed_limits() -> impl Strategy<Value = Drawn<Policy>> {
    document('m').prop_map(|policy| {
        Drawn(Policy {
            organisation: Some(ORGANISATION.into()),
            version: None,
            controller: None,
            purpose: None,
            basis: None,
            channel: None,
            uses: Vec::new(),
            permit: None,
            retention: None,
            ..policy
        })
    })
}

/// Whatever may be in force.
pub fn documents() -> impl Strategy<Value = Documents> {
    prop_oneof![
        4 => local().prop_map(|local| Documents { local: Some(local), managed: None }),
        2 => (local(), managed_limits()).prop_map(|(local, managed)| Documents { local: Some(local), managed: Some(managed) }),
        2 => (local(), managed_whole()).prop_map(|(local, managed)| Documents { local: Some(local), managed: Some(managed) }),
        // A person's policy that permits nothing itself only tightens what the organisation permits.
        1 => (local(), managed_whole()).prop_map(|(local, managed)| {
            let local = Policy { permit: None, ..local.0 };
            Documents { local: Some(Drawn(local)), managed: Some(managed) }
        }),
        1 => managed_whole().prop_map(|managed| Documents { local: None, managed: Some(managed) }),
    ]
}

prop_compose! {
    /// A piece of evidence. Wide bounds come up more often, since narrow ones allow nothing.
    pub fn evidence()(kind in select(EvidenceKind::ALL), wide in 0_u8..10, narrow in select(Audience::ALL)) -> Evidence {
        Evidence { kind, bound: match wide { 0 => narrow, 1..5 => Audience::PlatformMembers, _ => Audience::PublicWeb } }
    }
}

prop_compose! {
    fn standing()(evidence in weighted(0.9, vec(evidence(), 1..4)), states in sometimes(0.1, State::ALL)) -> Standing {
        Standing { evidence: evidence.unwrap_or_default(), states }
    }
}

/// The codes that a refusal can have.
fn refusals() -> Vec<Code> {
    Code::ALL.iter().copied().filter(|code| code.decision() == Decision::Deny).collect()
}

prop_compose! {
    /// What is known of a page.
    pub fn page()(
        site in weighted(0.85, select(SITES)),
        relation in select(Relation::ALL),
        signals in sometimes(0.1, Signal::ALL),
        country in weighted(0.7, select(countries())),
        use_id in weighted(0.3, select(NAMED_USES)),
        refusal in weighted(0.03, select(refusals())),
        fields in vec(weighted(0.85, standing()), FIELDS.len()),
    ) -> Drawn<FactsDocument> {
        let fields = FIELDS.iter().zip(fields).filter_map(|(field, standing)| Some((*field, standing?))).collect();
        let (site, use_id) = (site.map(str::to_owned), use_id.map(str::to_owned));
        Drawn(FactsDocument { site, relation, signals, country, use_id, refusal, fields })
    }
}
