//! `GET /outbox`: events that a filter names, page by page.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase::prelude::*;
use twinbase_web::{Page, Params, Problem};

use crate::{
    failure::not_done,
    query::{MOST_ITEMS, filter},
    read_cursor,
    view::EventView,
    write_cursor,
};

pub(crate) async fn list(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
    mut params: Params,
) -> Result<Response, Problem> {
    let filter = filter(&mut params)?;
    let limit = params.limit(MOST_ITEMS)?;
    let after = params.take("cursor", read_cursor)?;
    params.finish()?;
    let found = twin.outbox().list(&filter, after.as_ref(), limit).await;
    let found = found.map_err(not_done)?;
    let page = Page {
        items: found.items.iter().map(EventView::from).collect(),
        next_cursor: found.next.as_ref().map(write_cursor),
    };
    Ok(page.into_response_at(&uri))
}
