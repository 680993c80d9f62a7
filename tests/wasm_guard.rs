//! The guard behind its door to JavaScript, in node and in a Chromium service worker: where there is no store, nothing is kept.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use js_sys::Function;
use scruple::wasm::{Engine, problem_of_adapter, problems_of};
use wasm_bindgen_test::wasm_bindgen_test;

const POLICY: &str = include_str!("../www/policies/professional.json");

fn engine(managed: Option<&str>) -> Engine {
    let adapters = vec![include_str!("../src/site/linkedin.json").into(), include_str!("../src/site/structured.json").into()];
    Engine::new(Some(POLICY.into()), managed.map(Into::into), None, adapters, Vec::new()).unwrap()
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[wasm_bindgen_test]
fn documents_are_checked() {
    let problems = |local: &str, managed: Option<&str>| -> serde_json::Value {
        serde_wasm_bindgen::from_value(problems_of(Some(local.into()), managed.map(Into::into)).unwrap()).unwrap()
    };
    assert_eq!(problems(POLICY, None), json(r#"{"local":[],"managed":[]}"#));
    let broken = problems("{\"version\": 9}", Some("{}"));
    for problem in [&broken["local"][0], &broken["managed"][0]] {
        assert_eq!(problem["line"], 1);
        assert!(problem["what"].as_str().unwrap().contains("missing field"), "{broken}");
        assert!(!problem["instead"].as_str().unwrap().is_empty(), "{broken}");
    }
    assert_eq!(problem_of_adapter(include_str!("../src/site/linkedin.json")), None);
    assert!(problem_of_adapter("{").unwrap().contains("line 1"));
}

#[wasm_bindgen_test]
fn settings_are_summed_up() {
    let managed = r#"{"organisation":"Exemple SARL","forbid":[{"id":"no-name","says":"No names.","fields":["name"]}]}"#;
    let summary = json(&engine(Some(managed)).summary().unwrap());
    assert_eq!(summary["organisation"], "Exemple SARL");
    let locked = |id: &str| summary["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap()["locked"].clone();
    assert_eq!((locked("no-name"), locked("no-photo")), ("Exemple SARL".into(), serde_json::Value::Null));
    assert!(Engine::new(None, None, None, vec!["{".into()], Vec::new()).is_err(), "a broken adapter is no adapter");
}

#[wasm_bindgen_test]
fn facts_are_judged_in_one_crossing() {
    let words = json(&engine(None).summary().unwrap())["words"].clone();
    let at = |list: &str, word: &str| words[list].as_array().unwrap().iter().position(|one| one == word).unwrap() as u32;
    let proved = at("evidence", "signed_out_view") << 8 | at("audience", "public_web");
    let facts = [at("relation", "signed_out"), 0, 0, 0, at("field", "name"), 0, 1, proved, at("field", "email"), 0, 1, proved];
    let engine = engine(None);
    let out = engine.evaluate_facts(Some("www.linkedin.com".into()), None, &facts).unwrap();
    assert_eq!(out[..5], [1, at("mode", "enforce"), at("decision", "allow"), 0, at("audience", "public_web")]);
    assert!(out[5..].contains(&at("code", "deny.policy.field")));
    for lie in [
        &[][..],
        &[99, 0, 0, 0],
        &[0, 1 << 31, 0, 0],
        &[0, 0, 1, 0],
        &[0, 0, 0, 99],
        &[0, 0, 0, 0, 99, 0, 0],
        &[0, 0, 0, 0, 0, 0, 2, proved],
        &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ] {
        assert!(engine.evaluate_facts(None, None, lie).is_err(), "{lie:?}");
    }
}

/// Stands for what names a page in the store: of none of these pages is anything asked there.
fn look() -> Function {
    Function::new_with_args("address", "throw new Error('nothing was judged')")
}

#[wasm_bindgen_test]
async fn every_way_a_page_can_fail_is_a_denial_with_its_code() {
    const URL: &str = "https://www.linkedin.com/in/lea-morel/";
    let engine = engine(None);
    for (ask, code) in [
        ("throw new Error('canary')", "deny.site.unsupported"),
        ("return Promise.reject(new Error('canary'))", "deny.site.unsupported"),
        ("return 7", "deny.guard.error"),
        ("return Promise.resolve()", "deny.guard.error"),
        ("return Promise.resolve('canary')", "deny.guard.error"),
        ("return Promise.resolve('{\"v\":1,\"error\":\"not_html\"}')", "deny.site.unsupported"),
    ] {
        let planned = json(&engine.plan(URL.into(), None, None, None).unwrap())["planned"].to_string();
        let answer = engine.inspect(&planned, Function::new_with_args("message", ask), look()).await.unwrap().as_string().unwrap();
        assert!(answer.contains(code), "{ask}: {answer}");
        assert!(!answer.contains("\"decision\":\"allow\"") && !answer.contains("canary"), "{ask}: {answer}");
    }
    let refused = json(&engine.plan("chrome://settings".into(), None, None, None).unwrap());
    assert_eq!((&refused["kind"], &refused["problem"]["code"]), (&"refused".into(), &"deny.site.unsupported".into()));
    let nowhere = json(&engine.plan(URL.into(), None, Some("France".into()), None).unwrap());
    assert_eq!(nowhere["problem"]["code"], "deny.guard.error", "a country that is none");
}
