//! `GET /leaderboard`: who has the most points, for everybody to see; for members without those whom they do not see.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase_web::{Page, Problem, ReadRequest, answered_page, cursor};

use crate::{
    api::{
        AppState,
        session::{Anybody, unauthenticated},
    },
    domain::queries::{BOARD_LENGTH, Board, BoardEntry, Range, around, board_page},
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
    let around_me = params.take("around", |text| match text {
        "me" => Ok(()),
        _ => Err("must be me"),
    })?;
    let limit = params.take("limit", |text| {
        let limit = text.parse::<u32>().ok();
        let limit = limit.filter(|limit| (1..=MOST_ITEMS).contains(limit));
        limit.ok_or("must be a whole number from 1 to 100")
    })?;
    let after = params.take("cursor", cursor::read)?;
    params.finish()?;
    // The original's board is of all time.
    let of_original = !uri.path().starts_with("/api/v1/");
    let range = if range.unwrap_or(!of_original) {
        Range::Week(state.now())
    } else {
        Range::All
    };
    let board = match &user {
        Some(user) => {
            Board::of_reader(state.twin(), range, &user.id, friends == Some(true)).await?
        }
        None if friends == Some(true) || around_me.is_some() => return Err(unauthenticated()),
        None => Board {
            range,
            ..Board::all_time()
        },
    };
    if let (Some(()), Some(user)) = (around_me, &user) {
        if limit.is_some() || after.is_some() {
            let why = "is whole: it takes no limit and no cursor";
            return Err(Problem::invalid_parameter("around", why));
        }
        let near = around(state.twin(), &board, &user.id, &freshness).await?;
        return Ok(answered_page::<BoardEntry>(near.map(Page::whole), &uri));
    }
    let limit = limit.unwrap_or(BOARD_LENGTH);
    let answer = board_page(state.twin(), &board, after, limit, &freshness).await?;
    Ok(answered_page(answer, &uri))
}
