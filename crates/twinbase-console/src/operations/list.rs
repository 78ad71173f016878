//! `GET /operations`: those of this process, the newest first.

use std::sync::Arc;

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase::{operate::Operation, prelude::*};
use twinbase_web::{Page, Params, Problem};

use crate::{query::MOST_ITEMS, view::OperationView};

/// A UUID as text.
const ID_BYTES: usize = 36;

pub(crate) async fn list(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
    mut params: Params,
) -> Result<Response, Problem> {
    let limit = params.limit(MOST_ITEMS)?;
    let before = params.take("cursor", |text| {
        let is_id = text.len() == ID_BYTES && text.is_ascii();
        is_id
            .then(|| text.to_owned())
            .ok_or("must be the nextCursor of a page")
    })?;
    params.finish()?;
    let mut all = twin.outbox().operations.list();
    // By id, which has the time in it: the cursor's own operation may be forgotten by now.
    all.sort_by(|a, b| b.id.cmp(&a.id));
    let older = |operation: &&Arc<Operation>| {
        let before = before.as_ref();
        before.is_none_or(|before| operation.id < *before)
    };
    let found = all.iter().filter(older).take(limit as usize + 1);
    let found = found.collect();
    let page = Page::of(found, limit, |last: &&Arc<Operation>| Some(last.id.clone()));
    let page = Page {
        items: page
            .items
            .iter()
            .map(|of| OperationView::from(&***of))
            .collect(),
        next_cursor: page.next_cursor,
    };
    Ok(page.into_response_at(&uri))
}
