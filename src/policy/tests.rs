use proptest::prelude::*;

use super::*;
use crate::json::to_canonical;
use crate::sorted::Set;
use crate::vocabulary::{Code, Effect, Field, LegalBasis, Mode, Signal};

const SOUND: &str = r#"{
    "version": 1,
    "controller": {"name": "Exemple SARL", "contact": "privacy@example.org"},
    "purpose": "dpv:DirectMarketing",
    "basis": {"kind": "eu-gdpr:A6-1-f", "assessment": "LIA-1"},
    "permit": [{"id": "work", "says": "Who they are at work.", "fields": ["name"], "audiences": ["public_web"], "evidence": ["signed_out_view"]}],
    "retention": {"days": 365}
}"#;

const LIMITS: &str =
    r#"{"organisation": "Exemple SARL", "forbid": [{"id": "no-email", "says": "No e-mail.", "fields": ["email"]}]}"#;

fn with(from: &str, to: &str) -> Result<Policy, Vec<Problem>> {
    assert!(SOUND.contains(from), "`{from}` is in the sample");
    Policy::parse(&SOUND.replace(from, to), Role::Local)
}

fn problems(text: &str, role: Role) -> Vec<String> {
    Policy::parse(text, role).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn a_sound_policy_loads() {
    let settings = Settings::of(Some(SOUND), None);
    let in_force = settings.in_force().unwrap();
    assert_eq!(in_force.ground(None).unwrap().basis, Some(LegalBasis::LegitimateInterest));
    assert_eq!(in_force.ground(Some("other")), None);
    assert_eq!(in_force.effect(Signal::Noarchive), Effect::Note);
    assert_eq!(in_force.effect(Signal::Noindex), Effect::Deny);
    assert_eq!(in_force.days(), 365);
}

#[test]
fn each_problem_says_what_and_where() {
    for (from, to, says) in [
        ("\"version\": 1", "\"version\": 2", "line 2, column 16: only version 1 is known; write 1"),
        ("\"version\": 1,", "", "missing field `version`"),
        ("Exemple SARL", " ", "`controller` needs a `name`"),
        ("[\"public_web\"]", "[\"connections_1\"]", "rule `work` permits audience `connections_1`"),
        ("[\"public_web\"]", "[]", "rule `work` needs at least one audience"),
        ("[\"signed_out_view\"]", "[]", "rule `work` needs at least one kind of evidence"),
        ("[\"name\"]", "[\"name\", \"email\"]", "rule `work` permits `email`"),
        ("\"fields\": [\"name\"]", "\"groups\": [\"contact\"]", "rule `work` permits `email`"),
        ("[\"name\"]", "[]", "rule `work` names no field"),
        ("[\"name\"]", "[\"shoeSize\"]", "unknown field name `shoeSize`"),
        ("[\"name\"]", "[\"nmae\"]", "write `name`"),
        ("[\"name\"]", "\"name\"", "expected a list, found a text; write [\"name\"]"),
        ("\"says\"", "\"relations\": [\"unknown\"], \"says\"", "names the relation `unknown`"),
        ("\"says\"", "\"signals\": [\"noindex\"], \"says\"", "permits because of a signal"),
        ("\"says\"", "\"hosts\": [\"https://a.example\"], \"says\"", "`https://a.example` is no host"),
        ("\"says\"", "\"countries\": [\"fr\"], \"says\"", "`fr` is no country code"),
        ("\"permit\"", "\"modes\": {\"A.example\": \"strict\"}, \"permit\"", "`A.example` is no host"),
        (
            "\"permit\"",
            "\"uses\": [{\"id\": \"main\", \"purpose\": \"dpv:DirectMarketing\", \"basis\": {\"kind\": \"eu-gdpr:A6-1-b\"}}], \"permit\"",
            "another use is called `main` already",
        ),
        ("365", "0", "`retention.days` is 0"),
        ("365", "1097", "needs a `reason`"),
        ("365", "\"365\"", "expected a whole number, found a text; write 365, without quotes"),
        ("\"retention\"", "\"retain\"", "unknown field `retain`"),
        ("\"id\": \"work\"", "\"id\": \"\"", "a rule needs an `id`"),
        ("\"id\": \"work\"", "\"id\": \"a:b\"", "a rule needs an `id`, without a colon"),
    ] {
        let told: Vec<String> = with(from, to).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|problem| problem.contains(says)), "{from} -> {to}: {told:?}");
    }
    assert!(with("365", "1096").is_ok() && with("\"days\": 365", "\"days\": 4000, \"reason\": \"contract law\"").is_ok());
    assert!(problems(SOUND.trim_end_matches('}'), Role::Local).concat().contains("line"), "a broken file says where it is broken");
    assert!(problems(&" ".repeat(300 << 10), Role::Local).concat().contains("longer than"));
    let padded = |length: usize| Policy::parse(&format!("{SOUND}{}", " ".repeat(length - SOUND.len())), Role::Local);
    assert!(padded(LONGEST).is_ok() && padded(LONGEST + 1).is_err());
}

