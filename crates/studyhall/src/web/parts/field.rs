//! What is Studyhall's own of its forms' fields: the words for them, and what forms send along.

use maud::Markup;
use serde_json::Value;
use twinbase::prelude::*;
use twinbase_web::fields::{Fields, hidden};

/// How much is wrong with a form, with links to its fields.
pub(in crate::web) fn summary(fields: &Fields) -> Markup {
    fields.summary("save", words)
}

/// The name of a field as its form has it: by default `timeZone` is "Time zone".
pub(in crate::web) fn words(name: &str) -> String {
    let labels = [
        ("username", "Name"),
        ("email", "E-mail address"),
        ("avatar", "Address of a picture"),
        ("dayStart", "My day begins at"),
        ("holidays", "Days off"),
        ("studyHours", "Hours of study"),
        ("completionPct", "Done, in percent"),
        ("subject", "What you study"),
        ("dueAt", "Due"),
        ("startedAt", "From"),
        ("endedAt", "To"),
        ("text", "Your message"),
        ("lines", "The list"),
    ];
    if let Some((_, label)) = labels.into_iter().find(|(of, _)| *of == name) {
        return label.to_owned();
    }
    let mut words = String::with_capacity(name.len());
    for (at, letter) in name.chars().enumerate() {
        match at {
            0 => words.extend(letter.to_uppercase()),
            _ if letter.is_uppercase() => {
                words.push(' ');
                words.extend(letter.to_lowercase());
            }
            _ => words.push(letter),
        }
    }
    words
}

/// What a form says that was changed elsewhere.
pub(in crate::web) const CHANGED_ELSEWHERE: &str =
    "This was changed elsewhere. Your text is below: save it again.";

/// What a form showed at first, sent along: what was changed elsewhere meanwhile is noticed by it, and not by what points do to the
/// same row.
pub(in crate::web) fn shown(values: &Value) -> Markup {
    hidden("shown", &values.to_string())
}

/// Whether a form that was sent had shown something else than these values.
pub(in crate::web) fn is_outdated(sent: &Value, now: &Value) -> bool {
    let shown = sent["shown"].as_str();
    let was = |shown: &str| serde_json::from_str(shown).ok();
    shown.is_some_and(|shown| was(shown).as_ref() != Some(now))
}

/// The form's own key: a second click sends the same request.
pub(in crate::web) fn key(twin: &Twinbase) -> Markup {
    hidden("key", twin.new_id().as_str())
}
