//! Capture and store in a Chromium service worker, against a page that is played by the test; and the store held to what every store is held to.

#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "vault/conformance.rs"]
mod conformance;

use js_sys::{Array, Function, Promise};
use scruple::digest::{hex, named};
use scruple::guard::replay;
use scruple::json::from_str;
use scruple::ledger::{Entry, EventKind, Tree, Why, checkpoint, leaf_hash};
use scruple::policy::Settings;
use scruple::time::DAY;
use scruple::vault::{Errand, Sealed, commit, run};
use scruple::wasm::{
    Browser, Engine, LogExport, contacted, erase, export_log, keys_in_use, newest_entries, purge, reviewed, sealed_card,
};
use wasm_bindgen::convert::TryFromJsValue;
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

/// Stands for what names a page in the store. No card is opened for the comparison with an earlier one.
fn look() -> Function {
    Function::new_with_args("address", "return Promise.resolve(`named-${address.length}`)")
}

/// Stands for the safe: seals nothing, and says what it was given under a key whose name is counted.
fn seal() -> Function {
    let body = "globalThis.sealed = (globalThis.sealed ?? 0) + 1; return Promise.resolve(`key.${globalThis.sealed} ${btoa(encodeURIComponent(text))}`)";
    Function::new_with_args("text", body)
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
    json(&text(engine.inspect(&planned, page, look())).await)
}

async fn capture(engine: &Engine, inspection: &serde_json::Value, page: Function) -> serde_json::Value {
    json(&text(engine.capture(inspection.as_str().unwrap(), page, look(), redraw(), seal())).await)
}

/// What signs: nothing does, for the tools check signatures, and they do not run here.
fn sign() -> Function {
    Function::new_with_args("text", "return Promise.resolve('5a'.repeat(64))")
}

/// The log as it is handed out: entries, texts of settings, and the text of the checkpoint. The tools check it for good; here it is only read.
struct Log {
    text: String,
    entries: Vec<Entry>,
    settings: Vec<String>,
}

async fn log_signed_by(key: u8, before: &[u8]) -> Log {
    let log = export_log(vec![key; 32], before.to_vec(), sign()).await.unwrap();
    let log = LogExport::try_from_js_value(log).unwrap();
    let mut text = String::new();
    loop {
        let page = log.page().await.unwrap().as_string().unwrap();
        if page.is_empty() {
            break;
        }
        text.push_str(&page);
    }
    text.push_str(&log.end());
    let (mut entries, mut settings, mut tree) = (Vec::new(), Vec::new(), Tree::default());
    let mut note = String::new();
    for line in text.lines() {
        let read = json(line);
        if read["index"].is_number() {
            tree.push(leaf_hash(line.as_bytes()));
            entries.push(from_str::<Entry>(line).unwrap());
        }
        settings.extend(read["settings"].as_str().map(str::to_owned));
        note = read["checkpoint"].as_str().unwrap_or_default().to_owned();
    }
    let origin = note.lines().next().unwrap().to_owned();
    assert!(origin.starts_with(checkpoint::ORIGIN), "{note}");
    assert!(note.starts_with(&checkpoint::text(&origin, tree.size(), &tree.root())), "{note}");
    Log { text, entries, settings }
}

async fn log() -> Log {
    log_signed_by(1, &[]).await
}

/// The texts that a promise comes to.
async fn list(promise: Promise) -> Vec<String> {
    Array::from(&promise.await.unwrap()).iter().map(|text| text.as_string().unwrap()).collect()
}

/// What stands for the page of these tests, see [`seal`].
fn name() -> String {
    format!("named-{}", URL.len())
}

