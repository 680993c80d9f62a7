//! The modules of wasm, guard and desk: compile, bind, name, optimise, order, measure.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::artifact::{self, Artifact};
use crate::knowledge;
use crate::names;
use crate::order;
use crate::package::{self, write_if_changed};
use crate::panics;
use crate::places;
use crate::run::{Run, node, say};
use crate::setup;
use crate::size::{self, Budget};
use crate::stamp::{Stamp, fingerprint, take_turn};
use crate::toolchain::{Toolchain, cargo_home};

/// A module of wasm: the crate with one of its features.
pub struct Module {
    /// The feature, and what people call the module.
    pub feature: &'static str,
    /// What its files begin with.
    name: &'static str,
    /// Where cargo builds it, inside `target`. Cargo calls the file the same whatever the features are, so that in one folder one would take the place of
    /// the other.
    folder: &'static str,
}

/// All of them.
pub const MODULES: [Module; 2] =
    [Module { feature: "guard", name: "scruple", folder: "" }, Module { feature: "desk", name: "desk", folder: "desk" }];

impl Module {
    /// The name of the module itself, beside its glue.
    pub fn wasm(&self) -> String {
        format!("{}_bg.wasm", self.name)
    }

    /// What the build leaves in the extension.
    fn files(&self) -> [String; 3] {
        [format!("{}.js", self.name), format!("{}.d.ts", self.name), self.wasm()]
    }
}

/// How wasm-opt is run. The features are those that Rust has on by default for wasm; a module that uses others is refused.
const OPTIMISE: [&str; 20] = [
    "-Oz",
    // Control flow is taken apart and built anew, smaller than the compiler laid it out, and smaller still the second time.
    "--flatten",
    "--rereloop",
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    // Once more: the time before lays open what can go.
    "-Oz",
    // Rust puts the stack first, from 1 MiB down to 0, and all data behind it: only the last KiB of a full stack is low. Constants move into
    // the offsets of loads and stores, which do not wrap, so the worst that can come of it is a trap, one KiB early.
    "--low-memory-unused",
    // Putting larger functions into their only caller saves 1 % of the bytes and costs up to 15 % of the compressed ones.
    "--one-caller-inline-max-function-size=10",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--strip-producers",
    "--strip-target-features",
];

/// What came out of a build.
pub struct Built {
    /// The folder to load into Chromium.
    pub extension: PathBuf,
    /// The version of the crate.
    pub version: String,
    pub budgets: Vec<Budget>,
}

/// Builds the extension. A second build of the same sources does next to nothing.
pub fn build() -> Result<Built> {
    let toolchain = Toolchain::set_up()?;
    setup::node_packages()?;
    let _turn = take_turn()?;
    let mut version = String::new();
    for module in &MODULES {
        let compiled = compile(&toolchain, module)?;
        bind(module, &compiled.file)?;
        version = compiled.version;
    }
    knowledge::ship()?;
    let budgets = size::measure()?;
    size::enforce(&budgets)?;
    let extension = package::assemble(&version)?;
    Ok(Built { extension, version, budgets })
}

fn compile(toolchain: &Toolchain, module: &Module) -> Result<Artifact> {
    let mut command = toolchain.cargo("build");
    command
        .args(["--release", "--package", "scruple", "--lib", "--no-default-features", "--features", module.feature])
        .arg("--target-dir")
        .arg(places::root().join("target").join(module.folder))
        // Of all ways to pass flags this one wins, and takes paths with spaces.
        .env("CARGO_ENCODED_RUSTFLAGS", toolchain.path_flags()?.join(OsStr::new("\u{1f}")));
    artifact::build(&mut command, "scruple", ".wasm")
}

/// Makes the three files of a module from what cargo compiled, unless they are from it already.
fn bind(module: &Module, compiled: &Path) -> Result<()> {
    let Module { feature, name, .. } = module;
    let bytes = fs::read(compiled).with_context(|| format!("cannot read `{}`", compiled.display()))?;
    let source = fingerprint([bytes.as_slice(), recipe()?.as_bytes()]);
    let stamp = Stamp::at(places::state().join(format!("{feature}.stamp")));
    let made = || Some(format!("{source} {}", fingerprint_of(&module.files())?));
    if made().is_some_and(|made| stamp.says(&made)) {
        return Ok(());
    }

    say("Binding", format!("the {feature} to JavaScript, with wasm-bindgen"));
    let workshop = places::state().join(feature);
    if workshop.exists() {
        fs::remove_dir_all(&workshop)?;
    }
    Bindgen::new()
        .input_bytes(name, panics::silence(&bytes)?)
        .out_name(name)
        .web(true)?
        .typescript(true)
        // The glue finds the wasm beside itself.
        .omit_default_module_path(false)
        // After a trap the worker drops the poisoned instance and makes a new one.
        .reset_state_function(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&workshop)?;
    if workshop.join("snippets").exists() {
        bail!("the {feature} carries inline JavaScript: it belongs into the extension, where it can be read");
    }

    let [glue, types, wasm] = module.files().map(|file| workshop.join(file));
    let mut texts = [fs::read_to_string(&glue)?, fs::read_to_string(&types)?];
    fs::write(&wasm, names::shorten(&fs::read(&wasm)?, &mut texts)?)?;
    fs::write(&glue, &texts[0])?;
    fs::write(&types, &texts[1])?;

    say("Optimising", format!("the {feature}, with wasm-opt"));
    node(places::node_package("binaryen/bin/wasm-opt")).args(OPTIMISE).arg(&wasm).arg("-o").arg(&wasm).run_aside()?;
    let optimised = fs::read(&wasm)?;
    refuse_machine_paths(&optimised)?;
    // The last step: any tool that writes the module again orders its functions by its own rule.
    fs::write(&wasm, order::ordered(&optimised)?)?;

    for file in module.files() {
        write_if_changed(&places::wasm().join(&file), &fs::read(workshop.join(&file))?)?;
    }
    let made = made().context("the generated wasm has gone")?;
    stamp.write(&made)
}

/// What else the result depends on: the tools and how this program uses them.
fn recipe() -> Result<String> {
    let program = std::env::current_exe()?.metadata()?;
    let age = program.modified()?.duration_since(UNIX_EPOCH)?;
    let lock = fs::read(places::root().join("package-lock.json"))?;
    Ok(format!("{} {} {}", program.len(), age.as_nanos(), fingerprint([lock.as_slice()])))
}

fn fingerprint_of(files: &[String]) -> Option<String> {
    let read = |name| fs::read(places::wasm().join(name)).ok();
    let files = files.iter().map(read).collect::<Option<Vec<_>>>()?;
    Some(fingerprint(files.iter().map(Vec::as_slice)))
}

/// A path of this machine in the wasm would tell who built it, and nobody else could build the same.
fn refuse_machine_paths(wasm: &[u8]) -> Result<()> {
    for place in [places::root(), cargo_home()?] {
        if contains(wasm, place.as_os_str().as_encoded_bytes()) {
            bail!("the wasm contains the path `{}`", place.display());
        }
    }
    Ok(())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_anywhere() {
        assert!(contains(b"at /home/ada/src/lib.rs:3", b"/home/ada"));
        assert!(contains(b"/home/ada", b"/home/ada"));
        assert!(!contains(b"/home/a", b"/home/ada"));
        assert!(!contains(b"anything", b""));
    }
}
