//! What is wrong with a policy, and what in it does not do what somebody probably meant.

use serde::Serialize;

use super::told;
use super::warnings::{Warning, warnings};
use crate::cli::{Failure, Words, count, jsonc, read_text, written};
use crate::json::Problem;
use crate::policy::{Policy, Role};

/// What `policy check` finds. Its JSON document.
#[derive(Debug, Serialize)]
struct Findings {
    errors: Vec<Problem>,
    warnings: Vec<Warning>,
}

/// Prints what is wrong with a policy.
pub(in crate::cli) fn check(words: &[&str]) -> Result<String, Failure> {
    let words = Words::of(words, &[], &["--managed", "--json"])?;
    let [path] = words.alone(["which policy?"])?;
    let role = if words.has("--managed") { Role::Managed } else { Role::Local };
    let findings = Findings::of(&read_text(path)?, role);
    let told = if words.has("--json") { written(&findings)? } else { findings.told(path) };
    if findings.errors.is_empty() { Ok(told) } else { Err(Failure::Found(told)) }
}

impl Findings {
    fn of(text: &str, role: Role) -> Self {
        let read = jsonc::plain(text).map_err(|problem| vec![problem]).and_then(|text| {
            let policy = Policy::parse(&text, role)?;
            Ok((text, policy))
        });
        match read {
            Ok((text, policy)) => Self { errors: Vec::new(), warnings: warnings(&text, &policy, role) },
            Err(errors) => Self { errors, warnings: Vec::new() },
        }
    }

    fn told(&self, path: &str) -> String {
        let mut text: String = self.errors.iter().map(|problem| told(path, problem)).collect();
        for Warning { line, column, what, .. } in &self.warnings {
            text.push_str(&format!("{path}:{line}:{column}: warning: {what}\n"));
        }
        let warnings = count(self.warnings.len(), "warning", "warnings");
        text.push_str(&match self.errors.len() {
            0 if self.warnings.is_empty() => format!("{path}: sound\n"),
            0 => format!("{path}: sound, {warnings}\n"),
            errors => format!("{path}: {}\n", count(errors, "error", "errors")),
        });
        text
    }
}
