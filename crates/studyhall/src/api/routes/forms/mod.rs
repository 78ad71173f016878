//! Forms: one's own, and those of others that one may see.

mod export;
mod list;
mod questions;
mod respond;
mod results;

pub(crate) use respond::{ResponseDraft, SentAnswers, answer_form};

use axum::{extract::State, response::Response};
use serde_json::{Value, json};
use twinbase::prelude::*;
use twinbase_web::{
    Body, Code, IdempotencyKey, IfMatch, IfNoneMatch, Nullable, PathId, Problem, Reply,
    answered_one, body, csv,
    openapi::{Op, Routes, schema},
};

use crate::{
    api::{
        AppState,
        session::{Anybody, CurrentUser, unauthenticated},
    },
    domain::{
        Description, Error, Form, FormChange, Questions, Rule, Title,
        commands::{change_form, close_form, delete_form, open_form},
        queries::visible_form,
    },
};

pub(super) fn routes() -> Routes<AppState> {
    let form = || {
        let question = json!({ "id": "value", "text": "How useful was it?", "required": false, "kind": "scale", "steps": 5 });
        let fields = json!({ "title": "Study group", "description": null, "questions": [question], "closedAt": null });
        schema::shown_as(schema::one::<Form>(), &fields)
    };
    let (all, one) = ("/forms", "/forms/{id}");
    let new = Op::create("Makes a form, as a draft", form()).writes();
    let read = Op::get("A form that you may see; strangers see public ones", form());
    let change = Op::patch(
        "Changes a form; other questions of one that was open are a new version",
        form(),
    );
    let change = change
        .writes()
        .fails(Rule::AnonymityFixed)
        .fails(Rule::FormWithoutQuestions)
        .fails(Rule::FormChangedTooOften);
    let deleted = schema::like(&json!({ "success": true }));
    let delete_it = Op::delete("Deletes a form with all responses to it", deleted).writes();
    let open_it = Op::post("Opens a form for responses", form()).writes();
    let close_it = Op::post("Closes a form: it takes no more responses", form()).writes();
    Routes::new()
        .on(all, list::op(&form()), list::list)
        .on(all, new, create)
        .on(one, read.fails(Code::Unauthenticated), read_one)
        .on(one, change, update)
        .on(one, delete_it, delete)
        .on(
            "/forms/{id}/open",
            open_it.fails(Rule::FormWithoutQuestions),
            open,
        )
        .on(
            "/forms/{id}/close",
            close_it.fails(Rule::FormNotOpen),
            close,
        )
        .on("/forms/{id}/responses", respond::op(), respond::respond)
        .on("/forms/{id}/results", results::op(), results::read)
        .on(
            "/forms/{id}/results.csv",
            Op::file(
                "The responses to one version of your form; a question with several choices has a column for each, 1 where it was taken",
                csv::MEDIA_TYPE,
                export::EXAMPLE,
            )
            .query(
                "version",
                &export::schema(),
                "Which version of the questions; the latest when it is left out.",
            ),
            export::read,
        )
}

/// A form as its owner begins it.
struct FormDraft {
    title: Title,
    description: Nullable<Description>,
    questions: Option<Questions>,
    is_anonymous: Option<bool>,
    allows_more: Option<bool>,
    is_public: Option<bool>,
}

body!(FormDraft {
    title: "Study group",
    description: "Three questions on how it went",
    questions: [
        { "id": "pace", "kind": "oneOf", "text": "How was the pace?", "required": true, "choices": ["Too fast", "Right", "Too slow"] },
        { "id": "value", "kind": "scale", "text": "How useful was it?", "steps": 5 },
        { "id": "wishes", "kind": "longText", "text": "What should be different?" },
    ],
    is_anonymous: true,
    allows_more: false,
    is_public: true,
});
body!(FormChange {
    title: "Study group in May",
    description: null,
    questions: [
        { "id": "pace", "kind": "oneOf", "text": "How was the pace?", "choices": ["Too fast", "Right", "Too slow"] },
        { "id": "value", "kind": "scale", "text": "How useful was it?", "steps": 5 },
    ],
    is_anonymous: false,
    allows_more: true,
    is_public: false,
});

impl FormDraft {
    fn into_form(self, state: &AppState, owner: &AggregateId) -> Form {
        let (id, owner) = (state.twin().new_id(), owner.clone());
        Form {
            description: self.description.flatten(),
            questions: self.questions.unwrap_or_default(),
            is_anonymous: self.is_anonymous.unwrap_or(false),
            allows_more: self.allows_more.unwrap_or(false),
            is_public: self.is_public.unwrap_or(false),
            ..Form::draft(id, owner, self.title, state.now())
        }
    }
}

async fn create(
    State(state): State<AppState>,
    user: CurrentUser,
    key: IdempotencyKey,
    body: Body<FormDraft>,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /forms", &body.sent);
    let new = &body.value.into_form(&state, &user.id);
    let run = |tx: Tx| async move {
        let form = tx.insert(new).await.map_err(Error::from)?;
        let location = format!("/api/v1/forms/{}", form.id);
        Ok(Reply::of(&form, &tx.token().await)?.created(Some(location)))
    };
    state.idempotency().write(claim, run).await
}

/// Exact: who may see it, and whether it is open, must not be yesterday's.
async fn read_one(
    State(state): State<AppState>,
    visitor: Anybody,
    PathId(id): PathId,
    have: IfNoneMatch,
) -> Result<Response, Problem> {
    let form = visible_form(state.twin(), visitor.id(), &id).await;
    match form {
        // A stranger does not learn which forms there are; a member may see it after signing in.
        Err(Error::NotFound { .. }) if visitor.id().is_none() => Err(unauthenticated()),
        form => Ok(answered_one(Answer::from_primary(form?), &have)),
    }
}

async fn update(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
    Body { value: change, .. }: Body<FormChange>,
) -> Result<Reply, Problem> {
    let (owner, id, change, expected) = (&user.id, &id, &change, &expected);
    let run = |tx| async move { change_form(&tx, owner, id, change, expected).await };
    changed(state.twin().write(run).await?)
}

/// Where nothing was to be written, what is answered is to be seen all the same.
fn changed((form, mut token): (Versioned<Form>, Token)) -> Result<Reply, Problem> {
    token.merge(form.token());
    Reply::of(&form, &token)
}

async fn open(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
    key: IdempotencyKey,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /forms/{id}/open", &of_form(&id));
    let (owner, id, expected) = (&user.id, &id, &expected);
    let run = |tx: Tx| async move {
        let form = open_form(&tx, owner, id, expected).await?;
        changed((form, tx.token().await))
    };
    state.idempotency().write(claim, run).await
}

async fn close(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
    key: IdempotencyKey,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /forms/{id}/close", &of_form(&id));
    let (owner, id, expected) = (&user.id, &id, &expected);
    let run = |tx: Tx| async move {
        let form = close_form(&tx, owner, id, expected).await?;
        changed((form, tx.token().await))
    };
    state.idempotency().write(claim, run).await
}

/// What is sent with a deed that has no body.
fn of_form(id: &AggregateId) -> Value {
    json!(id.as_str())
}

/// Answers `{"success": true}` as the seed does.
async fn delete(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
) -> Result<Reply, Problem> {
    let (owner, id, expected) = (&user.id, &id, &expected);
    let run = |tx| async move { delete_form(&tx, owner, id, expected).await };
    let ((), token) = state.twin().write(run).await?;
    Reply::ok(&json!({ "success": true }), &token)
}
