//! A form as it was typed: when it is refused, it is shown again, with what is wrong and what to do.
//!
//! One way for all forms of the console. Whatever a form's post is refused for, a field or the state of what it asks for, its own page is
//! the answer, in the console's frame and with the status of the problem.

use std::ops::Deref;

use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;
use twinbase_web::{
    Problem,
    fields::{Fields, refusal},
};

use super::{Console, frame};
use crate::Operator;

/// A field's name, and the words for it.
pub(super) type Label = (&'static str, &'static str);

/// What a form holds, and why it was refused.
#[derive(Debug, Default)]
pub(super) struct Draft {
    fields: Fields,
    refused: Option<Problem>,
}

impl Deref for Draft {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.fields
    }
}

impl Draft {
    /// A form as it is shown first, with these values.
    pub(super) fn with(values: Value) -> Self {
        Self {
            fields: Fields::with(values),
            refused: None,
        }
    }

    /// A form that was sent, and refused.
    pub(super) fn refused(sent: Value, problem: Problem) -> Self {
        Self {
            fields: Fields::refused(sent, problem.faults().to_vec()),
            refused: Some(problem),
        }
    }

    /// Why it was refused, if it was.
    pub(super) const fn problem(&self) -> Option<&Problem> {
        self.refused.as_ref()
    }

    /// Why the form was refused, on top of it.
    pub(super) fn summary(&self, verb: &str, labels: &[Label]) -> Markup {
        let words = |name: &str| {
            let label = labels.iter().find(|(of, _)| *of == name);
            label.map_or(name, |(_, words)| words).to_owned()
        };
        html! {
            @match &self.refused {
                None => {},
                Some(problem) if problem.faults().is_empty() => (refusal(Some(problem.detail()))),
                Some(_) => (self.fields.summary(verb, words)),
            }
        }
    }

    /// The page of the form.
    pub(super) fn page(
        &self,
        console: &Console,
        operator: &Operator,
        (title, current): (&str, &str),
        body: &Markup,
    ) -> Response {
        let Some(problem) = &self.refused else {
            return frame::page(console, operator, (title, current), body);
        };
        let title = format!("Error: {title}");
        let page = frame::page(console, operator, (&title, current), body);
        problem.on(page)
    }
}
