//! `/forms/{id}`: a form to be answered, for everybody who may see it.

use std::num::NonZeroU32;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde_json::{Map, Value, json};
use twinbase::prelude::*;
use twinbase_web::{Body, Fault, Nullable, PageForm, PathId, Problem, body};

use crate::{
    api::{AppState, ResponseDraft, SentAnswers, answer_form},
    domain::{
        Error, Form, FormState, Question, QuestionKind, Rule,
        queries::{has_answered, visible_form},
    },
    web::{
        done::{Done, Said},
        layout::{Page, Place},
        parts::{hidden, reason, refusal, secret_key, to_fix, when},
        viewer::{Viewer, Visitor},
    },
};

/// Answers as the page sends them: `answers.ID`, and `many.ID:0` and so on for what may have several.
pub(super) struct Sent {
    form_version: NonZeroU32,
    answers: Nullable<SentAnswers>,
    many: Nullable<SentAnswers>,
}

body!(Sent {
    form_version: 1,
    answers: { "pace": "Right" },
    many: { "days:0": "Monday" },
});

impl Sent {
    fn draft(self) -> ResponseDraft {
        let answers = self.answers.flatten();
        let mut answers = answers.map_or_else(Map::new, |answers| answers.0);
        let many = self.many.flatten().map_or_else(Map::new, |many| many.0);
        for (name, chosen) in many {
            let question = name.split_once(':').map_or(&*name, |(id, _)| id);
            let all = answers.entry(question).or_insert_with(|| json!([]));
            if let Value::Array(all) = all {
                all.push(chosen);
            }
        }
        ResponseDraft {
            form_version: Some(self.form_version),
            answers: SentAnswers(answers),
        }
    }
}

pub(super) async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let viewer = visitor.viewer();
    let form = match visible_form(state.twin(), viewer.map(Viewer::id), &id).await {
        // A member may see it after signing in.
        Err(Error::NotFound { .. }) if viewer.is_none() => {
            return Ok(Redirect::to(&format!("/login?next=/forms/{id}")).into_response());
        }
        form => form?,
    };
    let answered = match viewer {
        Some(viewer) => has_answered(state.twin(), viewer.id(), &id).await?,
        None => false,
    };
    let zone = viewer.map_or(TimeZone::UTC, Viewer::zone);
    let sheet = Sheet::of(&form, &Value::Null, &[]);
    let body = html! {
        (sheet.about())
        @match form.state {
            FormState::Draft => { p { "This is a draft. " a href={ "/forms/" (id) "/edit" } { "Edit it or open it." } } (sheet.questions(true)) },
            FormState::Closed => (closed(&form, visitor.about().now, &zone)),
            FormState::Open if viewer.is_none() => {
                p { a.button.primary href={ "/login?next=/forms/" (id) } { "Sign in to answer" } }
                (sheet.questions(true))
            },
            FormState::Open if answered && !form.allows_more => p.lead { "You have answered this form. Thank you." },
            FormState::Open => {
                @if answered { p { "You have answered this form before, and may again." } }
                (sheet.form())
            },
        }
        @if answered && !form.is_anonymous { p { a href={ "/forms/" (id) "/copy" } { "See what you answered" } } }
    };
    Ok(Page::new(&*form.title, Place::Forms, body).for_visitor(&visitor))
}

fn closed(form: &Form, now: Timestamp, zone: &TimeZone) -> Markup {
    html! {
        p.lead {
            "This form is closed"
            @if let Some(at) = form.closed_at { " since " (when(at, now, zone)) }
            ". It takes no more answers."
        }
    }
}

pub(super) async fn send(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
    sent: PageForm<Sent>,
) -> Result<Response, Problem> {
    let form = match visible_form(state.twin(), Some(viewer.id()), &id).await {
        Err(error @ Error::NotFound { .. }) => return Ok(gone(&viewer, &sent.sent, &error.into())),
        form => form?,
    };
    let again = |status: StatusCode, faults: &[Fault], why: Option<&str>| {
        let sheet = Sheet::of(&form, &sent.sent, faults);
        let body = html! {
            (sheet.about())
            (refusal(why))
            (sheet.summary())
            (sheet.form())
        };
        let page = Page::new(format!("Error: {}", form.title), Place::Forms, body);
        Ok((status, page.of(&viewer)).into_response())
    };
    let value = match sent.value {
        Ok(value) => value.draft(),
        Err(faults) => return again(StatusCode::UNPROCESSABLE_ENTITY, &faults, None),
    };
    let seen = value.form_version;
    let body = Body {
        value,
        sent: sent.sent.clone(),
    };
    let reply = match answer_form(&state, viewer.id(), &id, sent.key, body).await {
        Ok(reply) => reply,
        Err(problem) => {
            let status = problem.kind().status;
            let is_old =
                seen.is_some_and(|seen| i64::from(seen.get()) != i64::from(form.questions_version));
            return match status {
                // Faults name questions of the version that was seen, and this page has the present ones.
                StatusCode::UNPROCESSABLE_ENTITY if is_old => {
                    let why = "The questions were changed while you answered. Here are the new ones, with your answers where they fit.";
                    again(StatusCode::CONFLICT, &[], Some(why))
                }
                StatusCode::UNPROCESSABLE_ENTITY if problem.faults().is_empty() => {
                    again(status, &[], Some(&reason(&problem)))
                }
                StatusCode::UNPROCESSABLE_ENTITY => again(status, problem.faults(), None),
                StatusCode::CONFLICT if problem.kind() == Rule::AlreadyAnswered.into() => {
                    Ok(Redirect::to(&format!("/forms/{id}")).into_response())
                }
                StatusCode::CONFLICT => again(status, &[], Some(&reason(&problem))),
                StatusCode::NOT_FOUND => Ok(gone(&viewer, &sent.sent, &problem)),
                _ => Err(problem),
            };
        }
    };
    if form.is_anonymous {
        let done = Done::to("/forms?show=answered");
        return Ok(done.saying(Said::SentAnonymously).into_response());
    }
    let done = Done::to(format!("/forms/{id}/copy")).seeing_reply(&viewer, &reply);
    Ok(done.saying(Said::AnswersSent).into_response())
}

