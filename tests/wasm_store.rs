//! Capture and store in a Chromium service worker, against a page that is played by the test.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use js_sys::{Array, Function, Promise};
use scruple::guard::replay;
use scruple::ledger::verify;
use scruple::policy::Settings;
use scruple::wasm::{Engine, export_log, newest_entries, purge};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_service_worker);

const POLICY: &str = include_str!("../www/policies/professional.json");
/// A site of the test, so that no change to an adapter of the product changes what is tried here.
const ADAPTER: &str = r#"{
    "id": "example", "version": "1.0.0", "rests_on": "A page that is played by the test.",
    "hosts": ["network.example"], "profile_paths": ["/in/*"],
    "layouts": [{
        "id": "profile", "view": "signed_out", "anchors": ["h1.name"], "owner": {"css": "main.person"},
        "fields": {"name": [{"css": ".name"}]}
    }],
    "audience": [{"fields": ["name"], "when": ["signed_out"], "kind": "signed_out_view", "bound": "public_web"}]
}"#;
const URL: &str = "https://network.example/in/lea-morel/";
const PRINT: &str = "00112233445566aa";

/// A page seen signed out that shows a name and nothing else; `name` is what it reads.
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
    if query["presence"] == true {
        return serde_json::json!({ "id": id, "count": u8::from(css == "h1.name") });
    }
    if ["main.person", ".name"].contains(&css) {
        let node = serde_json::json!({ "h": id, "shown": "rendered", "yes": [], "print": PRINT });
        return serde_json::json!({ "id": id, "count": 1, "nodes": [node] });
    }
    serde_json::json!({ "id": id, "count": 0 })
}

/// For pictures, of which there are none here.
fn redraw() -> Function {
    Function::new_with_args("address", "return Promise.reject(new Error('nothing can be drawn here'))")
}

/// What the screen needs, as it ships: without it nothing would be kept.
fn words() -> Vec<String> {
    include_str!("../extension/guard/screen.jsonl").lines().map(Into::into).collect()
}

