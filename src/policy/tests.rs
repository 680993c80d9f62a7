use super::*;

const SOUND: &str = r#"{
    "version": 1,
    "controller": {"name": "Exemple SARL", "contact": "privacy@example.org"},
    "purpose": "dpv:DirectMarketing",
    "basis": {"kind": "eu-gdpr:A6-1-f", "assessment": "LIA-1"},
    "permit": [{"id": "work", "says": "Who they are at work.", "fields": ["name"], "audiences": ["public_web"], "evidence": ["signed_out_view"]}],
    "retention": {"days": 365}
}"#;

fn with(from: &str, to: &str) -> Result<Policy, Vec<String>> {
    assert!(SOUND.contains(from), "`{from}` is in the sample");
    Policy::parse(&SOUND.replace(from, to))
}

fn problem(from: &str, to: &str) -> String {
    with(from, to).unwrap_err().join("\n")
}

#[test]
fn a_sound_policy_loads() {
    let policy = Policy::parse(SOUND).unwrap();
    assert_eq!(policy.usable_basis(), Some(LegalBasis::LegitimateInterest));
    assert_eq!(policy.effect(Signal::Noarchive), Effect::Note);
    assert_eq!(policy.effect(Signal::Noindex), Effect::Deny);
}

#[test]
fn each_problem_says_what_and_where() {
    for (from, to, says) in [
        ("\"version\": 1", "\"version\": 2", "`version` is 2"),
        ("Exemple SARL", " ", "`controller` needs a `name`"),
        ("[\"public_web\"]", "[\"connections_1\"]", "rule `work` permits audience `connections_1`"),
        ("[\"public_web\"]", "[]", "rule `work` needs at least one audience"),
        ("[\"name\"]", "[\"name\", \"email\"]", "rule `work` permits `email`"),
        ("[\"name\"]", "[]", "rule `work` names no field"),
        ("[\"name\"]", "[\"shoeSize\"]", "unknown field name `shoeSize`"),
        ("365", "0", "`retention.days` is 0"),
        ("365", "4000", "needs a `reason`"),
        ("\"retention\"", "\"retain\"", "unknown field `retain`"),
        ("\"id\": \"work\"", "\"id\": \"\"", "empty `id`"),
    ] {
        let problem = problem(from, to);
        assert!(problem.contains(says), "{from} -> {to}: {problem}");
    }
    assert!(problem("365}", "365").contains("line"), "a broken file says where it is broken");
}

#[test]
fn a_policy_without_purpose_or_usable_basis_loads_and_says_so() {
    assert_eq!(with("\"purpose\": \"dpv:DirectMarketing\",", "").unwrap().purpose, None);
    assert_eq!(with(", \"assessment\": \"LIA-1\"", "").unwrap().usable_basis(), None);
    assert_eq!(with("A6-1-f", "A6-1-a").unwrap().usable_basis(), None);
}

#[test]
fn a_contact_field_may_be_permitted_under_its_own_assessment() {
    let policy = with("\"says\"", "\"assessment\": \"LIA-2\", \"says\"").unwrap();
    assert_eq!(policy.permit.len(), 1);
    with("[\"name\"]", "[\"email\"], \"assessment\": \"LIA-2\"").unwrap();
}
