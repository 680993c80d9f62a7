//! The judge, tried on policies and facts that chance makes: what always holds of it, and whether another engine decides alike.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod cedar;
mod properties;
mod random;

use core::cell::Cell;
use std::io::{Write, stderr};
use std::time::Instant;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};

/// How many cases each property is tried on, unless the environment says otherwise.
const CASES: u32 = 100_000;

/// How many pages are put to each set of documents. To write and read documents takes twenty times as long as to judge a page, so
/// they are used several times.
const PAGES: u32 = 8;

/// The number of cases asked for.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().map_or(CASES, |count| count.parse().expect("`PROPTEST_CASES` is a number"))
}

/// Tries a property on as many cases, and fails with the smallest one that breaks it.
fn tried<S: Strategy>(cases: u32, strategy: &S, property: impl Fn(S::Value) -> TestCaseResult) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    if let Err(broken) = TestRunner::new(config).run(strategy, property) {
        panic!("{broken}");
    }
}

/// Tries a property on as many cases as asked for, and tells how many they were. A case is a set of documents and a page; what
/// the property needs of the documents alone, the settings above all, is made once for all their pages.
fn holds<A: Strategy, B: Strategy, M>(
    what: &str,
    documents: A,
    page: B,
    make: impl Fn(A::Value) -> M,
    property: impl Fn(&M, B::Value) -> TestCaseResult,
) {
    let (start, count) = (Instant::now(), Cell::new(0));
    tried(cases().div_ceil(PAGES), &(documents, vec(page, PAGES as usize)), |(documents, pages)| {
        let made = make(documents);
        count.set(count.get() + pages.len());
        pages.into_iter().try_for_each(|page| property(&made, page))
    });
    told(&format!("{what}: {} cases in {:.1} s", count.get(), start.elapsed().as_secs_f64()));
}

/// Tells something also where the test passes. What is printed is kept back there; what is written to the stream is not.
fn told(what: &str) {
    writeln!(stderr(), "{what}").expect("there is somebody to tell");
}
