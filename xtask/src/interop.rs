//! Logs and proofs beside an independent implementation: Go's `golang.org/x/mod/sumdb`, with which Go's own checksum database is read.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::apt;
use crate::places;
use crate::run::{Run, cargo, say};

/// The packages of Debian that have Go and the library, which are found in `LIBRARY` then.
const PACKAGES: [&str; 2] = ["golang-go", "golang-golang-x-mod-dev"];
const LIBRARY: &str = "/usr/share/gocode";

/// Has Go read what we write, and us what Go writes. `record`: what Go writes is kept, for the tests that do without Go.
pub fn interop(record: bool) -> Result<()> {
    let program = program()?;
    if record {
        Command::new(&program).arg("make").arg(source().join("go")).run_aside()?;
        say("Recorded", places::shown(&source().join("go")));
    }
    cargo().args(["test", "--package", "scruple", "--test", "ledger", "interop::"]).env("SCRUPLE_GO", program).run()
}

fn source() -> PathBuf {
    places::tests().join("interop")
}

/// The program in Go, built; Go and the library are installed if they can be.
pub fn program() -> Result<PathBuf> {
    if places::on_path("go").is_none() || library().is_none() {
        if !apt::is_usable() {
            bail!("Go and `golang.org/x/mod` are missing: install them, and name the folder with its sources in `GOPATH`");
        }
        say("Setting up", "Go and golang.org/x/mod, with apt-get");
        apt::install(&PACKAGES)?;
    }
    let Some(library) = library() else { bail!("`golang.org/x/mod` is not in `{LIBRARY}`, nor where `GOPATH` says") };
    let program = places::state().join("interop").join(format!("peer{}", env::consts::EXE_SUFFIX));
    // From installed sources alone: nothing is loaded from the network, and no module file is kept.
    Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg("main.go")
        .current_dir(source())
        .env("GO111MODULE", "off")
        .env("GOPATH", library)
        .run_aside()?;
    Ok(program)
}

/// Where Go finds the library.
fn library() -> Option<PathBuf> {
    let named = env::var_os("GOPATH").map(PathBuf::from);
    let is_there = |place: &PathBuf| place.join("src/golang.org/x/mod/sumdb/tlog").is_dir();
    named.into_iter().chain([PathBuf::from(LIBRARY)]).find(is_there)
}
