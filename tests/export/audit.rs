//! `scruple audit`.

use proptest::prelude::*;
use scruple::cli::Failure;
use scruple::digest::named;
use scruple::guard::{self, Decided};
use scruple::json::to_canonical;
use scruple::judge::{Facts, FactsDocument};
use scruple::ledger::{Entry, EntryKind, Line, PageEntry};
use scruple::policy::Settings;
use scruple::vocabulary::{Decision, Field, PageKind};
use serde_json::{Value, json};

use super::sample::{Gone, Log, events, sample};
use super::{random, run, told};

fn page(log: &mut Log, at: usize) -> &mut PageEntry {
    let Entry::Page(page) = &mut log.entries[at] else { panic!("entry {at} is about no page") };
    page
}

#[test]
fn why_a_field_was_not_taken_is_told_in_both_languages() {
    let log = sample().file();
    let told = told(&["audit", &log.0, "--entry", "2", "--field", "email"]);
    let lines: Vec<&str> = told.lines().collect();
    for line in [
        "Entry 2 (the log has 0 to 19): Captured",
        "  Written: 2023-11-14T22:15:20Z",
        "  Page: Profile (linkedin@1.1.0)",
        "  Kept for: Prospecting",
        "  Legal ground: Legitimate interest",
        "Derived again from the evidence and the settings of that time: the same, 24 decisions.",
        "E-mail (email): Held back.",
        "    - rule `email-with-assessment`",
        "  Who can see it: Direct connections (connections_1)",
        "  How this is known: This site shows this field to every member by design. Proves at most “Direct connections”.",
        "  Rule that fell short: `email-with-assessment` (own policy, permit[1], line 14, column 5)",
    ] {
        assert!(lines.contains(&line), "{line}\n{told}");
    }
    assert!(
        lines.iter().any(|line| line.starts_with("  Why: [deny.visibility.restricted] The audience that is proved lies outside"))
    );
    let rule = r#"    - {"id":"email-with-assessment","says":"An e-mail address may be taken only where someone with no tie"#;
    assert!(lines.iter().any(|line| line.starts_with(rule)), "{told}");
    // Of nothing but the field that was asked about.
    assert!(!told.contains("telephone") && !told.contains("Not shown on this page"), "{told}");

    let french = super::told(&["audit", &log.0, "--entry", "2", "--field", "email", "--lang", "fr"]);
    let lines: Vec<&str> = french.lines().collect();
    for line in [
        "Entrée 2 (le journal va de 0 à 19)\u{a0}: Collecte",
        "Déduite à nouveau des preuves et des règles d’alors\u{a0}: identique, 24 décisions.",
        "E-mail (email)\u{a0}: Reste sur la page.",
        "    - règle `email-with-assessment`",
        "  Qui peut la voir\u{a0}: Les relations directes (connections_1)",
        "  Règle restée sans effet\u{a0}: `email-with-assessment` (règles locales, permit[1], ligne 14, colonne 5)",
    ] {
        assert!(lines.contains(&line), "{line}\n{french}");
    }
}

#[test]
fn a_rule_of_the_organisation_is_shown_with_its_place_in_their_settings() {
    let log = sample().file();
    let answer: Value = serde_json::from_str(&told(&["audit", &log.0, "--entry", "1", "--field", "email", "--json"])).unwrap();
    assert_eq!((&answer["follows"], &answer["fields"][0]["decision"]), (&json!(true), &json!("deny")));
    assert_eq!(answer["fields"][0]["reasons"][0]["because"], json!([{"rule": "no-email", "organisation": "Example Group"}]));
    let rules = answer["fields"][0]["rules"].as_array().unwrap();
    let no_email = rules.iter().find(|rule| rule["id"] == "no-email").unwrap();
    assert_eq!(
        (&no_email["document"], &no_email["place"], &no_email["line"], &no_email["column"], &no_email["applied"]),
        (&json!("managed"), &json!("forbid[0]"), &json!(6), &json!(5), &json!(true))
    );
    assert_eq!(no_email["json"]["fields"], json!(["email"]));
}

