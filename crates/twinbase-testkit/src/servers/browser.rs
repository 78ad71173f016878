//! A real browser for tests of pages: Chromium without a window.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::ensure;

use super::{environment, folder};
use crate::process::Child;

/// Starting the browser on a loaded machine takes most of it.
const DEADLINE: Duration = Duration::from_mins(1);
/// Time that passes for the page, in milliseconds, before it is looked at; idle waits are skipped, not waited for.
const PAGE_TIME_MS: u32 = 5_000;
/// Nothing but the page itself may cause traffic.
const QUIET: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--mute-audio",
];

/// How pages are opened.
#[derive(Clone, Debug)]
pub struct Browser {
    program: PathBuf,
}

impl Browser {
    /// The browser that `cargo xtask test` provided; `None` in an `--embedded` run.
    ///
    /// # Panics
    /// When there is no browser and this is not an `--embedded` run.
    pub fn from_env() -> Option<Self> {
        let program = environment::required(environment::BROWSER, "a browser")?;
        Some(Self {
            program: program.into(),
        })
    }

    /// Opens `url`, lets its scripts run, and returns what became of the document, as HTML.
    ///
    /// # Panics
    /// When the browser fails or the page does not load.
    pub async fn open(&self, url: &str) -> String {
        let opened = self.try_open(url).await;
        opened.unwrap_or_else(|error| panic!("cannot open {url} in a browser: {error:#}"))
    }

    async fn try_open(&self, url: &str) -> anyhow::Result<String> {
        let folder = folder("browser")?;
        let profile = folder.path().join("profile");
        let mut command = Command::new(&self.program);
        command.args(QUIET);
        command.arg(format!("--user-data-dir={}", profile.display()));
        command.arg(format!("--virtual-time-budget={PAGE_TIME_MS}"));
        command.arg("--dump-dom").arg(url);
        let html = Child::run(&mut command, Some(folder.path()), DEADLINE).await?;
        let is_there = !html.is_empty() && !html.contains("neterror");
        ensure!(is_there, "the page did not load");
        Ok(html)
    }
}
