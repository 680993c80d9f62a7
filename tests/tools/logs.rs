//! `verify`, `replay` and `policy simulate`, on logs that the guard wrote and on logs that somebody changed.

use std::fs;

use scruple::cli::Failure;
use scruple::digest::named;
use scruple::guard::{Guard, Moment, Request, Setup};
use scruple::json::to_canonical;
use scruple::ledger::{Head, PageEntry, Tree, checkpoint, export, leaf_hash};
use scruple::page::html::SavedPage;
use scruple::site::BUILT_IN;
use scruple::vault::Commit;
use scruple::vocabulary::{Code, Country, Decision, EvidenceKind, Field, Mode};
use serde_json::json;

use super::{Gone, at, document, failed, json as answer, run};

/// A log as the extension writes it.
#[derive(Clone, Default)]
struct Log {
    entries: Vec<PageEntry>,
    settings: Vec<String>,
}

/// A press of the button on the page of a scenario, and a capture if anything may be taken.
#[derive(Clone, Copy, Default)]
struct Press<'a> {
    scenario: &'a str,
    policy: &'a str,
    managed: Option<&'a str>,
    country: Option<&'a str>,
    use_id: Option<&'a str>,
}

impl Log {
    fn press(&mut self, press: Press<'_>) {
        let folder = at(&format!("tests/scenarios/{}", press.scenario));
        let scenario: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(format!("{folder}/scenario.json")).unwrap()).unwrap();
        let guard = Guard::new(&Setup {
            local: Some(press.policy),
            managed: press.managed,
            adapters: BUILT_IN,
            words: scruple::screen::BUILT_IN,
            ..Setup::default()
        })
        .unwrap();
        let request = Request {
            url: scenario["url"].as_str().unwrap().to_owned(),
            nonce: format!("{:032}", self.entries.len()),
            use_id: press.use_id.map(Into::into),
            country: press.country.and_then(Country::from_word),
            person: None,
        };
        let mut page = SavedPage::parse(&fs::read_to_string(format!("{folder}/page.html")).unwrap());
        let sightings = page.inspect(&guard.plan(&request).unwrap());
        let judgement = guard.judge(&request, Ok(&sightings));
        let entry = if judgement.allows_something() {
            let values = page.read(&judgement.permit());
            let moment = Moment { now: 1_700_000_000_000, id: "1d".repeat(16), salt: "5a".repeat(16) };
            let outcome = guard.conclude(&judgement, Ok(&values), &moment);
            Commit::of(Head::default(), None, outcome.card, outcome.entry, moment.now).unwrap().entry
        } else {
            guard.refused(&judgement, 1_700_000_000_000)
        };
        self.entries.push(PageEntry { index: self.entries.len() as u64, ..entry });
        let settings = guard.settings().text().to_owned();
        if !self.settings.contains(&settings) {
            self.settings.push(settings);
        }
    }

    /// The log on paper, with the tree that these entries form.
    fn written(&self) -> String {
        let lines: Vec<String> = self.entries.iter().map(|entry| to_canonical(entry).unwrap()).collect();
        let mut tree = Tree::default();
        lines.iter().for_each(|line| tree.push(leaf_hash(line.as_bytes())));
        export(&lines, &self.settings, &checkpoint::text("scruple/tools", tree.size(), &tree.root()))
    }

    fn file(&self) -> Gone {
        Gone::of(&self.written())
    }
}

fn policy(name: &str) -> String {
    fs::read_to_string(at(&format!("www/policies/{name}"))).unwrap()
}

/// A policy with a further use, a mode, and rules that ask for country and site.
fn busy() -> serde_json::Value {
    let mut policy = document("www/policies/with-email.json");
    policy["uses"] = json!([{"id": "care", "purpose": "dpv:CustomerRelationshipManagement", "basis": {"kind": "eu-gdpr:A6-1-b"}}]);
    policy["permit"][0]["purposes"] = json!(["dpv:DirectMarketing"]);
    let rules = policy["forbid"].as_array_mut().unwrap();
    rules.push(json!({"id": "de", "says": "d", "fields": ["email"], "countries": ["DE"]}));
    rules.push(json!({"id": "there", "says": "t", "fields": ["headline"], "hosts": ["fr.linkedin.com"]}));
    policy["modes"] = json!({"xenia-falk.example": "observe", "linkedin.com": "strict"});
    policy
}

