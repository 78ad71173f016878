//! `GET /leaderboard`: who has the most points, for everybody to see.

use axum::{extract::State, response::Response};
use serde::Serialize;
use twinbase_web::{Problem, ReadRequest, answered};

use crate::{
    api::AppState,
    domain::queries::{Board, BoardEntry, Range, top},
};

#[derive(Serialize)]
struct Leaderboard {
    items: Vec<BoardEntry>,
}

pub(super) async fn read(
    State(state): State<AppState>,
    request: ReadRequest,
) -> Result<Response, Problem> {
    let ReadRequest {
        mut params,
        freshness,
    } = request;
    let range = params.take("range", |text| match text {
        "week" => Ok(true),
        "all" => Ok(false),
        _ => Err("must be week or all"),
    })?;
    params.finish()?;
    let board = Board {
        range: match range {
            Some(true) => Range::Week(state.now()),
            _ => Range::All,
        },
        ..Board::all_time()
    };
    let answer = top(state.twin(), &board, &freshness).await?;
    Ok(answered(answer.map(|items| Leaderboard { items })))
}
