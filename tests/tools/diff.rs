//! `policy diff`: what it says is true, and it says everything.

use std::fs;

use proptest::collection::vec;
use proptest::prelude::*;
use scruple::json::to_canonical;
use scruple::judge::{Case, FactsDocument, Standing};
use scruple::policy::{Policy, Settings};
use scruple::sorted::Map;
use scruple::vocabulary::{Audience, Country, Decision, Effect, Evidence, EvidenceKind, Field, Purpose, Relation, Signal};
use serde_json::{Value, json};

use super::random::{self, Drawn};
use super::{Gone, at, document, failed, json as answer, run};

/// Sets of policies that a property is tried on. Each of them is looked at in many circumstances.
pub fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .map_or(60, |count| count.parse::<u32>().expect("`PROPTEST_CASES` is a number").div_ceil(500))
}

/// What becomes of the sample with e-mail by a change, in the words of the tool, without the last line.
fn told(change: impl Fn(&mut Value)) -> Vec<String> {
    let mut after = document("www/policies/with-email.json");
    change(&mut after);
    lines(&at("www/policies/with-email.json"), &Gone::of(&after.to_string()).0)
}

fn lines(before: &str, after: &str) -> Vec<String> {
    let told = run(&["policy", "diff", before, after]).unwrap();
    let told = told.replace("(details that are shown in full and are the owner's; whatever else denies them still does)\n", "");
    told.lines().map(str::to_owned).collect()
}

const WORK: &str = "name, headline, jobTitle, worksFor, addressLocality and addressCountry";

#[test]
fn what_becomes_allowed_and_denied_is_told_in_words() {
    let (without, with) = (at("www/policies/professional.json"), at("www/policies/with-email.json"));
    assert_eq!(
        run(&["policy", "diff", &without, &with]).unwrap(),
        "+ email becomes allowed where every member or everyone can see it, if the page states who may see it, \
         the page was served signed out or a viewer with no tie sees it (rule `email-with-assessment`)\n\
         (details that are shown in full and are the owner's; whatever else denies them still does)\n"
    );
    assert_eq!(lines(&with, &without), ["- email becomes denied (no rule permits it)"]);
    assert_eq!(
        told(|policy| policy["permit"][1]["evidence"] = json!(["item_visibility", "attested"])),
        [
            "+ email becomes allowed where every member or everyone can see it, if the operator states who may see it, \
             unless the page states who may see it, the page was served signed out or a viewer with no tie sees it (rule `email-with-assessment`)",
            "- email becomes denied, unless the page states who may see it or the operator states who may see it \
             (rule `email-with-assessment` does not accept the evidence)",
        ]
    );
    assert_eq!(
        told(|policy| policy["permit"][0]["audiences"] = json!(["public_web"])),
        [format!("- {WORK} become denied where every member can see it (rule `professional` does not name the audience)")]
    );
}

#[test]
fn circumstances_are_told_where_they_matter() {
    let forbid = |more: Value| {
        told(move |policy| {
            let mut rule = json!({"id": "new", "says": "n", "fields": ["email"]});
            rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            policy["forbid"].as_array_mut().unwrap().push(rule);
        })
    };
    for (more, says) in [
        (json!({}), ""),
        (json!({"hosts": ["x.com", "de.linkedin.com"]}), " on `de.linkedin.com` or `x.com`"),
        (
            json!({"relations": ["first", "second"]}),
            " if the viewer is directly connected, shares a connection or stands in a relation that is not known",
        ),
        (json!({"countries": ["DE", "FR"]}), " for people in `DE` or `FR` or whose country is not known"),
        (json!({"signals": ["noarchive"]}), " if the page says `noarchive`"),
        (
            json!({"evidence": ["viewer_relation", "site_rule"]}),
            " if the network shows it to members by design or a viewer with no tie sees it",
        ),
        (json!({"audiences": ["public_web"]}), " where everyone can see it"),
    ] {
        assert_eq!(forbid(more), [format!("- email becomes denied{says} (rule `new` forbids it)")]);
    }
    // A host stands for those below it, but for what another rule says of one of them.
    let permitted = |host: &str| {
        let mut rule = document("www/policies/with-email.json")["permit"][1].clone();
        (rule["id"], rule["hosts"]) = (json!(format!("on-{host}")), json!([host]));
        rule
    };
    assert_eq!(
        told(|policy| policy["permit"][1] = permitted("linkedin.com")),
        ["- email becomes denied, except on `linkedin.com` (no rule permits it)"]
    );
    let told_below = told(|policy| {
        policy["permit"][1] = permitted("linkedin.com");
        policy["forbid"]
            .as_array_mut()
            .unwrap()
            .push(json!({"id": "de", "says": "d", "fields": ["email"], "hosts": ["de.linkedin.com"]}));
    });
    assert_eq!(
        told_below,
        [
            "- email becomes denied, except on `linkedin.com` (without `de.linkedin.com`) (rule `de` forbids it or no rule permits it)"
        ]
    );
}