#[wasm_bindgen_test]
async fn card_and_entry_are_written_together_and_the_log_verifies() {
    let engine = engine();
    let before = log().await.entries.len();
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

    let log = log().await;
    assert_eq!(log.entries.len(), before + 2);
    assert_eq!(report["log"]["size"], log.entries.len());
    assert!(!log.text.contains("Morel") && !log.text.contains("lea-morel"), "{}", log.text);
    let settings: Vec<Settings> = log.settings.iter().map(|text| Settings::restored(text).unwrap()).collect();
    for entry in log.entries.iter().filter_map(Entry::page) {
        let settings = settings.iter().find(|settings| settings.hash() == entry.policy).unwrap();
        assert_eq!(replay(entry, settings), []);
    }
    assert_eq!(Array::from(&newest_entries(1).await.unwrap()).length(), 1);
    assert_eq!(list(purge(None)).await, ["0"], "nothing is over yet");
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
        assert!(engine.capture(lie, page("Léa Morel"), look(), redraw(), seal()).await.is_err(), "{lie}");
        assert!(engine.inspect(lie, page("Léa Morel"), look()).await.is_err(), "{lie}");
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

/// Runs a function of JavaScript, and waits for what it promises.
async fn script(body: &str) {
    let promise: Promise = Function::new_no_args(body).call0(&JsValue::NULL).unwrap().unchecked_into();
    promise.await.unwrap();
}

/// Waits until there is no store at all. Whoever still had one open would keep it: then this fails, and does not wait.
async fn no_store() {
    script(
        "return new Promise((resolve, reject) => {
            const gone = indexedDB.deleteDatabase('scruple');
            gone.onsuccess = resolve;
            gone.onerror = gone.onblocked = () => reject(new Error('the store is open'));
        })",
    )
    .await;
}

#[wasm_bindgen_test]
async fn the_store_of_the_browser_is_a_store() {
    conformance::every_case(async || {
        no_store().await;
        Browser::here()
    })
    .await;
    no_store().await;
    conformance::every_case_of_two(async || {
        no_store().await;
        (Browser::here(), Browser::default())
    })
    .await;
    no_store().await;
}

/// Changes what is in the store as no window does: `change` is code over the transaction `all`.
async fn spoil(change: &str) {
    script(&format!(
        "return new Promise((resolve, reject) => {{
            const opening = indexedDB.open('scruple');
            opening.onerror = reject;
            opening.onsuccess = () => {{
                const all = opening.result.transaction([...opening.result.objectStoreNames], 'readwrite');
                all.oncomplete = () => {{ opening.result.close(); resolve(); }};
                all.onabort = reject;
                {change}
            }};
        }})"
    ))
    .await;
}

/// Keeps a card, sealed with a key of that name.
async fn kept(source: &str, now: u64) {
    let card = conformance::card(&format!("card {source}"), now, 30);
    let sealed = Sealed { card, source: source.into(), sealed: format!("key.{source} iv data") };
    commit(&Browser::here(), "{}", Some(sealed), conformance::entry("{}", "sample@1"), now).await.unwrap();
}

/// A row that cannot be read keeps no other and nothing of itself: the purge erases it and says so, whatever of it is damaged.
#[wasm_bindgen_test]
async fn a_row_that_cannot_be_read_goes_with_the_purge() {
    const START: u64 = 20_000 * DAY;
    // What is damaged, whether a purge finds it before its time is over, and whether it can tell which card it was.
    let damages = [
        ("delete row.expires", true, true),
        ("row.expires = 'never'", true, true),
        ("row.expires = null; delete row.id", true, false),
        ("row = 7", true, false),
        ("for (const name of Object.keys(row)) delete row[name]", true, false),
        ("delete row.ends", false, true),
        ("delete row.seq", false, true),
        ("row.fields = 'name'", false, true),
        ("delete row.sealed", false, true),
        ("row.source = 'c'", false, true),
    ];
    for (damage, is_early, has_name) in damages {
        no_store().await;
        for source in ["a", "b", "c"] {
            kept(source, START).await;
        }
        spoil(&format!(
            "const cards = all.objectStore('cards'), got = cards.get('b');
             got.onsuccess = () => {{ let row = got.result; {damage}; cards.put(row, 'b'); }};"
        ))
        .await;
        let days = if is_early { 1 } else { 30 };
        let texts = run(&Browser::here(), Errand::Purge { keep: u64::MAX }, START + days * DAY).await.unwrap();
        let (count, mut keys) = conformance::told(texts);
        keys.sort();
        if is_early {
            assert_eq!((count, keys), (1, Vec::new()), "{damage}");
        } else {
            assert_eq!((count, keys), (3, vec!["key.a".into(), "key.c".into()]), "{damage}");
        }
        let mut left = run(&Browser::here(), Errand::Keys, START).await.unwrap();
        left.sort();
        assert_eq!(left, if is_early { vec!["key.a", "key.c"] } else { Vec::new() }, "{damage}");
        let last = run(&Browser::here(), Errand::Newest(1), START).await.unwrap();
        let Entry::Event(event) = from_str(&last[0]).unwrap() else { panic!("{damage}: {last:?}") };
        assert_eq!((event.kind, event.why, event.fault()), (EventKind::Purged, Some(Why::Damaged), None), "{damage}");
        assert_eq!(event.cards.iter().collect::<Vec<_>>(), if has_name { vec!["card b"] } else { Vec::new() }, "{damage}");
        kept("b", START + days * DAY).await;
    }
    no_store().await;
}

