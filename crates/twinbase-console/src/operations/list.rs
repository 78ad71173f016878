//! `GET /operations`: what people had done in all processes, the newest first.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase::{operate::OperationView as Seen, prelude::*};
use twinbase_web::{Page, Params, Problem};

use crate::{failure::not_done, query::MOST_ITEMS, view::OperationView};

/// A UUID as text.
const ID_BYTES: usize = 36;

pub(crate) async fn list(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
    mut params: Params,
) -> Result<Response, Problem> {
    let limit = params.limit(MOST_ITEMS)?;
    let before = params.take("cursor", |text| {
        let is_id = text.len() == ID_BYTES && text.is_ascii() && !text.contains('\0');
        is_id
            .then(|| text.to_owned())
            .ok_or("must be the nextCursor of a page")
    })?;
    params.finish()?;
    let operations = &twin.outbox().operations;
    let found = operations.list(before.as_deref(), limit + 1).await;
    let found = found.map_err(not_done)?;
    let page = Page::of(found, limit, |last: &Seen| Some(last.id.clone()));
    let page = Page {
        items: page.items.iter().map(OperationView::from).collect(),
        next_cursor: page.next_cursor,
    };
    Ok(page.into_response_at(&uri))
}
