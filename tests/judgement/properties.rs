//! What always holds of a judgement, whatever the policy and the facts.

use core::cell::Cell;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseResult;
use scruple::guard::{Decided, decide, facts_of, replay};
use scruple::json::to_canonical;
use scruple::judge::{Case, Facts, FactsDocument, RuleError, Ruling, Standing, Verdict, judge};
use scruple::ledger::{CardRef, EntryKind, Line, PageEntry};
use scruple::policy::{Basis, Policy, Rule, Settings};
use scruple::sorted::Map;
use scruple::vocabulary::{
    Audience, Choice, Code, Decision, Effect, Evidence, EvidenceKind, Field, LegalBasis, Mode, PageKind, Relation, Signal, State,
};

use super::random::{
    Documents, Drawn, FIELDS, ORGANISATION, documents, local, managed_limits, managed_whole, one_or_more, page, prohibition,
};
use super::{cases, holds, told};

/// The facts of a page, under settings.
fn facts(settings: &Settings, page: &FactsDocument) -> Facts {
    page.clone().facts(settings.in_force().ok())
}

/// What the settings say about every field of a page.
fn verdicts(settings: &Settings, page: &FactsDocument) -> Vec<Verdict> {
    decide(settings.in_force(), &facts(settings, page)).verdicts
}

/// The fields of a page that the settings allow. Only those that may stand there are asked about; that no other is ever allowed
/// is a property of its own.
fn allowed(settings: &Settings, page: &FactsDocument) -> Choice<Field> {
    let facts = facts(settings, page);
    let case = Case::of(settings.in_force().unwrap(), &facts);
    FIELDS.iter().copied().filter(|field| case.rule_on(*field).decision == Decision::Allow).collect()
}

/// The page with something about it changed.
fn with(page: &FactsDocument, change: impl FnOnce(&mut FactsDocument)) -> FactsDocument {
    let mut page = page.clone();
    change(&mut page);
    page
}

/// The page with something about one of its fields changed; a field that is not there stays away.
fn with_field(page: &FactsDocument, field: Field, change: impl FnOnce(&mut Standing)) -> FactsDocument {
    with(page, |page| {
        if page.fields.contains_key(&field) {
            change(page.fields.get_or_insert_with(field, Standing::default));
        }
    })
}

fn nothing_more(after: Choice<Field>, before: Choice<Field>) -> TestCaseResult {
    let more: Vec<Field> = after.iter().filter(|field| !before.contains(*field)).collect();
    prop_assert!(more.is_empty(), "{more:?} became allowed");
    Ok(())
}

fn nothing(allowed: Choice<Field>) -> TestCaseResult {
    nothing_more(allowed, Choice::none())
}

/// Permits every field there may be to whoever may have a permission, and notes signals: whatever it denies, something else than
/// a missing permission or a signal alone is behind it.
fn permits_everything(base: &Policy, forbid: Vec<Rule>) -> Settings {
    let everything = Rule {
        id: "everything".into(),
        says: "Everything there is.".into(),
        fields: Field::ALL.iter().copied().collect(),
        audiences: [Audience::PlatformMembers, Audience::PublicWeb].into_iter().collect(),
        evidence: EvidenceKind::ALL.iter().copied().collect(),
        assessment: Some("LIA-2".into()),
        ..Rule::default()
    };
    let policy = Policy {
        organisation: None,
        permit: Some(vec![everything]),
        forbid,
        signals: Signal::ALL.iter().map(|signal| (*signal, Effect::Note)).collect(),
        mode: None,
        modes: Map::default(),
        ..base.clone()
    };
    Documents::local(policy).settings()
}

/// Whether a verdict rests on a rule: because it applies, or because it cannot be evaluated.
fn rests_on(verdict: &Verdict, id: &str) -> bool {
    verdict.rules.iter().any(|rule| rule == id) || verdict.errors.iter().any(|error| error.rule == id)
}

