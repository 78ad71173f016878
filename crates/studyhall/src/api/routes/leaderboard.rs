//! `GET /leaderboard`: who has the most points, for everybody to see; for members without those whom they do not see.

use axum::{extract::State, response::Response};
use serde::Serialize;
use twinbase_web::{Problem, ReadRequest, answered};

use crate::{
    api::{
        AppState,
        session::{Anybody, unauthenticated},
    },
    domain::queries::{Board, BoardEntry, Range, top},
};

#[derive(Serialize)]
struct Leaderboard {
    items: Vec<BoardEntry>,
}

pub(super) async fn read(
    State(state): State<AppState>,
    Anybody(user): Anybody,
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
    let friends = params.take("who", |text| match text {
        "all" => Ok(false),
        "friends" => Ok(true),
        _ => Err("must be all or friends"),
    })?;
    params.finish()?;
    let range = match range {
        Some(true) => Range::Week(state.now()),
        _ => Range::All,
    };
    let board = match &user {
        Some(user) => {
            Board::of_reader(state.twin(), range, &user.id, friends == Some(true)).await?
        }
        None if friends == Some(true) => return Err(unauthenticated()),
        None => Board {
            range,
            ..Board::all_time()
        },
    };
    let answer = top(state.twin(), &board, &freshness).await?;
    Ok(answered(answer.map(|items| Leaderboard { items })))
}
