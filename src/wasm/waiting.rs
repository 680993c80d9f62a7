//! What others promise, with a limit to the time it may take.

use gloo_timers::callback::Timeout;
use js_sys::{Array, Object, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::page::Fault;
use crate::vocabulary::Code;

/// How long a page may take to answer, in milliseconds. A page of 200,000 elements takes a fraction of it.
const PATIENCE: u32 = 8_000;

/// The text that is promised: by the probe, or by whoever draws pictures again. Once for all types of messages, since it ships.
pub(super) async fn answer(promised: Result<JsValue, JsValue>, refused: Code) -> Result<String, Fault> {
    // What the browser says of it may name the page, so it is not passed on.
    let unreachable = |_| Fault { code: refused, what: "no_access".into() };
    let promise: Promise = promised.map_err(unreachable)?.dyn_into().map_err(|_| Fault::broken("the page gave no answer"))?;
    // No answer is this very object.
    let late = JsValue::from(Object::new());
    let mut timer = None;
    let patience = Promise::new(&mut |resolve, _| {
        let late = late.clone();
        timer = Some(Timeout::new(PATIENCE, move || _ = resolve.call1(&JsValue::NULL, &late)));
    });
    let first = JsFuture::from(Promise::race(&Array::of2(&promise, &patience))).await;
    drop(timer);
    match first.map_err(unreachable)? {
        first if first == late => Err(Fault { code: Code::GuardTimeout, what: "the page did not answer in time".into() }),
        first => first.as_string().ok_or_else(|| Fault::broken("the page gave no answer")),
    }
}
