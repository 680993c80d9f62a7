//! The only doors to JavaScript: turn calls into calls of the guard or of the store, and promises into answers with a time limit. No decisions here.
//!
//! Two modules of wasm are made of this room, each with a feature of this crate: `guard`, which is there whenever a page is, and `desk`, which is started
//! when a person asks for what only it can do. They share everything but what they offer.

#[cfg(feature = "desk")]
mod backup;
mod chance;
#[cfg(feature = "desk")]
mod desk;
#[cfg(feature = "guard")]
mod guard;
#[cfg(feature = "guard")]
mod packed;
#[cfg(feature = "guard")]
mod probe;
#[cfg(feature = "desk")]
mod shelf;
mod store;
mod waiting;

use core::pin::Pin;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::page::Fault;
use crate::time::DAY;
use crate::vault::{self, Errand};

pub use store::Browser;

#[cfg(feature = "desk")]
pub use backup::*;
#[cfg(feature = "desk")]
pub use desk::*;
#[cfg(feature = "guard")]
pub use guard::*;
#[cfg(feature = "desk")]
pub use shelf::*;

/// The allocator: of what is well kept, the smallest that still gives memory back and lets long texts grow in their place.
#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        thrown(&fault.to_string())
    }
}

/// A promise of what some work comes to. All work is one type here: each would bring a machinery of its own.
fn promised(work: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>) -> Promise {
    future_to_promise(work)
}

/// An error as JavaScript gets it.
fn thrown(what: &str) -> JsValue {
    JsError::new(what).into()
}

/// Goes on an errand in the store of this browser.
fn errand(errand: Errand) -> Promise {
    promised(Box::pin(async move { Ok(vault::run(&Browser::here(), errand, chance::now()).await?.into()) }))
}

/// How long anything may be kept, in milliseconds: any time, where no settings can be used that say so many days.
fn keep(days: Option<u32>) -> u64 {
    days.map_or(u64::MAX, |days| u64::from(days) * DAY)
}
