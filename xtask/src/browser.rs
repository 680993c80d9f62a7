//! The commands that are node scripts: each is told where browser and extension are.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use anyhow::Result;

use crate::artifact;
use crate::places;
use crate::run::{Run, node};
use crate::setup;
use crate::wasm::{self, Built};

/// The main job, for a person to look at.
pub fn demo(headless: bool) -> Result<()> {
    let mut demo = Stage::with_browser()?.script("demo.mjs");
    demo.env("SCRUPLE_BIN", artifact::native_tool()?);
    if headless || !has_display() {
        demo.arg("--headless");
    }
    demo.run()
}

/// Captures saved pages; the script's own exit status says how that went.
pub fn capture(arguments: &[OsString]) -> Result<ExitStatus> {
    Stage::with_browser()?.script("capture.mjs").args(arguments).status_of()
}

/// An up-to-date extension, and Chromium where it is needed.
pub struct Stage {
    chrome: Option<PathBuf>,
    pub built: Built,
}

impl Stage {
    pub fn with_browser() -> Result<Self> {
        let chrome = Some(setup::chromium()?);
        Ok(Self { chrome, ..Self::without_browser()? })
    }

    pub fn without_browser() -> Result<Self> {
        Ok(Self { chrome: None, built: wasm::build()? })
    }

    /// One of the scripts in `tests/browser/`.
    pub fn script(&self, name: &str) -> Command {
        let mut command = node(places::tests().join("browser").join(name));
        self.tell(&mut command);
        command
    }

    /// Tells a program where browser and extension are.
    pub fn tell(&self, command: &mut Command) {
        command.env("SCRUPLE_EXTENSION", &self.built.extension);
        if let Some(chrome) = &self.chrome {
            command.env("CHROME", chrome);
        }
    }
}

fn has_display() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(target_os = "macos", windows)) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