#[test]
fn every_field_has_a_ruling_that_says_why() {
    let count = |cell: &Cell<usize>, by: usize| cell.set(cell.get() + by);
    let (allows, denies, errors) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let make = |documents: Documents| (documents.settings(), documents);
    holds("a ruling for every field, with reasons that fit it", documents(), page(), make, |(settings, documents), page| {
        let in_force = settings.in_force().unwrap();
        let facts = facts(settings, &page);
        let case = Case::of(in_force, &facts);
        let rulings = judge(in_force, &facts);
        prop_assert!(rulings.iter().map(|ruling| &ruling.field).eq(Field::ALL));
        for ruling in &rulings {
            let verdict = ruling.told(in_force);
            let standing = facts.fields.get(&verdict.field);
            prop_assert_eq!(verdict.present, standing.is_some());
            prop_assert_eq!(&verdict.evidence, &standing.cloned().unwrap_or_default().evidence);
            prop_assert_eq!(verdict.audience, verdict.evidence.iter().map(|piece| piece.bound).min().unwrap_or(Audience::Unknown));
            prop_assert_eq!(verdict.would.is_some(), case.mode() == Mode::Observe);
            says_why(documents, &verdict)?;
            if verdict.decision == Decision::Allow {
                could_be_allowed(documents, &case, &facts, &verdict)?;
            }
        }
        let present: Vec<_> = rulings.iter().filter(|ruling| ruling.present).collect();
        count(&allows, present.iter().filter(|ruling| ruling.decision == Decision::Allow).count());
        count(&denies, present.iter().filter(|ruling| ruling.decision == Decision::Deny).count());
        count(&errors, present.iter().filter(|ruling| !ruling.errors.is_empty()).count());
        Ok(())
    });
    let (allows, denies, errors) = (allows.get(), denies.get(), errors.get());
    told(&format!(
        "  of the fields on these pages {allows} are allowed and {denies} denied, {errors} of these with a rule that errs"
    ));
    // Everything else here would hold of a judge that never allows, or never fails. A handful of policies may well be like that.
    assert!(cases() < 10_000 || allows > denies / 20 && errors > denies / 20, "chance makes too few of one kind");
}

/// Reasons are there, they fit the decision, and they name rules as they are.
fn says_why(documents: &Documents, verdict: &Verdict) -> TestCaseResult {
    prop_assert!(!verdict.reasons.is_empty());
    for reason in &verdict.reasons {
        prop_assert_eq!(reason.code.decision(), verdict.decision, "{:?}", reason);
        let Some(rule) = reason.rule.as_deref().filter(|rule| !["mark", "mode", "use"].contains(rule)) else { continue };
        let author = if reason.locked.is_some() { &documents.managed } else { &documents.local };
        let mut rules = author.iter().flat_map(|author| author.permit.iter().flatten().chain(&author.forbid));
        prop_assert!(rules.any(|known| known.id == rule && known.names(verdict.field)), "{:?}", reason);
        prop_assert!(reason.locked.as_deref().is_none_or(|locked| locked == ORGANISATION));
    }
    for RuleError { rule, clause, what } in &verdict.errors {
        prop_assert_eq!(verdict.decision, Decision::Deny);
        prop_assert!(!what.is_empty());
        let mut reasons = verdict.reasons.iter().filter(|reason| reason.code == Code::GuardError);
        prop_assert!(reasons.any(|reason| reason.rule.as_ref() == Some(rule) && reason.detail.as_deref() == Some(clause.as_str())));
    }
    Ok(())
}

