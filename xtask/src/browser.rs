//! The commands that open Chromium: each is a node script that is told where browser and extension are.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitStatus};

use anyhow::Result;

use crate::artifact;
use crate::places;
use crate::run::{Run, node};
use crate::setup;
use crate::wasm::{self, Built};

/// The main job, for a person to look at.
pub fn demo(headless: bool) -> Result<()> {
    let browser = Browser::set_up()?;
    let mut demo = browser.script("demo.mjs");
    demo.env("SCRUPLE_BIN", artifact::native_tool()?);
    if headless || !has_display() {
        demo.arg("--headless");
    }
    demo.run()
}

/// Captures saved pages; the script's own exit status says how that went.
pub fn capture(arguments: &[OsString]) -> Result<ExitStatus> {
    Browser::set_up()?.script("capture.mjs").args(arguments).status_of()
}

/// Chromium and an up-to-date extension.
pub struct Browser {
    chrome: OsString,
    pub built: Built,
}

impl Browser {
    pub fn set_up() -> Result<Self> {
        let chrome = setup::chromium()?.into();
        let built = wasm::build()?;
        Ok(Self { chrome, built })
    }

    /// One of the scripts in `tests/browser/`.
    pub fn script(&self, name: &str) -> Command {
        let mut command = node(places::browser_tests().join(name));
        self.tell(&mut command);
        command
    }

    /// Tells a program where browser and extension are.
    pub fn tell(&self, command: &mut Command) {
        command.env("CHROME", &self.chrome).env("SCRUPLE_EXTENSION", &self.built.extension);
    }
}

fn has_display() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(target_os = "macos", windows)) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
