//! Fields of forms: label, hint, what was sent and what was wrong with it.

use maud::{Markup, html};
use serde_json::Value;

use crate::Fault;

/// What a form was sent with, when it is shown again.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    sent: Value,
    faults: Vec<Fault>,
    /// Why it was refused as a whole.
    why: Option<String>,
    /// What was changed elsewhere meanwhile, by name, as it is now.
    newer: Vec<(String, String)>,
}

impl Fields {
    /// A form as it is shown first, with these values.
    pub fn with(values: Value) -> Self {
        Self {
            sent: values,
            ..Self::default()
        }
    }

    /// A form that was refused.
    pub fn refused(sent: Value, faults: Vec<Fault>) -> Self {
        Self {
            faults,
            ..Self::with(sent)
        }
    }

    /// A form that was refused, and not for a field.
    pub fn because(sent: Value, why: String) -> Self {
        Self {
            why: Some(why),
            ..Self::with(sent)
        }
    }

    /// The same form beside what was changed elsewhere meanwhile: names of fields and what they are now.
    #[must_use]
    pub fn beside(self, newer: Vec<(String, String)>) -> Self {
        Self { newer, ..self }
    }

    /// Whether it was refused.
    pub fn is_refused(&self) -> bool {
        !self.faults.is_empty() || self.why.is_some() || !self.newer.is_empty()
    }

    /// What is wrong, on top of the form: why it was refused, what is newer, and links to the fields, each by the words for it.
    pub fn summary(&self, verb: &str, words: impl Fn(&str) -> String) -> Markup {
        let links = self.faults.iter().map(|fault| {
            let name = name(fault);
            let what = said(&words(name), &fault.detail);
            (name.to_owned(), html! { (what) })
        });
        html! {
            (refusal(self.why.as_deref()))
            (self.newer(&words))
            (to_fix(verb, self.faults.len(), links))
        }
    }

    /// What was changed elsewhere, so that whoever saves again knows what they replace.
    pub fn newer(&self, words: impl Fn(&str) -> String) -> Markup {
        html! {
            @if !self.newer.is_empty() {
                div.errors role="alert" tabindex="-1" {
                    p { "This was changed elsewhere. Here is what is newer; your text is below: save it again to replace this." }
                    ul { @for (name, value) in &self.newer { li { (words(name)) ": " bdi { (value) } } } }
                }
            }
        }
    }

    /// What was sent for a field; a password is asked for again.
    pub fn value(&self, name: &str) -> &str {
        self.sent[name].as_str().unwrap_or_default()
    }

    /// Whether a checkbox was ticked.
    pub fn is_ticked(&self, name: &str) -> bool {
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
    pub fn line(&self, name: &str, label: &str, hint: &str, kind: &str, more: &str) -> Markup {
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

    /// A whole number. It is a line of text, so that what is no number is kept as it was typed.
    pub fn number(&self, name: &str, label: &str, hint: &str) -> Markup {
        let control = html! {
            input id=(name) name=(name) inputmode="numeric" value=(self.value(name)) autocomplete="off"
                aria-describedby=[self.described(name, hint)] aria-invalid=[self.fault(name).map(|_| "true")];
        };
        self.around(name, label, hint, &control)
    }

    /// Several lines.
    pub fn lines(&self, name: &str, label: &str, hint: &str, rows: u8) -> Markup {
        let control = html! {
            textarea id=(name) name=(name) rows=(rows) dir="auto" aria-describedby=[self.described(name, hint)]
                aria-invalid=[self.fault(name).map(|_| "true")] { (self.value(name)) }
        };
        self.around(name, label, hint, &control)
    }

    /// One of several choices, each with its value and its words.
    pub fn choice(&self, name: &str, label: &str, hint: &str, choices: &[(&str, &str)]) -> Markup {
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
    pub fn tick(&self, name: &str, label: &str) -> Markup {
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
pub fn to_fix(verb: &str, count: usize, links: impl Iterator<Item = (String, Markup)>) -> Markup {
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
pub fn refusal(why: Option<&str>) -> Markup {
    html! { @if let Some(why) = why { div.errors role="alert" tabindex="-1" { p { (why) } } } }
}

/// What a form says of a field that was left empty, in place of [`MISSING`].
const MISSING: &str = "is missing";

/// What is wrong with a field, by the words for it.
pub fn said(field: &str, detail: &str) -> String {
    match detail {
        MISSING if field == "it" => "write something".to_owned(),
        MISSING => format!("{field}: write something"),
        detail => format!("{field} {detail}"),
    }
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
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}