/// What has to be so wherever something is allowed.
fn could_be_allowed(documents: &Documents, case: &Case<'_, '_>, facts: &Facts, verdict: &Verdict) -> TestCaseResult {
    prop_assert!(verdict.present && verdict.errors.is_empty() && facts.refusal.is_none());
    prop_assert!(verdict.audience >= Audience::PlatformMembers);
    prop_assert!(case.mode() <= Mode::Strict);
    prop_assert!(case.mode() == Mode::Enforce || verdict.evidence.iter().any(|piece| !piece.kind.is_inference()));
    prop_assert!(case.ground().is_some_and(|ground| ground.purpose.is_some() && ground.basis.is_some()));
    let mut states = facts.fields.get(&verdict.field).unwrap().states;
    states.put(State::Nosnippet, false);
    prop_assert!(states.is_empty());
    let names = |rule: &&Rule| rule.names(verdict.field) && verdict.rules.contains(&rule.id);
    for document in documents.each().filter(|document| document.permit.is_some()) {
        prop_assert!(
            document.permit.iter().flatten().any(|rule| names(&rule)),
            "a document that permits nothing of the kind was passed over"
        );
    }
    // With the same name in both documents, a rule that applies is that of the other one.
    let forbids = |document: &Policy| document.forbid.iter().any(|rule| names(&rule));
    let is_other = |document: &Policy| {
        documents
            .each()
            .flat_map(|other| other.permit.iter().flatten())
            .any(|rule| document.forbid.iter().any(|own| own.id == rule.id))
    };
    prop_assert!(documents.each().all(|document| !forbids(document) || is_other(document)));
    Ok(())
}

#[test]
fn without_a_permission_nothing_is_allowed() {
    let make = |(mut documents, managed): (Documents, bool)| {
        // Of two documents that permit, one that no longer does is enough.
        let which = if managed { &mut documents.managed } else { &mut documents.local };
        match which {
            Some(document) if document.permit.is_some() => document.0.permit = Some(Vec::new()),
            _ => documents.base_mut().permit = Some(Vec::new()),
        }
        documents.settings()
    };
    holds("no permit, no allow", (documents(), any::<bool>()), page(), make, |settings, page| {
        let verdicts = verdicts(settings, &page);
        prop_assert!(verdicts.iter().all(|verdict| verdict.decision == Decision::Deny && verdict.would != Some(Decision::Allow)));
        let says_so = |verdict: &Verdict| verdict.reasons.iter().any(|reason| reason.code == Code::PolicyField);
        prop_assert!(verdicts.iter().filter(|verdict| verdict.present).all(says_so));
        Ok(())
    });
}

/// The documents with one more prohibition in one of them.
fn forbidding(documents: &Documents, rule: Rule, managed: bool) -> Settings {
    let mut documents = documents.clone();
    let document = if managed { documents.each_mut().last() } else { documents.each_mut().next() };
    document.unwrap().forbid.push(rule);
    documents.settings()
}

#[test]
fn a_prohibition_that_applies_denies_whatever_else_there_is() {
    let make = |(documents, rule, managed): (Documents, Rule, bool)| {
        let rule = Rule { id: "one-more".into(), ..rule };
        let alone = permits_everything(documents.base(), vec![rule.clone()]);
        (documents.settings(), forbidding(&documents, rule, managed), alone)
    };
    let drawn = (documents(), prohibition(), any::<bool>());
    holds("a forbid that applies denies, and one more never adds an allow", drawn, page(), make, |(before, after, alone), page| {
        nothing_more(allowed(after, &page), allowed(before, &page))?;
        // Where a prohibition denies by itself, it denies among others, and only there.
        let Decided { mode, verdicts: among_others } = decide(after.in_force(), &facts(after, &page));
        for (alone, verdict) in verdicts(alone, &page).iter().zip(&among_others).filter(|_| mode != Mode::Off) {
            prop_assert_eq!(rests_on(alone, "one-more"), rests_on(verdict, "one-more"));
            prop_assert!(!rests_on(verdict, "one-more") || verdict.decision == Decision::Deny);
        }
        Ok(())
    });
}

#[test]
fn a_prohibition_without_clauses_denies_its_fields() {
    let make = |(documents, fields, managed): (Documents, Choice<Field>, bool)| {
        let rule = Rule { id: "never".into(), says: "Never these.".into(), fields, ..Rule::default() };
        (documents.settings(), forbidding(&documents, rule, managed), fields)
    };
    let drawn = (documents(), one_or_more(FIELDS), any::<bool>());
    holds(
        "a forbid without clauses denies its fields and changes no other",
        drawn,
        page(),
        make,
        |(before, after, fields), page| {
            let others: Choice<Field> = allowed(before, &page).iter().filter(|field| !fields.contains(*field)).collect();
            prop_assert_eq!(allowed(after, &page), others);
            Ok(())
        },
    );
}

