//! `GET /forms/{id}/results`: what was answered, for the owner.

use axum::{extract::State, response::Response};
use serde_json::json;
use twinbase_web::{
    PathId, Problem, ReadRequest, answered,
    openapi::{Op, schema},
};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::queries::results,
};

pub(super) fn op() -> Op {
    let question = json!({
        "id": "value", "text": "How useful was it?", "required": false, "kind": "scale", "steps": 5, "answered": 3,
        "mean": 4.33, "counts": [{ "answer": 4, "count": 2, "share": 0.5 }, { "answer": 5, "count": 1, "share": 0.25 }],
    });
    let version = json!({ "version": 1, "responses": 4, "questions": [question] });
    let example = json!({ "versions": [version] });
    let mut shape = schema::like(&example);
    let answer = "/properties/versions/items/properties/questions/items/properties/counts/items/properties/answer";
    if let Some(answer) = shape.pointer_mut(answer) {
        // A choice, or a step of a scale.
        *answer = json!({ "type": ["string", "integer"] });
    }
    let summary = "What was answered to your form: counts for each answer, each version of the questions by itself";
    Op::get(summary, shape)
}

pub(super) async fn read(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let answer = results(state.twin(), &user.id, &id, &request.freshness).await?;
    Ok(answered(answer))
}