/// The name of a key that nobody's row carries is no longer in use as soon as something becomes of the row.
#[wasm_bindgen_test]
async fn a_damaged_name_of_a_key_spares_none() {
    const START: u64 = 20_000 * DAY;
    for erased in [true, false] {
        no_store().await;
        kept("a", START).await;
        spoil(
            "const cards = all.objectStore('cards'), got = cards.get('a');
             got.onsuccess = () => cards.put({ ...got.result, sealed: 'key.other iv data' }, 'a');",
        )
        .await;
        if erased {
            run(&Browser::here(), Errand::Erase("a".into(), Why::Request), START).await.unwrap();
        } else {
            let sealed = Sealed { card: conformance::card("new", START, 30), source: "a".into(), sealed: "key.new iv data".into() };
            commit(&Browser::here(), "{}", Some(sealed), conformance::entry("{}", "sample@1"), START).await.unwrap();
        }
        let left = run(&Browser::here(), Errand::Keys, START).await.unwrap();
        assert_eq!(left, if erased { Vec::new() } else { vec!["key.new"] });
    }
    no_store().await;
}

/// The store stays open between transactions, and yet nobody who deletes or upgrades it waits for that.
#[wasm_bindgen_test]
async fn an_open_store_is_let_go() {
    no_store().await;
    kept("a", 20_000 * DAY).await;
    no_store().await;
    assert_eq!(run(&Browser::here(), Errand::Keys, 0).await.unwrap(), [""; 0], "it is opened anew");
    kept("a", 20_000 * DAY).await;
    assert_eq!(run(&Browser::here(), Errand::Keys, 0).await.unwrap(), ["key.a"]);
    no_store().await;
}

/// As versions 1 to 4 made it: at first with cards that were not sealed, and no place for settings. None of them was released with cards to keep.
#[wasm_bindgen_test]
async fn a_store_of_the_first_versions_is_carried_over() {
    for version in [1, 2, 3, 4] {
        no_store().await;
        script(&format!(
            "return new Promise((resolve, reject) => {{
                const made = indexedDB.open('scruple', {version});
                made.onerror = reject;
                made.onupgradeneeded = () => {{
                    const cards = made.result.createObjectStore('cards', {{ keyPath: 'source' }});
                    cards.createIndex('expires', 'expires');
                    cards.put({{ source: 'https://network.example/in/b/', expires: 1, text: '{{}}' }});
                    made.result.createObjectStore('entries');
                    made.result.createObjectStore('meta');
                    if ({version} > 1) made.result.createObjectStore('settings');
                    if ({version} > 2) made.result.createObjectStore('keys').put('https://network.example/in/b/', '0.00');
                    if ({version} > 3) made.result.createObjectStore('parts').put({{ number: 0, sealed: '0.01 iv data' }}, 0);
                }};
                made.onsuccess = () => {{ made.result.close(); resolve(); }};
            }})"
        ))
        .await;
        let engine = engine();
        let judged = inspect(&engine, URL, page("Léa Morel")).await;
        let captured = capture(&engine, &judged["inspection"], page("Léa Morel")).await;
        assert_eq!(captured["kind"], "captured", "{captured}");
        let log = log().await;
        assert_eq!((log.entries.iter().filter_map(Entry::page).count(), log.settings.len()), (1, 1));
        assert_eq!(list(keys_in_use()).await.len(), 1, "what was there before is gone");
    }
}

/// Sets the clock of the worker to so many days from where it stands, for good.
fn clock(days: i32) {
    let set = format!("const before = Date.now; Date.now = () => before() + {days} * 86400000;");
    Function::new_no_args(&set).call0(&JsValue::NULL).unwrap();
}