/// Puts every list of a document into another order.
fn shuffle(json: &mut serde_json::Value, seed: &mut u64) {
    match json {
        serde_json::Value::Array(items) => {
            for place in (1..items.len()).rev() {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                items.swap(place, (*seed >> 33) as usize % (place + 1));
            }
            items.iter_mut().for_each(|item| shuffle(item, seed));
        }
        serde_json::Value::Object(members) => members.values_mut().for_each(|member| shuffle(member, seed)),
        _ => {}
    }
}

#[test]
fn the_order_of_rules_and_words_changes_nothing() {
    let make = |(documents, mut seed): (Documents, u64)| {
        let mut shuffled = |document: &Option<Drawn<Policy>>| {
            let text = to_canonical(&document.as_ref()?.0).unwrap();
            let mut json = serde_json::from_str(&text).unwrap();
            shuffle(&mut json, &mut seed);
            Some(json.to_string())
        };
        let turned = Settings::of(shuffled(&documents.local).as_deref(), shuffled(&documents.managed).as_deref());
        let settings = documents.settings();
        // Rulings name rules by number, and numbers stand for the same rules.
        assert_eq!(turned.in_force().unwrap().names, settings.in_force().unwrap().names);
        (settings, turned)
    };
    let drawn = (documents(), any::<u64>());
    holds("the order of rules, words and evidence changes nothing", drawn, page(), make, |(settings, turned), page| {
        let (settings, turned) = (settings.in_force().unwrap(), turned.in_force().unwrap());
        let facts = page.0.facts(Some(settings));
        let before = judge(settings, &facts);
        prop_assert_eq!(&judge(turned, &facts), &before);
        // Evidence is told in the order in which it was found, and that is all.
        let reversed = |(field, standing): (&Field, &Standing)| {
            let evidence = standing.evidence.iter().rev().copied().collect();
            (*field, Standing { evidence, ..standing.clone() })
        };
        let backwards = Facts { fields: facts.fields.iter().map(reversed).collect(), ..facts.clone() };
        for (ruling, before) in judge(settings, &backwards).into_iter().zip(before) {
            prop_assert_eq!(Ruling { evidence: before.evidence, ..ruling }, before);
        }
        Ok(())
    });
}

/// The documents with rules that do not tell one audience from another, beyond what a permission must.
fn without_audiences(mut documents: Documents) -> Documents {
    for document in documents.each_mut() {
        for rule in document.permit.iter_mut().flatten() {
            rule.audiences = [Audience::PlatformMembers, Audience::PublicWeb].into_iter().collect();
        }
        for rule in &mut document.forbid {
            rule.audiences = Choice::none();
        }
    }
    documents
}

/// "Less evidence never allows more" is not true as it stands, and should not be.
///
/// - Evidence bounds the audience from above. Taking away the piece with the lowest bound raises the audience: something that
///   spoke against the field is gone.
/// - A prohibition may name a kind of evidence ("nothing that somebody only attested"). Taking that piece away takes the
///   prohibition away.
/// - Rules name audiences one by one. Where only `platform_members` are permitted, a bound that falls from `public_web` to
///   `platform_members` meets the permission; and it leaves a prohibition that names `public_web` alone.
///
/// What does hold: without any evidence a field is denied; a piece less that neither raises the audience nor is named by a
/// prohibition never allows more; a bound that falls below what all members see denies; and a lower bound never allows more where
/// rules do not tell `platform_members` from `public_web`.
#[test]
fn less_evidence_never_allows_more() {
    let make = |documents: Documents| {
        let forbidden: Choice<EvidenceKind> =
            documents.each().flat_map(|document| &document.forbid).flat_map(|rule| rule.evidence.iter()).collect();
        (documents.settings(), without_audiences(documents).settings(), forbidden)
    };
    let drawn = (page(), select(FIELDS), any::<Index>(), select(Audience::ALL));
    holds(
        "less evidence never adds an allow",
        documents(),
        drawn,
        make,
        |(settings, without_audiences, forbidden), (page, field, at, lower)| {
            let before = allowed(settings, &page);
            let mut others = before;
            others.put(field, false);
            prop_assert_eq!(allowed(settings, &with_field(&page, field, |standing| standing.evidence.clear())), others);

            let evidence = page.fields.get(&field).map(|standing| standing.evidence.clone()).unwrap_or_default();
            if evidence.is_empty() {
                return Ok(());
            }
            let at = at.index(evidence.len());
            let mut fewer = evidence.clone();
            let piece = fewer.remove(at);
            if Audience::proved_by(&fewer) == Audience::proved_by(&evidence) && !forbidden.contains(piece.kind) {
                nothing_more(allowed(settings, &with_field(&page, field, |standing| standing.evidence = fewer)), before)?;
            }
            let lower = lower.min(piece.bound);
            let lowered = with_field(&page, field, |standing| standing.evidence[at].bound = lower);
            if lower < Audience::PlatformMembers {
                prop_assert_eq!(allowed(settings, &lowered), others);
            }
            nothing_more(allowed(without_audiences, &lowered), allowed(without_audiences, &page))
        },
    );
}

