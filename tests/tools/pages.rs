//! `inspect` and `evaluate`.

use std::fs;

use scruple::policy::Marks;
use serde_json::{Value, json};

use super::{Gone, at, failed, json as answer, run};

const URL: &str = "https://www.linkedin.com/in/teodor-ilves-demo/overlay/contact-info/";

/// Inspects the sample page of a third-degree connection with a visible e-mail address.
fn inspect<'a>(more: &[&'a str]) -> Vec<&'a str> {
    static PAGE: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| at("tests/scenarios/li-2023-third-email/page.html"));
    [&["inspect", PAGE.as_str(), "--url", URL], more].concat()
}

fn verdict(report: &Value, field: &str) -> Value {
    report["verdicts"].as_array().unwrap().iter().find(|verdict| verdict["field"] == field).unwrap().clone()
}

fn decision(report: &Value, field: &str) -> String {
    let verdict = verdict(report, field);
    format!("{} {}", verdict["decision"].as_str().unwrap(), verdict["reasons"][0]["code"].as_str().unwrap())
}

#[test]
fn a_policy_may_have_comments_and_means_the_same_without() {
    let with_email = fs::read_to_string(at("www/policies/with-email.json")).unwrap();
    let plain = answer(&inspect(&["--policy", &at("www/policies/with-email.json")]));
    assert_eq!(decision(&plain, "email"), "allow allow.members");
    let commented = Gone::of(&format!("// é\n{}", with_email.replace("}\n  ],", "},/* – */\n  ],")));
    let told = answer(&inspect(&["--policy", &commented.0]));
    assert_eq!(told["verdicts"], plain["verdicts"]);
    assert_eq!(run(&inspect(&["--policy", &commented.0])), run(&inspect(&["--policy", &at("www/policies/with-email.json")])));
    let open = Gone::of(&format!("{with_email}/* "));
    assert!(failed(&inspect(&["--policy", &open.0])).contains("this comment does not end"));
}

#[test]
fn every_reason_has_a_sentence_for_the_person_and_one_for_the_lead() {
    let report = answer(&inspect(&[]));
    let reasons: Vec<&Value> =
        report["verdicts"].as_array().unwrap().iter().flat_map(|verdict| verdict["reasons"].as_array().unwrap()).collect();
    assert!(reasons.len() > 20);
    for reason in reasons {
        let told = |reader: &str| reason[reader].as_str().is_some_and(|text| text.len() > 10);
        assert!(told("message") && told("lead") && reason["message"] != reason["lead"], "{reason:#}");
    }
    let email = verdict(&report, "email");
    assert_eq!(email["reasons"][0]["message"], scruple::report::message(scruple::vocabulary::Code::PolicyField));
    assert_eq!(email["reasons"][0]["lead"], scruple::report::lead(scruple::vocabulary::Code::PolicyField));
}

#[test]
fn settings_of_an_organisation_tighten_and_are_told_as_locked() {
    let (policy, managed) = (at("www/policies/with-email.json"), at("www/policies/managed.json"));
    let report = answer(&inspect(&["--policy", &policy, "--managed", &managed]));
    assert_eq!(decision(&report, "email"), "deny deny.policy.field");
    let reason = &verdict(&report, "email")["reasons"][0];
    assert_eq!((&reason["rule"], &reason["locked"]), (&json!("no-email"), &json!("Example Group")));
    assert_eq!(decision(&report, "name"), "allow allow.members");
    // Without a policy of one's own: the sample, unless the organisation's settings are a whole policy.
    assert_eq!(decision(&answer(&inspect(&["--managed", &managed])), "name"), "allow allow.members");
    let text = fs::read_to_string(&policy).unwrap();
    let whole = Gone::of(&text.replacen('{', "{\"organisation\": \"O\",", 1));
    let report = answer(&inspect(&["--managed", &whole.0]));
    assert_eq!(verdict(&report, "email")["reasons"][0]["locked"], "O");
}