#[test]
fn what_holds_for_the_whole_policy_is_told() {
    let told = told(|policy| {
        policy["controller"]["name"] = json!("Other SARL");
        policy["purpose"] = json!("dpv:CustomerRelationshipManagement");
        policy["basis"] = json!({"kind": "eu-gdpr:A6-1-b"});
        policy["channel"] = json!("post");
        policy["uses"] = json!([{"id": "calls", "purpose": "dpv:DirectMarketing", "basis": {"kind": "eu-gdpr:A6-1-f", "assessment": "L"}, "channel": "phone"}]);
        policy["retention"] = json!({"days": 2000, "reason": "why not"});
        policy["signals"] = json!({"noarchive": "deny"});
        policy["modes"] = json!({"x.com": "observe"});
    });
    assert_eq!(
        told[..8],
        [
            "~ responsible: Other SARL (privacy@example.org); before: Example SARL (privacy@example.org)",
            "~ purpose: `dpv:CustomerRelationshipManagement`; before: `dpv:DirectMarketing`",
            "~ legal basis: `eu-gdpr:A6-1-b`; before: `eu-gdpr:A6-1-f`, assessment LIA-2026-03",
            "~ channel: `post`; before: none",
            "~ use `calls`: `dpv:DirectMarketing`, `eu-gdpr:A6-1-f`, assessment L, by `phone`; before: none",
            "~ details are kept: 2000 days, because: why not; before: 1095 days",
            "~ mode on `x.com`: `observe`; before: none",
            "~ signal `noarchive`: deny; before: note",
        ]
    );
    assert!(told.contains(&"- name, headline, jobTitle, worksFor, addressLocality, addressCountry and email become denied on `x.com` (the mode is `observe`)".to_owned()), "{told:#?}");
    assert!(
        told.contains(&"- name, headline, jobTitle, worksFor, addressLocality, addressCountry and email become denied if the page says `noarchive` (`noarchive` denies)".to_owned()),
        "{told:#?}"
    );
}

#[test]
fn a_use_that_is_gone_or_names_no_channel_is_told() {
    let team = at("www/policies/team.jsonc");
    let text = fs::read_to_string(&team).unwrap();
    let path = Gone::of(&text.replace("\"id\": \"customer-care\"", "\"id\": \"care\"").replace("  \"channel\": \"email\",\n", ""));
    let told = lines(&team, &path.0);
    let gone = "become denied for use `customer-care` (there is no such use)";
    assert!(told.iter().any(|line| line.starts_with("- name, ") && line.ends_with(gone)), "{told:#?}");
    let cannot = "- email becomes denied (rule `email` cannot be evaluated: the use of this capture names no channel)";
    assert!(told.iter().any(|line| line == cannot), "{told:#?}");
}

