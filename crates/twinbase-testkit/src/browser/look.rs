//! What a person sees on a page, asked for by CSS selectors.

use std::fmt::Display;

use serde_json::{Value, json};

use super::tab::{PATIENCE, Tab};
use crate::wait;

impl Tab {
    /// The document as it is now.
    ///
    /// # Panics
    /// When the page cannot be asked.
    pub async fn html(&self) -> String {
        let html = self.evaluate("document.documentElement.outerHTML").await;
        html.as_str().unwrap_or_default().to_owned()
    }

    /// The path and query of the page.
    ///
    /// # Panics
    /// When the page cannot be asked.
    pub async fn path(&self) -> String {
        let path = self.evaluate("location.pathname + location.search").await;
        path.as_str().unwrap_or_default().to_owned()
    }

    /// The text of each element, as it is seen: without what is hidden.
    ///
    /// # Panics
    /// When the page cannot be asked.
    pub async fn texts(&self, css: &str) -> Vec<String> {
        let texts = self.evaluate(&texts(css)).await;
        strings(&texts)
    }

    /// An attribute of the first such element.
    ///
    /// # Panics
    /// When there is no such element, or the page cannot be asked.
    pub async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        let script = format!(
            "document.querySelector({}).getAttribute({})",
            json!(css),
            json!(name)
        );
        self.evaluate(&script).await.as_str().map(str::to_owned)
    }

    /// Waits until an element's text contains this.
    ///
    /// # Panics
    /// When that does not happen, with what was there.
    pub async fn until_text(&self, css: &str, text: &str) {
        self.until(css, &format!("{text:?} in {css}"), |texts| {
            texts.iter().any(|shown| shown.contains(text))
        })
        .await;
    }

    /// Waits until no element's text contains this.
    ///
    /// # Panics
    /// When that does not happen, with what was there.
    pub async fn until_no_text(&self, css: &str, text: &str) {
        self.until(css, &format!("no {text:?} in {css}"), |texts| {
            !texts.iter().any(|shown| shown.contains(text))
        })
        .await;
    }

    /// Waits for texts of elements that are as they should be.
    async fn until(&self, css: &str, what: &str, is_fine: impl Fn(&[String]) -> bool) {
        let look = async || match self.try_evaluate(&texts(css)).await {
            Ok(texts) if is_fine(&strings(&texts)) => Ok(()),
            Ok(texts) => Err(texts.to_string()),
            // Between two pages there is nothing to ask.
            Err(error) => Err(format!("{error:#}")),
        };
        match wait::within(PATIENCE, look).await {
            Ok(()) => {}
            Err(last) => self.give_up(what, &last).await,
        }
    }

    /// Fails, with where one is and what is there.
    pub(super) async fn give_up(&self, what: &str, last: &(dyn Display + Sync)) -> ! {
        let page = self.try_evaluate("location.href + '\\n' + document.body.innerText");
        let page = page.await.unwrap_or_default();
        let page = page.as_str().unwrap_or_default();
        let troubles = self.troubles();
        panic!("waited {PATIENCE:?} for {what}; the last state was: {last}\n{troubles:?}\n{page}")
    }
}

fn texts(css: &str) -> String {
    format!(
        "[...document.querySelectorAll({})].map((one) => one.innerText ?? one.textContent)",
        json!(css)
    )
}

fn strings(of: &Value) -> Vec<String> {
    let all = of.as_array().into_iter().flatten();
    all.map(|one| one.as_str().unwrap_or_default().to_owned())
        .collect()
}