/// The codes that a refusal can have.
fn denials() -> Vec<Code> {
    Code::ALL.iter().copied().filter(|code| code.decision() == Decision::Deny).collect()
}

#[test]
fn a_state_a_signal_or_a_refusal_never_allows_more() {
    let drawn = (page(), select(FIELDS), select(State::ALL), select(Signal::ALL), select(denials()));
    let make = |documents: Documents| documents.settings();
    holds(
        "a state, a signal or a refusal never adds an allow",
        documents(),
        drawn,
        make,
        |settings, (page, field, state, signal, code)| {
            let before = allowed(settings, &page);
            let mut others = before;
            others.put(field, false);
            let after = allowed(settings, &with_field(&page, field, |standing| standing.states.insert(state)));
            prop_assert!(after == others || state == State::Nosnippet && after == before);
            nothing_more(allowed(settings, &with(&page, |page| page.signals.insert(signal))), before)?;
            nothing(allowed(settings, &with(&page, |page| page.refusal = Some(code))))?;
            let gone = with(&page, |page| {
                page.fields = page
                    .fields
                    .iter()
                    .filter(|(other, _)| **other != field)
                    .map(|(field, standing)| (*field, standing.clone()))
                    .collect()
            });
            prop_assert_eq!(allowed(settings, &gone), others);
            Ok(())
        },
    );
}

#[test]
fn what_the_user_marked_is_denied_and_says_so() {
    let make = |documents: Documents| documents.settings();
    holds("a marked field is denied", documents(), (page(), select(FIELDS)), make, |settings, (page, field)| {
        let marked = with(&page, |page| page.fields.get_or_insert_with(field, Standing::default).states.insert(State::Marked));
        let Decided { mode, verdicts } = decide(settings.in_force(), &facts(settings, &marked));
        let verdict = verdicts.into_iter().find(|verdict| verdict.field == field).unwrap();
        prop_assert_eq!(verdict.decision, Decision::Deny);
        prop_assert!(verdict.would != Some(Decision::Allow));
        let by_mark =
            verdict.reasons.iter().any(|reason| reason.code == Code::PolicyUserMarked && reason.rule.as_deref() == Some("mark"));
        prop_assert!(by_mark || mode == Mode::Off);
        Ok(())
    });
}

#[test]
fn under_a_whole_managed_policy_a_person_can_only_tighten() {
    let make = |(local, managed, permits): (Drawn<Policy>, Drawn<Policy>, bool)| {
        let local = Policy { permit: local.0.permit.filter(|_| permits), ..local.0 };
        let alone = Documents::managed(managed.0.clone()).settings();
        let both = Documents { local: Some(Drawn(local.clone())), managed: Some(managed.clone()) }.settings();
        // The person's policy for the organisation's purposes. Where it says nothing of a signal, the organisation's word holds.
        let signals = managed.signals.iter().chain(local.signals.iter()).map(|(signal, effect)| (*signal, *effect)).collect();
        let Policy { purpose, basis, channel, uses, .. } = managed.0;
        let own = permits.then(|| Documents::local(Policy { purpose, basis, channel, uses, signals, ..local }).settings());
        (both, alone, own)
    };
    let drawn = (local(), managed_whole(), any::<bool>());
    holds(
        "local and managed together allow no more than a whole managed policy",
        drawn,
        page(),
        make,
        |(both, alone, own), page| {
            let both = allowed(both, &page);
            nothing_more(both, allowed(alone, &page))?;
            own.as_ref().map_or(Ok(()), |own| nothing_more(both, allowed(own, &page)))
        },
    );
}

