//! How pages look and behave on this device.

use axum::http::HeaderValue;
use maud::{Markup, html};
use serde_json::json;
use twinbase_web::{PageForm, Problem, body};

use crate::web::{
    done::{Done, Said},
    parts::Fields,
    viewer::{KEYS, LIVE, THEME, Viewer},
};

pub(super) fn form(viewer: &Viewer) -> Markup {
    let about = &viewer.about;
    let fields = Fields::with(json!({
        "theme": about.theme.unwrap_or("system"), "livePages": about.position.is_some(), "shortcuts": about.has_keys,
    }));
    let choices = [
        ("system", "As the device"),
        ("light", "Light"),
        ("dark", "Dark"),
    ];
    html! {
        form.stack method="post" action="/account/look" {
            h2 { "Look" }
            p.hint { "On this device." }
            (fields.choice("theme", "Colours", "", &choices))
            (fields.tick("livePages", "Pages show by themselves what changes"))
            (fields.tick("shortcuts", "Keys such as / and ? do something"))
            p { a href="/keys" { "All keys" } }
            p.buttons { button { "Save" } }
        }
    }
}

pub(super) struct Look {
    theme: String,
    live_pages: Option<bool>,
    shortcuts: Option<bool>,
}

body!(Look {
    theme: "dark",
    live_pages: true,
    shortcuts: true
});

pub(super) async fn save(_: Viewer, form: PageForm<Look>) -> Result<Done, Problem> {
    let look = form.value.map_err(Problem::invalid_fields)?;
    let theme = match &*look.theme {
        theme @ ("light" | "dark") => theme,
        _ => "",
    };
    let off = |is_on: Option<bool>| if is_on == Some(false) { "off" } else { "" };
    let settings = [
        (THEME, theme),
        (LIVE, off(look.live_pages)),
        (KEYS, off(look.shortcuts)),
    ];
    let done = Done::to("/account").saying(Said::Saved);
    Ok(settings.into_iter().fold(done, |done, (name, value)| {
        done.with_cookie(cookie(name, value))
    }))
}

/// A setting of this device; none when it is as it is for everybody.
fn cookie(name: &str, value: &str) -> Option<HeaderValue> {
    let seconds = if value.is_empty() {
        0
    } else {
        365 * 24 * 3_600
    };
    let text = format!("{name}={value}; Path=/; SameSite=Lax; Max-Age={seconds}");
    HeaderValue::try_from(text).ok()
}
