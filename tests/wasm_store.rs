//! Capture and store in a Chromium service worker, against a page that is played by the test.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use js_sys::{Function, Promise, Reflect};
use scruple::ledger::verify;
use scruple::wasm::{capture, export_log, inspect, newest_entries, purge};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_service_worker);

const POLICY: &str = include_str!("../www/policies/professional.json");
const URL: &str = "https://www.linkedin.com/in/lea-morel/";
const PRINT: &str = "00112233445566aa";

/// A page of the 2022 layout that shows a name and nothing else; `name` is what it reads.
fn page(name: &'static str) -> Function {
    let answer = move |message: String| -> Promise {
        let message: serde_json::Value = serde_json::from_str(&message).unwrap();
        let nonce = &message["nonce"];
        let answer = match message["queries"].as_array() {
            Some(queries) => {
                let answers: Vec<serde_json::Value> = queries.iter().map(answer).collect();
                serde_json::json!({ "v": 1, "nonce": nonce, "pin": PRINT, "elements": 9, "answers": answers })
            }
            None => {
                let values: Vec<serde_json::Value> = message["read"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|one| serde_json::json!({ "h": one["h"], "text": name }))
                    .collect();
                serde_json::json!({ "v": 1, "nonce": nonce, "values": values })
            }
        };
        Promise::resolve(&JsValue::from(answer.to_string()))
    };
    Closure::<dyn FnMut(String) -> Promise>::new(answer).into_js_value().unchecked_into()
}

fn answer(query: &serde_json::Value) -> serde_json::Value {
    let id = query["id"].as_u64().unwrap();
    let css = query["css"].as_str().unwrap_or_default();
    let node = |shown: &str| serde_json::json!({ "id": id, "count": 1, "nodes": [{ "h": id, "shown": shown, "yes": [], "print": PRINT }] });
    if query["presence"] == true {
        return serde_json::json!({ "id": id, "count": u8::from(css.starts_with("main h1.text-heading-xlarge")) });
    }
    if css.starts_with("main section:has(h1.text-heading-xlarge") || css.contains("h1.inline.t-24.v-align-middle)) :is(h1)") {
        return node("rendered");
    }
    serde_json::json!({ "id": id, "count": 0 })
}

fn text(value: &JsValue, key: &str) -> String {
    Reflect::get(value, &key.into()).unwrap().as_string().unwrap_or_default()
}

async fn inspection(url: &str, page: &Function) -> String {
    text(&inspect(Some(POLICY.into()), url.into(), page.clone()).await.unwrap(), "inspection")
}

#[wasm_bindgen_test]
async fn card_and_entry_are_written_together_and_the_log_verifies() {
    let before = verify(&export_log().await.unwrap()).unwrap().entries.len();
    let page = page("Léa Morel");
    let inspection = inspection(URL, &page).await;
    assert!(!inspection.is_empty() && !inspection.contains("Morel"), "{inspection}");

    let captured = capture(Some(POLICY.into()), inspection.clone(), page.clone()).await.unwrap();
    let report: serde_json::Value = serde_json::from_str(&text(&captured, "report")).unwrap();
    assert_eq!(report["card"]["fields"]["name"]["values"][0], "Léa Morel");
    let first = report["card"].clone();

    let again = capture(Some(POLICY.into()), inspection, page).await.unwrap();
    let report: serde_json::Value = serde_json::from_str(&text(&again, "report")).unwrap();
    assert_eq!(report["card"]["id"], first["id"], "the same person keeps one card");
    assert_eq!(report["card"]["expires_at"], first["expires_at"], "seeing somebody again does not lengthen anything");
    assert_ne!(report["card"]["salt"], first["salt"]);

    let log = export_log().await.unwrap();
    let checked = verify(&log).unwrap();
    assert_eq!(checked.entries.len(), before + 2);
    assert_eq!(checked.root, report["log"]["root"]);
    assert!(!log.contains("Morel") && !log.contains("lea-morel"), "{log}");
    assert_eq!(newest_entries(1).await.unwrap().len(), 1);
    assert_eq!(purge().await.unwrap(), 0, "nothing is over yet");
}

#[wasm_bindgen_test]
async fn a_page_that_is_refused_is_noted_without_name_or_address() {
    let silent = Function::new_with_args("message", "return Promise.reject(new Error('gone'))");
    inspect(Some(POLICY.into()), "https://lea-morel.example/".into(), silent).await.unwrap();
    let newest = newest_entries(1).await.unwrap().remove(0);
    assert!(newest.contains("\"kind\":\"refused\"") && !newest.contains("lea-morel"), "{newest}");
}

#[wasm_bindgen_test]
async fn what_is_not_an_inspection_is_refused() {
    for lie in ["", "{}", "{\"url\":1}"] {
        assert!(capture(Some(POLICY.into()), lie.into(), page("Léa Morel")).await.is_err(), "{lie}");
    }
    let forged = format!("{{\"nonce\":\"n\",\"policy\":\"sha256:0\",\"sightings\":\"{{}}\",\"url\":\"{URL}\"}}");
    let captured = capture(Some(POLICY.into()), forged, page("Léa Morel")).await.unwrap();
    assert!(!text(&captured, "report").contains("Morel"));
}
