//! Public test suites and saved pages, read natively. They are no part of the project: `SCRUPLE_CORPUS` names their folder, which is
//! `../shared/corpus` unless it is named; where there is none each suite says that it was skipped.
//!
//! Every suite prints how much of it passes, and names each failure that is known with its reason: one that is new fails the test, and so
//! does one that is a failure no longer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "corpus/cards.rs"]
mod cards;
#[path = "corpus/linked.rs"]
mod linked;
#[path = "corpus/pages.rs"]
mod pages;
#[path = "corpus/people.rs"]
mod people;
#[path = "corpus/reader.rs"]
mod reader;
#[path = "corpus/turtle.rs"]
mod turtle;
