//! Talking to the probe in the page: one message out, one answer back, and no waiting forever.

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Promise};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::json::to_canonical;
use crate::page::Fault;
use crate::vocabulary::Code;

/// How long a page may take to answer, in milliseconds. A page of 200,000 elements takes a fraction of it.
const PATIENCE: u32 = 8_000;

/// Sends a message to the probe and waits for the text of its answer.
///
/// `refused` is the code of a page that the browser does not let us reach (any more).
pub(super) async fn ask<T: Serialize>(ask: &Function, message: &T, refused: Code) -> Result<String, Fault> {
    let unreachable = || Fault { code: refused, what: "no_access".into() };
    let text = to_canonical(message).map_err(|_| Fault::broken("the question cannot be written"))?;
    let answer = ask.call1(&JsValue::NULL, &text.into()).map_err(|_| unreachable())?;
    let promise: Promise = answer.dyn_into().map_err(|_| Fault::broken("the page gave no answer"))?;
    let answer = core::pin::pin!(JsFuture::from(promise));
    match select(answer, TimeoutFuture::new(PATIENCE)).await {
        Either::Left((Ok(answer), _)) => answer.as_string().ok_or_else(|| Fault::broken("the page gave no answer")),
        // What the browser says of it may name the page, so it is not passed on.
        Either::Left((Err(_), _)) => Err(unreachable()),
        Either::Right(_) => Err(Fault { code: Code::GuardTimeout, what: "the page did not answer in time".into() }),
    }
}
