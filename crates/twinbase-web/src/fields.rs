//! Fields of forms: label, hint, what was sent and what was wrong with it.

use maud::{Markup, html};
use serde_json::Value;

use crate::Fault;

/// What a form was sent with, when it is shown again.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    sent: Value,
    faults: Vec<Fault>,
    /// What its ids begin with.
    prefix: &'static str,
}

impl Fields {
    /// A form as it is shown first, with these values.
    pub fn with(values: Value) -> Self {
        Self::refused(values, Vec::new())
    }

    /// A form that was refused.
    pub fn refused(sent: Value, faults: Vec<Fault>) -> Self {
        Self {
            sent,
            faults,
            prefix: "",
        }
    }

    /// The same form beside others of its page that have fields of these names: its ids begin with this.
    #[must_use]
    pub fn within(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    /// Whether it was refused.
    pub fn is_refused(&self) -> bool {
        !self.faults.is_empty()
    }

    /// What is wrong, on top of the form: how much, and links to the fields, each by the words for it.
    pub fn summary(&self, verb: &str, words: impl Fn(&str) -> String) -> Markup {
        let links = self.faults.iter().map(|fault| {
            let name = name(fault);
            let what = said(&words(name), &fault.detail);
            (self.id(name), html! { (what) })
        });
        to_fix(verb, self.faults.len(), links)
    }

    /// What was sent for a field; a password is asked for again.
    pub fn value(&self, name: &str) -> &str {
        self.sent[name].as_str().unwrap_or_default()
    }

    /// Whether a checkbox was ticked.
    pub fn is_ticked(&self, name: &str) -> bool {
        matches!(&self.sent[name], Value::Bool(true)) || matches!(self.value(name), "on" | "true")
    }

    fn id(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn fault(&self, field: &str) -> Option<&str> {
        let fault = self.faults.iter().find(|fault| name(fault) == field)?;
        Some(&fault.detail)
    }

    /// A field around its control: label, hint, error above it. The control gets the id and `aria-describedby`.
    fn around(&self, name: &str, label: &str, hint: &str, control: &Markup) -> Markup {
        let id = self.id(name);
        html! {
            div.field {
                label for=(id) { (label) }
                @if !hint.is_empty() { p.hint id={ (id) "-hint" } { (hint) } }
                @if let Some(fault) = self.fault(name) { p.error id={ (id) "-error" } { "Error: " (said("it", fault)) "." } }
                (control)
            }
        }
    }

    fn described(&self, name: &str, hint: &str) -> Option<String> {
        let id = self.id(name);
        let hint = (!hint.is_empty()).then(|| format!("{id}-hint"));
        let error = self.fault(name).map(|_| format!("{id}-error"));
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
            input id=(self.id(name)) name=(name) type=(kind) value=(value) autocomplete=(more) dir="auto"
                aria-describedby=[self.described(name, hint)] aria-invalid=[self.fault(name).map(|_| "true")];
        };
        self.around(name, label, hint, &control)
    }

    /// One line, with these suggestions.
    pub fn line_of(
        &self,
        name: &str,
        label: &str,
        hint: &str,
        suggestions: impl Iterator<Item = String>,
    ) -> Markup {
        let list = format!("{}-list", self.id(name));
        let control = html! {
            input id=(self.id(name)) name=(name) list=(list) value=(self.value(name)) autocomplete="off" dir="auto"
                aria-describedby=[self.described(name, hint)] aria-invalid=[self.fault(name).map(|_| "true")];
            datalist id=(list) { @for words in suggestions { option value=(words) {} } }
        };
        self.around(name, label, hint, &control)
    }

    /// A whole number. It is a line of text, so that what is no number is kept as it was typed.
    pub fn number(&self, name: &str, label: &str, hint: &str) -> Markup {
        let control = html! {
            input id=(self.id(name)) name=(name) inputmode="numeric" value=(self.value(name)) autocomplete="off"
                aria-describedby=[self.described(name, hint)] aria-invalid=[self.fault(name).map(|_| "true")];
        };
        self.around(name, label, hint, &control)
    }

    /// Several lines.
    pub fn lines(&self, name: &str, label: &str, hint: &str, rows: u8) -> Markup {
        let control = html! {
            textarea id=(self.id(name)) name=(name) rows=(rows) dir="auto" aria-describedby=[self.described(name, hint)]
                aria-invalid=[self.fault(name).map(|_| "true")] { (self.value(name)) }
        };
        self.around(name, label, hint, &control)
    }

    /// One of several choices, each with its value and its words.
    pub fn choice(&self, name: &str, label: &str, hint: &str, choices: &[(&str, &str)]) -> Markup {
        let control = html! {
            select id=(self.id(name)) name=(name) aria-describedby=[self.described(name, hint)] {
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
                input id=(self.id(name)) name=(name) type="checkbox" value="true" checked[self.is_ticked(name)];
                label for=(self.id(name)) { (label) }
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
