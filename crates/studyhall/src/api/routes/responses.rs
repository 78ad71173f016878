//! `GET /responses/{id}`: one's own response, with the questions that it answers.

use axum::{extract::State, response::Response as HttpResponse};
use serde_json::json;
use twinbase_web::{
    IfNoneMatch, PathId, Problem, ReadRequest, answered_one,
    openapi::{Op, Routes, schema},
};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{Response, queries::own_response},
};

pub(super) fn routes() -> Routes<AppState> {
    let question = json!({ "id": "value", "text": "How useful was it?", "required": false, "kind": "scale", "steps": 5 });
    let fields = json!({ "answers": { "value": 4 } });
    let own = schema::with(
        &schema::shown_as(schema::one::<Response>(), &fields),
        &json!({ "questions": [question] }),
    );
    Routes::new().on(
        "/responses/{id}",
        Op::get(
            "Your own response; one to an anonymous form is nobody's",
            own,
        ),
        read,
    )
}

async fn read(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    have: IfNoneMatch,
    request: ReadRequest,
) -> Result<HttpResponse, Problem> {
    request.params.finish()?;
    let answer = own_response(state.twin(), &user.id, &id, &request.freshness).await?;
    Ok(answered_one(answer, &have))
}
