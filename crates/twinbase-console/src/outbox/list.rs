//! `GET /outbox`: events that a filter names, page by page.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase::prelude::*;

use crate::{Problem, page, query::Query, read_cursor, view::EventView, write_cursor};

pub(crate) async fn list(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let mut query = Query::of(&uri)?;
    let filter = query.filter()?;
    let limit = query.limit()?;
    let after = query.take("cursor", read_cursor)?;
    query.finish()?;
    let page = twin.outbox().list(&filter, after.as_ref(), limit).await?;
    let next = page.next.as_ref().map(write_cursor);
    let items: Vec<EventView> = page.items.iter().map(Into::into).collect();
    Ok(page::answer(&uri, items, next))
}