#[test]
fn what_was_cut_observed_and_refused_is_told() {
    let log = sample().file();
    let cut = told(&["audit", &log.0, "--entry", "5", "--field", "headline"]);
    assert!(cut.contains("Headline (headline): Taken.\n") && cut.contains("  Cut out: A phone number was left out.\n"), "{cut}");
    let observed = told(&["audit", &log.0, "--entry", "6", "--field", "name"]);
    for line in
        ["  Mode: Observe only\n", "    - by the mode of the site, Observe only\n", "  If not only observed: Would be taken.\n"]
    {
        assert!(observed.contains(line), "{line}{observed}");
    }
    let wall = told(&["audit", &log.0, "--entry", "3", "--lang", "fr"]);
    for line in [
        "  Page\u{a0}: Page de connexion (linkedin@1.1.0)\n",
        "  Page entière\u{a0}: [",
        "\nAbsent de cette page\u{a0}: Nom complet, ",
    ] {
        assert!(wall.contains(line), "{line}\n{wall}");
    }
}

#[test]
fn a_decision_that_does_not_follow_is_told_before_it_is_explained() {
    let mut log = sample();
    let line = &mut page(&mut log, 2).decisions[Field::Email as usize];
    (line.decision, line.taken) = (Decision::Allow, true);
    page(&mut log, 2).purpose = None;
    let file = log.file();
    let Err(Failure::Found(english)) = run(&["audit", &file.0, "--entry", "2"]) else { panic!("it follows") };
    let (before, _) = english.split_once("\nName (name): ").unwrap();
    for line in [
        "the settings of that time: it does NOT follow.\n",
        "    - purpose or basis are not those of the settings\n",
        "    - E-mail: decided `allow`, and the evidence comes to `deny`\n",
    ] {
        assert!(before.contains(line), "{line}{before}");
    }
    let Err(Failure::Found(french)) = run(&["audit", &file.0, "--entry", "2", "--lang", "fr"]) else { panic!("it follows") };
    for line in [
        "elle n’en découle PAS.\n",
        "    - la finalité ou la base légale n’est pas celle des règles\n",
        "    - E-mail\u{a0}: ce qui est noté ne découle pas des preuves, qui donnent `deny` (deny.visibility.restricted), audience `connections_1`\n",
    ] {
        assert!(french.contains(line), "{line}{french}");
    }
    // What follows is not touched by what does not.
    assert!(run(&["audit", &file.0, "--entry", "1"]).is_ok());
    // Settings that are none.
    let mut log = sample();
    log.entries.truncate(1);
    page(&mut log, 0).policy = named("{}");
    log.settings = vec!["{}".into()];
    let Err(Failure::Found(none)) = run(&["audit", &log.file().0, "--entry", "0"]) else { panic!("it follows") };
    assert!(none.contains("    - the settings it names cannot be restored, so nothing can be derived from them\n"), "{none}");
    assert!(none.contains("`professional`, which the settings do not have"), "{none}");
}

