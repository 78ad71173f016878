//! Fields of forms: label, hint, what was sent and what was wrong with it.

use maud::{Markup, html};
use serde_json::Value;
use twinbase::prelude::*;
use twinbase_web::Fault;

/// What a form was sent with, when it is shown again.
#[derive(Debug, Clone, Default)]
pub(in crate::web) struct Fields {
    sent: Value,
    faults: Vec<Fault>,
}

impl Fields {
    /// A form as it is shown first, with these values.
    pub(in crate::web) fn with(values: Value) -> Self {
        let (sent, faults) = (values, Vec::new());
        Self { sent, faults }
    }

    /// A form that was refused.
    pub(in crate::web) fn refused(sent: Value, faults: Vec<Fault>) -> Self {
        Self { sent, faults }
    }

    /// Whether it was refused.
    pub(in crate::web) fn is_refused(&self) -> bool {
        !self.faults.is_empty()
    }

    /// A fault of no field that the form has, or of one that says more than its own name.
    pub(in crate::web) fn summary(&self) -> Markup {
        let links = self.faults.iter().map(|fault| {
            let name = name(fault);
            let what = said(&words(name), &fault.detail);
            (name.to_owned(), html! { (what) })
        });
        to_fix("save", self.faults.len(), links)
    }

    /// What was sent for a field; a password is asked for again.
    pub(in crate::web) fn value(&self, name: &str) -> &str {
        self.sent[name].as_str().unwrap_or_default()
    }

    /// Whether a checkbox was ticked.
    pub(in crate::web) fn is_ticked(&self, name: &str) -> bool {
        matches!(&self.sent[name], Value::Bool(true)) || matches!(self.value(name), "on" | "true")
    }

    fn fault(&self, field: &str) -> Option<&str> {
        let fault = self.faults.iter().find(|fault| name(fault) == field)?;
        Some(&fault.detail)
    }

    /// A field around its control: label, hint, error above it. The control gets the id and `aria-describedby`.
    fn around(&self, name: &str, label: &str, hint: &str, control: &Markup) -> Markup {
        html! {
            div.field {
                label for=(name) { (label) }
                @if !hint.is_empty() { p.hint id={ (name) "-hint" } { (hint) } }
                @if let Some(fault) = self.fault(name) { p.error id={ (name) "-error" } { "Error: " (said("it", fault)) "." } }
                (control)
            }
        }
    }

    fn described(&self, name: &str, hint: &str) -> Option<String> {
        let hint = (!hint.is_empty()).then(|| format!("{name}-hint"));
        let error = self.fault(name).map(|_| format!("{name}-error"));
        let ids: Vec<_> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    /// One line: `kind` is the input's type, `more` its autocomplete.
    pub(in crate::web) fn line(
        &self,
        name: &str,
        label: &str,
        hint: &str,
        kind: &str,
        more: &str,
    ) -> Markup {
        let value = if kind == "password" {
            ""
        } else {
            self.value(name)
        };
        let control = html! {
            input id=(name) name=(name) type=(kind) value=(value) autocomplete=(more) dir="auto"
                aria-describedby=[self.described(name, hint)] aria-invalid=[self.fault(name).map(|_| "true")];
        };
        self.around(name, label, hint, &control)
    }

    /// One line, with these suggestions.
    pub(in crate::web) fn line_of(
        &self,
        name: &str,
        label: &str,
        hint: &str,
        suggestions: impl Iterator<Item = String>,
    ) -> Markup {
        let list = format!("{name}-list");
        let control = html! {
            input id=(name) name=(name) list=(list) value=(self.value(name)) autocomplete="off" dir="auto"
                aria-describedby=[self.described(name, hint)] aria-invalid=[self.fault(name).map(|_| "true")];
            datalist id=(list) { @for words in suggestions { option value=(words) {} } }
        };
        self.around(name, label, hint, &control)
    }

    /// Several lines.
    pub(in crate::web) fn lines(&self, name: &str, label: &str, hint: &str, rows: u8) -> Markup {
        let control = html! {
            textarea id=(name) name=(name) rows=(rows) dir="auto" aria-describedby=[self.described(name, hint)]
                aria-invalid=[self.fault(name).map(|_| "true")] { (self.value(name)) }
        };
        self.around(name, label, hint, &control)
    }

    /// One of several choices, each with its value and its words.
    pub(in crate::web) fn choice(
        &self,
        name: &str,
        label: &str,
        hint: &str,
        choices: &[(&str, &str)],
    ) -> Markup {
        let control = html! {
            select id=(name) name=(name) aria-describedby=[self.described(name, hint)] {
                @for (value, words) in choices {
                    option value=(value) selected[self.value(name) == *value] { (words) }
                }
            }
        };
        self.around(name, label, hint, &control)
    }

    /// A checkbox, which sends `false` when it is not ticked.
    pub(in crate::web) fn tick(&self, name: &str, label: &str) -> Markup {
        html! {
            div.field.tick {
                input type="hidden" name=(name) value="false";
                input id=(name) name=(name) type="checkbox" value="true" checked[self.is_ticked(name)];
                label for=(name) { (label) }
            }
        }
    }
}

/// How much is wrong with a form, and links to the fields, each by its id.
pub(in crate::web) fn to_fix(
    verb: &str,
    count: usize,
    links: impl Iterator<Item = (String, Markup)>,
) -> Markup {
    let things = if count == 1 { "thing" } else { "things" };
    html! {
        @if count > 0 {
            div.errors role="alert" tabindex="-1" autofocus {
                p { strong { (count) " " (things) " to fix before we can " (verb) } }
                ul { @for (id, what) in links { li { a href={ "#" (id) } { (what) } } } }
            }
        }
    }
}

/// Why a form was refused as a whole, if it was.
pub(in crate::web) fn refusal(why: Option<&str>) -> Markup {
    html! { @if let Some(why) = why { div.errors role="alert" tabindex="-1" { p { (why) } } } }
}

/// What a form says of a field that was left empty, in place of [`MISSING`].
const MISSING: &str = "is missing";

/// What is wrong with a field, by the words for it.
pub(in crate::web) fn said(field: &str, detail: &str) -> String {
    match detail {
        MISSING if field == "it" => "write something".to_owned(),
        MISSING => format!("{field}: write something"),
        detail => format!("{field} {detail}"),
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

/// The field's name: the first part of its pointer.
fn name(fault: &Fault) -> &str {
    let pointer = fault.pointer.as_deref().unwrap_or_default();
    pointer
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default()
}

/// A value that a form sends along.
pub(in crate::web) fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
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