#[test]
fn what_is_marked_is_denied() {
    let change = r#"{"do":"add","what":"everywhere","field":"headline"}"#;
    let marks = Marks::default().with_key("ab".repeat(32)).changed(change, |_| None).unwrap();
    let marks = Gone::of(&marks);
    let report = answer(&inspect(&["--marks", &marks.0]));
    assert_eq!(decision(&report, "headline"), "deny deny.policy.user_marked");
    assert_eq!(decision(&report, "name"), "allow allow.members");
    let broken = Gone::of("{}");
    assert_eq!(decision(&answer(&inspect(&["--marks", &broken.0])), "name"), "deny deny.guard.error");
}

#[test]
fn use_country_and_mode_count() {
    let team = at("www/policies/team.jsonc");
    let report = answer(&inspect(&["--policy", &team, "--use", "customer-care", "--country", "FR"]));
    assert_eq!((&report["use"], &report["mode"]), (&json!("customer-care"), &json!("strict")));
    assert_eq!(decision(&report, "name"), "allow allow.members");
    let report = answer(&inspect(&["--policy", &team, "--use", "no-such-use"]));
    assert_eq!(decision(&report, "name"), "deny deny.guard.error");
    let text = fs::read_to_string(&team).unwrap().replace("\"linkedin.com\": \"strict\"", "\"linkedin.com\": \"observe\"");
    let told = run(&inspect(&["--policy", &Gone::of(&text).0])).unwrap();
    assert!(told.contains("\nmode: observe\n"), "{told}");
    assert!(told.lines().any(|line| line.starts_with("  deny   name ") && line.ends_with("(would be: allow)")), "{told}");
    let without_country =
        facts(r#"{"fields": {"email": {"evidence": [{"kind": "item_visibility", "bound": "public_web"}]}}, "site": "a.example"}"#);
    let with_country = facts(
        r#"{"country": "FR", "fields": {"email": {"evidence": [{"kind": "item_visibility", "bound": "public_web"}]}}, "site": "a.example"}"#,
    );
    let decided = |facts: &Gone| decision(&answer(&["evaluate", &facts.0, "--policy", &team]), "email");
    assert_eq!(decided(&without_country), "deny deny.policy.field");
    assert_eq!(decided(&with_country), "allow allow.public");
}

fn facts(text: &str) -> Gone {
    Gone::of(text)
}

#[test]
fn facts_are_judged_without_a_page() {
    let path = at("tests/tools/facts.jsonc");
    assert_eq!(
        run(&["evaluate", &path]).unwrap(),
        "  allow  name             platform_members  allow.members\n\
         \x20 deny   email            connections_1     deny.visibility.restricted, deny.policy.field\n\
         \x20 deny   image            public_web        deny.policy.field\n"
    );
    let answer = answer(&["evaluate", &path, "--managed", &at("www/policies/managed.json")]);
    assert_eq!(answer["verdicts"].as_array().unwrap().len(), scruple::vocabulary::Field::ALL.len());
    assert_eq!(decision(&answer, "name"), "allow allow.members");
    assert_eq!(
        verdict(&answer, "email")["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|reason| reason["locked"] == "Example Group")
            .count(),
        1
    );
    assert!(answer["policy"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(answer["mode"], "enforce");
    assert!(!verdict(&answer, "name")["reasons"][0]["lead"].as_str().unwrap().is_empty());
    let broken = facts("{\n  \"fields\": {\"nam\": {\"evidence\": []}}}");
    assert_eq!(
        failed(&["evaluate", &broken.0]),
        format!("{}: line 2, column 14: unknown field name `nam`; write `name`", broken.0)
    );
}

#[test]
fn a_policy_that_cannot_be_used_denies_and_says_why() {
    let told = run(&inspect(&["--policy", &at("tests/tools/five-mistakes.json")])).unwrap();
    assert!(told.contains("  deny   everything       unknown           deny.guard.error\n         the policy cannot be used: line 3, column 43: unknown field `contcat`; write `contact`; "), "{told}");
}