#[test]
fn managed_limits_only_tighten_what_a_person_set() {
    let make = |(local, managed): (Drawn<Policy>, Drawn<Policy>)| {
        let alone = Documents::local(local.0.clone()).settings();
        let limits = permits_everything(&local, managed.forbid.clone());
        (Documents { local: Some(local), managed: Some(managed) }.settings(), alone, limits)
    };
    let drawn = (local(), managed_limits());
    holds(
        "managed limits allow no more than the local policy, and nothing they forbid",
        drawn,
        page(),
        make,
        |(both, alone, limits), page| {
            let both = allowed(both, &page);
            nothing_more(both, allowed(alone, &page))?;
            let is_forbidden = |verdict: &Verdict| {
                !verdict.errors.is_empty() || verdict.reasons.iter().any(|reason| reason.code == Code::PolicyField)
            };
            prop_assert!(verdicts(limits, &page).iter().all(|verdict| !(is_forbidden(verdict) && both.contains(verdict.field))));
            Ok(())
        },
    );
}

#[test]
fn a_tighter_mode_never_allows_more() {
    let make = |(mut documents, tighter, managed): (Documents, Mode, bool)| {
        let before = documents.settings();
        for document in documents.each_mut() {
            document.mode = Some(document.mode.map_or(tighter, |mode| mode.max(tighter)));
            document.modes = document.modes.iter().map(|(host, mode)| (host.clone(), (*mode).max(tighter))).collect();
        }
        let after = documents.settings();
        // Four sites that differ in nothing but their mode.
        for document in documents.each_mut() {
            (document.mode, document.modes) = (None, Map::default());
        }
        let document = if managed { documents.each_mut().last() } else { documents.each_mut().next() };
        document.unwrap().modes = Mode::ALL.iter().map(|mode| (format!("{mode}.net.example"), *mode)).collect();
        (before, after, documents.settings())
    };
    let drawn = (documents(), select(Mode::ALL), any::<bool>());
    holds("a tighter mode never adds an allow", drawn, page(), make, |(before, after, four), page| {
        nothing_more(allowed(after, &page), allowed(before, &page))?;
        let on = |mode: Mode| with(&page, |page| page.site = Some(format!("{mode}.net.example")));
        let enforced = allowed(four, &on(Mode::Enforce));
        nothing_more(allowed(four, &on(Mode::Strict)), enforced)?;
        for observed in judge(four.in_force().unwrap(), &facts(four, &on(Mode::Observe))) {
            prop_assert_eq!(observed.decision, Decision::Deny);
            prop_assert_eq!(observed.would == Some(Decision::Allow), enforced.contains(observed.field));
        }
        nothing(allowed(four, &on(Mode::Off)))?;
        // A site that is not known may be any of them.
        nothing(allowed(four, &with(&page, |page| page.site = None)))
    });
}