#[test]
fn a_prohibition_is_checked_like_a_permission() {
    let forbidding = |rule: &str| problems(&SOUND.replace("\"permit\"", &format!("\"forbid\": [{rule}], \"permit\"")), Role::Local);
    for (rule, says) in [
        (r#"{"id": "no", "says": "No.", "fields": []}"#, "rule `no` names no field"),
        (r#"{"id": "", "says": "No.", "fields": ["name"]}"#, "a rule needs an `id`"),
        (r#"{"id": "no", "says": "No.", "fields": ["name"], "assessment": "LIA"}"#, "rule `no` forbids, and needs no `assessment`"),
        (r#"{"id": "no", "says": "No.", "fields": ["name"], "hosts": ["a..example"]}"#, "`a..example` is no host"),
        (r#"{"id": "no", "says": "No.", "fields": ["name"], "hosts": ["a_b.example"]}"#, "`a_b.example` is no host"),
        ("7", "expected"),
    ] {
        let told = forbidding(rule);
        assert!(told.iter().any(|problem| problem.contains(says)), "{rule}: {told:?}");
    }
    let hosts = r#"{"id": "no", "says": "No.", "fields": ["name"], "hosts": ["a-1.example", "localhost"]}"#;
    assert!(with("\"permit\"", &format!("\"forbid\": [{hosts}], \"permit\"")).is_ok());
    assert_eq!(forbidding("7").len(), 1, "what is no rule at all is told once");
}

#[test]
fn settings_are_named_by_their_texts() {
    let settings = Settings::of(Some(SOUND), Some(LIMITS));
    assert_eq!(settings.hash(), crate::digest::named(settings.text()));
    assert_ne!(settings.hash(), Settings::of(Some(SOUND), None).hash());
}

#[test]
fn every_mistake_is_told_at_once_and_once() {
    let text = SOUND
        .replace("\"purpose\"", "\"purpse\"")
        .replace("\"says\": \"Who they are at work.\"", "\"says\": 7")
        .replace("\"retention\": {\"days\": 365}", "\"retention\": {\"days\": 4000}")
        .replace("[\"name\"]", "[\"name\", \"fone\"]")
        .replace("}],", "}, {\"id\": \"work\", \"says\": \"Again.\", \"fields\": [\"headline\"], \"audiences\": [\"public_web\"], \"evidence\": [\"site_rule\"]}],");
    let told = problems(&text, Role::Local);
    assert_eq!(told.len(), 5, "{told:#?}");
    for (problem, (place, says)) in told.iter().zip([
        ("line 4, column 5", "`purpse`; write `purpose`"),
        ("line 6, column 39", "expected a text, found a number"),
        ("line 6, column 60", "unknown field name `fone`"),
        ("line 6, column 136", "called `work` already; write `work-2`"),
        ("line 7, column 27", "needs a `reason`"),
    ]) {
        assert!(problem.contains(says) && problem.contains(&place[..6]), "{problem}");
    }
}

#[test]
fn managed_settings_are_a_whole_policy_or_only_limits() {
    assert!(Policy::parse(LIMITS, Role::Managed).is_ok());
    assert!(problems(LIMITS, Role::Local).concat().contains("missing field `retention`"));
    assert!(problems("{}", Role::Managed).concat().contains("missing field `organisation`"));
    assert!(
        problems(&LIMITS.replace("\"forbid\"", "\"purpose\": \"dpv:DirectMarketing\", \"forbid\""), Role::Managed)
            .concat()
            .contains("belongs to a whole policy")
    );
    let nothing = problems("{\"organisation\": \"Exemple SARL\"}", Role::Managed).concat();
    assert!(nothing.contains("these settings set nothing"), "{nothing}");
    assert!(!problems("{\"permit\": []}", Role::Local).concat().contains("set nothing"));
    let bare = LIMITS.replace("\"forbid\"", "\"permit\": [], \"forbid\"");
    assert_eq!(problems(&bare, Role::Managed).len(), 3, "purpose, basis and retention are missing");
    let whole = SOUND.replace("\"version\"", "\"organisation\": \"Exemple SARL\", \"version\"");
    assert!(Policy::parse(&whole, Role::Managed).is_ok());
}

#[test]
fn a_policy_without_purpose_or_usable_basis_loads_and_says_so() {
    let ground = |from: &str, to: &str| {
        let text = SOUND.replace(from, to);
        Settings::of(Some(&text), None).in_force().unwrap().ground(None).unwrap().clone()
    };
    assert_eq!(ground("\"purpose\": \"dpv:DirectMarketing\",", "").purpose, None);
    assert_eq!(ground(", \"assessment\": \"LIA-1\"", "").basis, None);
    assert_eq!(ground("LIA-1", " ").basis, None);
    assert_eq!(ground("A6-1-f", "A6-1-a").basis, None);
    assert_eq!(ground("A6-1-f", "A6-1-b").basis, Some(LegalBasis::Contract));
}

#[test]
fn a_contact_field_may_be_permitted_under_its_own_assessment() {
    let policy = with("\"says\"", "\"assessment\": \"LIA-2\", \"says\"").unwrap();
    assert_eq!(policy.permit.unwrap().len(), 1);
    with("[\"name\"]", "[\"email\"], \"assessment\": \"LIA-2\"").unwrap();
    assert!(with("[\"name\"]", "[\"email\"], \"assessment\": \" \"").is_err());
}

#[test]
fn what_cannot_be_read_and_what_is_missing_allows_nothing_and_says_why() {
    for (local, managed, code) in [
        (None, None, Code::PolicyNoLegalBasis),
        (None, Some(LIMITS), Code::PolicyNoLegalBasis),
        (Some("{"), None, Code::GuardError),
        (Some(SOUND), Some("{"), Code::GuardError),
        (Some(SOUND), Some("{}"), Code::GuardError),
        (Some("{"), Some(LIMITS), Code::GuardError),
    ] {
        assert_eq!(Settings::of(local, managed).in_force().unwrap_err().code, code, "{local:?} {managed:?}");
    }
    assert!(Settings::of(Some(SOUND), Some(LIMITS)).in_force().is_ok());
}

#[test]
fn settings_are_restored_from_their_text_alone() {
    for (local, managed) in [(None, None), (Some(SOUND), None), (Some(SOUND), Some(LIMITS)), (Some("broken \u{1f600}"), Some(""))] {
        let settings = Settings::of(local, managed);
        let again = Settings::restored(settings.text()).unwrap();
        assert_eq!(again.hash(), settings.hash());
        assert_eq!(again.in_force().is_ok(), settings.in_force().is_ok());
    }
    assert!(Settings::restored("{\"local\": null,\"managed\":null}").is_none(), "another form has another hash");
    assert!(Settings::restored("").is_none());
}

#[test]
fn the_organisation_can_only_be_tightened() {
    let whole = SOUND.replace("\"version\"", "\"organisation\": \"Exemple SARL\", \"signals\": {\"noindex\": \"note\"}, \"mode\": \"strict\", \"modes\": {\"a.example\": \"enforce\"}, \"version\"");
    let local = SOUND.replace("\"retention\": {\"days\": 365}", "\"mode\": \"enforce\", \"modes\": {\"b.example\": \"off\"}, \"signals\": {\"noarchive\": \"deny\", \"noindex\": \"note\"}, \"retention\": {\"days\": 30}");
    let settings = Settings::of(Some(&local), Some(&whole));
    let in_force = settings.in_force().unwrap();
    assert_eq!(in_force.days(), 30);
    assert_eq!(in_force.effect(Signal::Noindex), Effect::Note);
    assert_eq!(in_force.effect(Signal::Noarchive), Effect::Deny);
    let mode = |site: &str| in_force.mode(Some(&in_force.hosts_of(site)));
    assert_eq!([mode("a.example"), mode("www.b.example"), mode("c.example")], [Mode::Enforce, Mode::Off, Mode::Strict]);
    assert_eq!(in_force.mode(None), Mode::Off, "an unknown site may be the strictest");
    assert!(in_force.names.iter().any(|name| name.locked.as_deref() == Some("Exemple SARL")));
}

#[test]
fn rules_are_found_under_the_fields_and_groups_they_name() {
    let text =
        SOUND.replace("\"permit\": [", "\"forbid\": [{\"id\": \"x\", \"says\": \"x\", \"groups\": [\"private\"]}], \"permit\": [");
    let settings = Settings::of(Some(&text), None);
    let layer = &settings.in_force().unwrap().layers[0];
    assert_eq!(layer.permissions(Field::Name).count(), 1);
    assert_eq!(layer.permissions(Field::Email).count(), 0);
    assert_eq!(layer.prohibitions(Field::Image).map(|(_, rule)| rule.id.as_str()).collect::<Vec<_>>(), ["x"]);
    assert_eq!(layer.prohibitions(Field::Name).count(), 0);
}

#[test]
fn hosts_stand_for_their_subdomains_and_for_nothing_else() {
    let text = SOUND.replace("\"says\"", "\"hosts\": [\"a.example\", \"de.a.example\"], \"says\"");
    let settings = Settings::of(Some(&text), None);
    let hosts = |site: &str| settings.in_force().unwrap().hosts_of(site);
    let set = |hosts: &[&str]| hosts.iter().map(|host| (*host).to_owned()).collect::<Set<String>>();
    assert_eq!(hosts("a.example"), set(&["a.example"]));
    assert_eq!(hosts("www.de.a.example"), set(&["a.example", "de.a.example"]));
    assert_eq!(hosts("nota.example"), set(&[]));
    assert_eq!(hosts("example"), set(&[]));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        for role in [Role::Local, Role::Managed] {
            let _ = Policy::parse(&text, role);
        }
    }

    #[test]
    fn a_changed_byte_never_makes_another_policy_silently(at in 0..SOUND.len(), byte in 32_u8..127) {
        let mut bytes = SOUND.as_bytes().to_vec();
        bytes[at] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        // What still loads says what it is: written and read again it is the same.
        if let Ok(policy) = Policy::parse(&changed, Role::Local) {
            prop_assert_eq!(Policy::parse(&to_canonical(&policy).unwrap(), Role::Local).unwrap(), policy);
        }
    }
}
