//! `GET /leaderboard`: who has the most points, for everybody to see.

use axum::{extract::State, response::Response};
use serde::Serialize;
use twinbase_web::{Problem, ReadRequest, answered};

use crate::{
    api::AppState,
    domain::queries::{LeaderboardEntry, leaderboard},
};

#[derive(Serialize)]
struct Leaderboard {
    items: Vec<LeaderboardEntry>,
}

pub(super) async fn read(
    State(state): State<AppState>,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let answer = leaderboard(state.twin(), &request.freshness).await?;
    Ok(answered(answer.map(|items| Leaderboard { items })))
}