/// Two profiles, one of them looked at under two policies, a wall, and a personal site.
fn sample() -> Log {
    let (professional, with_email) = (policy("professional.json"), policy("with-email.json"));
    let mut log = Log::default();
    log.press(Press { scenario: "li-2023-third-email", policy: &with_email, country: Some("FR"), ..Press::default() });
    log.press(Press { scenario: "li-2023-third-email", policy: &professional, ..Press::default() });
    log.press(Press { scenario: "li-2023-first-overlay", policy: &with_email, ..Press::default() });
    log.press(Press { scenario: "li-wall", policy: &professional, ..Press::default() });
    log.press(Press { scenario: "web-hcard", policy: &professional, ..Press::default() });
    log
}

#[test]
fn a_whole_log_verifies_and_says_what_it_holds() {
    let told = run(&["verify", &sample().file().0, "--list"]).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 9);
    assert!(
        lines[0].starts_with(
            "0  2023-11-14T22:13:20Z  profile (linkedin@1.1.0): took name, headline, worksFor, addressLocality, email; "
        ),
        "{told}"
    );
    assert!(lines[3].starts_with("3  2023-11-14T22:13:20Z  wall (linkedin@1.1.0): nothing taken; 0 held back"), "{told}");
    assert_eq!(lines[5], "log scruple/tools");
    assert!(lines[6].starts_with("root "));
    assert_eq!(lines[7], "signed by nobody who is known: who wrote the log is not proved");
    assert_eq!(lines[8], "log verified: 5 entries, 2 texts of settings");
    assert_eq!(run(&["verify", &sample().file().0]).unwrap().lines().collect::<Vec<_>>(), lines[5..]);
    let path = Gone::of(&sample().written().replace("2023-11-14", "2023-11-15"));
    assert!(failed(&["verify", &path.0]).starts_with(&format!("log not verified: {}, line ", path.0)));
}

#[test]
fn every_decision_of_a_log_is_derived_again() {
    let log = sample();
    let decisions = log.entries.len() * Field::ALL.len();
    assert_eq!(run(&["replay", &log.file().0]).unwrap(), format!("5 entries, {decisions} decisions re-derived, 0 differences\n"));
    // Settings that deny everything, modes, managed settings, uses and countries are all in it.
    let mut log = Log::default();
    let (busy, managed) = (busy().to_string(), policy("managed.json"));
    for (use_id, country) in [(None, None), (Some("care"), Some("DE")), (Some("no-such-use"), Some("FR"))] {
        for (policy, managed) in [(busy.as_str(), None), (&busy, Some(managed.as_str())), ("{", None), (&busy, Some("[]"))] {
            for scenario in ["li-2023-third-email", "li-2023-badge-disagrees", "signal-noarchive", "web-hcard"] {
                log.press(Press { scenario, policy, managed, country, use_id });
            }
        }
    }
    let told = run(&["replay", &log.file().0]).unwrap();
    assert_eq!(told, format!("48 entries, {} decisions re-derived, 0 differences\n", 48 * Field::ALL.len()));
    let codes: Vec<Code> =
        log.entries.iter().flat_map(|entry| &entry.decisions).flat_map(|line| line.codes.iter().collect::<Vec<_>>()).collect();
    for code in
        [Code::AllowMembers, Code::AllowPublic, Code::PolicyField, Code::GuardError, Code::VisibilityUnproven, Code::SignalOptout]
    {
        assert!(codes.contains(&code), "{code}");
    }
}

