use serde_json::{Value, json};

use super::*;
use crate::json::from_str;
use crate::page::Fault;
use crate::policy::Settings;
use crate::vocabulary::Signal;

/// A document with some of its members replaced.
fn with(mut document: Value, change: Value) -> Value {
    for (key, value) in change.as_object().unwrap() {
        document[key] = value.clone();
    }
    document
}

/// A policy that permits the name and the picture, and has three uses: the main one, without a channel, and two with one.
fn policy() -> Value {
    json!({
        "version": 1,
        "controller": {"name": "Exemple SARL", "contact": "privacy@example.org"},
        "purpose": "dpv:DirectMarketing",
        "basis": {"kind": "eu-gdpr:A6-1-f", "assessment": "LIA-1"},
        "uses": [
            {"id": "calls", "purpose": "dpv:CustomerRelationshipManagement", "basis": {"kind": "eu-gdpr:A6-1-b"}, "channel": "phone"},
            {"id": "letters", "purpose": "dpv:DirectMarketing", "basis": {"kind": "eu-gdpr:A6-1-d"}, "channel": "post"},
        ],
        "permit": [permission(json!({}))],
        "retention": {"days": 365},
    })
}

fn permission(change: Value) -> Value {
    let rule = json!({
        "id": "yes", "says": "Yes.", "fields": ["name", "image"],
        "audiences": ["platform_members", "public_web"], "evidence": ["site_rule", "signed_out_view", "viewer_relation"],
    });
    with(rule, change)
}

fn prohibition(change: Value) -> Value {
    with(json!({"id": "no", "says": "No.", "fields": ["name"]}), change)
}

/// The policy with this prohibition.
fn forbidding(change: Value) -> Value {
    with(policy(), json!({"forbid": [prohibition(change)]}))
}

/// The policy with its permission changed.
fn permitting(change: Value) -> Value {
    with(policy(), json!({"permit": [permission(change)]}))
}

/// A page of which all is known and nothing speaks against it, with a name and a picture that every member sees.
fn page() -> Value {
    let seen = json!({"evidence": [{"kind": "site_rule", "bound": "platform_members"}]});
    json!({"site": "people.net.example", "relation": "third", "country": "FR", "fields": {"name": seen, "image": seen}})
}

/// The page with the name as something else.
fn named(change: Value) -> Value {
    let mut page = page();
    page["fields"]["name"] = with(page["fields"]["name"].clone(), change);
    page
}

/// The page where the name has these pieces of evidence.
fn proved(pieces: &[(&str, &str)]) -> Value {
    let pieces: Vec<Value> = pieces.iter().map(|(kind, bound)| json!({"kind": kind, "bound": bound})).collect();
    named(json!({"evidence": pieces}))
}

fn settings(local: &Value, managed: Option<&Value>) -> Settings {
    let settings = Settings::of(Some(&local.to_string()), managed.map(Value::to_string).as_deref());
    assert!(settings.in_force().is_ok(), "{:?} {:?}", settings.local_problems, settings.managed_problems);
    settings
}

/// What settings come to for a field of a page.
fn verdict(settings: &Settings, page: &Value, field: Field) -> Verdict {
    let in_force = settings.in_force().unwrap();
    let facts = from_str::<FactsDocument>(&page.to_string()).unwrap().facts(Some(in_force));
    let verdict = Case::of(in_force, &facts).rule_on(field).told(in_force);
    assert_eq!(verdict, judge(in_force, &facts)[field as usize].told(in_force));
    verdict
}

