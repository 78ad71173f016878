//! `GET /leaderboard`: who has the most points, for everybody to see; for members without those whom they do not see.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase_web::{Problem, ReadRequest, answered_page, cursor};

use crate::{
    api::{
        AppState,
        session::{Anybody, unauthenticated},
    },
    domain::queries::{BOARD_LENGTH, Board, Range, board_page},
};

/// The most of one page.
pub(super) const MOST_ITEMS: u32 = 100;

pub(super) async fn read(
    State(state): State<AppState>,
    Anybody(user): Anybody,
    OriginalUri(uri): OriginalUri,
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
    let limit = params.take("limit", |text| {
        let limit = text.parse::<u32>().ok();
        let limit = limit.filter(|limit| (1..=MOST_ITEMS).contains(limit));
        limit.ok_or("must be a whole number from 1 to 100")
    })?;
    let after = params.take("cursor", cursor::read)?;
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
    let limit = limit.unwrap_or(u32::try_from(BOARD_LENGTH).unwrap_or(MOST_ITEMS));
    let answer = board_page(state.twin(), &board, after, limit, &freshness).await?;
    Ok(answered_page(answer, &uri))
}
