use super::*;
use crate::cli::SAMPLE_POLICY;
use crate::page::html::SavedPage;
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

fn run(policy: Option<&str>, html: &str) -> Run {
    let guard = Guard::new(policy).unwrap();
    let mut page = SavedPage::parse(html);
    let plan = guard.plan(URL, "n").unwrap();
    let sightings = page.inspect(&plan);
    let judgement = guard.judge(URL, "n", Ok(&sightings));
    Run { guard, page, judgement, sightings }
}

fn moment() -> Moment {
    Moment { now: 1_700_000_000_000, id: "1d".repeat(16), salt: "5a".repeat(16) }
}

fn codes(verdicts: &[crate::judge::Verdict]) -> Vec<Code> {
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
    let commit = Commit::of(crate::ledger::Tree::default(), None, outcome.card, outcome.entry).unwrap();
    let card = commit.card.as_ref().unwrap();
    assert_eq!(card.fields.get(&Field::Name).unwrap().values, ["Léa Morel"]);
    assert_eq!(card.fields.get(&Field::Headline).unwrap().values, ["Buyer, call […]"]);
    assert_eq!(card.source.url, URL);
    assert_eq!(card.expires_at, "2026-11-13T22:13:20Z");
    for secret in ["Morel", "canary", "Buyer", "lea-morel", "linkedin.com", "99 00"] {
        assert!(!commit.line.contains(secret), "`{secret}` is in the entry");
    }
}

#[test]
fn an_inspection_is_judged_the_same_again() {
    let Run { guard, judgement, sightings, .. } = run(Some(SAMPLE_POLICY), PAGE);
    let inspection = Inspection { url: URL.into(), nonce: "n".into(), policy: judgement.policy.clone(), sightings };
    let written = crate::json::to_canonical(&inspection).unwrap();
    let read: Inspection = crate::json::from_str(&written).unwrap();
    assert_eq!(guard.judge_again(&read), judgement);
}

#[test]
fn nothing_is_kept_under_another_policy_than_was_judged_by() {
    let Run { page, judgement, .. } = run(Some(SAMPLE_POLICY), PAGE);
    let other = Guard::new(Some(&SAMPLE_POLICY.replace("1095", "30"))).unwrap();
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

#[test]
fn what_is_no_page_of_the_web_is_refused() {
    let guard = Guard::new(Some(SAMPLE_POLICY)).unwrap();
    for url in ["chrome://settings", "file:///home/a.html", "about:blank", ""] {
        let fault = guard.plan(url, "n").unwrap_err();
        let judgement = guard.judge(url, "n", Err(fault));
        assert_eq!(codes(&judgement.verdicts), [Code::SiteUnsupported], "{url}");
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
            let judgement = guard.judge(URL, "n", Ok(lie));
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
            let judgement = guard.judge(URL, "n", Ok(&String::from_utf8_lossy(&bytes)));
            prop_assert!(!judgement.reads.contains_key(&Field::Email));
        }

        #[test]
        fn any_page_is_judged(html in "[<>/=' a-z0-9\"-]{0,300}") {
            let judged = run(Some(SAMPLE_POLICY), &html);
            prop_assert_eq!(judged.judgement.verdicts.len(), Field::ALL.len());
        }
    }
}