/// Who changes an entry can give the log a new tree too: then it verifies, and does not say what its evidence comes to.
#[test]
fn what_somebody_changed_in_a_log_is_found() {
    let email = Field::Email as usize;
    type Change = fn(&mut Log);
    let changes: [(Change, &str); 14] = [
        (
            |log| log.entries[2].decisions[Field::Email as usize].decision = Decision::Allow,
            "entry 2, field email: decided `allow`, and the evidence comes to `deny`",
        ),
        (
            |log| log.entries[2].decisions[Field::Email as usize].taken = true,
            "entry 2, field email: what was taken is not what was decided",
        ),
        (
            |log| log.entries[2].decisions[Field::Email as usize].codes = [Code::PolicyField].into_iter().collect(),
            "entry 2, field email: the reasons are not those the evidence comes to (deny.visibility.restricted)",
        ),
        (
            |log| log.entries[2].decisions[Field::Email as usize].rules.insert("no-photo".into()),
            "entry 2, field email: the reasons are not those the evidence comes to (deny.visibility.restricted)",
        ),
        (
            |log| log.entries[0].decisions[Field::Email as usize].evidence.clear(),
            "entry 0, field email: decided `allow`, and the evidence comes to `deny`",
        ),
        (
            |log| log.entries[0].decisions[Field::Email as usize].evidence[0].kind = EvidenceKind::Attested,
            "entry 0, field email: decided `allow`, and the evidence comes to `deny`",
        ),
        (
            |log| log.entries[0].decisions[Field::Name as usize].present = false,
            "entry 0, field name: decided `allow`, and the evidence comes to `deny`",
        ),
        (|log| log.entries[0].decisions.swap(0, 1), "entry 0, field givenName: `name` should stand here"),
        (|log| _ = log.entries[1].decisions.pop(), "entry 1: there is not one decision for each field"),
        (|log| log.entries[1].mode = Mode::Strict, "entry 1: the mode is not that of the settings"),
        (|log| log.entries[1].purpose = None, "entry 1: purpose or basis are not those of the settings"),
        (|log| log.entries[1].card = None, "entry 1: the entry and its card do not fit together"),
        (|log| log.entries[3].refusal = None, "entry 3, field name: "),
        (
            // Under these settings somebody else could have taken more.
            |log| {
                let looser = log.settings[0].replace("viewer_relation", "attested");
                for entry in [0, 2] {
                    log.entries[entry].policy = named(&looser);
                }
                log.settings[0] = looser;
            },
            "entry 0, field email: decided `allow`, and the evidence comes to `deny`",
        ),
    ];
    for (change, says) in changes {
        let mut log = sample();
        assert!(log.entries[2].decisions[email].present && log.entries[0].decisions[email].taken);
        change(&mut log);
        let path = &log.file().0;
        assert!(run(&["verify", path]).is_ok(), "{says}");
        let Err(Failure::Found(told)) = run(&["replay", path]) else { panic!("{says}") };
        assert!(told.lines().any(|line| line.starts_with(says)), "{says}\n{told}");
        let found = told.lines().count() - 1;
        assert!(told.ends_with(&format!(" {found} difference{}\n", if found == 1 { "" } else { "s" })), "{told}");
    }
}

#[test]
fn settings_that_cannot_be_restored_are_a_difference() {
    let mut log = sample();
    let text = "{}".to_owned();
    for entry in &mut log.entries {
        entry.policy = named(&text);
    }
    log.settings = vec![text];
    let Err(Failure::Found(told)) = run(&["replay", &log.file().0]) else { panic!("found nothing") };
    assert!(told.starts_with("entry 0: the settings it names cannot be restored, so nothing can be derived from them\n"), "{told}");
    assert!(told.ends_with("5 entries, 120 decisions re-derived, 5 differences\n"), "{told}");
}

#[test]
fn a_log_that_is_not_whole_is_neither_replayed_nor_simulated() {
    let log = sample().written();
    let lines: Vec<&str> = log.lines().collect();
    let path = at("www/policies/professional.json");
    for broken in [
        String::new(),
        log.replacen("\"present\":true", "\"present\":false", 1),
        [&lines[..1], &lines[2..]].concat().join("\n") + "\n",
        lines[..lines.len() - 1].join("\n") + "\n",
        log.replacen("professional", "professionals", 1),
    ] {
        let broken = Gone::of(&broken);
        for words in [&["replay", &broken.0][..], &["verify", &broken.0], &["policy", "simulate", &path, &broken.0]] {
            assert!(failed(words).starts_with("log not verified: "), "{words:?}");
        }
    }
}