#[test]
fn every_event_is_told() {
    let log = sample().file();
    let first = sample().entries.len() - events().len();
    for (at, (english, french)) in [
        ("Handed to somebody: 2 cards.\n", "Remise à quelqu’un\u{a0}: 2 fiches.\n"),
        (
            "The people were told that details of them are kept: 2 cards.\n",
            "informées que des informations sur elles sont conservées",
        ),
        ("Somebody asked for access, erasure or another right.\n", "Quelqu’un a demandé l’accès"),
        ("A request was answered; it concerned 2 cards.\n", "Une demande a reçu sa réponse"),
        ("Erased: somebody asked for it; 2 cards.\n", "Effacement\u{a0}: quelqu’un l’a demandé\u{a0}; 2 fiches.\n"),
        ("Erased because its time was over: 2 cards.\n", "Effacement à l’échéance de la durée de conservation"),
        ("Other settings are in force: sha256:", "D’autres règles sont en vigueur"),
        ("by another version of its description: xing@1.1.0 instead of xing@1.0.0.\n", "xing@1.1.0 au lieu de xing@1.0.0"),
        ("A key signs from here on: scruple/export+", "Une clé signe à partir d’ici"),
        ("it says 2023-11-13T22:29:20Z, and had said 2023-11-14T22:29:20Z.\n", "L’horloge a reculé"),
        (
            "The person got in touch on 2026-01-02T00:00:00Z (answered a message)",
            "La personne a pris contact le 2026-01-02T00:00:00Z",
        ),
        (
            "The page shows that the person restricts these details now, which are kept of them: ",
            "La page montre que la personne restreint",
        ),
        (
            "Somebody looked at the card and kept it without these details: ",
            "La fiche a été examinée et conservée sans ces informations",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let entry = (first + at).to_string();
        let told = told(&["audit", &log.0, "--entry", &entry]);
        assert!(told.contains(english), "{told}");
        let told = super::told(&["audit", &log.0, "--entry", &entry, "--lang", "fr"]);
        assert!(told.contains(french), "{told}");
    }
    let last: Value = serde_json::from_str(&told(&["audit", &log.0, "--entry", "last", "--json"])).unwrap();
    assert_eq!((&last["kind"], &last["index"]), (&json!("reviewed"), &json!(first + events().len() - 1)));
    let exported = told(&["audit", &log.0, "--entry", &first.to_string()]);
    assert!(exported.contains(&format!("  Recipient, as a salted hash: {}\n", "c0".repeat(32))), "{exported}");
}

#[test]
fn a_log_is_summed_up() {
    let log = sample();
    let file = log.file();
    let answer: Value = serde_json::from_str(&told(&["audit", &file.0, "--json"])).unwrap();
    assert_eq!((&answer["entries"], &answer["first"]), (&json!(20), &json!("2023-11-14T22:13:20Z")));
    assert_eq!(answer["last"], json!("2023-11-14T22:32:20Z"));
    let present = log.entries.iter().filter_map(Entry::page).flat_map(|page| &page.decisions).filter(|line| line.present);
    let taken = present.clone().filter(|line| line.taken).count();
    let sum = |key: &str| answer["fields"].as_array().unwrap().iter().map(|row| row[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!(
        (sum("present"), sum("taken"), sum("held")),
        (present.clone().count() as u64, taken as u64, (present.count() - taken) as u64)
    );
    assert!(answer["kinds"].as_array().unwrap().contains(&json!({"what": "refused", "count": 2})), "{answer:#}");
    assert!(answer["adapters"].as_array().unwrap().contains(&json!({"what": "linkedin@1.1.0", "count": 5})), "{answer:#}");
    let english = told(&["audit", &file.0]);
    assert!(english.starts_with("20 entries, from 2023-11-14T22:13:20Z to 2023-11-14T22:32:20Z\nroot "), "{english}");
    assert!(
        english.contains("\n       5  Captured\n") && english.contains("  [allow.members] Visible to all members of this site.\n"),
        "{english}"
    );
    let french = told(&["audit", &file.0, "--lang", "fr"]);
    assert!(french.starts_with("20 entrées, du ") && french.contains("  Collecte\n"), "{french}");
    let nothing = Log::default().file();
    assert!(told(&["audit", &nothing.0]).starts_with("0 entries\nroot "));
}

#[test]
fn what_cannot_be_told_says_why() {
    let log = sample().file();
    let path = log.0.as_str();
    for (words, says) in [
        (&["audit"][..], "which log?"),
        (&["audit", path, "--entry", "first"], "`first` is no entry: write its number, from 0, or `last`"),
        (&["audit", path, "--entry", "-1"], "`-1` is no entry: write its number, from 0, or `last`"),
        (&["audit", path, "--field", "email"], "`--field` is about one entry: name it with `--entry`"),
        (&["audit", path, "--lang", "de"], "`de` is no language it speaks: write `en` or `fr`"),
    ] {
        assert_eq!(run(words), Err(Failure::Usage(says.into())), "{words:?}");
    }
    let Err(Failure::Usage(says)) = run(&["audit", path, "--entry", "0", "--field", "mail"]) else {
        panic!("there is no such field")
    };
    assert!(says.starts_with("`mail` is no field: write one of name, givenName, "), "{says}");
    let nothing = Log::default().file();
    for (words, says) in [
        (&["audit", path, "--entry", "20"][..], "the log has no entry 20: its last is 19"),
        (&["audit", &nothing.0, "--entry", "last"], "the log has no entry"),
        (&["audit", path, "--entry", "last", "--field", "name"], "entry 19 is about no page, so it says nothing of a field"),
    ] {
        assert_eq!(run(words), Err(Failure::Work(says.into())), "{words:?}");
    }
    let broken = Gone::of(&sample().written().replacen("captured", "refused", 1));
    let Err(Failure::Work(says)) = run(&["audit", &broken.0, "--entry", "0"]) else { panic!("it verifies") };
    assert!(says.starts_with("log not verified: "), "{says}");
}

#[test]
fn what_stands_in_a_log_does_not_reach_the_terminal_as_a_command() {
    let mut log = sample();
    page(&mut log, 0).adapter = "\u{1b}[2Jnet\r@1".into();
    let told = told(&["audit", &log.file().0, "--entry", "0"]);
    assert!(told.contains("\u{fffd}[2Jnet\u{fffd}@1") && !told.contains(['\u{1b}', '\r']), "{told}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever the settings and the page, what the guard decided follows, and every reason and rule of it is told.
    #[test]
    fn what_was_decided_follows_and_is_told(documents in random::documents(), page in random::page()) {
        let settings = documents.settings();
        // The guard always knows the site of a page.
        let site = page.site.clone().or_else(|| Some("elsewhere.example".into()));
        let facts = FactsDocument { site, ..page.0 }.facts(settings.in_force().ok());
        let entry = decided(&settings, &facts);
        let mut log = Log { settings: vec![settings.text().to_owned()], ..Log::default() };
        log.entries.push(Entry::Page(Box::new(entry.clone())));
        let file = log.file();
        for language in ["en", "fr"] {
            let told = run(&["audit", &file.0, "--entry", "0", "--lang", language]);
            prop_assert!(told.is_ok(), "{told:?}\n{}", to_canonical(&entry).unwrap());
        }
        let answer: Value = serde_json::from_str(&told(&["audit", &file.0, "--entry", "0", "--json"])).unwrap();
        prop_assert_eq!(&answer["follows"], &json!(true));
        for (line, field) in entry.decisions.iter().zip(answer["fields"].as_array().unwrap()) {
            let codes: Vec<&str> = field["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect();
            prop_assert_eq!(codes, line.codes.iter().map(|code| code.as_str()).collect::<Vec<_>>());
            for reason in field["reasons"].as_array().unwrap() {
                prop_assert!(!reason["says"].as_str().unwrap().is_empty());
            }
            for rule in line.rules.iter() {
                let told = field["rules"].as_array().unwrap();
                let shown = told.iter().find(|told| told["id"] == rule.as_str() && told["applied"] == true);
                // With its own words, out of one of the documents.
                prop_assert!(shown.is_some_and(|shown| shown["json"]["id"] == rule.as_str() && shown["line"].is_u64()), "{rule}: {told:?}");
            }
        }
    }
}

/// The entry of facts under settings, all that is allowed taken.
fn decided(settings: &Settings, facts: &Facts) -> PageEntry {
    let Decided { mode, verdicts } = guard::decide(settings.in_force(), facts);
    let ground = settings.in_force().ok().and_then(|in_force| in_force.ground(facts.use_id.as_deref()));
    let decisions: Vec<Line> = verdicts
        .iter()
        .map(|verdict| Line {
            taken: verdict.decision == Decision::Allow,
            states: facts.fields.get(&verdict.field).map(|standing| standing.states).unwrap_or_default(),
            ..Line::of(verdict, verdict)
        })
        .collect();
    let captured = decisions.iter().any(|line| line.taken);
    PageEntry {
        v: 1,
        index: 0,
        at: "2026-03-01T09:30:00Z".into(),
        kind: if captured { EntryKind::Captured } else { EntryKind::Refused },
        id: "1d".repeat(16),
        adapter: "sample@1.0.0".into(),
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
        card: captured.then(|| scruple::ledger::CardRef { id: "2e".repeat(16), commitment: named("a card") }),
    }
}
