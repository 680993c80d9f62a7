//! A text as a policy document: it is refused with a problem at some place in it, or loads. What loads survives being written and read again, and
//! judging by it never breaks.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use scruple::guard::decide;
use scruple::json::to_canonical;
use scruple::policy::{Policy, Role, Settings};
use scruple_fuzz::{allowed, facts, mutate};

fuzz_mutator!(|bytes: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(bytes, size, longest, seed) });

fuzz_target!(|text: &str| {
    for role in [Role::Local, Role::Managed] {
        match Policy::parse(text, role) {
            Ok(policy) => judge_by(text, role, &policy),
            Err(problems) => {
                assert!(!problems.is_empty(), "refused for no reason");
                let lines = text.split('\n').count();
                for problem in problems {
                    let line = problem.line;
                    assert!((1..=lines).contains(&line) && problem.column >= 1, "a problem beside the text: {problem}");
                }
            }
        }
    }
});

fn judge_by(text: &str, role: Role, policy: &Policy) {
    let canonical = to_canonical(policy).expect("a policy can be written");
    let again = Policy::parse(&canonical, role).expect("what was written can be read");
    assert!(again == *policy, "written and read, it is another policy");

    let settings = match role {
        Role::Local => Settings::of(Some(text), None),
        Role::Managed => Settings::of(None, Some(text)),
    };
    let restored = Settings::restored(settings.text()).expect("settings can be restored from their text");
    assert_eq!(restored.hash(), settings.hash());
    for facts in facts(&[policy]) {
        let by_settings = allowed(&settings, &facts);
        let by_restored = allowed(&restored, &facts);
        assert_eq!(by_settings, by_restored);
        // The way to verdicts that people see, with every name and detail filled in.
        let decided = decide(settings.in_force(), &facts.facts(settings.in_force().ok()));
        assert!(decided.verdicts.iter().all(|verdict| !verdict.reasons.is_empty()));
    }
}
