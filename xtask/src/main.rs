//! Scruple's development commands: `cargo xtask COMMAND`.

mod apt;
mod artifact;
mod bench;
mod bench_ledger;
mod bench_screen;
mod bench_vault;
mod browser;
mod command;
mod documents;
mod fuzz;
mod interop;
mod knowledge;
mod mutants;
mod names;
mod npm;
mod order;
mod package;
mod panics;
mod places;
mod run;
mod setup;
mod size;
mod stamp;
mod steps;
mod toolchain;
mod wasm;

use std::env;
use std::process::ExitCode;

use anyhow::Result;

use command::{Command, USAGE};

/// The exit status for a command line that makes no sense.
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    let command = match Command::parse(env::args_os().skip(1)) {
        Ok(command) => command,
        Err(problem) => {
            eprintln!("error: {problem}\n\n{USAGE}");
            return ExitCode::from(MISUSED);
        }
    };
    run(command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Help => println!("{USAGE}"),
        Command::Setup => setup::all()?,
        Command::Build => {
            for budget in npm::build()?.budgets {
                println!("{}", budget.line());
            }
        }
        Command::Demo { headless } => browser::demo(headless)?,
        Command::Capture(arguments) => {
            let code = browser::capture(&arguments)?.code();
            return Ok(code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from));
        }
        Command::Test { only } => steps::test(&only)?,
        Command::Bench { name, json } => bench::bench(name.as_deref(), json)?,
        Command::Fuzz { target, time } => fuzz::fuzz(target.as_deref(), time)?,
        Command::Interop { record } => interop::interop(record)?,
        Command::Mutants { jobs } => mutants::mutants(jobs)?,
    }
    Ok(ExitCode::SUCCESS)
}