#[test]
fn no_difference_is_told_as_such_and_a_policy_with_errors_is_not_compared() {
    let (path, broken) = (at("www/policies/with-email.json"), at("tests/tools/five-mistakes.json"));
    assert_eq!(run(&["policy", "diff", &path, &path]).unwrap(), "no difference: both allow and deny the same\n");
    // What a rule is called and how it is put decides nothing.
    assert_eq!(
        told(|policy| policy["permit"][1] = json!({
            "id": "renamed", "says": "In other words.", "fields": ["email"], "audiences": ["public_web", "platform_members"],
            "evidence": ["viewer_relation", "item_visibility", "signed_out_view"], "assessment": "LIA-9"
        })),
        ["no difference: both allow and deny the same"]
    );
    assert!(failed(&["policy", "diff", &path, &broken]).starts_with(&format!("{broken}:3:43: error: unknown field `contcat`\n")));
}

/// The judge's decision about a field, if its evidence is of these kinds.
struct Asked<'a> {
    before: &'a Settings,
    after: &'a Settings,
}

impl Asked<'_> {
    fn decisions(&self, facts: &FactsDocument, field: Field) -> (bool, bool) {
        let decide = |settings: &Settings| {
            let in_force = settings.in_force().unwrap();
            let facts = facts.clone().facts(Some(in_force));
            Case::of(in_force, &facts).rule_on(field).decision == Decision::Allow
        };
        (decide(self.before), decide(self.after))
    }
}

/// Whether a value is in a list, or there is no list of this name.
fn fits(when: &Value, key: &str, value: impl Into<Value>) -> bool {
    let value = value.into();
    when.get(key).is_none_or(|list| list.as_array().unwrap().contains(&value))
}

/// Whether facts are among the circumstances of a change. `hosts` and `countries` are those that the policies name.
fn is_in(when: &Value, facts: &FactsDocument, field: Field, hosts: &[String], countries: &[String]) -> bool {
    let evidence = &facts.fields.get(&field).unwrap().evidence;
    let has = |kind: &Value| evidence.iter().any(|piece| kind == piece.kind.as_str());
    let site = facts.site.as_deref().unwrap();
    let stands = |host: &&String| site == host.as_str() || site.ends_with(&format!(".{host}"));
    let host = hosts.iter().filter(stands).max_by_key(|host| host.len());
    let country = facts
        .country
        .map(|country| country.to_string())
        .map_or(Value::Null, |country| if countries.contains(&country) { json!(country) } else { json!("*") });
    let list = |key: &str| when.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    fits(when, "audiences", Audience::proved_by(evidence).as_str())
        && fits(when, "relations", facts.relation.as_str())
        && fits(when, "sites", host.map_or("*", String::as_str))
        && fits(when, "countries", country)
        && fits(when, "uses", facts.use_id.as_deref().unwrap_or("main"))
        && fits(when, "signals", facts.signals.iter().next().map_or(Value::Null, |signal| json!(signal.as_str())))
        && list("with").iter().all(|kinds| kinds.as_array().unwrap().iter().any(has))
        && !list("without").iter().any(has)
}

fn named(policies: [&Policy; 2]) -> (Vec<String>, Vec<String>) {
    let rules = || policies.into_iter().flat_map(|policy| policy.permit.iter().flatten().chain(&policy.forbid));
    let modes = policies.into_iter().flat_map(|policy| policy.modes.keys().cloned());
    (
        rules().flat_map(|rule| rule.hosts.clone()).chain(modes).collect(),
        rules().flat_map(|rule| &rule.countries).map(ToString::to_string).collect(),
    )
}

prop_compose! {
    /// Evidence of a few kinds for one and the same audience, the one of those that can be permitted.
    fn wide()(bound in prop::sample::select(&[Audience::PlatformMembers, Audience::PublicWeb][..]), kinds in prop::sample::subsequence(EvidenceKind::ALL, 1..4)) -> Vec<Evidence> {
        kinds.into_iter().map(|kind| Evidence { kind, bound }).collect()
    }
}

