//! `/forms/{id}/edit`: the builder. One form with a button for each thing that can be done to its questions; only Save
//! writes.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde_json::{Value, json};
use twinbase::prelude::*;
use twinbase_web::{Fault, PageForm, PathId, Problem};

use super::{
    draft::{Built, Deed, Row, after, rows_of, rows_sent},
    list::badge,
    questions::row,
};
use crate::{
    api::AppState,
    domain::{
        Error, Form, FormState,
        commands::{change_form, close_form, open_form},
        queries::own_form,
    },
    web::{
        done::{Done, Said},
        layout::{Page, Place},
        parts::{Fields, hidden, newer, refusal, said, to_fix, when, words},
        viewer::Viewer,
    },
};

/// What the builder shows: the form as it is kept, and as it is being written.
struct Builder {
    form: Versioned<Form>,
    /// The version that the writing began with: what is saved is checked against it.
    version: Version,
    fields: Fields,
    rows: Vec<Row>,
    faults: Vec<Fault>,
    /// The question that was just moved or added.
    focus: Option<usize>,
    /// Why it was not saved, or not opened.
    refusal: Option<String>,
}

/// What a form is beside its questions, as its fields have it.
fn values(form: &Form) -> Value {
    json!({
        "title": &*form.title, "description": form.description.as_deref(), "isAnonymous": form.is_anonymous,
        "allowsMore": form.allows_more, "isPublic": form.is_public,
    })
}

impl Builder {
    fn of(form: Versioned<Form>) -> Self {
        Self {
            rows: rows_of(&form),
            fields: Fields::with(values(&form)),
            version: form.version,
            form,
            faults: Vec::new(),
            focus: None,
            refusal: None,
        }
    }

    /// With what was sent instead of what is kept: nothing that was typed is lost.
    fn with(self, sent: &Value, faults: Vec<Fault>) -> Self {
        Self {
            rows: rows_sent(sent),
            fields: Fields::refused(sent.clone(), faults.clone()),
            faults,
            ..self
        }
    }

    /// What is kept and not as it was sent. What the form did not have, as of one that was opened, was not sent.
    fn newer(&self, sent: &Value) -> Vec<(String, String)> {
        let mut newer = newer(sent, &values(&self.form));
        newer.retain(|(name, _)| !sent[name.as_str()].is_null());
        let kept = rows_of(&self.form);
        for (at, row) in kept.iter().enumerate() {
            let sent = self.rows.get(at);
            if !sent.is_some_and(|sent| sent.is_kept_as(row)) {
                newer.push((format!("Question {}", at + 1), row.text.clone()));
            }
        }
        if kept.len() < self.rows.len() {
            newer.push(("Questions".to_owned(), format!("{} in all", kept.len())));
        }
        newer
    }

    /// Whether all is as it was to be: it was sent twice.
    fn is_done(&self, deed: Deed, sent: &Value) -> bool {
        let is_so = match deed {
            Deed::Open => self.form.state == FormState::Open,
            Deed::Close => self.form.state == FormState::Closed,
            _ => true,
        };
        is_so && self.newer(sent).is_empty()
    }

    /// Beside what is newer, which another one has saved.
    fn outdated(mut self, sent: &Value) -> Self {
        let newer = self.newer(sent);
        // Who saves again has seen that there is a newer one.
        self.version = self.form.version;
        if newer.is_empty() {
            let words = "This was changed elsewhere. Your text is below: save it again.";
            return self.refusing(words.to_owned());
        }
        self.fields = self.fields.beside(newer);
        self
    }

    fn refusing(self, reason: String) -> Self {
        let refusal = Some(reason);
        Self { refusal, ..self }
    }

    fn answer(self, viewer: &Viewer, status: StatusCode) -> Response {
        let is_error = self.fields.is_refused() || self.refusal.is_some();
        let title = if is_error {
            "Error: edit form"
        } else {
            "Edit form"
        };
        let page = Page::new(
            title,
            Place::Forms,
            self.body(viewer.about.now, &viewer.zone()),
        );
        (status, page.of(viewer)).into_response()
    }

