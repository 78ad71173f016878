//! A real browser for tests of pages: Chromium without a window.

mod page;

pub use page::Page;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::environment;
use crate::process::{Child, Stream};

/// Starting the browser on a loaded machine takes most of it.
const DEADLINE: Duration = Duration::from_mins(1);
/// Time that passes for the page, in milliseconds, before it is looked at; idle waits are skipped, not waited for.
const PAGE_TIME_MS: u32 = 5_000;
/// Nothing but the page itself may cause traffic.
const QUIET: [&str; 12] = [
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
    "--hide-scrollbars",
    "--mute-audio",
];

/// How pages are opened: with which browser, in what size, in which colours.
#[derive(Clone, Debug)]
pub struct Browser {
    program: PathBuf,
    width: u32,
    height: u32,
    dark: bool,
}

impl Browser {
    /// The browser that `cargo xtask test` provided; `None` in an `--embedded` run.
    ///
    /// # Panics
    /// When there is no browser and this is not an `--embedded` run.
    pub fn from_env() -> Option<Self> {
        environment::required(environment::BROWSER, "a browser").map(Self::at)
    }

    /// The browser at `program`, with a window of 1280 by 900.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            width: 1280,
            height: 900,
            dark: false,
        }
    }

    /// The same with a window of another size.
    #[must_use]
    pub fn window(self, width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            ..self
        }
    }

    /// The same for somebody who prefers dark colours.
    #[must_use]
    pub fn dark(self) -> Self {
        Self { dark: true, ..self }
    }

    /// Opens `url`, lets its scripts run, and looks at the result.
    ///
    /// # Panics
    /// When the browser fails or the page does not load.
    pub async fn open(&self, url: &str) -> Page {
        match self.try_open(url).await {
            Ok(page) => page,
            Err(error) => panic!("cannot open {url} in a browser: {error:#}"),
        }
    }

    async fn try_open(&self, url: &str) -> anyhow::Result<Page> {
        let folder = tempfile::Builder::new()
            .prefix("twinbase-browser-")
            .tempdir()
            .context("make a folder")?;
        let screenshot = folder.path().join("page.png");
        let mut command = Command::new(&self.program);
        command.args(QUIET);
        command.arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ));
        command.arg(format!("--window-size={},{}", self.width, self.height));
        command.arg(format!("--virtual-time-budget={PAGE_TIME_MS}"));
        // Blink counts dark as 0 and light as 1.
        command.arg(format!(
            "--blink-settings=preferredColorScheme={}",
            u8::from(!self.dark)
        ));
        command
            .arg("--dump-dom")
            .arg(format!("--screenshot={}", screenshot.display()))
            .arg(url);
        let mut browser = Child::spawn_group(&mut command, Some(folder.path()))?;
        let status = browser.exit(DEADLINE).await?;
        let html = browser.output(Some(Stream::Stdout)).join("\n");
        let complaints = browser.output(Some(Stream::Stderr)).join("\n");
        ensure!(
            status.success() && !html.is_empty(),
            "{status}\n{complaints}"
        );
        ensure!(
            !html.contains("neterror"),
            "the page did not load\n{complaints}"
        );
        ensure!(screenshot.is_file(), "no screenshot was made\n{complaints}");
        Ok(Page::new(html, screenshot, folder))
    }
}
