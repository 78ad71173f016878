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

/// What a form showed at first, sent along: what was changed elsewhere meanwhile is noticed by it, and not by what points do to the
/// same row.
pub(in crate::web) fn shown(values: &Value) -> Markup {
    hidden("shown", &values.to_string())
}

/// A form that was sent when what it had [`shown`] was not so any more, beside what is newer.
pub(in crate::web) fn if_outdated(sent: &Value, now: &Value) -> Option<Fields> {
    let shown = sent["shown"].as_str()?;
    let shown: Value = serde_json::from_str(shown).unwrap_or_default();
    let newer = newer(&shown, now);
    (!newer.is_empty()).then(|| Fields::with(sent.clone()).beside(newer))
}

/// The fields that are not now as they were, as they are now.
pub(in crate::web) fn newer(before: &Value, now: &Value) -> Vec<(String, String)> {
    let fields = now.as_object().into_iter().flatten();
    let differ = fields
        .filter(|(name, value)| !text(&before[name.as_str()]).lines().eq(text(value).lines()));
    let told = differ.map(|(name, value)| {
        let value = match text(value) {
            "" => "nothing".to_owned(),
            "true" => "yes".to_owned(),
            "false" => "no".to_owned(),
            hour if name == "dayStart" => format!("{hour:0>2}:00"),
            text => text.lines().collect::<Vec<_>>().join(", "),
        };
        (name.clone(), value)
    });
    told.collect()
}

/// A value as a form sends it.
fn text(value: &Value) -> &str {
    match value {
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        value => value.as_str().unwrap_or_default(),
    }
}

/// The form's own key: a second click sends the same request.
pub(in crate::web) fn key(twin: &Twinbase) -> Markup {
    hidden("key", twin.new_id().as_str())
}
