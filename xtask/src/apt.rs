//! Debian's packages: whether they can be installed here, and installing them.

use std::process::Command;

use anyhow::Result;

use crate::places;
use crate::run::Run;

/// Whether `apt-get` is there and may be used without asking for a password.
pub fn is_usable() -> bool {
    places::on_path("apt-get").is_some() && (is_root() || Command::new("sudo").args(["-n", "true"]).succeeds())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").read().is_ok_and(|id| id.trim() == "0")
}

/// Installs packages, and never at the price of one that is there.
pub fn install(packages: &[&str]) -> Result<()> {
    let apt = || {
        let mut command = if is_root() {
            Command::new("apt-get")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
            sudo
        };
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    apt().args(["update", "-qq"]).run_aside()?;
    apt().args(["install", "-qq", "-y", "--no-remove", "--no-install-recommends"]).args(packages).run_aside()
}
