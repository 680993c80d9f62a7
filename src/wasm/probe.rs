//! Talking to the probe in the page: one message out, one answer back.

use js_sys::Function;
use serde::Serialize;
use wasm_bindgen::JsValue;

use super::waiting::answer;
use crate::json::to_canonical;
use crate::page::Fault;
use crate::vocabulary::Code;

/// A message to the probe as text.
pub(super) fn question<T: Serialize>(message: &T) -> Result<String, Fault> {
    to_canonical(message).map_err(|_| Fault::broken("the question cannot be written"))
}

/// Sends a message to the probe and waits for the text of its answer.
///
/// `refused` is the code of a page that the browser does not let us reach (any more).
pub(super) async fn ask(ask: &Function, question: &str, refused: Code) -> Result<String, Fault> {
    answer(ask.call1(&JsValue::NULL, &question.into()), refused).await
}
