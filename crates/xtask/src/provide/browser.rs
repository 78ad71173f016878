//! The ways to a browser.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use twinbase_testkit::servers::environment::{self, BROWSER};
use twinbase_testkit::servers::search;

use super::{Missing, Provided, debian};

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

pub(super) fn provide() -> Result<Provided, Missing> {
    let mut missing = Missing::new("a browser");
    if let Some(path) = environment::value(BROWSER) {
        // Somebody chose this browser: another one in its place would only confuse.
        return at(Path::new(&path)).map_err(|error| {
            missing.note(format!("let {BROWSER} name a Chromium"), &error);
            missing
        });
    }
    missing.note(format!("set {BROWSER}"), &anyhow::anyhow!("it is not set"));
    match installed() {
        Ok(provided) => return Ok(provided),
        Err(error) => missing.note(
            format!("put one of {} on the PATH", NAMES.join(", ")),
            &error,
        ),
    }
    match after_installing() {
        Ok(provided) => return Ok(provided),
        Err(error) => missing.note(
            "run as root on Debian, which installs its package `chromium`",
            &error,
        ),
    }
    Err(missing)
}

fn installed() -> anyhow::Result<Provided> {
    at(&search::on_path(&NAMES).context("none of them is there")?)
}

fn after_installing() -> anyhow::Result<Provided> {
    debian::install(&["chromium"])?;
    installed()
}

fn at(program: &Path) -> anyhow::Result<Provided> {
    let mut command = Command::new(program);
    let output = command.arg("--version").stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("run {}", program.display()))?;
    ensure!(
        output.status.success(),
        "{} --version: {}",
        program.display(),
        output.status
    );
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(Provided::new(
        version,
        vec![(BROWSER, program.display().to_string())],
    ))
}
