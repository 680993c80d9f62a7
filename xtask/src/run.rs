//! Starting other programs: where their output goes, and what is said when they fail.

use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::places;

/// Says what is being done, in the form of cargo's own messages. It goes to stderr: stdout is for results.
pub fn say(verb: &str, what: impl AsRef<str>) {
    eprintln!("{verb:>12} {}", what.as_ref());
}

/// `cargo`, in the root of the repository.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(places::root());
    command
}

/// `node` running `script`, in the directory the person is in.
pub fn node(script: impl AsRef<Path>) -> Command {
    let mut command = Command::new("node");
    command.arg(script.as_ref());
    command
}

/// The ways a program is run here. Each of them fails with one line that names the program.
pub trait Run {
    /// Runs it to its end and leaves what its exit status means to the caller.
    fn status_of(&mut self) -> Result<ExitStatus>;
    /// Runs it; anything but success is an error.
    fn run(&mut self) -> Result<()>;
    /// The same, with its stdout sent to stderr.
    fn run_aside(&mut self) -> Result<()>;
    /// Runs it and returns its stdout; stderr is shown.
    fn read(&mut self) -> Result<String>;
    /// Whether it can be run and succeeds; nothing of it is shown.
    fn succeeds(&mut self) -> bool;
}

impl Run for Command {
    fn status_of(&mut self) -> Result<ExitStatus> {
        self.status().with_context(|| format!("cannot start {}", name(self)))
    }

    fn run(&mut self) -> Result<()> {
        let status = self.status_of()?;
        if !status.success() {
            bail!("{} failed ({status})", name(self));
        }
        Ok(())
    }

    fn run_aside(&mut self) -> Result<()> {
        self.stdout(Stdio::from(io::stderr())).run()
    }

    fn read(&mut self) -> Result<String> {
        let output = self.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {}", name(self)))?;
        if !output.status.success() {
            bail!("{} failed ({})", name(self), output.status);
        }
        String::from_utf8(output.stdout).with_context(|| format!("{} printed something that is not UTF-8", name(self)))
    }

    fn succeeds(&mut self) -> bool {
        self.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }
}

/// The program and its first arguments, enough to know which one it was.
fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![program.file_stem().unwrap_or(command.get_program()).to_string_lossy().into_owned()];
    for argument in command.get_args().take(2) {
        let path = Path::new(argument);
        let short = if path.is_absolute() { path.file_name().unwrap_or(argument) } else { argument };
        words.push(short.to_string_lossy().into_owned());
    }
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_program_without_its_place() {
        let mut command = Command::new("/usr/lib/tools/cargo");
        command.args(["build", "--lib", "--release"]);
        assert_eq!(name(&command), "`cargo build --lib`");
        let mut command = Command::new("node");
        command.arg(std::env::temp_dir().join("demo.mjs"));
        assert_eq!(name(&command), "`node demo.mjs`");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = Command::new("no-such-program-here").run().unwrap_err();
        assert_eq!(error.to_string(), "cannot start `no-such-program-here`");
        assert!(!Command::new("no-such-program-here").succeeds());
    }
}
