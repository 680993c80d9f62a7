//! The decision: settings and facts give one ruling for every field there is.
//!
//! Default deny. A field is allowed only if every layer of the settings permits it and nothing at all speaks against it; the order of rules
//! never matters. A ruling lists every reason, not the first one, so that a person can see all that would have to change.
//!
//! A rule that cannot be evaluated denies what it is about. Engines that skip such a rule let through what a prohibition with a
//! missing attribute was to stop.

mod facts;
mod verdict;

#[cfg(not(target_arch = "wasm32"))]
pub use facts::FactsDocument;
pub use facts::{Facts, Standing};
pub use verdict::{Because, Reason, RuleError, Ruling, Verdict, deny_all};

use crate::policy::{Ground, InForce, Layer, Rule, pseudo};
use crate::sorted::Set;
use crate::vocabulary::{Audience, Code, Decision, Effect, EvidenceKind, Field, Mode, Relation, Signal, State, words};

words! {
    /// A clause of a rule that needs something of the request to be evaluated.
    Clause("clause") {
        /// Needs the site.
        Hosts = "hosts",
        /// Needs a use with a channel.
        Channels = "channels",
        /// Needs a use that the settings have.
        Use = "use",
    }
}

impl Clause {
    /// What is missing where the clause cannot be evaluated.
    #[must_use]
    pub const fn missing(self) -> &'static str {
        match self {
            Self::Hosts => "the site is not known",
            Self::Channels => "the use of this capture names no channel",
            Self::Use => "no use is called so",
        }
    }
}

/// Judges every field of the vocabulary.
#[must_use]
pub fn judge<'a>(in_force: &InForce, facts: &'a Facts) -> Vec<Ruling<'a>> {
    let case = Case::of(in_force, facts);
    Field::ALL.iter().map(|field| case.rule_on(*field)).collect()
}

/// A judgement under way: what is the same for every field.
#[derive(Debug)]
pub struct Case<'s, 'a> {
    in_force: &'s InForce,
    facts: &'a Facts,
    ground: Option<&'s Ground>,
    mode: Mode,
}

/// Whether a rule applies.
enum Applies {
    Yes,
    No,
    /// Something it asks about cannot be known: a prohibition holds, a permission does not.
    Unknown,
    /// Something it needs is missing.
    Error(Clause),
}

impl<'s, 'a> Case<'s, 'a> {
    /// The judgement of facts under settings.
    #[must_use]
    pub fn of(in_force: &'s InForce, facts: &'a Facts) -> Self {
        let mode = in_force.mode(facts.hosts.as_ref());
        Self { in_force, facts, ground: in_force.ground(facts.use_id.as_deref()), mode }
    }