/// For whoever answered a form that is not there for them any more: nothing tells why, and what was typed is there to be copied.
fn gone(viewer: &Viewer, sent: &Value, problem: &Problem) -> Response {
    let answers = ["answers", "many"].map(|field| sent[field].as_object());
    let answers = answers.into_iter().flatten().flat_map(Map::values);
    let typed = answers.filter_map(Value::as_str);
    let why = format!("Not sent. {}", reason(problem));
    let body = html! {
        (refusal(Some(&why)))
        @for text in typed.filter(|text| !text.is_empty()) { blockquote { p.words dir="auto" { (text) } } }
        p.buttons { a href="/forms?show=to-answer" { "Forms to answer" } }
    };
    let page = Page::new("Error: not sent", Place::Forms, body).of(viewer);
    (problem.kind().status, page).into_response()
}

/// The questions of a form as fields, with what was sent and what is wrong with it.
struct Sheet<'a> {
    form: &'a Form,
    sent: &'a Value,
    faults: &'a [Fault],
}

impl<'a> Sheet<'a> {
    const fn of(form: &'a Form, sent: &'a Value, faults: &'a [Fault]) -> Self {
        Self { form, sent, faults }
    }

    fn about(&self) -> Markup {
        html! {
            @if let Some(more) = &self.form.description { p.lead.lines { bdi { (more) } } }
            p.quiet.crumb {
                @if self.form.is_anonymous { "Anonymous: nobody sees who gave which answers, not even who asks." }
                @else { "Who asks sees your name with your answers." }
            }
        }
    }

    fn form(&self) -> Markup {
        let path = format!("/forms/{}/responses", self.form.id);
        html! {
            form.stack method="post" action=(path) hx-post=(path) {
                (secret_key())
                (hidden("formVersion", &self.form.questions_version.to_string()))
                (self.questions(false))
                p.buttons { button.primary { "Send" } }
            }
        }
    }

    fn summary(&self) -> Markup {
        let links = self.form.questions.iter().filter_map(|question| {
            let fault = self.fault(question)?;
            let what = html! { bdi { (question.text) } ": " (fault) };
            Some((format!("question-{}", question.id), what))
        });
        to_fix("send", self.faults.len(), links)
    }

    fn fault(&self, question: &Question) -> Option<&str> {
        let pointer = format!("/answers/{}", question.id);
        let mut faults = self.faults.iter();
        let found = faults.find(|fault| fault.pointer.as_deref() == Some(&*pointer))?;
        Some(&found.detail)
    }

    fn questions(&self, is_shown_only: bool) -> Markup {
        html! {
            @for question in self.form.questions.iter() {
                fieldset id={ "question-" (question.id) } disabled[is_shown_only] {
                    legend.lines { bdi { (question.text) } @if question.required { " " span.quiet { "(must be answered)" } } }
                    @if let Some(fault) = self.fault(question) { p.error id={ "error-" (question.id) } { "Error: it " (fault) "." } }
                    (self.control(question))
                }
            }
        }
    }

    fn control(&self, question: &Question) -> Markup {
        let name = format!("answers.{}", question.id);
        let value = self.sent["answers"][&*question.id]
            .as_str()
            .unwrap_or_default();
        let described = self
            .fault(question)
            .map(|_| format!("error-{}", question.id));
        let invalid = described.as_ref().map(|_| "true");
        let label = &*question.text;
        let line = |kind: &str, step: Option<&str>| {
            html! {
                input name=(name) type=(kind) step=[step] value=(value) aria-label=(label) autocomplete="off"
                    aria-describedby=[described.as_deref()] aria-invalid=[invalid];
            }
        };
        let pick = |kind: &str, name: &str, answer: &str, is_chosen: bool| {
            html! { label.pick { input type=(kind) name=(name) value=(answer) checked[is_chosen] aria-describedby=[described.as_deref()]; bdi { (answer) } } }
        };
        html! {
            @match &question.kind {
                QuestionKind::ShortText => (line("text", None)),
                QuestionKind::Number => (line("number", Some("any"))),
                QuestionKind::Date => (line("date", None)),
                QuestionKind::LongText => {
                    textarea name=(name) rows="4" aria-label=(label) aria-describedby=[described.as_deref()] aria-invalid=[invalid] { (value) }
                },
                QuestionKind::OneOf { choices } => { @for choice in choices { (pick("radio", &name, choice, value == &**choice)) } },
                QuestionKind::Scale { steps } => {
                    div.scale { @for step in 1..=steps.get() { @let step = step.to_string(); (pick("radio", &name, &step, value == step)) } }
                },
                QuestionKind::ManyOf { choices } => {
                    @for (at, choice) in choices.iter().enumerate() {
                        @let field = format!("{}:{at}", question.id);
                        @let is_chosen = self.sent["many"][&*field].is_string();
                        (pick("checkbox", &format!("many.{field}"), choice, is_chosen))
                    }
                },
            }
        }
    }
}
