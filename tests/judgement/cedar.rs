//! Another engine as a witness: policies and facts are put into Cedar's language, and both engines are asked.
//!
//! That nothing is allowed by default and that prohibitions win is Cedar's own. Each of our rules becomes one of its policies;
//! what denies a whole page (a mode, a refusal, a missing purpose) becomes a prohibition of it. What we call unknown is an
//! attribute that is not there, behind a guard (`context has country`). What we say cannot be evaluated is an attribute that is
//! not there, and no guard: Cedar reports an error, skips the policy, and may allow; ours denies.
//!
//! Nothing here asks the judge, or the settings in force, for anything: hosts, modes, uses and effects are worked out again from
//! the documents.

use core::cell::Cell;
use std::collections::{BTreeSet, HashSet};
use std::time::Instant;

use cedar_policy::{
    AuthorizationError, Authorizer, Context, Decision as CedarDecision, Effect as CedarEffect, Entities, Entity, EntityId,
    EntityTypeName, EntityUid, Policy as CedarPolicy, PolicyId, PolicySet, Request, RestrictedExpression,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use scruple::judge::{Case, Clause, FactsDocument, Standing};
use scruple::policy::{Policy, Rule};
use scruple::vocabulary::{
    Choice, Code, Decision, Effect, EvidenceKind, Field, Group, LegalBasis, Mode, Purpose, Relation, Signal, State, Word,
};

use super::random::{Documents, Drawn, FIELDS, documents, page};
use super::{cases, told, tried};

/// A list of words in Cedar's language.
fn list<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("{:?}", word.as_ref())).collect();
    format!("[{}]", words.join(", "))
}

/// The words of a choice.
fn words<T: Word>(choice: Choice<T>) -> Vec<&'static str> {
    choice.iter().map(|word| T::WORDS[word.place() as usize]).collect()
}