    fn body(&self, now: Timestamp, zone: &TimeZone) -> Markup {
        let form = &self.form;
        let path = format!("/forms/{}", form.id);
        html! {
            (self.state(now, zone))
            (refusal(self.refusal.as_deref()))
            (self.fields.newer())
            (self.summary())
            form.stack #builder method="post" action={ (path) "/edit" } hx-post={ (path) "/edit" } {
                (hidden("version", &self.version.to_string()))
                // Enter in a field saves, and does not press the first button below.
                button.default name="do" value="save" tabindex="-1" aria-hidden="true" { "Save" }
                (self.fields.line("title", "Title", "Up to 200 characters.", "text", "off"))
                (self.fields.lines("description", "More about it", "", 3))
                (self.settings())
                @for (at, question) in self.rows.iter().enumerate() {
                    (row(at, question, self.rows.len(), &self.faults, self.focus == Some(at)))
                }
                p.buttons { button name="do" value="add" { "Add a question" } }
                @if form.was_opened() {
                    p.hint { "Other questions than now make version " (form.questions_version + 1) ". Answers so far stay with theirs." }
                }
                p.buttons { button.primary name="do" value="save" { "Save" } a href="/forms" { "Back to the list" } }
            }
        }
    }

    /// Whether it is open, and the button that changes that: one of the form below, so that what was typed is saved first.
    fn state(&self, now: Timestamp, zone: &TimeZone) -> Markup {
        let form = &self.form;
        let path = format!("/forms/{}", form.id);
        let (verb, word) = match form.state {
            FormState::Draft => ("open", "Open it for answers"),
            FormState::Open => ("close", "Close it"),
            FormState::Closed => ("open", "Open it again"),
        };
        html! {
            p.buttons {
                (badge(form.state))
                @match (form.state, form.opened_at, form.closed_at) {
                    (FormState::Open, Some(at), _) | (FormState::Closed, _, Some(at)) => span { "since " (when(at, now, zone)) },
                    _ => span { "Only you see it." },
                }
                button form="builder" name="do" value=(verb) { (word) }
                @if form.was_opened() { a href=(path) { "See it" } a href={ (path) "/results" } { "Results" } }
            }
        }
    }

    fn settings(&self) -> Markup {
        html! {
            fieldset.group {
                legend { "Who answers" }
                (self.fields.tick("isPublic", "Public: everybody finds it. Else members answer who have its link."))
                (self.fields.tick("allowsMore", "One person may answer more than once"))
                @if self.form.was_opened() {
                    p.quiet {
                        @if self.form.is_anonymous { "Answers are anonymous: nobody sees who gave which." }
                        @else { "You see who gave which answers." }
                        " This cannot change any more."
                    }
                } @else {
                    (self.fields.tick("isAnonymous", "Anonymous: nobody sees who gave which answers, not even you"))
                }
            }
        }
    }

    fn summary(&self) -> Markup {
        let links = self.faults.iter().map(|fault| {
            let (field, name) = place(fault);
            let what = said(&name, &fault.detail);
            (field, html! { (what) })
        });
        to_fix("save", self.faults.len(), links)
    }
}

/// The id of the field that a fault is about, and its name for people.
fn place(fault: &Fault) -> (String, String) {
    let pointer = fault.pointer.as_deref().unwrap_or_default();
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    match parts.as_slice() {
        ["questions", at, field, ..] => (format!("q{at}.{field}"), question_name(at)),
        ["questions", at] => (format!("q{at}.kind"), question_name(at)),
        [field, ..] => ((*field).to_owned(), words(field)),
        [] => ("title".to_owned(), "The form".to_owned()),
    }
}

fn question_name(at: &str) -> String {
    let number = at.parse().map_or(0, |at: usize| at + 1);
    format!("Question {number}")
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let form = own_form(state.twin(), viewer.id(), &id).await?;
    Ok(Builder::of(form).answer(&viewer, StatusCode::OK))
}

pub(super) async fn save(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
    sent: PageForm<Built>,
) -> Result<Response, Problem> {
    let form = own_form(state.twin(), viewer.id(), &id).await?;
    let mut builder = Builder::of(form);
    if let Expected::OneOf(versions) = &sent.expected {
        builder.version = versions.first().copied().unwrap_or(builder.version);
    }
    let built = match sent.value {
        Ok(built) => built,
        Err(faults) => {
            let builder = builder.with(&sent.sent, faults);
            return Ok(builder.answer(&viewer, StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    let builder = builder.with(&sent.sent, Vec::new());
    let Some(change) = &built.change else {
        let (rows, focus) = after(built.deed, builder.rows);
        let builder = Builder {
            rows,
            focus,
            ..builder
        };
        return Ok(builder.answer(&viewer, StatusCode::OK));
    };
    let (owner, id, expected) = (viewer.id(), &id, &sent.expected);
    let deed = built.deed;
    let run = |tx: Tx| async move {
        let form = change_form(&tx, owner, id, change, expected).await?;
        match deed {
            Deed::Open => open_form(&tx, owner, id, &Expected::Any).await,
            Deed::Close => close_form(&tx, owner, id, &Expected::Any).await,
            _ => Ok(form),
        }
    };
    let done = |form: &Versioned<Form>, mut token: Token| {
        token.merge(form.token());
        let done = Done::to(format!("/forms/{id}/edit")).seeing(&viewer, &token);
        let said = match deed {
            Deed::Open => Said::FormOpened,
            Deed::Close => Said::FormClosed,
            _ => Said::Saved,
        };
        done.saying(said).into_response()
    };
    let builder = match state.twin().write(run).await {
        Ok((form, token)) => return Ok(done(&form, token)),
        Err(Error::Primary(PrimaryError::VersionConflict { .. })) => {
            // As it is now: it may have changed since it was read above.
            let form = own_form(state.twin(), owner, id).await?;
            let builder = Builder { form, ..builder };
            if builder.is_done(deed, &sent.sent) {
                return Ok(done(&builder.form, Token::default()));
            }
            builder.outdated(&sent.sent)
        }
        Err(Error::Rule(rule)) => builder.refusing(rule.to_string()),
        Err(error) => return Err(error.into()),
    };
    Ok(builder.answer(&viewer, StatusCode::CONFLICT))
}
