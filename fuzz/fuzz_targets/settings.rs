//! Two texts with a NUL between them, a local policy and managed settings: together they never allow what the organisation alone does not.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use scruple::policy::{Policy, Role, Rule, Settings};
use scruple::vocabulary::Field;
use scruple_fuzz::{allowed, facts, mutate};

fuzz_mutator!(|bytes: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(bytes, size, longest, seed) });

fuzz_target!(|text: &str| {
    let Some((local, managed)) = text.split_once('\0') else { return };
    let both = Settings::of(Some(local), Some(managed));
    let (Ok(local_policy), Ok(managed_policy)) = (Policy::parse(local, Role::Local), Policy::parse(managed, Role::Managed)) else {
        assert!(both.in_force().is_err(), "settings of which one cannot be read are in force");
        return;
    };
    let in_force = both.in_force().expect("two documents that can be read are in force");
    for retention in [&local_policy.retention, &managed_policy.retention].into_iter().flatten() {
        assert!(in_force.days() <= retention.days, "kept longer than one of the two says");
    }

    // Managed settings that permit nothing themselves take away from the local policy; else the local policy takes away from them.
    let base = if managed_policy.permit.is_some() { Settings::of(None, Some(managed)) } else { Settings::of(Some(local), None) };
    for facts in facts(&[&local_policy, &managed_policy]) {
        let at_most = allowed(&base, &facts);
        for field in allowed(&both, &facts) {
            assert!(at_most.contains(&field), "{field}: together they allow more");
            for policy in [&local_policy, &managed_policy] {
                assert!(!policy.forbid.iter().any(|rule| forbids_always(rule, field)), "{field}: allowed and forbidden");
            }
            if let Some(permit) = &local_policy.permit {
                assert!(permit.iter().any(|rule| rule.names(field)), "{field}: the local policy does not permit it");
            }
        }
    }
});

/// Whether a prohibition asks about nothing but the field.
fn forbids_always(rule: &Rule, field: Field) -> bool {
    let asks =
        Rule { id: String::new(), says: String::new(), fields: Default::default(), groups: Default::default(), ..rule.clone() };
    rule.names(field) && asks == Rule::default()
}
