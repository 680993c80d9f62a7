//! The compiler for wasm: the installed one where it has the target, else Debian's, which builds the standard library itself.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::apt;
use crate::places;
use crate::run::{Run, cargo, say};

/// The target of the guard.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// What Debian calls its current compiler; its plain `rustc` is too old and comes without the sources of `std`.
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";

/// A compiler that can build for [`TARGET`].
pub enum Toolchain {
    /// The one that also builds xtask.
    Installed,
    /// Debian's, together with its linker.
    Debian { linker: PathBuf },
}

impl Toolchain {
    /// Finds one, installing what is missing.
    pub fn set_up() -> Result<Self> {
        if has_target() {
            return Ok(Self::Installed);
        }
        if let Some(ready) = Self::debian() {
            return Ok(ready);
        }
        if places::on_path("rustup").is_some() {
            say("Setting up", format!("the Rust target {TARGET}, with rustup"));
            let added = Command::new("rustup").args(["target", "add", TARGET]).run_aside();
            if added.is_ok() && has_target() {
                return Ok(Self::Installed);
            }
        }
        if apt::is_usable() {
            say("Setting up", "Debian's Rust compiler, with apt-get");
            if apt::install(&DEBIAN_PACKAGES).is_ok()
                && let Some(linker) = linker_package()
                && apt::install(&[&linker]).is_ok()
                && let Some(ready) = Self::debian()
            {
                return Ok(ready);
            }
        }
        bail!("the Rust target {TARGET} is missing: install it with `rustup target add {TARGET}`")
    }

    /// Debian's compiler, if all parts of it are there.
    fn debian() -> Option<Self> {
        let sources = sysroot(DEBIAN_RUSTC)?.join("lib/rustlib/src/rust/library/std/Cargo.toml");
        let linker = PathBuf::from(format!("/usr/bin/wasm-ld-{}", llvm_version(DEBIAN_RUSTC)?));
        (Path::new(DEBIAN_CARGO).is_file() && sources.is_file() && linker.is_file()).then_some(Self::Debian { linker })
    }

    /// `cargo SUBCOMMAND` for the wasm target.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut command = match self {
            Self::Installed => cargo(),
            Self::Debian { linker } => {
                let mut command = Command::new(DEBIAN_CARGO);
                command
                    .current_dir(places::root())
                    .env("RUSTC", DEBIAN_RUSTC)
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                    // It names the libraries of the compiler that built xtask.
                    .env_remove("LD_LIBRARY_PATH");
                command
            }
        };
        command.arg(subcommand);
        if matches!(self, Self::Debian { .. }) {
            command.arg("-Zbuild-std=std,panic_abort");
        }
        command.args(["--target", TARGET]);
        command
    }

    /// Whether clippy can check for the wasm target: it needs a ready-made standard library.
    pub fn has_clippy(&self) -> bool {
        matches!(self, Self::Installed)
    }

    /// Compiler flags that keep the places of this machine out of the result, so that everyone gets the same bytes.
    pub fn path_flags(&self) -> Result<Vec<OsString>> {
        let cargo_home = cargo_home()?;
        let mut renamed = vec![(places::root(), "/scruple".to_owned()), (cargo_home.clone(), "/cargo".to_owned())];
        // A registry's folder is named after its host, and that differs where a mirror is in use.
        for folder in folders(&cargo_home.join("registry").join("src")) {
            renamed.push((folder, "/crates".to_owned()));
        }
        let rustc = match self {
            Self::Installed => installed_rustc(),
            Self::Debian { .. } => DEBIAN_RUSTC.into(),
        };
        let sysroot = sysroot(&rustc).context("cannot ask `rustc` for its place")?;
        let sources = sysroot.join("lib").join("rustlib").join("src").join("rust");
        // Debian's sources are reached over a link; what is compiled bears the name behind it.
        let linked = sources.join("library").canonicalize().ok();
        renamed.push((sysroot, "/rust".to_owned()));
        renamed.push((sources, "/rust/src".to_owned()));
        if let Some(library) = linked {
            renamed.push((library, "/rust/src/library".to_owned()));
        }
        Ok(renamed
            .into_iter()
            .map(|(from, to)| {
                let mut flag = OsString::from("--remap-path-prefix=");
                flag.push(from);
                flag.push("=");
                flag.push(to);
                flag
            })
            .collect())
    }
}

/// Where cargo keeps what it downloads.
pub fn cargo_home() -> Result<PathBuf> {
    match env::var_os("CARGO_HOME") {
        Some(home) => Ok(home.into()),
        None => Ok(env::home_dir().context("there is no home directory")?.join(".cargo")),
    }
}

/// The target that the installed compiler makes programs for when nobody names one.
pub fn host() -> Result<String> {
    let printed = Command::new(installed_rustc()).arg("-vV").read()?;
    Ok(line(&printed, "host: ").context("`rustc -vV` names no host")?.to_owned())
}

fn installed_rustc() -> OsString {
    env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

fn has_target() -> bool {
    Command::new(installed_rustc())
        .args(["--print", "target-libdir", "--target", TARGET])
        .read()
        .is_ok_and(|folder| Path::new(folder.trim_end()).is_dir())
}

fn sysroot(rustc: impl Into<OsString>) -> Option<PathBuf> {
    let printed = Command::new(rustc.into()).args(["--print", "sysroot"]).read().ok()?;
    Some(PathBuf::from(printed.trim_end()))
}

/// The linker has to be of the same LLVM as the compiler.
fn llvm_version(rustc: &str) -> Option<String> {
    let printed = Command::new(rustc).arg("-vV").read().ok()?;
    major_llvm(&printed).map(str::to_owned)
}

fn linker_package() -> Option<String> {
    Some(format!("lld-{}", llvm_version(DEBIAN_RUSTC)?))
}

fn major_llvm(version: &str) -> Option<&str> {
    line(version, "LLVM version: ")?.split('.').next()
}

/// A line of what `rustc -vV` prints.
fn line<'a>(version: &'a str, name: &str) -> Option<&'a str> {
    version.lines().find_map(|line| line.strip_prefix(name))
}

fn folders(place: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(place) else {
        return Vec::new();
    };
    let mut folders: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linker_is_chosen_by_the_compiler() {
        let version = "rustc 1.95.0\nhost: x86_64-unknown-linux-gnu\nLLVM version: 22.1.2\n";
        assert_eq!(major_llvm(version), Some("22"));
        assert_eq!(major_llvm("rustc 1.95.0"), None);
        assert_eq!(line(version, "host: "), Some("x86_64-unknown-linux-gnu"));
    }

    #[test]
    fn no_place_of_this_machine_is_left_unnamed() {
        let flags = Toolchain::Installed.path_flags().unwrap();
        let root = places::root();
        assert!(flags.iter().any(|flag| {
            let flag = flag.to_string_lossy();
            flag.starts_with(&format!("--remap-path-prefix={}=", root.display()))
        }));
    }
}