#[wasm_bindgen_test]
async fn what_is_over_is_purged_and_a_clock_that_is_set_back_keeps_nobody_longer() {
    let engine = engine();
    let judged = inspect(&engine, URL, page("Léa Morel")).await;
    let card = capture(&engine, &judged["inspection"], page("Léa Morel")).await["report"]["card"].clone();
    // A thousand days of three years, then back by two years: what is left are less than a hundred days, whatever the clock says.
    clock(1000);
    assert_eq!(list(purge(None)).await, ["0"]);
    clock(-730);
    assert_eq!(list(purge(None)).await, ["0"]);
    assert_eq!(list(sealed_card(name(), None)).await.len(), 4);
    clock(100);
    assert!(list(sealed_card(name(), None)).await.is_empty(), "what is over is not given out, though it is still there");
    let keys = list(keys_in_use()).await;
    assert_eq!(list(purge(None)).await, ["1", &keys[0]], "its key is to be destroyed");
    assert_eq!(list(purge(None)).await, ["0"]);
    assert!(list(keys_in_use()).await.is_empty(), "it is gone");
    clock(-370);
    let log = log().await;
    let events = || log.entries.iter().filter_map(|entry| if let Entry::Event(event) = entry { Some(event) } else { None });
    assert!(events().all(|event| event.fault().is_none()));
    assert!(events().any(|event| event.kind == EventKind::ClockAnomaly));
    let purged = events().find(|event| event.kind == EventKind::Purged).unwrap();
    assert!(purged.cards.iter().any(|id| *id == card["id"].as_str().unwrap()));
}

#[wasm_bindgen_test]
async fn a_card_that_is_captured_again_releases_its_key_and_one_that_is_erased_too() {
    let engine = engine();
    let judged = inspect(&engine, URL, page("Léa Morel")).await;
    let first = capture(&engine, &judged["inspection"], page("Léa Morel")).await;
    let keys = list(keys_in_use()).await;
    let again = capture(&engine, &judged["inspection"], page("Léa Morel")).await;
    assert_eq!(again["released"][0].as_str(), keys.first().map(String::as_str));
    assert_eq!(again["report"]["card"]["id"], first["report"]["card"]["id"]);
    let [id, first_day, expires, sealed] = list(sealed_card(name(), None)).await.try_into().unwrap();
    assert_eq!(json(&format!("{id:?}")), again["report"]["card"]["id"]);
    assert_eq!(json(&format!("{first_day:?}")), again["report"]["card"]["first_captured_at"]);
    assert_eq!(json(&format!("{expires:?}")), again["report"]["card"]["expires_at"]);
    let key = sealed.split(' ').next().unwrap().to_owned();
    assert_eq!(list(keys_in_use()).await, std::slice::from_ref(&key));
    assert_eq!(list(erase(name(), true)).await, [key]);
    assert!(list(erase(name(), true)).await.is_empty() && list(sealed_card(name(), None)).await.is_empty());
    assert!(newest_entries(1).await.unwrap().unchecked_into::<Array>().get(0).as_string().unwrap().contains("\"why\":\"request\""));
}

#[wasm_bindgen_test]
async fn what_cannot_be_sealed_is_not_kept_and_not_told() {
    let engine = engine();
    let judged = inspect(&engine, URL, page("Léa Morel")).await;
    let before = list(keys_in_use()).await;
    for lie in ["Promise.reject(new Error('Léa Morel'))", "Promise.resolve('')", "Promise.resolve(7)", "7"] {
        let seal = Function::new_no_args(&format!("return {lie}"));
        let captured = engine.capture(judged["inspection"].as_str().unwrap(), page("Léa Morel"), look(), redraw(), seal);
        let captured = json(&text(captured).await);
        assert_eq!(captured["kind"], "refused", "{lie}");
        assert!(!captured.to_string().contains("Morel") && captured.to_string().contains("deny.guard.error"), "{captured}");
    }
    assert_eq!(list(keys_in_use()).await, before);
}

#[wasm_bindgen_test]
async fn another_key_is_noted_before_it_signs() {
    log().await;
    let rotated = log_signed_by(2, &[1; 32]).await;
    let lost = log_signed_by(3, &[9; 32]).await;
    let last = |log: &Log| json(log.text.lines().rfind(|line| line.contains("key_changed")).unwrap());
    assert_eq!((&last(&rotated)["why"], &last(&lost)["why"]), (&"rotated".into(), &"lost".into()));
    assert_eq!(last(&lost)["from"], last(&rotated)["to"]);
    assert!(last(&lost)["to"].as_str().unwrap().len() > 64 && !last(&lost)["to"].as_str().unwrap().contains(&hex(&[3; 32])));
    assert!(export_log(vec![1; 31], Vec::new(), sign()).await.is_err(), "that is no key");
}

