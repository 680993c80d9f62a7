//! What may be taken: the policy document, the settings in force (a person's policy under those of their organisation), and what the
//! person marked as restricted.
//!
//! A document that cannot be read allows nothing. One that can be read but names no purpose or no usable basis loads, so that the
//! missing part can be told, and allows nothing either.

mod check;
mod document;
mod marks;
mod settings;

pub use document::{Basis, Controller, Policy, Retention, Rule, Screening, Use};
pub use marks::{Action, Change, Marks, What};
pub use settings::{Ground, InForce, Layer, RuleName, Settings, pseudo};

use crate::json::{Problem, read_with};

/// The version of the policy document.
pub const VERSION: u32 = 1;

/// The longest retention without a written reason, in days: three years, the period the CNIL gives for prospects.
pub const LONGEST_RETENTION: u32 = 1096;

/// The longest document accepted, in bytes.
const LONGEST: usize = 256 << 10;

/// Whose document it is, and so what has to be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Of whoever uses the extension: a whole policy.
    Local,
    /// Of the organisation that manages the browser: a whole policy, or only what it forbids and limits on top of the local one.
    Managed,
}

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// Every problem found, each with its place and what to write instead, in the order of the text.
    pub fn parse(text: &str, role: Role) -> Result<Self, Vec<Problem>> {
        if text.len() > LONGEST {
            let what = format!("the policy is longer than {LONGEST} bytes");
            return Err(vec![Problem { line: 1, column: 1, what, instead: "a shorter one".into() }]);
        }
        read_with(text, &mut |json, problems| check::read(json, role, problems))
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

#[cfg(test)]
mod tests;
