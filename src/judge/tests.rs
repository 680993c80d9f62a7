use proptest::prelude::*;

use super::*;
use crate::page::Shown;
use crate::policy::{Basis, Controller, Prohibition, Retention};
use crate::site::{Page, SignalSeen};
use crate::vocabulary::{EvidenceKind, LegalBasis, PageKind, Purpose, Relation};

fn any_of<T: Copy + core::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

prop_compose! {
    fn seen()(h in 0_u32..9, print in 0..3, shown in any_of(Shown::ALL), flags in 0_u8..32) -> Seen {
        Seen {
            h,
            print: format!("{print:016x}"),
            shown,
            masked: flags & 3 == 3,
            nosnippet: flags & 12 == 12,
            unreadable: flags == 16,
            foreign: flags == 17,
        }
    }
}

prop_compose! {
    fn evidence()(kind in any_of(EvidenceKind::ALL), bound in any_of(Audience::ALL)) -> Evidence {
        Evidence { kind, bound }
    }
}

prop_compose! {
    fn finding()(evidence in prop::collection::vec(evidence(), 0..3), nodes in prop::collection::vec(seen(), 1..3)) -> Finding {
        Finding { evidence, nodes }
    }
}

prop_compose! {
    fn reading()(
        findings in prop::collection::vec((any_of(Field::ALL), finding()), 0..12),
        signals in prop::collection::vec(any_of(Signal::ALL), 0..2),
        refused in prop::option::weighted(0.1, any_of(&[Code::SiteDrift, Code::GuardError])),
    ) -> Reading {
        Reading {
            page: Page {
                kind: PageKind::Profile,
                site: "people.example".into(),
                adapter: "sample@1".into(),
                layout: None,
                relation: Relation::Unknown,
                signals: signals.into_iter().map(|signal| SignalSeen { signal, effect: signal.default_effect() }).collect(),
            },
            refusal: refused.map(|code| Fault { code, what: String::new() }),
            findings: findings.into_iter().collect(),
        }
    }
}

prop_compose! {
    fn permission()(
        fields in prop::collection::vec(any_of(Field::ALL), 1..8),
        audiences in prop::collection::vec(any_of(&[Audience::PlatformMembers, Audience::PublicWeb]), 1..3),
        evidence in prop::collection::vec(any_of(EvidenceKind::ALL), 1..4),
        id in "[a-z]{1,4}",
    ) -> Permission {
        Permission { id, says: String::new(), fields, audiences, evidence, assessment: None }
    }
}

prop_compose! {
    fn prohibition()(fields in prop::collection::vec(any_of(Field::ALL), 1..4), here in any::<bool>(), id in "[A-Z]{1,4}") -> Prohibition {
        let hosts = if here { vec![] } else { vec!["elsewhere.example".into()] };
        Prohibition { id, says: String::new(), fields, hosts }
    }
}

prop_compose! {
    fn policy()(
        permit in prop::collection::vec(permission(), 0..4),
        forbid in prop::collection::vec(prohibition(), 0..3),
        basis in prop::option::weighted(0.9, any_of(LegalBasis::ALL)),
        purpose in prop::option::weighted(0.9, any_of(Purpose::ALL)),
    ) -> Policy {
        Policy {
            schema: None,
            version: 1,
            controller: Controller { name: "Example".into(), contact: "privacy@example.org".into() },
            purpose,
            basis: basis.map(|kind| Basis { kind, assessment: Some("LIA-1".into()) }),
            permit,
            forbid,
            signals: Default::default(),
            retention: Retention { days: 30, reason: None },
        }
    }
}

fn allowed(policy: &Policy, reading: &Reading) -> Vec<Field> {
    judge(policy, reading).iter().filter(|verdict| verdict.decision == Decision::Allow).map(|verdict| verdict.field).collect()
}

