//! What only the browser knows: the time and chance.

use js_sys::{Reflect, global};
use wasm_bindgen::JsCast;
use web_sys::Crypto;

use crate::digest::hex;
use crate::page::Fault;

/// Milliseconds since 1970.
pub(super) fn now() -> u64 {
    // The clock of a browser stands between 1970 and the year 275760, well within both types.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time is a whole number of milliseconds above zero"
    )]
    let now = js_sys::Date::now() as u64;
    now
}

/// 16 random bytes in hexadecimal. Without a source of chance nothing can be named or salted, which is a denial.
pub(super) fn hex16() -> Result<String, Fault> {
    let mut bytes = [0; 16];
    let crypto = Reflect::get(&global(), &"crypto".into()).ok().and_then(|crypto| crypto.dyn_into::<Crypto>().ok());
    match crypto.map(|crypto| crypto.get_random_values_with_u8_array(&mut bytes)) {
        Some(Ok(_)) => Ok(hex(&bytes)),
        _ => Err(Fault::broken("there is no source of chance")),
    }
}