/// Reasons in a line: code, rule and detail of each, as far as they are there.
fn line(verdict: &Verdict) -> String {
    let word = |reason: &Reason| {
        assert_eq!(reason.code.decision(), verdict.decision);
        let parts = [Some(reason.code.as_str()), reason.rule.as_deref(), reason.detail.as_deref()];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    verdict.reasons.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn on(field: Field, policy: &Value, page: &Value) -> String {
    line(&verdict(&settings(policy, None), page, field))
}

/// What a policy comes to for the name on a page.
fn name(policy: &Value, page: &Value) -> String {
    on(Field::Name, policy, page)
}

#[test]
fn what_everybody_sees_is_left_out_by_the_policy_not_by_its_owner() {
    let members_only = permitting(json!({"audiences": ["platform_members"]}));
    assert_eq!(name(&members_only, &proved(&[("signed_out_view", "public_web")])), "deny.policy.field yes");
    let public_only = permitting(json!({"audiences": ["public_web"]}));
    assert_eq!(name(&public_only, &proved(&[("site_rule", "platform_members")])), "deny.visibility.restricted yes");
}

const YES: &str = "allow.members yes";
const UNWANTED: &str = "deny.policy.field";
const NO: &str = "deny.policy.field no";

#[test]
fn a_permission_allows_and_a_prohibition_denies() {
    assert_eq!(name(&policy(), &page()), YES);
    assert_eq!(name(&forbidding(json!({})), &page()), NO);
    assert_eq!(name(&with(policy(), json!({"permit": []})), &page()), UNWANTED);
    assert_eq!(on(Field::Email, &policy(), &page()), "deny.visibility.unproven", "it is not on the page");
    // A group stands for its fields.
    assert_eq!(name(&permitting(json!({"fields": [], "groups": ["professional"]})), &page()), YES);
    assert_eq!(name(&permitting(json!({"fields": [], "groups": ["career"]})), &page()), UNWANTED);
    assert_eq!(name(&forbidding(json!({"fields": [], "groups": ["professional"]})), &page()), NO);
    assert_eq!(name(&forbidding(json!({"fields": [], "groups": ["private"]})), &page()), YES);
}

#[test]
fn a_clause_holds_or_not_or_is_unknown() {
    for (clause, holds, fails, unknown) in [
        (json!({"relations": ["second", "third"]}), json!({}), json!({"relation": "first"}), Some(json!({"relation": "unknown"}))),
        (json!({"countries": ["DE", "FR"]}), json!({}), json!({"country": "US"}), Some(json!({"country": null}))),
        (json!({"hosts": ["elsewhere.example", "net.example"]}), json!({}), json!({"site": "internet.example"}), None),
        (json!({"channels": ["phone"]}), json!({"use": "calls"}), json!({"use": "letters"}), None),
        (json!({"purposes": ["dpv:CustomerRelationshipManagement"]}), json!({"use": "calls"}), json!({"use": "letters"}), None),
        (json!({"bases": ["eu-gdpr:A6-1-b"]}), json!({"use": "calls"}), json!({}), None),
    ] {
        let (permit, forbid) = (permitting(clause.clone()), forbidding(clause.clone()));
        assert_eq!(name(&permit, &with(page(), holds.clone())), YES, "{clause}");
        assert_eq!(name(&forbid, &with(page(), holds)), NO, "{clause}");
        assert_eq!(name(&permit, &with(page(), fails.clone())), UNWANTED, "{clause}");
        assert_eq!(name(&forbid, &with(page(), fails)), YES, "{clause}");
        // What is unknown is read as strictly as can be: a prohibition holds, a permission does not.
        if let Some(unknown) = unknown {
            assert_eq!(name(&permit, &with(page(), unknown.clone())), UNWANTED, "{clause}");
            assert_eq!(name(&forbid, &with(page(), unknown)), NO, "{clause}");
        }
    }
}

#[test]
fn a_clause_that_cannot_be_evaluated_denies() {
    for (clause, missing, word, what) in [
        (json!({"hosts": ["net.example"]}), json!({"site": null}), "hosts", "the site is not known"),
        (json!({"channels": ["phone"]}), json!({}), "channels", "the use of this capture names no channel"),
    ] {
        let page = with(page(), missing);
        assert_eq!(name(&permitting(clause.clone()), &page), format!("deny.guard.error yes {word}, {UNWANTED}"));
        // Another permission does not make up for it.
        let beside =
            with(policy(), json!({"permit": [permission(json!({})), with(permission(clause.clone()), json!({"id": "other"}))]}));
        assert_eq!(name(&beside, &page), format!("deny.guard.error other {word}"));
        let forbids = verdict(&settings(&forbidding(clause), None), &page, Field::Name);
        assert_eq!(line(&forbids), format!("deny.guard.error no {word}"));
        let [RuleError { rule, clause, what: told }] = forbids.errors.as_slice() else { panic!("{:?}", forbids.errors) };
        assert_eq!((rule.as_str(), clause.as_str(), told.as_str()), ("no", word, what));
        assert!(!forbids.rules.contains(&"no".to_owned()), "it is not known to apply");
    }
}

#[test]
fn what_does_not_hold_outweighs_what_is_missing_and_that_what_is_unknown() {
    let strangers = json!({"hosts": ["net.example"], "relations": ["third"], "channels": ["post"]});
    let missing = json!({"site": null, "relation": "unknown"});
    for (page, expected) in [
        (json!({"relation": "unknown"}), "deny.guard.error no channels"),
        (json!({"relation": "unknown", "use": "letters"}), NO),
        (json!({"relation": "unknown", "use": "letters", "site": null}), "deny.guard.error no hosts"),
        (missing.clone(), "deny.guard.error no channels"),
        (json!({"relation": "second", "site": null}), YES),
        (json!({"relation": "unknown", "site": "other.example"}), YES),
        (json!({"relation": "unknown", "site": null, "use": "calls"}), YES),
    ] {
        assert_eq!(name(&forbidding(strangers.clone()), &with(self::page(), page.clone())), expected, "{page}");
    }
    assert_eq!(name(&permitting(strangers), &with(page(), missing)), format!("deny.guard.error yes channels, {UNWANTED}"));
}

#[test]
fn a_prohibition_may_ask_for_audience_evidence_and_signals() {
    let public = [("signed_out_view", "public_web")];
    let noted = json!({"data-nosnippet": "note", "noindex": "note"});
    for (clause, page, expected) in [
        (json!({"audiences": ["public_web"]}), proved(&public), NO),
        (json!({"audiences": ["public_web"]}), page(), YES),
        // An audience that nothing proves may be any of them.
        (json!({"audiences": ["public_web"]}), proved(&[]), "deny.visibility.unproven yes, deny.policy.field no"),
        (json!({"evidence": ["site_rule", "attested"]}), page(), NO),
        (json!({"evidence": ["site_rule", "attested"]}), proved(&public), "allow.public yes"),
        (json!({"signals": ["noindex", "noarchive"]}), with(page(), json!({"signals": ["noarchive"]})), NO),
        (json!({"signals": ["noindex", "noarchive"]}), page(), YES),
        (json!({"signals": ["data-nosnippet"]}), named(json!({"states": ["nosnippet"]})), NO),
        (json!({"signals": ["data-nosnippet"]}), with(page(), json!({"signals": ["data-nosnippet"]})), NO),
        (json!({"signals": ["data-nosnippet"]}), page(), YES),
        (json!({"signals": ["noarchive"]}), named(json!({"states": ["nosnippet"]})), YES),
        // Each clause has to hold.
        (json!({"audiences": ["public_web"], "evidence": ["site_rule"]}), page(), YES),
        (json!({"audiences": ["platform_members"], "evidence": ["attested"]}), page(), YES),
        (json!({"evidence": ["site_rule"], "signals": ["noarchive"]}), page(), YES),
    ] {
        let policy = with(forbidding(clause.clone()), json!({"signals": noted}));
        assert_eq!(name(&policy, &page), expected, "{clause} {page}");
    }
}

#[test]
fn a_permission_needs_an_audience_and_evidence_that_it_believes() {
    let public = permitting(json!({"audiences": ["public_web"], "evidence": ["signed_out_view", "attested"]}));
    for (evidence, expected) in [
        (&[("signed_out_view", "public_web")][..], "allow.public yes"),
        (&[("site_rule", "public_web")], "deny.visibility.unproven yes"),
        (&[], "deny.visibility.unproven yes"),
        (&[("attested", "platform_members")], "deny.visibility.restricted yes"),
        // What is believed never outweighs what lowers the audience.
        (&[("signed_out_view", "public_web"), ("site_rule", "platform_members")], "deny.visibility.restricted yes"),
        (&[("signed_out_view", "public_web"), ("site_rule", "connections_1")], "deny.visibility.restricted yes"),
        (&[("signed_out_view", "unknown")], "deny.visibility.unproven yes"),
    ] {
        assert_eq!(name(&public, &proved(evidence)), expected, "{evidence:?}");
    }
    for bound in ["only_me", "connections_1", "connections_1_2", "network_1_2_3"] {
        assert_eq!(name(&policy(), &proved(&[("site_rule", bound)])), "deny.visibility.restricted yes", "{bound}");
        // That its owner kept it back is told even where no permission asks.
        let unwanted = with(policy(), json!({"permit": []}));
        assert_eq!(name(&unwanted, &proved(&[("site_rule", bound)])), "deny.visibility.restricted, deny.policy.field");
    }
    // One permission that is met is enough, and all that are met are told.
    let several = json!({"permit": [
        permission(json!({"id": "c", "evidence": ["attested"]})), permission(json!({"id": "b"})), permission(json!({"id": "a"})),
    ]});
    assert_eq!(name(&with(policy(), several), &page()), "allow.members a, allow.members b");
}

#[test]
fn a_state_of_a_field_denies_it() {
    for (state, expected) in [
        ("hidden", "deny.visibility.hidden"),
        ("masked", "deny.visibility.masked"),
        ("unreadable", "deny.guard.error the text is too long to be looked at"),
        ("foreign", "deny.third_party"),
        ("disputed", "deny.site.drift two places on the page disagree about it"),
        ("nosnippet", "deny.signal.optout data-nosnippet"),
        ("marked", "deny.policy.user_marked mark"),
    ] {
        let page = named(json!({"states": [state]}));
        assert_eq!(name(&policy(), &page), expected, "{state}");
        assert_eq!(on(Field::Image, &policy(), &page), YES, "{state} speaks of the name alone");
    }
    // Which of two places is right does not matter where neither may be taken.
    let withheld = named(json!({"states": ["disputed"], "evidence": [{"kind": "site_rule", "bound": "connections_1"}]}));
    assert_eq!(name(&policy(), &withheld), "deny.visibility.restricted yes");
    let quotable = with(policy(), json!({"signals": {"data-nosnippet": "note"}}));
    assert_eq!(name(&quotable, &named(json!({"states": ["nosnippet"]}))), YES);
}

#[test]
fn a_signal_denies_or_is_noted() {
    for signal in Signal::ALL {
        let page = with(page(), json!({"signals": [signal]}));
        let denied = format!("deny.signal.optout {signal}");
        let default = if *signal == Signal::Noarchive { YES } else { denied.as_str() };
        let speaks_of_name = !matches!(signal, Signal::Noimageindex | Signal::Noimageai);
        assert_eq!(on(Field::Image, &policy(), &page), default);
        assert_eq!(name(&policy(), &page), if speaks_of_name { default } else { YES });
        for (effect, expected) in [("note", YES), ("deny", denied.as_str())] {
            let policy = with(policy(), json!({"signals": {signal.as_str(): effect}}));
            assert_eq!(on(Field::Image, &policy, &page), expected);
        }
    }
}

#[test]
fn a_mode_limits_what_is_allowed() {
    let inferred = proved(&[("viewer_relation", "platform_members")]);
    let stated = proved(&[("viewer_relation", "platform_members"), ("site_rule", "platform_members")]);
    let unbelieved = proved(&[("viewer_relation", "platform_members"), ("item_visibility", "platform_members")]);
    let in_mode = |mode: &str| with(policy(), json!({"mode": mode}));
    assert_eq!(name(&in_mode("enforce"), &inferred), YES);
    assert_eq!(name(&in_mode("strict"), &inferred), "deny.visibility.unproven yes strict");
    assert_eq!(
        name(&in_mode("strict"), &unbelieved),
        "deny.visibility.unproven yes strict",
        "what the permission does not believe is no help"
    );
    assert_eq!(name(&in_mode("strict"), &stated), YES);
    assert_eq!(name(&in_mode("observe"), &page()), "deny.policy.field mode observe");
    assert_eq!(name(&in_mode("off"), &page()), "deny.policy.field mode off");

    let forbidding = with(forbidding(json!({})), json!({"mode": "observe"}));
    assert_eq!(name(&forbidding, &page()), "deny.policy.field mode observe, deny.policy.field no");
    for (policy, would) in [
        (in_mode("enforce"), None),
        (in_mode("strict"), None),
        (in_mode("observe"), Some(Decision::Allow)),
        (forbidding, Some(Decision::Deny)),
        (in_mode("off"), None),
    ] {
        assert_eq!(verdict(&settings(&policy, None), &page(), Field::Name).would, would);
    }
}

#[test]
fn the_longest_host_names_the_mode() {
    let policy = with(policy(), json!({"mode": "strict", "modes": {"net.example": "off", "people.net.example": "enforce"}}));
    let settings = settings(&policy, None);
    let in_force = settings.in_force().unwrap();
    for (site, mode) in [
        (Some("fr.people.net.example"), Mode::Enforce),
        (Some("net.example"), Mode::Off),
        (Some("other.example"), Mode::Strict),
        (None, Mode::Off),
    ] {
        let page = with(page(), json!({"site": site}));
        let facts = from_str::<FactsDocument>(&page.to_string()).unwrap().facts(Some(in_force));
        assert_eq!(Case::of(in_force, &facts).mode(), mode, "{site:?}");
    }
}

#[test]
fn a_capture_needs_a_use_with_purpose_and_basis() {
    let no_basis = "deny.policy.no_legal_basis";
    for (change, use_id, expected) in [
        (json!({}), "main", YES),
        (json!({}), "calls", YES),
        (json!({}), "visits", "deny.guard.error use use"),
        (json!({"purpose": null}), "main", "deny.policy.no_purpose"),
        (json!({"basis": null}), "main", no_basis),
        (json!({"basis": {"kind": "eu-gdpr:A6-1-f"}}), "main", no_basis),
        (json!({"basis": {"kind": "eu-gdpr:A6-1-a", "assessment": "LIA-1"}}), "main", no_basis),
        (json!({"basis": null, "purpose": null}), "main", "deny.policy.no_legal_basis, deny.policy.no_purpose"),
        (json!({"basis": null, "purpose": null}), "calls", YES),
    ] {
        assert_eq!(name(&with(policy(), change.clone()), &with(page(), json!({"use": use_id}))), expected, "{change} {use_id}");
    }
    // A missing use is told of every field, also of one that is not there; one without a channel fails what asks for a channel.
    let nobody = with(page(), json!({"use": "visits"}));
    assert_eq!(on(Field::Email, &policy(), &nobody), "deny.guard.error use use, deny.visibility.unproven");
    assert_eq!(
        name(&forbidding(json!({"channels": ["phone"]})), &nobody),
        "deny.guard.error use use, deny.guard.error no channels"
    );

    let settings = settings(&policy(), None);
    let in_force = settings.in_force().unwrap();
    for (use_id, expected) in [(None, Some("main")), (Some("calls"), Some("calls")), (Some("visits"), None)] {
        let facts = Facts { use_id: use_id.map(Into::into), ..Facts::default() };
        assert_eq!(Case::of(in_force, &facts).ground().map(|ground| ground.id.as_str()), expected);
    }
}

#[test]
fn a_refusal_denies_every_field() {
    let settings = settings(&policy(), None);
    let in_force = settings.in_force().unwrap();
    let facts = from_str::<FactsDocument>(&page().to_string()).unwrap().facts(Some(in_force));
    for (code, expected) in [
        (Code::SiteDrift, "deny.site.drift another layout"),
        (Code::PolicyUserMarked, "deny.policy.user_marked mark another layout"),
    ] {
        let refusal = Some(Fault { code, what: "another layout".into() });
        let facts = Facts { refusal, ..facts.clone() };
        for ruling in judge(in_force, &facts) {
            assert_eq!(line(&ruling.told(in_force)), expected, "{}", ruling.field);
        }
    }
    assert_eq!(name(&policy(), &with(page(), json!({"refusal": "deny.site.drift"}))), "deny.site.drift");
}

#[test]
fn all_that_speaks_against_a_field_is_told() {
    let policy = with(forbidding(json!({})), json!({"permit": [permission(json!({"evidence": ["attested"]}))], "basis": null}));
    let page = with(named(json!({"states": ["hidden", "marked"]})), json!({"signals": ["noindex"], "refusal": "deny.minor"}));
    let verdict = verdict(&settings(&policy, None), &page, Field::Name);
    assert_eq!(
        line(&verdict),
        "deny.visibility.hidden, deny.visibility.unproven yes, deny.signal.optout noindex, deny.minor, \
         deny.policy.no_legal_basis, deny.policy.user_marked mark, deny.policy.field no"
    );
    assert_eq!(verdict.rules.into_vec(), ["no"], "the permission falls short");
}

#[test]
fn every_rule_that_applies_is_told_whatever_came_of_it() {
    let rules = |policy: &Value| verdict(&settings(policy, None), &page(), Field::Name).rules.into_vec();
    assert_eq!(rules(&policy()), ["yes"]);
    assert_eq!(rules(&forbidding(json!({}))), ["no", "yes"]);
    assert_eq!(rules(&forbidding(json!({"relations": ["first"]}))), ["yes"]);
}

#[test]
fn an_organisation_and_a_person_each_have_to_allow() {
    let limits = |change: Value| with(json!({"organisation": "Exemple SARL", "forbid": []}), change);
    let whole = |change: Value| {
        with(policy(), with(json!({"organisation": "Exemple SARL", "permit": [permission(json!({"id": "ours"}))]}), change))
    };
    let signals = |effect: &str| json!({"signals": {"noarchive": effect}});
    for (local, managed, expected) in [
        (policy(), limits(json!({})), YES),
        (policy(), limits(json!({"forbid": [prohibition(json!({}))]})), "deny.policy.field no locked"),
        (
            forbidding(json!({})),
            limits(json!({"forbid": [prohibition(json!({}))]})),
            "deny.policy.field no, deny.policy.field no locked",
        ),
        (policy(), limits(json!({"mode": "observe"})), "deny.policy.field mode observe"),
        (with(policy(), json!({"mode": "off"})), limits(json!({"mode": "strict"})), "deny.policy.field mode off"),
        (with(policy(), signals("note")), limits(signals("deny")), "deny.signal.optout noarchive"),
        (with(policy(), signals("deny")), limits(signals("note")), "deny.signal.optout noarchive"),
        (policy(), whole(json!({})), "allow.members ours locked, allow.members yes"),
        (policy(), whole(json!({"permit": []})), UNWANTED),
        (with(policy(), json!({"permit": []})), whole(json!({})), UNWANTED),
        (forbidding(json!({})), whole(json!({})), NO),
        // What a capture is for, the whole policy says.
        (with(policy(), json!({"basis": null})), whole(json!({})), "allow.members ours locked, allow.members yes"),
        (policy(), whole(json!({"basis": {"kind": "eu-gdpr:A6-1-a"}})), "deny.policy.no_legal_basis"),
    ] {
        let page = with(page(), json!({"signals": ["noarchive"]}));
        let mut verdict = verdict(&settings(&local, Some(&managed)), &page, Field::Name);
        for reason in &mut verdict.reasons {
            if let Some(locked) = reason.locked.take() {
                assert_eq!(locked, "Exemple SARL");
                reason.rule = reason.rule.take().map(|rule| format!("{rule} locked"));
            }
        }
        assert_eq!(line(&verdict), expected, "{local} {managed}");
    }
    // A person's policy that permits nothing of its own leaves that to the organisation.
    let mut bare = policy();
    bare.as_object_mut().unwrap().remove("permit");
    assert_eq!(line(&verdict(&settings(&bare, Some(&whole(json!({})))), &page(), Field::Name)), "allow.members ours");
}

#[test]
fn facts_as_a_document_are_the_facts() {
    let settings = settings(&forbidding(json!({"hosts": ["net.example", "other.example"]})), None);
    let page = with(page(), json!({"signals": ["noindex"], "use": "calls", "refusal": "deny.minor"}));
    let document: FactsDocument = from_str(&page.to_string()).unwrap();
    let facts = document.clone().facts(settings.in_force().ok());
    assert_eq!(facts.hosts, Some(["net.example".to_owned()].into_iter().collect()));
    assert_eq!((facts.relation, facts.signals, facts.country), (document.relation, document.signals, document.country));
    assert_eq!((facts.use_id, facts.fields), (document.use_id.clone(), document.fields.clone()));
    assert_eq!(facts.refusal, Some(Fault { code: Code::Minor, what: String::new() }));
    assert_eq!(document.facts(None).hosts, Some(Set::default()));
}

#[test]
fn without_settings_every_field_is_denied_for_the_same_reason() {
    let verdicts = deny_all(&Fault { code: Code::GuardError, what: "the policy cannot be used".into() });
    assert!(verdicts.iter().map(|verdict| &verdict.field).eq(Field::ALL));
    for verdict in verdicts {
        assert_eq!((verdict.decision, verdict.present, verdict.audience), (Decision::Deny, false, Audience::Unknown));
        assert_eq!(line(&verdict), "deny.guard.error the policy cannot be used");
    }
}

#[test]
fn a_rule_that_lacks_something_says_what() {
    assert_eq!(
        Clause::ALL.iter().map(|clause| clause.missing()).collect::<Vec<_>>(),
        ["the site is not known", "the use of this capture names no channel", "no use is called so",]
    );
}