/// Whatever is not known of a page or its person never allows more than any of the things it could be: what is drawn is one of
/// them. Without evidence, and under a use that the policy does not have, nothing is allowed at all.
#[test]
fn what_is_not_known_never_allows_more() {
    let make = |documents: Documents| documents.settings();
    holds("what is not known never adds an allow", documents(), page(), make, |settings, page| {
        let before = allowed(settings, &page);
        let relation = |page: &mut FactsDocument| page.relation = Relation::Unknown;
        let country = |page: &mut FactsDocument| page.country = None;
        let site = |page: &mut FactsDocument| page.site = None;
        nothing_more(allowed(settings, &with(&page, relation)), before)?;
        nothing_more(allowed(settings, &with(&page, country)), before)?;
        nothing_more(allowed(settings, &with(&page, site)), before)?;
        let all = with(&page, |page| {
            relation(page);
            country(page);
            site(page);
        });
        nothing_more(allowed(settings, &all), before)?;
        nothing(allowed(settings, &with(&page, |page| page.use_id = Some("no-such-use".into()))))?;
        let unproven =
            FIELDS.iter().fold(page.0.clone(), |page, field| with_field(&page, *field, |standing| standing.evidence.clear()));
        nothing(allowed(settings, &unproven))?;
        let unbounded = FIELDS.iter().fold(page.0, |page, field| {
            with_field(&page, *field, |standing| {
                standing.evidence.push(Evidence { kind: EvidenceKind::SiteRule, bound: Audience::Unknown })
            })
        });
        nothing(allowed(settings, &unbounded))
    });
}

/// Ways to name no purpose, or no basis that can be used.
const BARE: [fn(&mut Policy); 4] = [
    |base| base.basis = Some(Basis { kind: LegalBasis::Consent, assessment: Some("LIA-1".into()) }),
    |base| base.basis = Some(Basis { kind: LegalBasis::LegitimateInterest, assessment: None }),
    |base| base.basis = None,
    |base| base.purpose = None,
];

/// For the main use, a channel that is not named never allows more than any that is; without a purpose, or a basis that can be
/// used, nothing is allowed.
#[test]
fn what_a_capture_is_for_has_to_be_known() {
    let make = |(documents, bare): (Documents, usize)| {
        let changed = |change: fn(&mut Policy)| {
            let mut documents = documents.clone();
            change(documents.base_mut());
            documents.settings()
        };
        // A whole managed policy that leaves one of them out is not read in the first place.
        let bare = if documents.base().organisation.is_some() { bare % 2 } else { bare };
        (documents.settings(), changed(|base| base.channel = None), changed(BARE[bare]))
    };
    let drawn = (documents(), 0..BARE.len());
    holds(
        "without purpose or basis no allow, without channel none more",
        drawn,
        page(),
        make,
        |(before, without_channel, bare), page| {
            let page = with(&page, |page| page.use_id = None);
            nothing_more(allowed(without_channel, &page), allowed(before, &page))?;
            nothing(allowed(bare, &page))
        },
    );
}

#[test]
fn a_text_that_cannot_be_read_denies_everything() {
    let make = |(documents, at, managed): (Documents, Index, bool)| {
        let text = |document: &Option<Drawn<Policy>>| document.as_ref().map(|document| to_canonical(&document.0).unwrap());
        let (mut local, mut managed_text) = (text(&documents.local), text(&documents.managed));
        let cut = if managed { managed_text.as_mut().or(local.as_mut()) } else { local.as_mut().or(managed_text.as_mut()) };
        let cut = cut.unwrap();
        cut.truncate(at.index(cut.len()));
        Settings::of(local.as_deref(), managed_text.as_deref())
    };
    let drawn = (documents(), any::<Index>(), any::<bool>());
    holds("a document that cannot be read denies everything", drawn, page(), make, |settings, page| {
        let verdicts = verdicts(settings, &page);
        prop_assert!(verdicts.iter().map(|verdict| &verdict.field).eq(Field::ALL));
        let is_error = |verdict: &Verdict| verdict.reasons.iter().all(|reason| reason.code == Code::GuardError);
        prop_assert!(
            verdicts.iter().all(|verdict| verdict.decision == Decision::Deny && !verdict.reasons.is_empty() && is_error(verdict))
        );
        Ok(())
    });
}