fn is_subset(few: &[Field], many: &[Field]) -> bool {
    few.iter().all(|field| many.contains(field))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn there_is_a_verdict_for_every_field_and_reasons_for_every_verdict(policy in policy(), reading in reading()) {
        let verdicts = judge(&policy, &reading);
        prop_assert_eq!(verdicts.iter().map(|verdict| verdict.field).collect::<Vec<_>>(), Field::ALL);
        for verdict in verdicts {
            prop_assert!(!verdict.reasons.is_empty());
            prop_assert!(verdict.reasons.iter().all(|reason| reason.code.decision() == verdict.decision));
            prop_assert_eq!(verdict.present, reading.findings.contains_key(&verdict.field));
        }
    }

    #[test]
    fn without_a_permission_nothing_is_allowed(policy in policy(), reading in reading()) {
        let policy = Policy { permit: vec![], ..policy };
        prop_assert_eq!(allowed(&policy, &reading), vec![]);
    }

    #[test]
    fn without_basis_or_purpose_nothing_is_allowed_and_it_says_so(policy in policy(), reading in reading()) {
        for (bare, code) in [
            (Policy { basis: None, ..policy.clone() }, Code::PolicyNoLegalBasis),
            (Policy { purpose: None, ..policy }, Code::PolicyNoPurpose),
        ] {
            let verdicts = judge(&bare, &reading);
            prop_assert!(verdicts.iter().all(|verdict| verdict.reasons.iter().any(|reason| reason.code == code)));
        }
    }

    #[test]
    fn a_prohibition_always_wins(policy in policy(), reading in reading(), field in any_of(Field::ALL)) {
        let mut policy = policy;
        policy.forbid.push(Prohibition { id: "last".into(), says: String::new(), fields: vec![field], hosts: vec![] });
        prop_assert!(!allowed(&policy, &reading).contains(&field));
    }

    #[test]
    fn one_more_prohibition_never_allows_more(policy in policy(), reading in reading(), more in prohibition()) {
        let before = allowed(&policy, &reading);
        let mut policy = policy;
        policy.forbid.push(more);
        prop_assert!(is_subset(&allowed(&policy, &reading), &before));
    }

    #[test]
    fn the_order_of_rules_changes_nothing(policy in policy(), reading in reading()) {
        let mut turned = policy.clone();
        turned.permit.reverse();
        turned.forbid.reverse();
        prop_assert_eq!(judge(&policy, &reading), judge(&turned, &reading));
    }

    #[test]
    fn less_evidence_never_allows_more(policy in policy(), reading in reading(), field in any_of(Field::ALL)) {
        // Taking away a piece that lowers the audience would raise it, so what is taken away is all there is for a field.
        let before = allowed(&policy, &reading);
        let mut reading = reading;
        if reading.findings.contains_key(&field) {
            reading.findings.get_or_insert_with(field, Finding::default).evidence.clear();
        }
        let after = allowed(&policy, &reading);
        prop_assert!(is_subset(&after, &before));
        prop_assert!(!after.contains(&field));
    }

    #[test]
    fn one_more_signal_or_a_refusal_never_allows_more(policy in policy(), reading in reading(), signal in any_of(Signal::ALL)) {
        let before = allowed(&policy, &reading);
        let mut signalled = reading.clone();
        signalled.page.signals.push(SignalSeen { signal, effect: signal.default_effect() });
        prop_assert!(is_subset(&allowed(&policy, &signalled), &before));
        let refused = Reading { refusal: Some(Fault { code: Code::SiteDrift, what: String::new() }), ..reading };
        prop_assert_eq!(allowed(&policy, &refused), vec![]);
    }

    #[test]
    fn only_what_members_or_everybody_see_is_allowed(policy in policy(), reading in reading()) {
        for verdict in judge(&policy, &reading).iter().filter(|verdict| verdict.decision == Decision::Allow) {
            prop_assert!(verdict.audience >= Audience::PlatformMembers);
            let nodes = &reading.findings.get(&verdict.field).unwrap().nodes;
            prop_assert!(nodes.iter().any(Seen::is_open));
            prop_assert!(!nodes.iter().any(|seen| seen.unreadable || seen.foreign || seen.is_open() && seen.masked));
        }
    }
}
