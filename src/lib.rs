//! Scruple: a compliance guard for prospecting extensions.
//!
//! It inspects a profile page *before* anything is extracted, lets through only what its owner and the user's policy allow, and keeps
//! a log that proves what was captured, what was not, and why. Data flows one way:
//!
//! ```text
//! site -> Plan -> (page) -> Sightings -> Reading -> judge -> Verdicts -> Permit -> (page) -> Values -> screen -> Card + Entry
//! ```
//!
//! Everything but [`wasm`] is pure: functions over plain data, with no browser in them. The same code runs in the extension's
//! service worker, in the command-line tool and in tests.

pub mod digest;
pub mod guard;
pub mod json;
pub mod judge;
pub mod ledger;
pub mod page;
pub mod policy;
pub mod screen;
pub mod site;
pub mod sorted;
pub mod time;
pub mod vault;
pub mod vocabulary;

#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
#[cfg(not(target_arch = "wasm32"))]
pub mod export;
#[cfg(not(target_arch = "wasm32"))]
pub mod picture;
#[cfg(not(target_arch = "wasm32"))]
pub mod report;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
