//! What is Studyhall's own of its forms' fields: the words for them, and what forms send along.

use std::ops::Deref;

use maud::{Markup, html};
use serde_json::Value;
use twinbase::prelude::*;
use twinbase_web::{
    Fault, Problem,
    fields::{self, hidden, refusal},
};
use uuid::Uuid;

use super::reason;

/// What a form was sent with, when it is shown again.
#[derive(Debug, Clone, Default)]
pub(in crate::web) struct Fields {
    form: fields::Fields,
    /// Why it was refused as a whole.
    why: Option<String>,
    /// What was changed elsewhere meanwhile, by name, as it is now.
    newer: Vec<(String, String)>,
}

impl Deref for Fields {
    type Target = fields::Fields;

    fn deref(&self) -> &fields::Fields {
        &self.form
    }
}

impl Fields {
    /// A form as it is shown first, with these values.
    pub(in crate::web) fn with(values: Value) -> Self {
        Self {
            form: fields::Fields::with(values),
            ..Self::default()
        }
    }

    /// A form that was refused.
    pub(in crate::web) fn refused(sent: Value, faults: Vec<Fault>) -> Self {
        Self {
            form: fields::Fields::refused(sent, faults),
            ..Self::default()
        }
    }

    /// A form that was sent when what it had shown (see [`shown`]) was not so any more.
    pub(in crate::web) fn if_outdated(sent: &Value, now: &Value) -> Option<Self> {
        let shown = sent["shown"].as_str()?;
        let shown: Value = serde_json::from_str(shown).unwrap_or_default();
        let newer = newer(&shown, now);
        (!newer.is_empty()).then(|| Self::with(sent.clone()).beside(newer))
    }

    /// The same beside what is newer.
    pub(in crate::web) fn beside(self, newer: Vec<(String, String)>) -> Self {
        Self { newer, ..self }
    }

    /// A form that was refused, and not for a field.
    pub(in crate::web) fn because(sent: Value, problem: &Problem) -> Self {
        Self {
            why: Some(reason(problem)),
            ..Self::with(sent)
        }
    }

    /// The same form beside others of its page that have fields of these names; see [`fields::Fields::within`].
    pub(in crate::web) fn within(&self, prefix: &'static str) -> Self {
        Self {
            form: self.form.clone().within(prefix),
            ..self.clone()
        }
    }

    /// Whether it was refused.
    pub(in crate::web) fn is_refused(&self) -> bool {
        self.form.is_refused() || self.why.is_some() || !self.newer.is_empty()
    }

    /// Why it was refused, with links to the fields that have faults.
    pub(in crate::web) fn summary(&self) -> Markup {
        html! {
            (refusal(self.why.as_deref()))
            (self.newer())
            (self.form.summary("save", words))
        }
    }

    /// What was changed elsewhere, so that whoever saves again knows what they replace.
    pub(in crate::web) fn newer(&self) -> Markup {
        html! {
            @if !self.newer.is_empty() {
                div.errors role="alert" tabindex="-1" {
                    p { "This was changed elsewhere. Here is what is newer; your text is below: save it again to replace this." }
                    ul { @for (name, value) in &self.newer { li { (words(name)) ": " bdi { (value) } } } }
                }
            }
        }
    }
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

/// The same for a form whose key nobody may guess: see [`twinbase_web::IdempotencyKey::claim_without_trace`]. An id tells its time, and shares a
/// part with others of that time.
pub(in crate::web) fn secret_key() -> Markup {
    hidden("key", &Uuid::new_v4().to_string())
}
