//! `GET /operations`: those of this process, the newest first.

use std::sync::Arc;

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase::{operate::Operation, prelude::*};

use crate::{Problem, page, query::Query, view::OperationView};

/// A UUID as text.
const ID_BYTES: usize = 36;

pub(crate) async fn list(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let mut query = Query::of(&uri)?;
    let limit = query.limit()? as usize;
    let before = query.take("cursor", |text| {
        let is_id = text.len() == ID_BYTES && text.is_ascii();
        is_id
            .then(|| text.to_owned())
            .ok_or("must be the nextCursor of a page")
    })?;
    query.finish()?;
    let mut all = twin.outbox().operations.list();
    // By id, which has the time in it: the cursor's own operation may be forgotten by now.
    all.sort_by(|a, b| b.id.cmp(&a.id));
    let older = |operation: &&Arc<Operation>| {
        let before = before.as_ref();
        before.is_none_or(|before| operation.id < *before)
    };
    let mut found: Vec<_> = all.iter().filter(older).take(limit + 1).collect();
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more);
    let next = next.map(|operation| operation.id.clone());
    let items = found.into_iter().map(|of| OperationView::from(&**of));
    let items: Vec<_> = items.collect();
    Ok(page::answer(&uri, items, next))
}
