//! The guard behind its door to JavaScript, in node and in a Chromium service worker: where there is no store, nothing is kept.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use js_sys::{Function, Reflect};
use scruple::wasm::{check_policy, inspect};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const POLICY: &str = include_str!("../www/policies/professional.json");

fn text(value: &JsValue, key: &str) -> String {
    Reflect::get(value, &key.into()).unwrap().as_string().unwrap_or_default()
}

/// Asks a function, and gives back the report as text.
async fn report(url: &str, ask: &str) -> String {
    let ask = Function::new_with_args("message", ask);
    text(&inspect(Some(POLICY.into()), url.into(), ask).await.unwrap(), "report")
}

#[wasm_bindgen_test]
fn a_policy_is_checked() {
    let checked = check_policy(POLICY).unwrap();
    assert!(text(&checked, "hash").starts_with("sha256:"));
    assert_eq!(js_sys::Array::from(&Reflect::get(&checked, &"problems".into()).unwrap()).length(), 0);
    let broken = check_policy("{\"version\": 9}").unwrap();
    let problem = js_sys::Array::from(&Reflect::get(&broken, &"problems".into()).unwrap()).get(0).as_string().unwrap();
    assert!(problem.contains("missing field"), "{problem}");
}

#[wasm_bindgen_test]
async fn every_way_a_page_can_fail_is_a_denial_with_its_code() {
    const URL: &str = "https://www.linkedin.com/in/lea-morel/";
    for (url, ask, code) in [
        (URL, "throw new Error('canary')", "deny.site.unsupported"),
        (URL, "return Promise.reject(new Error('canary'))", "deny.site.unsupported"),
        (URL, "return 7", "deny.guard.error"),
        (URL, "return Promise.resolve()", "deny.guard.error"),
        (URL, "return Promise.resolve('canary')", "deny.guard.error"),
        (URL, "return Promise.resolve('{\"v\":1,\"error\":\"not_html\"}')", "deny.site.unsupported"),
        ("chrome://settings", "throw new Error('never asked')", "deny.site.unsupported"),
    ] {
        let report = report(url, ask).await;
        assert!(report.contains(code), "{ask}: {report}");
        assert!(!report.contains("\"decision\":\"allow\"") && !report.contains("canary"), "{ask}: {report}");
    }
}