    /// How strict the guard is here.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// What a capture would be for, if the settings have such a use.
    #[must_use]
    pub const fn ground(&self) -> Option<&'s Ground> {
        self.ground
    }

    /// The ruling on one field.
    #[must_use]
    pub fn rule_on(&self, field: Field) -> Ruling<'a> {
        let standing = self.facts.fields.get(&field);
        let evidence = standing.map(|standing| standing.evidence.as_slice()).unwrap_or_default();
        let mut ruling = Ruling {
            field,
            decision: Decision::Deny,
            would: None,
            present: standing.is_some(),
            because: Set::default(),
            audience: Audience::proved_by(evidence),
            evidence,
            rules: Set::default(),
            errors: Set::default(),
        };
        if self.mode == Mode::Off {
            ruling.because.insert(Because { detail: Some("off"), rule: Some(pseudo::MODE), ..Because::of(Code::PolicyField) });
            return ruling;
        }
        self.about_the_page(&mut ruling);
        let granted = match standing {
            Some(standing) => {
                self.about_the_field(standing, &mut ruling);
                self.forbidden(&mut ruling);
                self.permitted(&mut ruling)
            }
            None => {
                if self.facts.refusal.is_none() {
                    ruling.because.insert(Because::of(Code::VisibilityUnproven));
                }
                Set::default()
            }
        };
        for (rule, clause) in ruling.errors.iter() {
            ruling.because.insert(Because { rule: Some(*rule), detail: Some(clause.as_str()), ..Because::of(Code::GuardError) });
        }
        let allowed = ruling.because.is_empty() && !granted.is_empty();
        if self.mode == Mode::Observe {
            ruling.would = Some(if allowed { Decision::Allow } else { Decision::Deny });
            ruling.because.insert(Because { detail: Some("observe"), rule: Some(pseudo::MODE), ..Because::of(Code::PolicyField) });
        } else if allowed {
            ruling.decision = Decision::Allow;
            ruling.because = granted;
        }
        ruling
    }

    /// What speaks against every field.
    fn about_the_page(&self, ruling: &mut Ruling<'a>) {
        if let Some(fault) = &self.facts.refusal {
            let rule = (fault.code == Code::PolicyUserMarked).then_some(pseudo::MARK);
            // A refusal under a code that allows contradicts itself.
            let code = if fault.code.decision() == Decision::Deny { fault.code } else { Code::GuardError };
            ruling.because.insert(Because { code, rule, detail: Some(&fault.what) });
        }
        match self.ground {
            Some(ground) => {
                if ground.basis.is_none() {
                    ruling.because.insert(Because::of(Code::PolicyNoLegalBasis));
                }
                if ground.purpose.is_none() {
                    ruling.because.insert(Because::of(Code::PolicyNoPurpose));
                }
            }
            None => ruling.errors.insert((pseudo::USE, Clause::Use)),
        }
    }

    /// What speaks against a field in the way it stands on the page, and what the page says to machines.
    fn about_the_field(&self, standing: &Standing, ruling: &mut Ruling<'a>) {
        for state in standing.states.iter() {
            let (code, rule, detail) = match state {
                State::Hidden => (Code::VisibilityHidden, None, None),
                State::Masked => (Code::VisibilityMasked, None, None),
                State::Unreadable => (Code::GuardError, None, Some("the text is too long to be looked at")),
                State::Foreign => (Code::ThirdParty, None, None),
                // Of what is withheld anyway it does not matter which place is right.
                State::Disputed if withheld(ruling.audience).is_some() => continue,
                State::Disputed => (Code::SiteDrift, None, Some("two places on the page disagree about it")),
                State::Nosnippet => {
                    self.signalled(Signal::DataNosnippet, ruling);
                    continue;
                }
                State::Marked => (Code::PolicyUserMarked, Some(pseudo::MARK), None),
            };
            ruling.because.insert(Because { code, rule, detail });
        }
        for signal in self.facts.signals.iter() {
            self.signalled(signal, ruling);
        }
    }

    fn signalled(&self, signal: Signal, ruling: &mut Ruling<'a>) {
        let concerns = !signal.is_about_pictures() || ruling.field == Field::Image;
        if concerns && self.in_force.effect(signal) == Effect::Deny {
            ruling.because.insert(Because { detail: Some(signal.as_str()), ..Because::of(Code::SignalOptout) });
        }
    }

    /// The prohibitions that apply.
    fn forbidden(&self, ruling: &mut Ruling<'a>) {
        for (number, rule) in self.in_force.layers.iter().flat_map(|layer| layer.prohibitions(ruling.field)) {
            match self.applies(rule, true, ruling) {
                Applies::No => {}
                Applies::Error(clause) => ruling.errors.insert((number, clause)),
                Applies::Yes | Applies::Unknown => {
                    ruling.rules.insert(number);
                    ruling.because.insert(Because { rule: Some(number), ..Because::of(Code::PolicyField) });
                }
            }
        }
    }

    /// The permissions that are met in full. What a layer that permits nothing falls short of speaks against the field.
    fn permitted(&self, ruling: &mut Ruling<'a>) -> Set<Because<'a>> {
        let mut granted = Set::default();
        for layer in self.in_force.layers.iter().filter(|layer| layer.permits) {
            let here = self.granted_by(layer, ruling);
            granted.extend(here);
        }
        granted
    }

    /// Permissions are looked at one by one: each needs an audience and evidence of its own, and one that is met in full is enough.
    fn granted_by(&self, layer: &Layer, ruling: &mut Ruling<'a>) -> Set<Because<'a>> {
        let (mut granted, mut short) = (Set::default(), Set::default());
        for (number, rule) in layer.permissions(ruling.field) {
            match self.applies(rule, false, ruling) {
                Applies::No | Applies::Unknown => continue,
                Applies::Error(clause) => {
                    ruling.errors.insert((number, clause));
                    continue;
                }
                Applies::Yes => {}
            }
            match self.falls_short(rule, ruling) {
                Some((code, detail)) => short.insert(Because { code, rule: Some(number), detail }),
                None => {
                    ruling.rules.insert(number);
                    granted.insert(Because { rule: Some(number), ..Because::of(allow_code(ruling.audience)) });
                }
            }
        }
        if granted.is_empty() {
            if short.is_empty() {
                ruling.because.insert(Because::of(Code::PolicyField));
                // Even where the policy does not want the field, it is worth telling that its owner kept it back.
                short.extend(withheld(ruling.audience).map(Because::of));
            }
            ruling.because.extend(short);
        }
        granted
    }

    /// Why a permission does not reach a field, if it does not.
    fn falls_short(&self, rule: &Rule, ruling: &Ruling<'_>) -> Option<(Code, Option<&'static str>)> {
        if let Some(code) = withheld(ruling.audience) {
            return Some((code, None));
        }
        let mut believed = ruling.evidence.iter().map(|piece| piece.kind).filter(|kind| rule.evidence.contains(*kind)).peekable();
        if believed.peek().is_none() {
            return Some((Code::VisibilityUnproven, None));
        }
        if self.mode == Mode::Strict && believed.all(EvidenceKind::is_inference) {
            return Some((Code::VisibilityUnproven, Some("strict")));
        }
        // The audience is what all evidence together leaves, so what is believed can never raise it.
        if rule.audiences.contains(ruling.audience) {
            return None;
        }
        // What everybody sees, and the rule leaves out, its owner did not limit.
        let is_limited = ruling.audience < Audience::PublicWeb;
        Some((if is_limited { Code::VisibilityRestricted } else { Code::PolicyField }, None))
    }

    /// Whether the clauses of a rule hold. What certainly does not hold outweighs what is unknown or missing, whatever stands first;
    /// what is missing outweighs what is unknown.
    ///
    /// The audience and the evidence of a permission are not asked here: where they fall short, that is a reason of its own.
    fn applies(&self, rule: &Rule, forbids: bool, ruling: &Ruling<'_>) -> Applies {
        let ground = self.ground;
        let (mut unknown, mut missing) = (false, None);
        let is_no = |list_is_empty: bool, holds: bool| !list_is_empty && !holds;

        if !rule.hosts.is_empty() {
            match &self.facts.hosts {
                Some(hosts) if rule.hosts.iter().any(|host| hosts.contains(host)) => {}
                Some(_) => return Applies::No,
                None => missing = Some(Clause::Hosts),
            }
        }
        if !rule.channels.is_empty() {
            match ground.map(|ground| ground.channel) {
                Some(Some(channel)) if rule.channels.contains(channel) => {}
                Some(Some(_)) => return Applies::No,
                _ => missing = Some(Clause::Channels),
            }
        }
        if !rule.relations.is_empty() {
            match self.facts.relation {
                Relation::Unknown => unknown = true,
                relation if rule.relations.contains(relation) => {}
                _ => return Applies::No,
            }
        }
        if !rule.countries.is_empty() {
            match self.facts.country {
                None => unknown = true,
                Some(country) if rule.countries.contains(&country) => {}
                Some(_) => return Applies::No,
            }
        }
        let purpose = ground.and_then(|ground| ground.purpose);
        let basis = ground.and_then(|ground| ground.basis);
        if is_no(rule.purposes.is_empty(), purpose.is_some_and(|purpose| rule.purposes.contains(purpose)))
            || is_no(rule.bases.is_empty(), basis.is_some_and(|basis| rule.bases.contains(basis)))
        {
            return Applies::No;
        }
        if forbids {
            // An audience that nothing proves may be any of those named.
            let audience = ruling.audience == Audience::Unknown || rule.audiences.contains(ruling.audience);
            let evidence = ruling.evidence.iter().any(|piece| rule.evidence.contains(piece.kind));
            let signals = rule.signals.iter().any(|signal| self.has(signal, ruling.field));
            if is_no(rule.audiences.is_empty(), audience)
                || is_no(rule.evidence.is_empty(), evidence)
                || is_no(rule.signals.is_empty(), signals)
            {
                return Applies::No;
            }
        }
        match missing {
            Some(clause) => Applies::Error(clause),
            None if unknown => Applies::Unknown,
            None => Applies::Yes,
        }
    }

    /// Whether a signal is there for a field.
    fn has(&self, signal: Signal, field: Field) -> bool {
        let here = |standing: &Standing| standing.states.contains(State::Nosnippet);
        self.facts.signals.contains(signal) || signal == Signal::DataNosnippet && self.facts.fields.get(&field).is_some_and(here)
    }
}

impl Because<'_> {
    /// A reason that needs no more than its code.
    #[must_use]
    pub const fn of(code: Code) -> Self {
        Self { code, rule: None, detail: None }
    }
}

/// What an audience too small for any permission comes to.
const fn withheld(audience: Audience) -> Option<Code> {
    match audience {
        Audience::Unknown => Some(Code::VisibilityUnproven),
        Audience::PlatformMembers | Audience::PublicWeb => None,
        Audience::OnlyMe | Audience::Connections1 | Audience::Connections12 | Audience::Network123 => {
            Some(Code::VisibilityRestricted)
        }
    }
}

const fn allow_code(audience: Audience) -> Code {
    match audience {
        Audience::PublicWeb => Code::AllowPublic,
        _ => Code::AllowMembers,
    }
}

#[cfg(test)]
mod tests;
