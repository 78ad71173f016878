//! `GET /points`: the ledger of one's own points, page by page.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase::prelude::*;
use twinbase_web::{Problem, ReadRequest, answered_page, cursor};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::queries::{LEDGER_LENGTH, PointEntry, ledger},
};

pub(super) async fn read(
    State(state): State<AppState>,
    OriginalUri(uri): OriginalUri,
    user: CurrentUser,
    mut request: ReadRequest,
) -> Result<Response, Problem> {
    let after = request.params.take("cursor", cursor::read::<AggregateId>)?;
    let limit = request.params.limit(LEDGER_LENGTH)?;
    request.params.finish()?;
    let page = ledger(state.twin(), &user.id, after.as_ref(), limit).await?;
    Ok(answered_page::<PointEntry>(
        Answer::from_primary(page),
        &uri,
    ))
}