prop_compose! {
    /// A page on a known site, on which nothing denies whatever the policy.
    fn page()(
        Drawn(page) in random::page(),
        site in prop::sample::select(random::SITES),
        country in prop::option::weighted(0.8, prop::sample::select(random::countries())),
        elsewhere in prop::bool::weighted(0.2),
        use_id in prop::option::weighted(0.6, prop::sample::select(random::USES)),
        evidence in vec(wide(), Field::ALL.len()),
        signal in prop::option::weighted(0.3, prop::sample::select(Signal::ALL)),
    ) -> Drawn<FactsDocument> {
        let standing = |(field, evidence): (&Field, Vec<Evidence>)| (*field, Standing { evidence, ..Standing::default() });
        let fields: Map<Field, Standing> = Field::ALL.iter().zip(evidence).map(standing).collect();
        let country = if elsewhere { Country::from_word("JP") } else { country };
        let signals = signal.into_iter().collect();
        Drawn(FactsDocument { site: Some(site.into()), country, use_id: use_id.map(Into::into), refusal: None, signals, fields, ..page })
    }
}

/// All facts about one field that are among these circumstances, in an order in which those next to each other have little in common.
fn all_in(when: &Value, field: Field, hosts: &[String], countries: &[String]) -> impl Iterator<Item = FactsDocument> {
    let list = |key: &str, all: Vec<Value>| when.get(key).map_or(all, |list| list.as_array().unwrap().clone());
    let words = |words: &[&str]| words.iter().map(|word| json!(word)).collect::<Vec<Value>>();
    let sites = list("sites", hosts.iter().map(|host| json!(host)).chain([json!("*")]).collect());
    let countries = list("countries", countries.iter().map(|country| json!(country)).chain([json!("*"), Value::Null]).collect());
    let uses = list("uses", words(random::USES).into_iter().chain([json!("main")]).collect());
    let signals = list("signals", words(Signal::WORDS).into_iter().chain([Value::Null]).collect());
    let relations = list("relations", words(Relation::WORDS));
    let audiences = list("audiences", words(&["platform_members", "public_web"]));
    let (with, without) = (list("with", Vec::new()), list("without", Vec::new()));
    let kinds = |bits: u32| EvidenceKind::ALL.iter().copied().filter(|kind| bits >> *kind as u32 & 1 == 1).collect::<Vec<_>>();
    let has = |kinds: &[EvidenceKind], word: &Value| kinds.iter().any(|kind| word == kind.as_str());
    let fits = |kinds: &Vec<EvidenceKind>| {
        with.iter().all(|class| class.as_array().unwrap().iter().any(|word| has(kinds, word)))
            && !without.iter().any(|word| has(kinds, word))
    };
    let kinds: Vec<Vec<EvidenceKind>> = (1_u32..64).map(kinds).filter(fits).collect();
    let counts = [sites.len(), countries.len(), uses.len(), signals.len(), relations.len(), audiences.len(), kinds.len()];
    let count: usize = counts.iter().product();
    (0..count).map(move |number| {
        // A prime that is no factor of the count takes every number once.
        let mut rest = number * 1_000_003 % count;
        let mut take = |list: usize| {
            let at = rest % list;
            rest /= list;
            at
        };
        let [site, country, use_id, signal, relation, audience, kind] = counts.map(&mut take);
        let bound = Audience::from_word(audiences[audience].as_str().unwrap()).unwrap();
        let evidence = kinds[kind].iter().map(|kind| Evidence { kind: *kind, bound }).collect();
        FactsDocument {
            site: Some(sites[site].as_str().unwrap().replace('*', "elsewhere.example")),
            relation: Relation::from_word(relations[relation].as_str().unwrap()).unwrap(),
            signals: signals[signal].as_str().and_then(Signal::from_word).into_iter().collect(),
            country: countries[country].as_str().map(|word| Country::from_word(&word.replace('*', "JP")).unwrap()),
            use_id: uses[use_id].as_str().map(Into::into),
            refusal: None,
            fields: [(field, Standing { evidence, ..Standing::default() })].into_iter().collect(),
        }
    })
}

