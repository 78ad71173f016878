//! Hands: clicks where an element is seen, and keys.

use anyhow::bail;
use serde_json::{Value, json};

use super::tab::{PATIENCE, Tab};
use crate::wait;

/// Where the first element is that has this text or accessible name (any, without one): a point in it that nothing covers.
const FIND: &str = r"((css, text) => {
    const name = (one) => (one.getAttribute('aria-label') ?? one.innerText ?? '').replace(/\s+/g, ' ').trim();
    const found = [...document.querySelectorAll(css)].filter((one) => text === null || name(one) === text);
    const one = found.find((one) => one.checkVisibility()) ?? found[0];
    if (!one) return { state: 'there is none' };
    one.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const box = one.getClientRects()[0];
    if (!box?.width || !box.height) return { state: 'it has no size' };
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const hit = document.elementFromPoint(x, y);
    if (!hit || !(one.contains(hit) || [...(one.labels ?? [])].some((label) => label.contains(hit))))
        return { state: 'it is covered by ' + (hit?.outerHTML ?? 'nothing').slice(0, 100) };
    return { x, y };
})";

impl Tab {
    /// Clicks the first such element, once it is there and can be hit.
    ///
    /// # Panics
    /// When it never can.
    pub async fn click(&self, css: &str) {
        self.click_at(css, None).await;
    }

    /// Clicks the first such element with this text (or accessible name), whole.
    ///
    /// # Panics
    /// When it never can be hit.
    pub async fn click_on(&self, css: &str, text: &str) {
        self.click_at(css, Some(text)).await;
    }

    /// Clicks what leads to another page, and waits until that has loaded whole.
    ///
    /// # Panics
    /// When it cannot be hit, or nothing loads.
    pub async fn follow(&self, css: &str, text: &str) {
        let pages = self.pages();
        self.click_on(css, text).await;
        if let Err(error) = self.loaded_since(pages).await {
            self.give_up(&format!("the page behind {text:?}"), &error)
                .await;
        }
    }

    async fn click_at(&self, css: &str, text: Option<&str>) {
        let script = format!("{FIND}({}, {})", json!(css), json!(text));
        let point = wait::within(PATIENCE, async || self.point(&script).await).await;
        let (x, y) = match point {
            Ok(point) => point,
            Err(last) => {
                let what = text.map_or_else(String::new, |text| format!(" {text:?}"));
                self.give_up(&format!("{css}{what} to click"), &last).await
            }
        };
        for (kind, buttons) in [("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)] {
            let event = json!({
                "type": kind, "x": x, "y": y, "button": if kind == "mouseMoved" { "none" } else { "left" },
                "buttons": buttons, "clickCount": 1,
            });
            self.must("use the hands", "Input.dispatchMouseEvent", event)
                .await;
        }
    }

    async fn point(&self, script: &str) -> anyhow::Result<(f64, f64)> {
        let found = self.try_evaluate(script).await?;
        let at = |axis: &str| found[axis].as_f64();
        match at("x").zip(at("y")) {
            Some(point) => Ok(point),
            None => bail!("{}", found["state"]),
        }
    }

    /// Clicks a field and writes this in place of what is in it.
    ///
    /// # Panics
    /// When it cannot be clicked.
    pub async fn fill(&self, css: &str, text: &str) {
        self.click(css).await;
        self.press("Control+a").await;
        self.write(text).await;
    }

    /// Chooses from a list by keys, by the words of the choice.
    ///
    /// # Panics
    /// When there is no such choice.
    pub async fn choose(&self, css: &str, words: &str) {
        let list = format!("document.querySelector({})", json!(css));
        self.evaluate(&format!("{list}.focus()")).await;
        self.press("Home").await;
        let chosen = format!("{list}.selectedOptions[0].label");
        let mut before = Value::Null;
        loop {
            let now = self.evaluate(&chosen).await;
            if now == words {
                return;
            }
            assert_ne!(now, before, "{css} has no {words:?}");
            before = now;
            self.press("ArrowDown").await;
        }
    }

    /// Writes where the focus is.
    ///
    /// # Panics
    /// When the browser refuses.
    pub async fn write(&self, text: &str) {
        self.must("use the hands", "Input.insertText", json!({ "text": text }))
            .await;
    }

    /// Presses a key, by its name in the DOM (`Enter`, `Tab`, `ArrowDown`, `Space`, `a`), with `Shift+` or `Control+` before it.
    ///
    /// # Panics
    /// When there is no such key here.
    pub async fn press(&self, key: &str) {
        let event = event(key).unwrap_or_else(|| panic!("no key {key:?}"));
        for kind in ["keyDown", "keyUp"] {
            let mut event = event.clone();
            event["type"] = kind.into();
            if kind == "keyUp" {
                event["text"] = "".into();
            }
            self.must("use the hands", "Input.dispatchKeyEvent", event)
                .await;
        }
    }
}

/// What the protocol calls a key: without its `text` it changes nothing in a field and sends no form.
fn event(key: &str) -> Option<Value> {
    let (modifiers, key) = match key.split_once('+') {
        Some(("Control", key)) => (2, key),
        Some(("Shift", key)) => (8, key),
        Some(_) => return None,
        None => (0, key),
    };
    let (name, code, text) = match key {
        "Tab" => ("Tab", 9, ""),
        "Enter" => ("Enter", 13, "\r"),
        "Escape" => ("Escape", 27, ""),
        "Space" => (" ", 32, " "),
        "Home" => ("Home", 36, ""),
        "ArrowUp" => ("ArrowUp", 38, ""),
        "ArrowDown" => ("ArrowDown", 40, ""),
        _ => {
            let letter = key.chars().next().filter(|_| key.chars().count() == 1)?;
            (key, u32::from(letter.to_ascii_uppercase()), key)
        }
    };
    let text = if modifiers == 2 { "" } else { text };
    let mut event =
        json!({ "key": name, "windowsVirtualKeyCode": code, "modifiers": modifiers, "text": text });
    if (modifiers, key) == (2, "a") {
        // Without a window there is no platform that gives the shortcut its meaning.
        event["commands"] = json!(["selectAll"]);
    }
    Some(event)
}
