//! `POST /forms/{id}/responses`: answers a form.

use std::num::NonZeroU32;

use axum::extract::State;
use serde_json::{Map, Value, json};
use twinbase::prelude::*;
use twinbase_web::{
    Body, IdempotencyKey, Part, PathId, Place, Problem, Reply, body,
    openapi::{Op, schema},
};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        Rule,
        commands::{NewResponse, respond as add_response},
        queries::visible_form,
    },
};

pub(super) fn op() -> Op {
    let example = json!({
        "id": "0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f10", "formId": "0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f11",
        "formVersion": 1, "userId": "0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f12",
        "answers": { "pace": "Right", "value": 4 }, "createdAt": "2030-01-31T09:00:00Z",
    });
    let summary = "Answers a form, once unless it allows more; `formVersion` is the `questionsVersion` of the form as it was seen; what was sent to an anonymous form is not answered back";
    Op::create(summary, schema::like(&example))
        .writes()
        .fails(Rule::FormNotOpen)
        .fails(Rule::AlreadyAnswered)
}

/// Answers as they are sent, with the version of the questions that was seen.
pub(crate) struct ResponseDraft {
    pub(crate) form_version: Option<NonZeroU32>,
    pub(crate) answers: SentAnswers,
}

body!(ResponseDraft {
    form_version: 1,
    answers: { "pace": "Right", "value": 4 },
});

/// Answers by the ids of questions; which they must be is known by the form alone.
pub(crate) struct SentAnswers(pub(crate) Map<String, Value>);

impl Part for SentAnswers {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        match value {
            Value::Object(answers) => Some(Self(answers)),
            _ => place.refuse("must be an object"),
        }
    }

    fn schema() -> Value {
        let answer =
            json!({ "type": ["string", "number", "array", "null"], "items": { "type": "string" } });
        json!({ "type": "object", "additionalProperties": answer })
    }
}

pub(super) async fn respond(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    key: IdempotencyKey,
    body: Body<ResponseDraft>,
) -> Result<Reply, Problem> {
    answer_form(&state, &user.id, &id, key, body).await
}

/// The scope of keys: a form of a page and a client have the same.
const ROUTE: &str = "POST /forms/{id}/responses";

/// Adds a user's response to a form, once for a key.
pub(crate) async fn answer_form(
    state: &AppState,
    user: &AggregateId,
    form: &AggregateId,
    key: IdempotencyKey,
    body: Body<ResponseDraft>,
) -> Result<Reply, Problem> {
    let found = visible_form(state.twin(), Some(user), form).await?;
    let sent = json!({ "form": form.as_str(), "body": body.sent });
    let claim = if found.is_anonymous {
        // Even a hash of the answers beside the user's id would tell them, where there are few to guess from.
        key.claim_without_trace(user, ROUTE, &sent)?
    } else {
        key.claim(user, ROUTE, &sent)
    };
    let version = body.value.form_version;
    let new = &NewResponse {
        id: state.twin().new_id(),
        // What is no version of ours is none of the form's.
        form_version: version.map(|version| i32::try_from(version.get()).unwrap_or(i32::MAX)),
        answers: body.value.answers.0,
    };
    let run = |tx: Tx| async move {
        let response = add_response(&tx, user, form, new).await?;
        if response.user_id.is_some() {
            let location = format!("/api/v1/responses/{}", response.id);
            let reply = Reply::ok(&response.value, &tx.token().await)?;
            return Ok(reply.created(Some(location)));
        }
        // What is kept under an idempotency key has a user; neither the answers nor their id, which the token has too,
        // may be beside it.
        let said = json!({ "formId": response.form_id, "formVersion": response.form_version });
        Ok(Reply::ok(&said, &Token::default())?.created(None))
    };
    state.idempotency().write(claim, run).await
}
