//! A tab: where it is, how it shows pages, and what went wrong on them.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::chromium::Browser;
use super::pipe::lock;
use super::seen::{self, Seen};
use crate::wait;

/// A page that takes longer on a loaded machine never comes.
pub(super) const PATIENCE: Duration = Duration::from_mins(3);

/// Somebody with cookies of their own, until their last tab is dropped.
struct Somebody {
    browser: &'static Browser,
    context: String,
}

impl Drop for Somebody {
    fn drop(&mut self) {
        self.browser.forget(&self.context);
    }
}

/// A tab of a browser.
pub struct Tab {
    somebody: Arc<Somebody>,
    session: String,
    seen: Arc<Mutex<Seen>>,
}

/// Which colours the system asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Tab {
    pub(super) async fn of_somebody_new(browser: &'static Browser) -> anyhow::Result<Self> {
        let context = browser.ask("Target.createBrowserContext", json!({}), "browserContextId");
        let context = context.await?;
        let downloads = browser.folder.join(&context);
        let somebody = Arc::new(Somebody { browser, context });
        let parameters = json!({
            "behavior": "allow",
            "browserContextId": somebody.context,
            "downloadPath": downloads,
        });
        browser
            .call("Browser.setDownloadBehavior", parameters)
            .await?;
        Self::open(somebody).await
    }

    async fn open(somebody: Arc<Somebody>) -> anyhow::Result<Self> {
        let browser = somebody.browser;
        let page = json!({ "url": "about:blank", "browserContextId": somebody.context });
        let target = browser.ask("Target.createTarget", page, "targetId").await?;
        let target = json!({ "targetId": target, "flatten": true });
        let session = browser
            .ask("Target.attachToTarget", target, "sessionId")
            .await?;
        let seen = browser.pipe.follow(&session);
        let tab = Self {
            somebody,
            session,
            seen,
        };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            tab.call(&format!("{domain}.enable"), json!({})).await?;
        }
        Ok(tab)
    }

    /// Another tab of the same person.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub async fn beside(&self) -> Self {
        let opened = Self::open(Arc::clone(&self.somebody)).await;
        opened.unwrap_or_else(|error| panic!("cannot open a second tab: {error:#}"))
    }

    /// Opens a page and waits until it has loaded whole.
    ///
    /// # Panics
    /// When it does not load.
    pub async fn goto(&self, url: &str) {
        let opened = self.try_goto(url).await;
        opened.unwrap_or_else(|error| panic!("cannot open {url} in a browser: {error:#}"));
    }

    async fn try_goto(&self, url: &str) -> anyhow::Result<()> {
        let pages = self.pages();
        let answer = self.call("Page.navigate", json!({ "url": url })).await?;
        let error = answer["errorText"].as_str().unwrap_or_default();
        ensure!(error.is_empty(), "{error}");
        self.loaded_since(pages).await
    }

    /// Loads the page again.
    ///
    /// # Panics
    /// When it does not load.
    pub async fn reload(&self) {
        let pages = self.pages();
        self.must("reload", "Page.reload", json!({})).await;
        let loaded = self.loaded_since(pages).await;
        loaded.unwrap_or_else(|error| panic!("the page does not load again: {error:#}"));
    }

    /// How many pages have been begun.
    pub(super) fn pages(&self) -> u64 {
        lock(&self.seen).pages
    }

    /// Waits until a page that was begun after these has loaded whole.
    pub(super) async fn loaded_since(&self, pages: u64) -> anyhow::Result<()> {
        let loaded = async || lock(&self.seen).loaded > pages;
        let loaded = wait::within(PATIENCE, loaded).await;
        loaded.map_err(|_| anyhow::anyhow!("nothing has loaded in {PATIENCE:?}"))
    }

    /// What went wrong since this was asked last: errors of the console and of scripts, requests that failed, what the
    /// page's policy refused.
    pub fn troubles(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.seen).troubles)
    }

    /// Sets the size of what is shown, in CSS pixels.
    ///
    /// # Panics
    /// When the browser refuses.
    pub async fn resize(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.must("resize", "Emulation.setDeviceMetricsOverride", size)
            .await;
    }

    /// Sets the colours that the system asks for, and that nothing moves: a colour is there at once.
    ///
    /// # Panics
    /// When the browser refuses.
    pub async fn prefer(&self, colours: Colours) {
        let value = match colours {
            Colours::Light => "light",
            Colours::Dark => "dark",
        };
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": value },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.must("set colours", "Emulation.setEmulatedMedia", features)
            .await;
    }

    /// No page of this tab runs scripts from now on.
    ///
    /// # Panics
    /// When the browser refuses.
    pub async fn without_scripts(&self) {
        let off = json!({ "value": true });
        self.must(
            "turn scripts off",
            "Emulation.setScriptExecutionDisabled",
            off,
        )
        .await;
    }

    /// Nothing gets to the network any more, until [`Tab::with_network`].
    ///
    /// # Panics
    /// When the browser refuses.
    pub async fn without_network(&self) {
        self.set_network(json!(true)).await;
    }

    /// The network is there again.
    ///
    /// # Panics
    /// When the browser refuses.
    pub async fn with_network(&self) {
        self.set_network(json!(false)).await;
    }

    async fn set_network(&self, offline: Value) {
        let conditions = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.must(
            "change the network",
            "Network.emulateNetworkConditions",
            conditions,
        )
        .await;
    }

    /// Gives this person a cookie, by name and value, for the site of a URL.
    ///
    /// # Panics
    /// When the browser refuses.
    pub async fn set_cookie(&self, url: &str, (name, value): (&str, &str)) {
        let cookie = json!({ "url": url, "name": name, "value": value });
        self.must("set a cookie", "Network.setCookie", cookie).await;
    }

    /// Keeps a picture (PNG) of what is shown.
    ///
    /// # Panics
    /// When there is none.
    pub async fn screenshot(&self, file: &Path) {
        let kept = self.try_screenshot(file).await;
        kept.unwrap_or_else(|error| panic!("cannot make {}: {error:#}", file.display()));
    }

    async fn try_screenshot(&self, file: &Path) -> anyhow::Result<()> {
        let mut answer = self.call("Page.captureScreenshot", json!({})).await?;
        let data = answer["data"].take();
        let picture = BASE64_STANDARD.decode(data.as_str().context("no picture")?)?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, picture).context("write it")
    }

    /// Waits for a file that this person downloads, and returns its text.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn download(&self, name: &str) -> String {
        let file = self.somebody.browser.folder.join(&self.somebody.context);
        let file = file.join(name);
        let read = async || std::fs::read_to_string(&file);
        wait::until(&format!("the download {name}"), PATIENCE, read).await
    }

    /// What an expression of JavaScript is worth in the page; a promise is waited for.
    ///
    /// # Panics
    /// When it throws.
    pub async fn evaluate(&self, expression: &str) -> Value {
        // Between two pages there is nothing to ask.
        let answer = wait::within(PATIENCE, async || self.answer(expression).await).await;
        let value = answer.map_err(anyhow::Error::msg).and_then(value);
        let shown: String = expression.chars().take(200).collect();
        value.unwrap_or_else(|error| panic!("cannot evaluate {shown}: {error:#}"))
    }

    pub(super) async fn try_evaluate(&self, expression: &str) -> anyhow::Result<Value> {
        value(self.answer(expression).await?)
    }

    async fn answer(&self, expression: &str) -> anyhow::Result<Value> {
        let parameters =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        self.call("Runtime.evaluate", parameters).await
    }

    pub(super) async fn call(&self, method: &str, parameters: Value) -> anyhow::Result<Value> {
        let pipe = &self.somebody.browser.pipe;
        pipe.call(Some(&self.session), method, parameters).await
    }

    pub(super) async fn must(&self, what: &str, method: &str, parameters: Value) {
        let done = self.call(method, parameters).await;
        if let Err(error) = done {
            panic!("cannot {what}: {error:#}");
        }
    }
}

fn value(mut answer: Value) -> anyhow::Result<Value> {
    let thrown = &answer["exceptionDetails"];
    ensure!(thrown.is_null(), "{}", seen::exception(thrown));
    Ok(answer["result"]["value"].take())
}
