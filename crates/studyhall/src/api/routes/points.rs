//! `GET /points`: the ledger of one's own points.

use axum::{extract::State, response::Response};
use serde::Serialize;
use twinbase::prelude::*;
use twinbase_web::{Problem, ReadRequest, answered};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::queries::{PointEntry, ledger},
};

#[derive(Serialize)]
struct Ledger {
    items: Vec<PointEntry>,
}

pub(super) async fn read(
    State(state): State<AppState>,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let items = ledger(state.twin(), &user.id).await?;
    Ok(answered(Answer::from_primary(Ledger { items })))
}