/// Signals that both policies deny for a field have no place in a change.
fn is_dead(settings: [&Settings; 2], facts: &FactsDocument, field: Field) -> bool {
    let denies = |signal: Signal| {
        let concerns = !signal.is_about_pictures() || field == Field::Image;
        settings.iter().all(|settings| concerns && settings.in_force().unwrap().effect(signal) == Effect::Deny)
    };
    facts.signals.iter().any(denies)
}

/// A policy and one that comes of it by a change or two, as policies do; or another one altogether.
fn pair() -> impl Strategy<Value = (Drawn<Policy>, Drawn<Policy>)> {
    (random::local(), random::local(), 0_u32..4, any::<prop::sample::Index>()).prop_map(
        |(Drawn(before), Drawn(other), kind, at)| {
            let mut after = before.clone();
            match kind {
                0 => after = other,
                1 => after.permit = other.permit,
                2 => after.forbid = other.forbid,
                _ => {
                    let permit = after.permit.get_or_insert_default();
                    if !permit.is_empty() {
                        permit.remove(at.index(permit.len()));
                    }
                    (after.mode, after.modes) = (other.mode, other.modes);
                }
            }
            let rules = after.permit.iter_mut().flatten().chain(&mut after.forbid);
            rules.enumerate().for_each(|(at, rule)| rule.id = format!("n{at}"));
            // Where nothing is allowed, nothing changes.
            let usable = |policy: Policy| Policy { purpose: policy.purpose.or(Some(Purpose::DirectMarketing)), ..policy };
            (Drawn(usable(before)), Drawn(usable(after)))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_policy_does_not_differ_from_itself(Drawn(policy) in random::local()) {
        let path = Gone::of(&to_canonical(&policy).unwrap());
        prop_assert_eq!(answer(&["policy", "diff", &path.0, &path.0]), json!({"settings": [], "fields": []}));
    }

    /// What is said is true at every point that is tried, what changes at any point is said, and what is said to change does so somewhere.
    #[test]
    fn a_difference_is_the_whole_truth((before, after) in pair(), pages in vec(page(), 200)) {
        let texts = [&before.0, &after.0].map(|policy| to_canonical(policy).unwrap());
        let [was, is] = [0, 1].map(|place| Settings::of(Some(&texts[place]), None));
        let asked = Asked { before: &was, after: &is };
        let paths = texts.map(|text| Gone::of(&text));
        let difference = answer(&["policy", "diff", &paths[0].0, &paths[1].0]);
        let changes = difference["fields"].as_array().unwrap();
        let (hosts, countries) = named([&before.0, &after.0]);
        let has_use = |facts: &FactsDocument| [&was, &is].iter().any(|settings| settings.in_force().unwrap().ground(facts.use_id.as_deref()).is_some());
        for facts in pages.iter().filter(|facts| has_use(facts)) {
            for field in random::FIELDS.iter().filter(|field| !is_dead([&was, &is], facts, **field)) {
                let (was, is) = asked.decisions(facts, *field);
                let of_field = || changes.iter().filter(|change| change["field"] == field.as_str());
                let said = |becomes: &str| of_field().filter(|change| change["becomes"] == becomes)
                    .any(|change| change["when"].as_array().unwrap().iter().any(|when| is_in(when, facts, *field, &hosts, &countries)));
                prop_assert_eq!(said("allowed"), !was && is, "{} {:?} {:#}", field, facts, difference);
                prop_assert!(said("denied") <= !is, "{} {:?} {:#}", field, facts, difference);
                prop_assert!((was && !is) <= said("denied"), "{} {:?} {:#}", field, facts, difference);
            }
        }
        // Each circumstance that is told has at least one point at which the decision does change so.
        for change in changes {
            let field = Field::from_word(change["field"].as_str().unwrap()).unwrap();
            for when in change["when"].as_array().unwrap() {
                let changes_so = |facts: &FactsDocument| asked.decisions(facts, field) == (change["becomes"] == "denied", change["becomes"] == "allowed");
                prop_assert!(all_in(when, field, &hosts, &countries).any(|facts| changes_so(&facts)), "{:#}", change);
            }
        }
    }
}
