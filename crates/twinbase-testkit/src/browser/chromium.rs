//! The browser's process: started once for all tests of a process, and gone with it.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::pipe::Pipe;
use super::tab::Tab;
use crate::process::Watchdog;
use crate::servers::{environment, folder};

/// The protocol's two pipes are the file descriptors 3 and 4, which `Command` cannot set: a shell moves them there.
const WITH_PIPES: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null"#;
/// Nothing but the page itself may cause traffic.
const QUIET: [&str; 13] = [
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--mute-audio",
];

/// A running Chromium.
pub struct Browser {
    pub(super) pipe: Pipe,
    /// Its profile and what it downloads.
    pub(super) folder: PathBuf,
    /// Ends it with this process, and removes the folder.
    _watchdog: Option<Watchdog>,
}

static SHARED: LazyLock<Result<Browser, String>> = LazyLock::new(|| {
    let program = environment::value(environment::BROWSER).unwrap_or_default();
    Browser::start(&program).map_err(|error| format!("{error:#}"))
});

impl Browser {
    /// The browser that `cargo xtask test` provided, started by the first who asks; `None` in an `--embedded` run.
    ///
    /// # Panics
    /// When there is no browser and this is not an `--embedded` run, or it does not start.
    pub fn from_env() -> Option<&'static Self> {
        environment::required(environment::BROWSER, "a browser")?;
        match &*SHARED {
            Ok(browser) => Some(browser),
            Err(error) => panic!("cannot start the browser: {error}"),
        }
    }

    fn start(program: &str) -> anyhow::Result<Self> {
        // The watchdog removes it: what is shared by all tests is never dropped.
        let folder = folder("browser")?.keep();
        let log = std::fs::File::create(folder.join("log")).context("make the browser's log")?;
        let mut process = Command::new("sh")
            .args(["-c", WITH_PIPES, program])
            .args(QUIET)
            .arg(format!(
                "--user-data-dir={}",
                folder.join("profile").display()
            ))
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("start {program}"))?;
        let watchdog = Watchdog::over(process.id(), Some(&folder)).ok();
        let (to, from) = (process.stdin.take(), process.stdout.take());
        let pipe = Pipe::new(to.context("its input")?, from.context("its output")?);
        Ok(Self {
            pipe,
            folder,
            _watchdog: watchdog,
        })
    }

    /// An empty tab of somebody whom no site knows.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub async fn tab(&'static self) -> Tab {
        let opened = Tab::of_somebody_new(self).await;
        opened.unwrap_or_else(|error| panic!("cannot open a tab: {error:#}"))
    }

    pub(super) async fn call(&self, method: &str, parameters: Value) -> anyhow::Result<Value> {
        self.pipe.call(None, method, parameters).await
    }

    /// A field of an answer that is text.
    pub(super) async fn ask(
        &self,
        method: &str,
        parameters: Value,
        field: &str,
    ) -> anyhow::Result<String> {
        let answer = self.call(method, parameters).await?;
        let text = answer[field].as_str().map(str::to_owned);
        text.with_context(|| format!("{method} returned no {field}"))
    }

    /// Forgets somebody and closes their tabs.
    pub(super) fn forget(&self, context: &str) {
        let parameters = json!({ "browserContextId": context });
        self.pipe
            .send(None, "Target.disposeBrowserContext", parameters)
            .ok();
    }
}