/// The entry that a log would hold of a decision. Of what is allowed every other field is not kept after all.
fn entry_of(settings: &Settings, facts: &Facts) -> PageEntry {
    let Decided { mode, verdicts } = decide(settings.in_force(), facts);
    let ground = settings.in_force().unwrap().ground(facts.use_id.as_deref());
    let line = |(at, verdict): (usize, &Verdict)| {
        let states = facts.fields.get(&verdict.field).map(|standing| standing.states).unwrap_or_default();
        let is_allowed = verdict.decision == Decision::Allow;
        let dropped = if is_allowed && at % 2 == 1 { [Code::GuardChanged].into_iter().collect() } else { Choice::none() };
        Line { states, taken: is_allowed && dropped.is_empty(), dropped, ..Line::of(verdict, verdict) }
    };
    let decisions: Vec<Line> = verdicts.iter().enumerate().map(line).collect();
    let is_captured = decisions.iter().any(|line| line.taken);
    PageEntry {
        v: 1,
        index: 0,
        at: "2026-11-22T00:00:00Z".into(),
        kind: if is_captured { EntryKind::Captured } else { EntryKind::Refused },
        id: "1d".repeat(16),
        adapter: "example@1".into(),
        page: PageKind::Profile,
        relation: facts.relation,
        policy: settings.hash().to_owned(),
        mode,
        use_id: facts.use_id.clone(),
        purpose: ground.and_then(|ground| ground.purpose),
        basis: ground.and_then(|ground| ground.basis),
        country: facts.country,
        hosts: facts.hosts.clone().unwrap_or_default(),
        signals: facts.signals,
        refusal: facts.refusal.as_ref().map(|fault| fault.code),
        decisions,
        card: is_captured.then(|| CardRef { id: "1d".repeat(16), commitment: "00".repeat(32) }),
    }
}

/// Six ways to falsify what an entry says of a field.
const FALSE_LINES: [fn(&mut Line); 6] = [
    |line| line.decision = if line.decision == Decision::Allow { Decision::Deny } else { Decision::Allow },
    |line| line.codes.put(Code::Minor, !line.codes.contains(Code::Minor)),
    |line| line.rules.put("no-such-rule".into(), true),
    |line| line.audience = if line.audience == Audience::PublicWeb { Audience::OnlyMe } else { Audience::PublicWeb },
    |line| line.taken = !line.taken,
    |line| line.would = if line.would.is_none() { Some(Decision::Deny) } else { None },
];

/// Ways to falsify an entry as a whole.
const FALSE_ENTRIES: [fn(&mut PageEntry); 5] = [
    |entry| entry.policy.push('0'),
    |entry| entry.mode = if entry.mode == Mode::Strict { Mode::Enforce } else { Mode::Strict },
    |entry| entry.kind = if entry.kind == EntryKind::Captured { EntryKind::Refused } else { EntryKind::Captured },
    |entry| drop(entry.decisions.pop()),
    |entry| entry.basis = if entry.basis.is_none() { Some(LegalBasis::Consent) } else { None },
];

#[test]
fn an_entry_replays_and_a_false_one_does_not() {
    let drawn = (page(), any::<Index>(), select(&FALSE_ENTRIES[..]));
    let make = |documents: Documents| documents.settings();
    holds("an entry replays, and a false one does not", documents(), drawn, make, |settings, (page, first, falsify)| {
        // The log notes of a site only what the settings say of it, so it must be known.
        let page = with(&page, |page| page.site = page.site.take().or(Some("elsewhere.example".into())));
        let facts = facts(settings, &page);
        let entry = entry_of(settings, &facts);
        let derived = facts_of(&entry);
        prop_assert_eq!((&derived.hosts, &derived.fields), (&facts.hosts, &facts.fields));
        prop_assert_eq!(replay(&entry, settings), []);

        // Each way on a line of its own, beginning anywhere.
        let mut changed = entry.clone();
        let first = first.index(Field::ALL.len());
        let mut expected: Vec<Field> = Vec::new();
        for (at, falsify) in FALSE_LINES.iter().enumerate() {
            let line = &mut changed.decisions[(first + at) % Field::ALL.len()];
            falsify(line);
            expected.push(line.field);
        }
        expected.sort();
        let found: Vec<Field> = replay(&changed, settings).iter().filter_map(|difference| difference.field).collect();
        prop_assert_eq!(found, expected);

        let mut changed = entry;
        falsify(&mut changed);
        prop_assert!(replay(&changed, settings).iter().any(|difference| difference.field.is_none()));
        Ok(())
    });
}