fn engine() -> Engine {
    Engine::new(Some(POLICY.into()), None, None, vec![ADAPTER.into()], words()).unwrap()
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

/// The text that a promise comes to.
async fn text(promise: Promise) -> String {
    promise.await.unwrap().as_string().unwrap()
}

async fn inspect(engine: &Engine, url: &str, page: Function) -> serde_json::Value {
    let planned = json(&engine.plan(url.into(), None, None, None).unwrap())["planned"].to_string();
    json(&text(engine.inspect(&planned, page)).await)
}

async fn capture(engine: &Engine, inspection: &serde_json::Value, page: Function) -> serde_json::Value {
    json(&text(engine.capture(inspection.as_str().unwrap(), page, redraw())).await)
}

#[wasm_bindgen_test]
async fn card_and_entry_are_written_together_and_the_log_verifies() {
    let engine = engine();
    let before = verify(&text(export_log()).await).unwrap().entries.len();
    let page = page("Léa Morel");
    let judged = inspect(&engine, URL, page.clone()).await;
    assert_eq!(judged["kind"], "judged");
    let inspection = &judged["inspection"];
    assert!(!inspection.to_string().contains("Morel"), "{inspection}");

    let captured = capture(&engine, inspection, page.clone()).await;
    assert_eq!(captured["kind"], "captured", "{captured}");
    let first = &captured["report"]["card"];
    assert_eq!(first["fields"]["name"]["values"][0], "Léa Morel");

    let again = capture(&engine, inspection, page).await;
    let report = &again["report"];
    assert_eq!(report["card"]["id"], first["id"], "the same person keeps one card");
    assert_eq!(report["card"]["expires_at"], first["expires_at"], "seeing somebody again does not lengthen anything");
    assert_ne!(report["card"]["salt"], first["salt"]);

    let log = text(export_log()).await;
    let checked = verify(&log).unwrap();
    assert_eq!(checked.entries.len(), before + 2);
    assert_eq!(checked.root, report["log"]["root"]);
    assert!(!log.contains("Morel") && !log.contains("lea-morel"), "{log}");
    for entry in &checked.entries {
        let settings = Settings::restored(checked.settings.get(&entry.policy).unwrap()).unwrap();
        assert_eq!(replay(entry, &settings), []);
    }
    assert_eq!(Array::from(&newest_entries(1).await.unwrap()).length(), 1);
    assert_eq!(purge().await.unwrap().as_f64(), Some(0.0), "nothing is over yet");
}

#[wasm_bindgen_test]
async fn without_words_nothing_is_kept() {
    let blind = Engine::new(Some(POLICY.into()), None, None, vec![ADAPTER.into()], Vec::new()).unwrap();
    let judged = inspect(&blind, URL, page("Léa Morel")).await;
    let captured = capture(&blind, &judged["inspection"], page("Léa Morel")).await;
    assert_eq!(captured["kind"], "refused");
    assert!(!captured.to_string().contains("Morel") && captured.to_string().contains("deny.guard.error"), "{captured}");
}

#[wasm_bindgen_test]
async fn a_page_that_is_refused_is_noted_without_name_or_address() {
    let silent = Function::new_with_args("message", "return Promise.reject(new Error('gone'))");
    let refused = inspect(&engine(), URL, silent).await;
    assert_eq!(refused["kind"], "refused");
    let newest = Array::from(&newest_entries(1).await.unwrap()).get(0).as_string().unwrap();
    assert!(newest.contains("\"kind\":\"refused\"") && !newest.contains("lea-morel"), "{newest}");
}

#[wasm_bindgen_test]
async fn what_is_not_an_inspection_is_refused() {
    let engine = engine();
    for lie in ["", "{}", "{\"url\":1}"] {
        assert!(engine.capture(lie, page("Léa Morel"), redraw()).await.is_err(), "{lie}");
        assert!(engine.inspect(lie, page("Léa Morel")).await.is_err(), "{lie}");
        assert!(engine.evaluate(lie).is_err(), "{lie}");
    }
    let request = serde_json::json!({ "url": URL, "nonce": "n" });
    let forged = serde_json::json!({ "request": request, "sightings": "{}", "stamp": "sha256:0" }).to_string();
    let captured = capture(&engine, &forged.into(), page("Léa Morel")).await;
    assert_eq!(captured["kind"], "refused");
    assert!(!captured.to_string().contains("Morel"));
}

#[wasm_bindgen_test]
async fn an_inspection_under_other_settings_is_judged_anew_and_captures_nothing() {
    let judged = inspect(&engine(), URL, page("Léa Morel")).await;
    let organisation = r#"{"organisation":"Exemple SARL","forbid":[{"id":"none","says":"Nothing.","groups":["professional"]}]}"#;
    let tighter = Engine::new(Some(POLICY.into()), Some(organisation.into()), None, vec![ADAPTER.into()], words()).unwrap();
    let anew = json(&tighter.evaluate(judged["inspection"].as_str().unwrap()).unwrap());
    assert_eq!(anew["kind"], "refused");
    assert!(anew["report"].to_string().contains("Exemple SARL"));
    let captured = capture(&tighter, &judged["inspection"], page("Léa Morel")).await;
    assert_eq!(captured["kind"], "refused");
    assert!(!captured.to_string().contains("Morel"));
}

#[wasm_bindgen_test]
async fn a_store_of_the_first_version_is_carried_over() {
    // As version 1 made it: without a place for settings.
    let make = "return new Promise((resolve, reject) => {
        const gone = indexedDB.deleteDatabase('scruple');
        gone.onerror = reject;
        gone.onsuccess = () => {
            const made = indexedDB.open('scruple', 1);
            made.onerror = reject;
            made.onupgradeneeded = () => {
                made.result.createObjectStore('cards', { keyPath: 'source' }).createIndex('expires', 'expires');
                made.result.createObjectStore('entries');
                made.result.createObjectStore('meta');
            };
            made.onsuccess = () => { made.result.close(); resolve(); };
        };
    })";
    let made: Promise = Function::new_no_args(make).call0(&JsValue::NULL).unwrap().unchecked_into();
    wasm_bindgen_futures::JsFuture::from(made).await.unwrap();
    let engine = engine();
    let judged = inspect(&engine, URL, page("Léa Morel")).await;
    let captured = capture(&engine, &judged["inspection"], page("Léa Morel")).await;
    assert_eq!(captured["kind"], "captured", "{captured}");
    let checked = verify(&text(export_log()).await).unwrap();
    assert_eq!((checked.entries.len(), checked.settings.iter().count()), (1, 1));
}
