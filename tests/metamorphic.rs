//! What stands around an owner changes nothing: with people beside them, advertisements, hidden copies, another order or other words on the
//! buttons, never one more field is allowed, nothing of anybody else is taken, and the owner is never another.
//!
//! Every page of every adapter's cases, every scenario, and the saved pages where they are (`SCRUPLE_CORPUS`) is changed around the whole of
//! what it shows, at any place of its tree, and by cards of somebody else in every other layout of the site.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

#[path = "metamorphic/anywhere.rs"]
mod anywhere;
#[path = "metamorphic/around.rs"]
mod around;
#[path = "metamorphic/cards.rs"]
mod cards;
#[path = "metamorphic/found.rs"]
mod found;
#[path = "metamorphic/pages.rs"]
mod pages;
#[path = "metamorphic/people.rs"]
mod people;
#[path = "metamorphic/tree.rs"]
mod tree;
#[path = "metamorphic/writing.rs"]
mod writing;