/// The newest entries, the oldest of them first.
async fn newest(count: u32) -> Vec<String> {
    let mut newest = list(newest_entries(count)).await;
    newest.reverse();
    newest
}

#[wasm_bindgen_test]
async fn what_is_restricted_later_waits_for_a_person_before_it_is_captured_again() {
    no_store().await;
    let engine = engine();
    let judged = inspect(&engine, URL, page("Léa Morel")).await;
    let card = capture(&engine, &judged["inspection"], page("Léa Morel")).await["report"]["card"].clone();
    assert_eq!(card["channels"]["phone"]["allowed"], false, "{card}");
    let [_, _, _, before] = list(sealed_card(name(), None)).await.try_into().unwrap();

    // Now the page shows it to direct connections only.
    let limited = ADAPTER.replace("signed_out_view", "item_visibility").replace("public_web", "connections_1");
    let later = Engine::new(Some(POLICY.into()), None, None, vec![limited], words()).unwrap();
    assert_eq!(inspect(&later, URL, page("Léa Morel")).await["kind"], "refused");
    let noted = json(&newest(2).await[0]);
    assert_eq!((&noted["kind"], &noted["cards"][0], &noted["fields"][0]), (&"restricted".into(), &card["id"], &"name".into()));
    assert_eq!(list(sealed_card(name(), None)).await[4..], ["name"]);

    // What was inspected before is not read any more, and a new look is refused, though the page would allow it.
    let silent = Function::new_with_args("message", "throw new Error('nothing is to be read')");
    let refused = capture(&engine, &judged["inspection"], silent).await;
    assert_eq!((&refused["kind"], &refused["problem"]["code"]), (&"refused".into(), &"deny.review.pending".into()), "{refused}");
    let again = inspect(&engine, URL, page("Léa Morel")).await;
    assert_eq!(again["kind"], "refused");
    assert!(again["report"]["verdicts"].to_string().contains("deny.review.pending"), "{again}");
    assert!(newest(1).await[0].contains("\"refusal\":\"deny.review.pending\""), "and the entry says so");

    let key = before.split(' ').next().unwrap().to_owned();
    let released = list(reviewed(name(), key.clone(), "{}", "key.new iv data".into(), Some(1095))).await;
    assert_eq!(released, std::slice::from_ref(&key));
    let noted = json(&newest(1).await[0]);
    assert_eq!((&noted["kind"], &noted["to"]), (&"reviewed".into(), &named("{}").into()));
    assert!(reviewed(name(), key, "{}", "key.other iv data".into(), None).await.is_err(), "that card is gone");
    let judged = inspect(&engine, URL, page("Léa Morel")).await;
    assert_eq!(capture(&engine, &judged["inspection"], page("Léa Morel")).await["kind"], "captured");
    for entry in log().await.entries.iter().filter_map(|entry| if let Entry::Event(event) = entry { Some(event) } else { None }) {
        assert_eq!(entry.fault(), None);
    }
}

#[wasm_bindgen_test]
async fn a_contact_is_noted_with_its_day() {
    no_store().await;
    let engine = engine();
    let judged = inspect(&engine, URL, page("Léa Morel")).await;
    capture(&engine, &judged["inspection"], page("Léa Morel")).await;
    let now = js_sys::Date::now();
    assert!(contacted(name(), "opened", now, Some(1095)).await.is_err(), "that an e-mail was opened is no contact");
    assert!(contacted(name(), "replied", now + 1e9, Some(1095)).await.is_err(), "that is still to come");
    assert!(contacted(name(), "replied", now, None).await.is_err(), "nobody knows how long that may be");
    assert!(list(contacted("another".into(), "replied", now, Some(1095))).await.is_empty());
    assert_eq!(list(contacted(name(), "replied", js_sys::Date::now(), Some(2000))).await.len(), 1);
    let noted = json(&newest(1).await[0]);
    assert_eq!((&noted["kind"], &noted["how"]), (&"contacted".into(), &"replied".into()));
    assert_eq!(list(sealed_card(name(), None)).await[2], noted["to"].as_str().unwrap());
}
