//! What has to be on the machine: Node packages, Chromium and its driver. Found where it is, installed where it can be.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::apt;
use crate::places;
use crate::run::{Run, say};
use crate::stamp::{Stamp, fingerprint};
use crate::toolchain::Toolchain;

/// The oldest Node whose test runner takes the options used here.
const NODE: (u32, u32) = (20, 10);

/// The names Chromium goes by; the free build comes first, as the branded one refuses some switches.
const CHROMIUM_NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

const CHROMIUM_PLACES: [&str; 7] = [
    "/usr/bin/chromium",
    "/usr/lib/chromium/chromium",
    "/opt/google/chrome/chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files\Chromium\Application\chrome.exe",
];

const DRIVER_PLACES: [&str; 3] =
    ["/usr/bin/chromedriver", "/usr/lib/chromium/chromedriver", "/usr/lib/chromium-browser/chromedriver"];

/// All that the daily commands need.
pub fn all() -> Result<()> {
    Toolchain::set_up()?;
    node_packages()?;
    chromium()?;
    Ok(())
}

/// Installs what `package-lock.json` names, unless exactly that is installed.
pub fn node_packages() -> Result<()> {
    node()?;
    let lock = fs::read(places::root().join("package-lock.json")).context("cannot read package-lock.json")?;
    // Kept inside, so that it goes away together with what it vouches for.
    let stamp = Stamp::at(places::root().join("node_modules").join(".xtask-stamp"));
    let wanted = fingerprint([lock.as_slice()]);
    if stamp.says(&wanted) {
        return Ok(());
    }
    say("Setting up", "Node packages, with npm");
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(places::root())
        .run_aside()?;
    stamp.write(&wanted)
}

fn node() -> Result<()> {
    let (major, minor) = NODE;
    let version = Command::new("node").arg("--version").read().ok();
    let Some(version) = version.as_deref().and_then(node_version) else {
        bail!("Node.js is missing: install version {major}.{minor} or newer, with npm");
    };
    if version < NODE {
        let (found, _) = version;
        bail!("Node.js {found} is too old: install version {major}.{minor} or newer, with npm");
    }
    Ok(())
}

/// Reads `v20.10.1`.
fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// The browser to run: the one `CHROME` names, else one that is installed, else a freshly installed one.
pub fn chromium() -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROME") {
        return program(Path::new(&named)).with_context(|| format!("`CHROME` names no program: `{}`", named.to_string_lossy()));
    }
    if let Some(found) = find(&CHROMIUM_NAMES, &CHROMIUM_PLACES) {
        return Ok(found);
    }
    if apt::is_usable() {
        say("Setting up", "Chromium, with apt-get");
        if apt::install(&["chromium"]).is_ok()
            && let Some(found) = find(&CHROMIUM_NAMES, &CHROMIUM_PLACES)
        {
            return Ok(found);
        }
    }
    bail!("Chromium is missing: install it, or set `CHROME` to the path of a Chrome or Chromium")
}

/// The program through which the wasm tests steer Chromium.
pub fn chromedriver() -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROMEDRIVER") {
        return program(Path::new(&named))
            .with_context(|| format!("`CHROMEDRIVER` names no program: `{}`", named.to_string_lossy()));
    }
    if let Some(found) = find(&["chromedriver"], &DRIVER_PLACES) {
        return Ok(found);
    }
    if apt::is_usable() {
        say("Setting up", "Chromium's driver, with apt-get");
        if apt::install(&["chromium-driver"]).is_ok()
            && let Some(found) = find(&["chromedriver"], &DRIVER_PLACES)
        {
            return Ok(found);
        }
    }
    bail!("chromedriver is missing: install the one that belongs to your Chromium, or set `CHROMEDRIVER` to its path")
}

/// libFuzzer is compiled from its sources.
pub fn cpp_compiler() -> Result<()> {
    // Where Microsoft's is in use, it is on no search path, and found all the same.
    let is_there = || cfg!(target_env = "msvc") || env::var_os("CXX").is_some() || find(&["c++", "g++", "clang++"], &[]).is_some();
    if is_there() {
        return Ok(());
    }
    if apt::is_usable() {
        say("Setting up", "a C++ compiler, with apt-get");
        if apt::install(&["g++"]).is_ok() && is_there() {
            return Ok(());
        }
    }
    bail!("a C++ compiler is missing: install one, or set `CXX` to its path")
}

/// A path, or a name on the search path.
fn program(named: &Path) -> Option<PathBuf> {
    if named.is_file() {
        return std::path::absolute(named).ok();
    }
    places::on_path(named.to_str()?)
}

fn find(names: &[&str], usual: &[&str]) -> Option<PathBuf> {
    names.iter().find_map(|name| places::on_path(name)).or_else(|| usual.iter().map(PathBuf::from).find(|path| path.is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_node_prints() {
        assert_eq!(node_version("v20.10.1\n"), Some((20, 10)));
        assert_eq!(node_version("v9.0.0"), Some((9, 0)));
        assert_eq!(node_version("20.10.1"), None);
        assert_eq!(node_version("v20"), None);
    }

    #[test]
    fn a_program_may_be_a_path_or_a_name() {
        let this = env::current_exe().unwrap();
        assert_eq!(program(&this), Some(this.clone()));
        assert_eq!(program(Path::new("no-such-program-here")), None);
    }
}