/// The conditions under which a rule applies, in an order that decides whether Cedar comes to one that it cannot evaluate: first
/// all that may say no for certain; then what cannot do without the site or the channel; last, for a permission, what may be
/// unknown, since what is missing outweighs it, and what its field falls short of, since that is no clause of ours but a reason
/// of its own.
fn conditions(rule: &Rule, permits: bool) -> Vec<String> {
    let mut conditions = vec![r#"context.mode != "off" && context.present"#.to_owned()];
    let about = rule
        .fields
        .iter()
        .map(|field| format!("Field::\"{field}\""))
        .chain(rule.groups.iter().map(|group| format!("Group::\"{group}\"")));
    conditions.push(format!("resource in [{}]", about.collect::<Vec<_>>().join(", ")));

    let hosts = (!rule.hosts.is_empty()).then(|| format!("context.hosts.containsAny({})", list(&rule.hosts)));
    let one_of =
        |list_of: Vec<&str>, name: &str| (!list_of.is_empty()).then(|| format!("{}.contains(context.{name})", list(list_of)));
    let countries: Vec<String> = rule.countries.iter().map(ToString::to_string).collect();
    let channel = one_of(words(rule.channels), "channel");
    let relation = one_of(words(rule.relations), "relation");
    let country = one_of(countries.iter().map(String::as_str).collect(), "country");
    let audience = one_of(words(rule.audiences), "audience");
    let if_there = |name: &str, test: &Option<String>| test.as_ref().map(|test| format!("(!(context has {name}) || {test})"));
    let is_there = |name: &str, test: &Option<String>| test.as_ref().map(|test| format!("context has {name} && {test}"));
    let evidence = (!rule.evidence.is_empty()).then(|| format!("context.evidence.containsAny({})", list(words(rule.evidence))));

    conditions.extend(if_there("hosts", &hosts));
    conditions.extend(if_there("channel", &channel));
    conditions.extend(if_there("relation", &relation));
    conditions.extend(if_there("country", &country));
    conditions.extend(is_there("purpose", &one_of(words(rule.purposes), "purpose")));
    conditions.extend(is_there("basis", &one_of(words(rule.bases), "basis")));
    if !permits {
        conditions.extend(if_there("audience", &audience));
        conditions.extend(evidence.clone());
        let of_page = format!("context.signals.containsAny({})", list(words(rule.signals)));
        let of_field =
            if rule.signals.contains(Signal::DataNosnippet) { r#" || context.states.contains("nosnippet")"# } else { "" };
        conditions.extend((!rule.signals.is_empty()).then(|| format!("({of_page}{of_field})")));
    }
    conditions.extend([hosts, channel].into_iter().flatten());
    if permits {
        conditions.extend(is_there("relation", &relation));
        conditions.extend(is_there("country", &country));
        conditions.extend(is_there("audience", &audience));
        conditions.extend(evidence);
        let stated: Vec<&str> = rule.evidence.iter().filter(|kind| !inferred(*kind)).map(EvidenceKind::as_str).collect();
        conditions.push(format!(r#"(context.mode != "strict" || context.evidence.containsAny({}))"#, list(stated)));
    }
    conditions
}

/// The kinds of evidence on which a strict policy rests nothing.
fn inferred(kind: EvidenceKind) -> bool {
    ["viewer_relation", "published_markup", "attested"].contains(&kind.as_str())
}

/// What denies every field of a page, or a field because of how it stands there; the names are for messages alone.
fn denials(documents: &Documents) -> Vec<(String, String)> {
    let always = [
        ("mode", r#"["observe", "off"].contains(context.mode)"#),
        ("refusal", "context.refused"),
        ("purpose", "!(context has purpose)"),
        ("basis", "!(context has basis)"),
        // A use that the settings do not have cannot be looked at; that of a page nobody looks at does not matter.
        ("use", r#"context.mode != "off" && context.use == """#),
        ("states", r#"context.states.containsAny(["hidden", "masked", "unreadable", "foreign", "disputed", "marked"])"#),
    ];
    let mut denials: Vec<(String, String)> =
        always.into_iter().map(|(name, condition)| (name.to_owned(), condition.to_owned())).collect();
    for signal in Signal::ALL.iter().filter(|signal| effect(documents, **signal) == Effect::Deny) {
        let mut condition = format!("context.signals.contains(\"{signal}\")");
        match signal {
            Signal::DataNosnippet => condition.push_str(r#" || context.states.contains("nosnippet")"#),
            Signal::Noimageindex | Signal::Noimageai => condition.push_str(r#" && resource == Field::"image""#),
            _ => {}
        }
        denials.push((format!("signal {signal}"), condition));
    }
    denials
}

/// What a signal comes to: what the document that names the purpose says, or else the default; the other one can only deny.
fn effect(documents: &Documents, signal: Signal) -> Effect {
    let base = documents.base();
    let others = documents.each().filter(|other| !core::ptr::eq(*other, base));
    if others.into_iter().any(|other| other.signals.get(&signal) == Some(&Effect::Deny)) {
        return Effect::Deny;
    }
    let otherwise = if signal == Signal::Noarchive { Effect::Note } else { Effect::Deny };
    base.signals.get(&signal).copied().unwrap_or(otherwise)
}

/// The mode of a site: that of the longest host it lies under; where the site is not known, the tightest of all.
fn mode(policy: &Policy, site: Option<&str>) -> Mode {
    let otherwise = policy.mode.unwrap_or(Mode::Enforce);
    match site {
        None => policy.modes.values().copied().fold(otherwise, Mode::max),
        Some(site) => {
            let above = policy.modes.iter().filter(|(host, _)| site == host.as_str() || site.ends_with(&format!(".{host}")));
            above.max_by_key(|(host, _)| host.len()).map_or(otherwise, |(_, mode)| *mode)
        }
    }
}

/// What a capture is for, as far as the documents say.
#[derive(Default)]
struct For {
    is_known: bool,
    purpose: Option<Purpose>,
    basis: Option<LegalBasis>,
    channel: Option<&'static str>,
}

fn what_for(base: &Policy, use_id: Option<&str>) -> For {
    let (purpose, basis, channel) = match use_id.unwrap_or("main") {
        "main" => (base.purpose, base.basis.as_ref(), base.channel),
        id => match base.uses.iter().find(|named| named.id == id) {
            Some(named) => (Some(named.purpose), Some(&named.basis), named.channel),
            None => return For::default(),
        },
    };
    // Nothing rests on consent, and on legitimate interest only with its assessment.
    let basis = basis.filter(|basis| match basis.kind {
        LegalBasis::Consent => false,
        LegalBasis::LegitimateInterest => basis.assessment.is_some(),
        _ => true,
    });
    For { is_known: true, purpose, basis: basis.map(|basis| basis.kind), channel: channel.map(|channel| channel.as_str()) }
}

/// The documents in Cedar's language: one set of policies for each document that permits. A field is allowed if every set allows
/// it.
struct Witness {
    sets: Vec<PolicySet>,
    entities: Entities,
}

fn uid(kind: &str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.parse::<EntityTypeName>().unwrap(), EntityId::new(id))
}

fn policy(effect: &str, id: &str, conditions: &[String]) -> CedarPolicy {
    let text = format!(
        "{effect}(principal == Operator::\"operator\", action == Action::\"capture\", resource) when {{ {} }};",
        conditions.join(" && ")
    );
    CedarPolicy::parse(Some(PolicyId::new(id)), &text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

impl Witness {
    fn of(documents: &Documents) -> Self {
        let mut common = PolicySet::new();
        for (name, condition) in denials(documents) {
            common.add(policy("forbid", &name, &[condition])).unwrap();
        }
        let name = |document: &Policy, rule: &Rule| rule_name(document.organisation.is_some(), &rule.id);
        for document in documents.each() {
            for rule in &document.forbid {
                common.add(policy("forbid", &name(document, rule), &conditions(rule, false))).unwrap();
            }
        }
        let sets = documents.each().filter_map(|document| {
            let mut set = common.clone();
            for rule in document.permit.as_ref()? {
                set.add(policy("permit", &name(document, rule), &conditions(rule, true))).unwrap();
            }
            Some(set)
        });
        // The groups that fields belong to are told to Cedar as what they are: parents.
        let fields = Field::ALL
            .iter()
            .map(|field| (uid("Field", field.as_str()), HashSet::from([uid("Group", field.group().as_str())])))
            .map(|(field, parents)| Entity::new_no_attrs(field, parents));
        let groups = Group::ALL.iter().map(|group| Entity::new_no_attrs(uid("Group", group.as_str()), HashSet::new()));
        Self { sets: sets.collect(), entities: Entities::from_entities(fields.chain(groups), None).unwrap() }
    }

    fn ask(&self, documents: &Documents, page: &FactsDocument, field: Field) -> Answer {
        let context = Context::from_pairs(context(documents, page, field)).unwrap();
        let request =
            Request::new(uid("Operator", "operator"), uid("Action", "capture"), uid("Field", field.as_str()), context, None)
                .unwrap();
        let mut answer =
            Answer { decision: Decision::Allow, permits: BTreeSet::new(), forbids: BTreeSet::new(), errors: BTreeSet::new() };
        for set in &self.sets {
            let response = Authorizer::new().is_authorized(&request, set, &self.entities);
            if response.decision() == CedarDecision::Deny {
                answer.decision = Decision::Deny;
            }
            for id in response.diagnostics().reason() {
                let is_permit = set.policy(id).unwrap().effect() == CedarEffect::Permit;
                let list = if is_permit { &mut answer.permits } else { &mut answer.forbids };
                list.insert(id.to_string());
            }
            for AuthorizationError::PolicyEvaluationError(error) in response.diagnostics().errors() {
                answer.errors.insert(error.policy_id().to_string());
            }
        }
        answer
    }
}

/// What Cedar said.
struct Answer {
    decision: Decision,
    /// The permissions that were met; told only where they decided.
    permits: BTreeSet<String>,
    /// The prohibitions that applied, ours and those of the page.
    forbids: BTreeSet<String>,
    /// The policies that Cedar could not evaluate, and skipped.
    errors: BTreeSet<String>,
}

/// The name of a rule among those of both documents.
fn rule_name(is_managed: bool, id: &str) -> String {
    format!("{} rule {id}", if is_managed { "managed" } else { "local" })
}

/// What Cedar is told about a field on a page. What is not known is not told.
fn context(documents: &Documents, page: &FactsDocument, field: Field) -> Vec<(String, RestrictedExpression)> {
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let set = |words: &mut dyn Iterator<Item = &str>| RestrictedExpression::new_set(words.map(text).collect::<Vec<_>>());
    let standing = page.fields.get(&field);
    let Standing { evidence, states } = standing.cloned().unwrap_or_default();
    let site = page.site.as_deref();
    let what_for = what_for(documents.base(), page.use_id.as_deref());
    // A host stands for everything below it.
    let hosts = site.map(|site| set(&mut core::iter::successors(Some(site), |host| host.split_once('.').map(|(_, rest)| rest))));
    let audience = evidence.iter().map(|piece| piece.bound.as_str()).min_by_key(|audience| {
        ["unknown", "only_me", "connections_1", "connections_1_2", "network_1_2_3", "platform_members", "public_web"]
            .iter()
            .position(|word| word == audience)
    });
    let mode = documents.each().map(|document| mode(document, site)).max().unwrap();
    let known = [
        ("mode", Some(text(mode.as_str()))),
        ("present", Some(RestrictedExpression::new_bool(standing.is_some()))),
        ("refused", Some(RestrictedExpression::new_bool(page.refusal.is_some()))),
        ("use", what_for.is_known.then(|| text(page.use_id.as_deref().unwrap_or("main")))),
        ("hosts", hosts),
        ("channel", what_for.channel.map(text)),
        ("purpose", what_for.purpose.map(|purpose| text(purpose.as_str()))),
        ("basis", what_for.basis.map(|basis| text(basis.as_str()))),
        ("country", page.country.map(|country| text(&country.to_string()))),
        ("relation", (page.relation != Relation::Unknown).then(|| text(page.relation.as_str()))),
        ("audience", audience.filter(|audience| *audience != "unknown").map(text)),
        ("evidence", Some(set(&mut evidence.iter().map(|piece| piece.kind.as_str())))),
        ("signals", Some(set(&mut words(page.signals).into_iter()))),
        ("states", Some(set(&mut words::<State>(states).into_iter()))),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// How often each kind of answer was given.
#[derive(Default)]
struct Tally {
    allows: Cell<u32>,
    denies: Cell<u32>,
    errors: Cell<u32>,
    let_through: Cell<u32>,
}

fn count(cell: &Cell<u32>) {
    cell.set(cell.get() + 1);
}

/// Asks both engines, and compares all they say of rules.
fn compare(
    documents: &Documents,
    witness: &Witness,
    case: &Case<'_, '_>,
    names: &[String],
    page: &FactsDocument,
    field: Field,
    tally: &Tally,
) -> Result<(), TestCaseError> {
    let ruling = case.rule_on(field);
    let cedar = witness.ask(documents, page, field);
    let errors: BTreeSet<String> = ruling.errors.iter().map(|(rule, _)| names[usize::from(*rule)].clone()).collect();
    prop_assert_eq!(&errors, &cedar.errors, "{} on {:?}", field, page);
    for (rule, clause) in ruling.errors.iter() {
        prop_assert_eq!(ruling.decision, Decision::Deny);
        let mut reasons = ruling.because.iter().filter(|because| because.code == Code::GuardError);
        prop_assert!(reasons.any(|because| because.rule == Some(*rule) && because.detail == Some(clause.as_str())));
        let what_for = what_for(documents.base(), page.use_id.as_deref());
        let is_missing = match clause {
            Clause::Hosts => page.site.is_none(),
            Clause::Channels => what_for.channel.is_none(),
            Clause::Use => !what_for.is_known,
        };
        prop_assert!(is_missing, "{} of {:?}", clause, page);
    }
    if !cedar.errors.is_empty() {
        count(&tally.errors);
        if cedar.decision == Decision::Allow {
            count(&tally.let_through);
        }
        return Ok(());
    }
    prop_assert_eq!(ruling.decision, cedar.decision, "{} on {:?}", field, page);
    count(if ruling.decision == Decision::Allow { &tally.allows } else { &tally.denies });

    // The rules behind the decision are the same ones, too.
    let of_rules = |ids: BTreeSet<String>| ids.into_iter().filter(|id| id.contains(" rule ")).collect::<BTreeSet<_>>();
    let named: BTreeSet<String> = ruling
        .because
        .iter()
        .filter(|because| because.code == Code::PolicyField || because.code.decision() == Decision::Allow)
        // A permission that falls short is a reason, too, but it does not apply.
        .filter_map(|because| because.rule.filter(|rule| ruling.rules.contains(rule)))
        .map(|rule| names[usize::from(rule)].clone())
        .collect();
    let rules = if ruling.decision == Decision::Allow { cedar.permits } else { cedar.forbids };
    prop_assert_eq!(of_rules(named), of_rules(rules), "{} on {:?}", field, page);
    Ok(())
}

/// How many pages each policy is asked about.
const PAGES: u32 = 250;

#[test]
fn both_engines_decide_alike() {
    let (start, tally) = (Instant::now(), Tally::default());
    let policies = cases().div_ceil(PAGES);
    tried(policies, &(documents(), vec((page(), select(FIELDS)), PAGES as usize)), |(documents, pages)| {
        let (settings, witness) = (documents.settings(), Witness::of(&documents));
        let in_force = settings.in_force().unwrap();
        let names: Vec<String> = in_force
            .names
            .iter()
            .enumerate()
            .map(|(at, name)| if at < 3 { name.id.clone() } else { rule_name(name.locked.is_some(), &name.id) })
            .collect();
        for (Drawn(page), field) in pages {
            let facts = page.clone().facts(Some(in_force));
            compare(&documents, &witness, &Case::of(in_force, &facts), &names, &page, field, &tally)?;
        }
        Ok(())
    });
    let Tally { allows, denies, errors, let_through } = tally;
    let (allows, denies, errors, let_through) = (allows.get(), denies.get(), errors.get(), let_through.get());
    told(&format!(
        "Cedar decides alike: {} cases ({policies} policies) in {:.1} s; {allows} allowed by both, {denies} denied by both, \
         {errors} with an error, all denied by ours, {let_through} of them allowed by Cedar",
        allows + denies + errors,
        start.elapsed().as_secs_f64(),
    ));
    let total = policies * PAGES;
    assert_eq!(allows + denies + errors, total);
    // A handful of policies may well allow nothing.
    if total >= 10_000 {
        assert!(allows > total / 20 && denies > total / 5 && errors > total / 20, "chance makes too few of one kind");
        assert!(let_through > 0, "Cedar skips what it cannot evaluate");
    }
}

/// The same with nothing left to chance: nobody says how people will be contacted, and a prohibition that asks for it is passed
/// over.
#[test]
fn cedar_skips_a_rule_that_errs_and_ours_denies() {
    let policy = r#"{
        "version": 1,
        "controller": {"name": "Exemple SARL", "contact": "privacy@example.org"},
        "purpose": "dpv:DirectMarketing",
        "basis": {"kind": "eu-gdpr:A6-1-f", "assessment": "LIA-1"},
        "permit": [
            {"id": "work", "says": "Who they are.", "fields": ["name"], "audiences": ["public_web"], "evidence": ["signed_out_view"]}
        ],
        "forbid": [{"id": "no-calls", "says": "Nothing to call people with.", "fields": ["name"], "channels": ["phone"]}],
        "retention": {"days": 365}
    }"#;
    let page = r#"{
        "site": "net.example",
        "relation": "signed_out",
        "fields": {"name": {"evidence": [{"kind": "signed_out_view", "bound": "public_web"}]}}
    }"#;
    let documents = Documents::local(Policy::parse(policy, scruple::policy::Role::Local).unwrap());
    let page: FactsDocument = scruple::json::from_str(page).unwrap();

    let cedar = Witness::of(&documents).ask(&documents, &page, Field::Name);
    assert_eq!(cedar.decision, Decision::Allow);
    assert_eq!(cedar.errors.into_iter().collect::<Vec<_>>(), ["local rule no-calls"]);

    let settings = documents.settings();
    let in_force = settings.in_force().unwrap();
    let facts = page.facts(Some(in_force));
    let verdict = Case::of(in_force, &facts).rule_on(Field::Name).told(in_force);
    assert_eq!(verdict.decision, Decision::Deny);
    let reasons: Vec<_> =
        verdict.reasons.iter().map(|reason| (reason.code, reason.rule.as_deref(), reason.detail.as_deref())).collect();
    assert_eq!(reasons, [(Code::GuardError, Some("no-calls"), Some("channels"))]);
    let errors: Vec<_> = verdict.errors.iter().map(|error| (error.rule.as_str(), error.clause.as_str())).collect();
    assert_eq!(errors, [("no-calls", "channels")]);
}
