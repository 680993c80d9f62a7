//! Policies: what is wrong with one, how two differ, and what one would make of what happened.
//!
//! None of this has a logic of its own about when something is allowed. The circumstances that rules tell apart are finitely many
//! ([`space`]), so the judge is asked about all of them, and its answers are put into words.

mod check;
mod diff;
mod regions;
mod simulate;
mod space;
mod warnings;
mod words;

pub(super) use check::check;
pub(super) use diff::diff;
pub(super) use simulate::simulate;

use super::{Failure, read_document};
use crate::json::Problem;
use crate::policy::{InForce, Settings};

/// Settings that can be used, or else what is wrong with them.
fn in_force(settings: &Settings) -> Result<&InForce, Failure> {
    settings.in_force().map_err(|fault| Failure::Work(fault.what.clone()))
}

/// The settings that a policy alone makes.
fn policy_alone(path: &str) -> Result<Settings, Failure> {
    let settings = Settings::of(Some(&read_document(path)?), None);
    if settings.local_problems.is_empty() { Ok(settings) } else { Err(Failure::Work(listed(path, &settings.local_problems))) }
}

/// Problems as compilers list them, with what to write instead on a line below.
fn listed(path: &str, problems: &[Problem]) -> String {
    problems.iter().map(|problem| told(path, problem)).collect()
}

fn told(path: &str, Problem { line, column, what, instead }: &Problem) -> String {
    let instead = if instead.is_empty() { String::new() } else { format!("  write: {instead}\n") };
    format!("{path}:{line}:{column}: error: {what}\n{instead}")
}
