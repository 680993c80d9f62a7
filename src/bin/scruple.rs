//! The command-line tool: the guard on saved pages, and the log checked without a browser.

use std::process::ExitCode;

const USAGE: &str = "\
scruple inspect PAGE.html --url URL [--policy POLICY.json] [--card] [--json]
    the verdicts on a saved page; --card adds what a capture would keep
scruple verify LOG
    checks an exported log: every entry, their order, and the root of their tree
scruple schema policy|adapter|report
    prints the JSON Schema of a document
";

fn main() -> ExitCode {
    #[cfg(not(target_arch = "wasm32"))]
    {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        match scruple::cli::run(&arguments) {
            Ok(text) => {
                // A closed pipe is the reader's choice, not an error of ours.
                let _ = std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes());
                ExitCode::SUCCESS
            }
            Err(scruple::cli::Failure::Usage(what)) => {
                eprintln!("{what}\n\n{USAGE}");
                ExitCode::from(2)
            }
            Err(scruple::cli::Failure::Work(what)) => {
                eprintln!("{what}");
                ExitCode::FAILURE
            }
        }
    }
    #[cfg(target_arch = "wasm32")]
    {
        let _ = USAGE;
        ExitCode::FAILURE
    }
}