#[test]
fn what_a_policy_would_make_of_a_log_is_told() {
    let log = sample();
    let present = log.entries.iter().flat_map(|entry| &entry.decisions).filter(|line| line.present).count();
    let (log_file, with_email) = (log.file(), at("www/policies/with-email.json"));
    let path = &log_file.0;
    let told = run(&["policy", "simulate", &with_email, path]).unwrap();
    let mut lines = told.lines();
    let simulation = answer(&["policy", "simulate", &with_email, path]);
    assert_eq!((&simulation["fields"], &simulation["entries"]), (&json!(present), &json!(5)));
    // One e-mail address was denied under the other policy.
    assert_eq!(
        (&simulation["newly_allowed"], &simulation["newly_denied"], &simulation["site_unknown"]),
        (&json!(1), &json!(0), &json!(0))
    );
    let denied = simulation["denied"].as_u64().unwrap();
    assert_eq!(
        lines.next(),
        Some(format!("{denied} of the last {present} fields would be denied, 1 would be newly allowed").as_str())
    );
    assert_eq!(lines.next(), Some("of those denied, 0 were allowed when they were judged"));
    assert!(told.contains("\nemail            allow.members                      2      1\n"), "{told}");
    // What the policy denied it denies again.
    let held =
        |entry: &PageEntry| entry.decisions.iter().filter(|line| line.present && line.decision == Decision::Deny).count() as u64;
    assert_eq!(denied, log.entries.iter().map(held).sum::<u64>() - 1);

    let broken = failed(&["policy", "simulate", &at("tests/tools/five-mistakes.json"), path]);
    assert!(broken.contains(":3:43: error: unknown field `contcat`\n"), "{broken}");
    let mut nothing = document("www/policies/professional.json");
    nothing["permit"] = json!([]);
    let nothing = Gone::of(&nothing.to_string());
    let simulation = answer(&["policy", "simulate", &nothing.0, path]);
    assert_eq!((&simulation["denied"], &simulation["newly_allowed"]), (&json!(present), &json!(0)));
    assert_eq!(simulation["newly_denied"], json!(present as u64 - denied - 1));
}

#[test]
fn an_organisation_can_see_what_its_settings_would_deny() {
    let log_file = sample().file();
    let path = &log_file.0;
    let words = ["policy", "simulate", &at("www/policies/with-email.json"), path, "--managed", &at("www/policies/managed.json")];
    let simulation = answer(&words);
    assert_eq!((&simulation["newly_denied"], &simulation["newly_allowed"]), (&json!(1), &json!(0)));
    let row = json!({"field": "email", "code": "deny.policy.field", "fields": 4, "newly": 1});
    assert!(simulation["reasons"].as_array().unwrap().contains(&row), "{simulation:#}");
    let broken = failed(&[
        "policy",
        "simulate",
        &at("www/policies/with-email.json"),
        path,
        "--managed",
        &at("www/policies/professional.json"),
    ]);
    assert!(broken.contains("professional.json:1:1: error: missing field `organisation`\n"), "{broken}");
}

#[test]
fn what_a_log_does_not_say_of_the_site_is_taken_strictly_and_told() {
    let log_file = sample().file();
    let path = &log_file.0;
    let with_forbid = |host: &str| {
        let mut policy = document("www/policies/with-email.json");
        policy["forbid"].as_array_mut().unwrap().push(json!({"id": "there", "says": "t", "fields": ["name"], "hosts": [host]}));
        let policy = Gone::of(&policy.to_string());
        let simulation = answer(&["policy", "simulate", &policy.0, path]);
        let told = run(&["policy", "simulate", &policy.0, path]).unwrap();
        let names = |code: &str| {
            simulation["reasons"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|row| row["field"] == "name" && row["code"] == code)
                .map(|row| row["fields"].as_u64().unwrap())
                .sum::<u64>()
        };
        (simulation["site_unknown"].as_u64().unwrap(), names("deny.policy.field"), names("deny.guard.error"), told)
    };
    // The network of an adapter is known; the personal site could be any.
    let (unknown, forbidden, errors, told) = with_forbid("linkedin.com");
    assert_eq!((unknown, forbidden, errors), (1, 3, 1));
    assert!(
        told.ends_with(
            "of 5 entries, 1 may be of a site that the policy names, and the log does not say: judged as strictly as on any\n"
        ),
        "{told}"
    );
    // Whether it was a part of the network is not known.
    let (unknown, forbidden, errors, _) = with_forbid("de.linkedin.com");
    assert_eq!((unknown, forbidden, errors), (5, 0, 4));
    // Another network it was not.
    let (unknown, forbidden, errors, _) = with_forbid("x.com");
    assert_eq!((unknown, forbidden, errors), (1, 0, 1));
    // What the settings of that time named was noted.
    let mut noted = Log::default();
    let named = busy().to_string();
    noted.press(Press { scenario: "web-hcard", policy: &named, ..Press::default() });
    let policy = Gone::of(&named);
    let simulation = answer(&["policy", "simulate", &policy.0, &noted.file().0]);
    assert_eq!(
        (&simulation["site_unknown"], &simulation["newly_denied"], &simulation["newly_allowed"]),
        (&json!(0), &json!(0), &json!(0))
    );
}
