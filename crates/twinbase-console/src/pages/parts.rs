//! Small pieces of several pages.

use std::time::Duration;

use jiff::Timestamp;
use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use twinbase::prelude::*;

pub(super) use crate::view::number;
use crate::view::shown;

/// A moment as people read it, with the exact one for machines. Everything here is in UTC, as logs are.
pub(super) fn moment(at: Timestamp) -> Markup {
    html! {
        time datetime=(at) { (at.strftime("%Y-%m-%d %H:%M:%S")) }
    }
}

/// A moment that need not have come.
pub(super) fn perhaps(at: Option<Timestamp>) -> Markup {
    html! {
        @if let Some(at) = at { (moment(at)) } @else { "–" }
    }
}

/// How long something takes, in the two largest units.
pub(super) fn lasting(period: Duration) -> String {
    let seconds = period.as_secs();
    match seconds {
        0 => "under 1 s".to_owned(),
        1..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// How something is: a sign, a word and a colour.
pub(super) fn state(class: &str, word: &str) -> Markup {
    let sign = match class {
        "good" => "●",
        "warn" => "▲",
        "bad" => "✖",
        _ => "○",
    };
    html! {
        span class=(class) { (sign) " " (word) }
    }
}

/// The status of an event.
pub(super) fn status(status: EventStatus) -> Markup {
    let class = match status {
        EventStatus::Applied => "good",
        EventStatus::Retrying => "warn",
        EventStatus::Failed => "bad",
        EventStatus::Pending | EventStatus::Discarded => "quiet",
    };
    state(class, status.name())
}

/// What has the whole of what is too long for a page.
const WHOLE: &str = "the API";

/// Data as JSON with its lines.
pub(super) fn json(value: &Value) -> Markup {
    let text = serde_json::to_string_pretty(&shown(value, WHOLE)).unwrap_or_default();
    html! {
        pre tabindex="0" { code { (text) } }
    }
}

/// Data as JSON, of a text that may be none.
pub(super) fn json_text(text: &str) -> Markup {
    let value = serde_json::from_str(text);
    json(&value.unwrap_or_else(|_| text.into()))
}

/// A value in a cell.
pub(super) fn value(value: &Value) -> Markup {
    html! {
        code { (shown(value, WHOLE)) }
    }
}

/// A text as a part of a path or of a query.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A query of these parameters, those that are there.
pub(super) fn query(pairs: &[(&str, Option<&str>)]) -> String {
    let there = pairs.iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        Some(format!("{name}={}", encoded(value)))
    });
    let there: Vec<_> = there.collect();
    if there.is_empty() {
        String::new()
    } else {
        format!("?{}", there.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_people_write_them() {
        for (seconds, text) in [
            (0, "under 1 s"),
            (61, "1 min 1 s"),
            (3_700, "1 h 1 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(lasting(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_query_has_what_is_there_and_nothing_escapes() {
        let pairs = [("a", Some("x&y=ü")), ("b", None), ("c", Some(""))];
        assert_eq!(query(&pairs), "?a=x%26y%3D%C3%BC");
        assert_eq!(query(&[]), "");
    }
}
