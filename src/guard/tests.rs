use super::*;
use crate::cli::SAMPLE_POLICY;
use crate::page::html::SavedPage;
use crate::policy::Settings;
use crate::site::BUILT_IN;
use crate::vault::Commit;

const URL: &str = "https://www.linkedin.com/in/lea-morel/";

const PAGE: &str = "<main><section class='artdeco-card'><h1 class='text-heading-xlarge'>Léa Morel</h1>\
    <span class='dist-value'>1st</span><div class='text-body-medium break-words'>Buyer, call +33 1 99 00 12 34</div></section></main>\
    <div role='dialog'><a href='mailto:canary@morel.example'>canary@morel.example</a></div>";

struct Run {
    guard: Guard,
    page: SavedPage,
    judgement: Judgement,
    sightings: String,
}

fn guard(setup: &Setup<'_>) -> Guard {
    Guard::new(&Setup { adapters: BUILT_IN, words: crate::screen::BUILT_IN, ..*setup }).unwrap()
}

fn request(url: &str) -> Request {
    Request { url: url.into(), nonce: "n".into(), ..Request::default() }
}

fn run(policy: Option<&str>, html: &str) -> Run {
    run_with(&Setup { local: policy, ..Setup::default() }, html)
}

fn run_with(setup: &Setup<'_>, html: &str) -> Run {
    let guard = guard(setup);
    let mut page = SavedPage::parse(html);
    let plan = guard.plan(&request(URL)).unwrap();
    let sightings = page.inspect(&plan);
    let judgement = guard.judge(&request(URL), Ok(&sightings));
    Run { guard, page, judgement, sightings }
}

fn judge(guard: &Guard, sightings: &str) -> Judgement {
    guard.judge(&request(URL), Ok(sightings))
}

fn moment() -> Moment {
    Moment { now: 1_700_000_000_000, id: "1d".repeat(16), salt: "5a".repeat(16) }
}

fn codes(verdicts: &[Verdict]) -> Vec<Code> {
    let mut codes: Vec<Code> = verdicts.iter().flat_map(|verdict| verdict.reasons.iter().map(|reason| reason.code)).collect();
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn from_page_to_card_and_entry() {
    let Run { guard, page, judgement, sightings } = run(Some(SAMPLE_POLICY), PAGE);
    assert!(!sightings.contains("Morel") && !sightings.contains("canary"), "sightings hold no value: {sightings}");

    let permit = judgement.permit();
    let values = page.read(&permit);
    assert!(!values.contains("canary"), "only what is allowed is read: {values}");

    let outcome = guard.conclude(&judgement, Ok(&values), &moment());
    let commit = Commit::of(crate::ledger::Head::default(), None, outcome.card, outcome.entry, 0).unwrap();
    let card = commit.card.as_ref().unwrap();
    assert_eq!(card.fields.get(&Field::Name).unwrap().values, ["Léa Morel"]);
    assert_eq!(card.fields.get(&Field::Headline).unwrap().values, ["Buyer, call […]"]);
    assert_eq!(card.source.url, URL);
    assert_eq!(card.expires_at, "2026-11-13T22:13:20Z");
    for secret in ["Morel", "canary", "Buyer", "lea-morel", "linkedin.com", "99 00"] {
        assert!(!commit.lines.concat().contains(secret), "`{secret}` is in the entry");
    }
}

#[test]
fn an_inspection_is_judged_the_same_again() {
    let Run { guard, judgement, sightings, .. } = run(Some(SAMPLE_POLICY), PAGE);
    let inspection = guard.inspection(request(URL), sightings);
    let written = crate::json::to_canonical(&inspection).unwrap();
    let read: Inspection = crate::json::from_str(&written).unwrap();
    assert_eq!(guard.judge_again(&read), judgement);
}

#[test]
fn nothing_is_kept_under_another_policy_than_was_judged_by() {
    let Run { page, judgement, .. } = run(Some(SAMPLE_POLICY), PAGE);
    let other = guard(&Setup { local: Some(&SAMPLE_POLICY.replace("1095", "30")), ..Setup::default() });
    let values = page.read(&judgement.permit());
    let outcome = other.conclude(&judgement, Ok(&values), &moment());
    assert_eq!(outcome.card, None);
    assert!(codes(&outcome.verdicts).contains(&Code::GuardChanged));
}

#[test]
fn a_silent_lying_or_late_probe_denies() {
    let Run { guard, page, judgement, .. } = run(Some(SAMPLE_POLICY), PAGE);
    let values = page.read(&judgement.permit());
    let timeout = Fault { code: Code::GuardTimeout, what: String::new() };
    for (answer, code) in [
        (Err(timeout), Code::GuardTimeout),
        (Ok(r#"{"v":1,"nonce":"n","error":"changed"}"#.to_owned()), Code::GuardChanged),
        (Ok(values.replace("\"nonce\":\"n\"", "\"nonce\":\"m\"")), Code::GuardError),
        (Ok(values.replace("\"v\":1", "\"v\":2")), Code::GuardError),
        (Ok("[]".to_owned()), Code::GuardError),
        (Ok(String::new()), Code::GuardError),
        (Ok(r#"{"v":1,"nonce":"n","values":[]}"#.to_owned()), Code::GuardError),
        (
            Ok(values
                .replace("\"text\":\"Léa Morel\"", "\"refused\":\"changed\"")
                .replace("\"text\":\"Buyer", "\"refused\":\"changed\",\"text\":\"Buyer")),
            Code::GuardError,
        ),
    ] {
        let outcome = guard.conclude(&judgement, answer.as_deref().map_err(Clone::clone), &moment());
        assert_eq!(outcome.card, None, "{answer:?}");
        assert!(codes(&outcome.verdicts).contains(&code), "{answer:?}: {:?}", codes(&outcome.verdicts));
        assert!(outcome.entry.decisions.iter().all(|line| !line.taken));
    }
}

#[test]
fn a_field_that_changed_is_denied_and_the_others_are_kept() {
    let Run { guard, page, judgement, .. } = run(Some(SAMPLE_POLICY), PAGE);
    let values = page.read(&judgement.permit()).replace("\"text\":\"Léa Morel\"", "\"refused\":\"changed\"");
    let outcome = guard.conclude(&judgement, Ok(&values), &moment());
    let card = outcome.card.unwrap();
    assert!(!card.fields.contains_key(&Field::Name) && card.fields.contains_key(&Field::Headline));
    assert!(codes(&outcome.verdicts).contains(&Code::GuardChanged));
}

#[test]
fn without_a_policy_and_with_a_broken_one_everything_is_denied() {
    let none = run(None, PAGE);
    assert_eq!(codes(&none.judgement.verdicts), [Code::PolicyNoLegalBasis]);
    let broken = run(Some("{\"version\": 1,"), PAGE);
    assert_eq!(codes(&broken.judgement.verdicts), [Code::GuardError]);
    assert_eq!(broken.judgement.permit().read, []);
}

const MANAGED: &str = r#"{"organisation": "Exemple SARL", "forbid": [{"id": "no-name", "says": "No names.", "fields": ["name"]}]}"#;

fn reasons(judgement: &Judgement, field: Field) -> Vec<crate::judge::Reason> {
    judgement.verdicts.iter().find(|verdict| verdict.field == field).unwrap().reasons.clone()
}

#[test]
fn what_the_organisation_forbids_is_locked() {
    let run = run_with(&Setup { local: Some(SAMPLE_POLICY), managed: Some(MANAGED), ..Setup::default() }, PAGE);
    assert!(!run.judgement.reads.contains_key(&Field::Name) && run.judgement.reads.contains_key(&Field::Headline));
    let [reason] = reasons(&run.judgement, Field::Name).try_into().unwrap();
    assert_eq!(
        (reason.code, reason.rule.as_deref(), reason.locked.as_deref()),
        (Code::PolicyField, Some("no-name"), Some("Exemple SARL"))
    );
}

#[test]
fn what_the_user_marked_is_denied_and_a_broken_list_of_marks_denies_everything() {
    let bare = guard(&Setup { local: Some(SAMPLE_POLICY), ..Setup::default() });
    let mark = |change: &str| bare.mark("ab".repeat(32), change).unwrap();
    let field = mark(r#"{"do":"add","what":"site","field":"name","url":"https://fr.linkedin.com/in/somebody"}"#);
    let elsewhere = mark(r#"{"do":"add","what":"site","field":"name","url":"https://other.example/"}"#);
    let person = mark(&format!(r#"{{"do":"add","what":"person","url":"{URL}?tracking=1#top"}}"#));
    let judged =
        |marks: &str| run_with(&Setup { local: Some(SAMPLE_POLICY), marks: Some(marks), ..Setup::default() }, PAGE).judgement;
    assert!(judged(&elsewhere).reads.contains_key(&Field::Name));
    assert_eq!(judged(&person).reads, Map::default());
    assert!(codes(&judged(&person).verdicts).contains(&Code::PolicyUserMarked));
    let broken = judged("{");
    assert_eq!(broken.reads, Map::default());
    assert!(broken.verdicts.iter().all(|verdict| verdict.reasons[0].code == Code::GuardError));
    let marked_everywhere = mark(r#"{"do":"add","what":"everywhere","field":"name"}"#);
    let judgement = judged(&marked_everywhere);
    assert!(!judgement.reads.contains_key(&Field::Name) && judgement.reads.contains_key(&Field::Headline));
    assert_eq!(reasons(&judgement, Field::Name)[0].code, Code::PolicyUserMarked);
    assert!(field.contains("fr.linkedin.com"), "{field}");
}

#[test]
fn nothing_is_kept_when_marks_changed_in_between() {
    let Run { guard: before, page, judgement, sightings } = run(Some(SAMPLE_POLICY), PAGE);
    let inspection = before.inspection(request(URL), sightings);
    let marks = before.mark("ab".repeat(32), r#"{"do":"add","what":"everywhere","field":"email"}"#).unwrap();
    let after = guard(&Setup { local: Some(SAMPLE_POLICY), marks: Some(&marks), ..Setup::default() });
    let values = page.read(&judgement.permit());
    let outcome = after.conclude(&after.judge_again(&inspection), Ok(&values), &moment());
    assert_eq!(outcome.card, None);
    assert!(codes(&outcome.verdicts).contains(&Code::GuardChanged));
}

#[test]
fn a_site_that_is_off_is_not_looked_at_and_one_that_is_observed_gives_nothing() {
    let policy =
        |mode: &str| SAMPLE_POLICY.replacen("\"version\"", &format!("\"modes\": {{\"linkedin.com\": \"{mode}\"}}, \"version\""), 1);
    let off = guard(&Setup { local: Some(&policy("off")), ..Setup::default() });
    assert_eq!(off.plan(&request(URL)).unwrap_err().code, Code::PolicyField);
    let Run { guard, page, judgement, .. } = run(Some(&policy("observe")), PAGE);
    assert!(judgement.verdicts.iter().all(|verdict| verdict.decision == Decision::Deny));
    assert!(judgement.verdicts.iter().any(|verdict| verdict.would == Some(Decision::Allow)));
    assert_eq!(judgement.permit().read, []);
    // Even values that come unasked are dropped.
    let values = page.read(&run(Some(SAMPLE_POLICY), PAGE).judgement.permit());
    let outcome = guard.conclude(&judgement, Ok(&values), &moment());
    assert_eq!(outcome.card, None);
}

#[test]
fn every_entry_replays() {
    let setups = [
        Setup { local: Some(SAMPLE_POLICY), ..Setup::default() },
        Setup { local: Some(SAMPLE_POLICY), managed: Some(MANAGED), ..Setup::default() },
        Setup { local: Some("{"), ..Setup::default() },
        Setup::default(),
        Setup { local: Some(SAMPLE_POLICY), marks: Some("{"), ..Setup::default() },
    ];
    for (setup, html) in setups.iter().flat_map(|setup| [(setup, PAGE), (setup, "<p>nothing</p>")]) {
        let Run { guard, page, judgement, .. } = run_with(setup, html);
        let values = page.read(&judgement.permit());
        let late = Fault { code: Code::GuardTimeout, what: String::new() };
        for answer in [Ok(values.as_str()), Err(late), Ok("[]")] {
            let outcome = guard.conclude(&judgement, answer, &moment());
            let commit = Commit::of(crate::ledger::Head::default(), None, outcome.card, outcome.entry, 0).unwrap();
            let entry: crate::ledger::PageEntry = crate::json::from_str(&commit.lines.concat()).unwrap();
            let settings = Settings::restored(guard.settings().text()).unwrap();
            assert_eq!(replay(&entry, &settings), []);
        }
    }
}

#[test]
fn what_is_no_page_of_the_web_is_refused() {
    let guard = guard(&Setup { local: Some(SAMPLE_POLICY), ..Setup::default() });
    for url in ["chrome://settings", "file:///home/a.html", "about:blank", ""] {
        let fault = guard.plan(&request(url)).unwrap_err();
        let judgement = guard.judge(&request(url), Err(fault));
        assert_eq!(codes(&judgement.verdicts), [Code::SiteUnsupported], "{url}");
    }
}

mod channels {
    //! By which ways the person of a card may be contacted: duty G2.

    use super::*;
    use crate::vocabulary::{Channel, Country};

    const ADDRESS: &str = "https://network.example/in/lea-morel/";

    /// A site of the test, which shows everybody everything.
    const ADAPTER: &str = r#"{
        "id": "example", "version": "1.0.0", "rests_on": "A page that is made up by the test.",
        "hosts": ["network.example"], "profile_paths": ["/in/*"],
        "layouts": [{
            "id": "profile", "view": "signed_out", "anchors": ["h1"], "owner": {"css": "main"},
            "fields": {
                "name": [{"css": "h1"}], "email": [{"css": ".mail"}], "telephone": [{"css": ".phone"}], "streetAddress": [{"css": ".street"}]
            }
        }],
        "audience": [{
            "fields": ["name", "email", "telephone", "streetAddress"], "when": ["signed_out"], "kind": "signed_out_view", "bound": "public_web"
        }]
    }"#;

    /// A policy that permits all of it: for a way to contact people, if one is named, with more in its permission for phone numbers.
    fn policy(channel: Option<&str>, calls: &str) -> String {
        let who = r#""audiences": ["public_web"], "evidence": ["signed_out_view"]"#;
        let channel = channel.map(|channel| format!(r#""channel": "{channel}","#)).unwrap_or_default();
        format!(
            r#"{{"version": 1, "controller": {{"name": "E", "contact": "e@e.example"}}, "purpose": "dpv:DirectMarketing", {channel}
            "basis": {{"kind": "eu-gdpr:A6-1-f", "assessment": "L-1"}}, "retention": {{"days": 30}}, "permit": [
            {{"id": "name", "says": "Names.", "fields": ["name", "email", "streetAddress"], "assessment": "L-2", {who}}},
            {{"id": "calls", "says": "Numbers.", "fields": ["telephone"], "assessment": "L-3", {who} {calls}}}]}}"#
        )
    }

    /// Who says so on record that people are called.
    const ON_RECORD: &str = r#", "channels": ["phone"]"#;

    /// What a card says of the ways to contact somebody: by e-mail, by phone, by post.
    fn reached(policy: &str, country: Option<&str>, phone: &str) -> [(bool, Code); 3] {
        let guard =
            Guard::new(&Setup { local: Some(policy), adapters: &[ADAPTER], words: crate::screen::BUILT_IN, ..Setup::default() })
                .unwrap();
        let country = country.map(|country| Country::from_word(country).unwrap());
        let request = Request { url: ADDRESS.into(), nonce: "n".into(), country, ..Request::default() };
        let html = "<main><h1>Léa Morel</h1><p class=mail>lea@morel.example</p><p class=phone>PHONE</p></main>";
        let mut page = SavedPage::parse(&html.replace("PHONE", phone));
        let sightings = page.inspect(&guard.plan(&request).unwrap());
        let judgement = guard.judge(&request, Ok(&sightings));
        let values = page.read(&judgement.permit());
        let card = guard.conclude(&judgement, Ok(&values), &moment()).card.unwrap();
        [Channel::Email, Channel::Phone, Channel::Post].map(|channel| {
            let reach = card.channels.get(&channel).unwrap();
            (reach.allowed, reach.code)
        })
    }

    #[test]
    fn only_the_way_that_the_capture_was_for_is_open() {
        let [email, phone, post] = reached(&policy(None, ""), Some("DE"), "+49 40 123456");
        assert_eq!([email, phone], [(false, Code::PolicyNotNeeded); 2], "nobody said how they would be contacted");
        assert!(!post.0 && post.1 != Code::PolicyNotNeeded, "there is no address: {post:?}");
        let [email, phone, _] = reached(&policy(Some("email"), ""), Some("DE"), "+49 40 123456");
        assert_eq!([email, phone], [(true, Code::AllowPublic), (false, Code::PolicyNotNeeded)]);
        let [email, phone, _] = reached(&policy(Some("phone"), ""), Some("DE"), "+49 40 123456");
        assert_eq!([email, phone], [(false, Code::PolicyNotNeeded), (true, Code::AllowPublic)]);
        let [_, _, post] = reached(&policy(Some("post"), ""), Some("DE"), "+49 40 123456");
        assert!(!post.0, "where nothing was taken to write to, nobody is written to");
    }

    #[test]
    fn somebody_who_may_be_in_france_is_called_on_record_only() {
        let phone = |calls: &str, country: Option<&str>, number: &str| {
            let [_, phone, _] = reached(&policy(Some("phone"), calls), country, number);
            phone
        };
        for (country, number) in [
            (Some("FR"), "+33 1 99 00 12 34"),
            (Some("FR"), "+49 40 123456"),
            (None, "+33 1 99 00 12 34"),
            (None, "+49 40 123456"),
            (Some("DE"), "+33 1 99 00 12 34"),
            (Some("DE"), "0033 1 99 00 12 34"),
            (Some("DE"), "(+33) 6 39 98 12 34"),
            (Some("DE"), "00 262 639 98 12 34"),
        ] {
            assert_eq!(phone("", country, number), (false, Code::PolicyNoLegalBasis), "{country:?}, {number}");
            assert_eq!(phone(ON_RECORD, country, number), (true, Code::AllowPublic), "{country:?}, {number}");
        }
        for number in ["+49 40 123456", "0331 123456", "+49 33 1234"] {
            assert_eq!(phone("", Some("DE"), number), (true, Code::AllowPublic), "{number}");
        }
        let elsewhere = r#", "channels": ["email"]"#;
        let [_, phone, _] = reached(&policy(Some("phone"), elsewhere), Some("FR"), "+33 1 99 00 12 34");
        assert!(!phone.0, "a permission for something else is none for calls: {phone:?}");
    }

    #[test]
    fn what_was_denied_opens_no_way() {
        let forbid = r#""forbid": [{"id": "no", "says": "No calls.", "fields": ["telephone"]}], "permit""#;
        let policy = policy(Some("phone"), ON_RECORD).replace(r#""permit""#, forbid);
        let [_, phone, _] = reached(&policy, Some("DE"), "+49 40 123456");
        assert_eq!(phone, (false, Code::PolicyField));
    }
}

mod hostile {
    //! Sightings as a page that took over the probe could send them.

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_lie_about_the_form_denies_everything() {
        let Run { guard, sightings, .. } = run(Some(SAMPLE_POLICY), PAGE);
        let value: serde_json::Value = serde_json::from_str(&sightings).unwrap();
        let lie = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut value = value.clone();
            change(&mut value);
            value.to_string()
        };
        let found = value["answers"].as_array().unwrap().iter().position(|answer| answer["nodes"][0].is_object()).unwrap();
        let lies = [
            lie(&|v| v["nonce"] = "m".into()),
            lie(&|v| v["v"] = 2.into()),
            lie(&|v| v["pin"] = "short".into()),
            lie(&|v| v["elements"] = 200_001.into()),
            lie(&|v| v["extra"] = 1.into()),
            lie(&|v| _ = v["answers"].as_array_mut().unwrap().pop()),
            lie(&|v| v["answers"].as_array_mut().unwrap().swap(0, 1)),
            lie(&|v| v["answers"][found]["count"] = 99.into()),
            lie(&|v| v["answers"][found]["error"] = "selector".into()),
            lie(&|v| v["answers"][found]["nodes"][0]["yes"] = serde_json::json!([77])),
            lie(&|v| v["answers"][found]["nodes"][0]["yes"] = serde_json::json!([1, 0])),
            lie(&|v| v["answers"][found]["nodes"][0]["print"] = "Léa Morel".into()),
            lie(&|v| v["answers"][found]["nodes"][0]["shown"] = "published".into()),
            lie(&|v| v["answers"][found]["nodes"][0]["shown"] = "bold".into()),
            lie(&|v| v["answers"][found]["nodes"][0]["text"] = "Léa Morel".into()),
            lie(&|v| v["answers"][found]["nodes"][0]["h"] = 4_294_967_295_u32.into()),
            format!("{}{sightings}{}", "[".repeat(5000), "]".repeat(5000)),
            " ".repeat(5 << 20),
        ];
        for (number, lie) in lies.iter().enumerate() {
            let judgement = judge(&guard, lie);
            assert_eq!(codes(&judgement.verdicts), [Code::GuardError], "lie {number}");
            let told = format!("{:?}", judgement.verdicts);
            assert!(!told.contains("Morel"), "a fault repeats what the page sent: lie {number}");
        }
    }

    proptest! {
        #[test]
        fn no_change_of_a_byte_is_a_panic_or_reads_what_was_not_allowed(at in 0_usize..4000, byte in any::<u8>()) {
            let Run { guard, sightings, .. } = run(Some(SAMPLE_POLICY), PAGE);
            let mut bytes = sightings.into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let judgement = judge(&guard, &String::from_utf8_lossy(&bytes));
            prop_assert!(!judgement.reads.contains_key(&Field::Email));
        }

        #[test]
        fn any_page_is_judged(html in "[<>/=' a-z0-9\"-]{0,300}") {
            let judged = run(Some(SAMPLE_POLICY), &html);
            prop_assert_eq!(judged.judgement.verdicts.len(), Field::ALL.len());
        }
    }
}
