//! `GET /operations`: those of this process, the newest first.

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
    let mut all = twin.operations().list();
    // By id, which has the time in it: the cursor's own operation may be forgotten by now.
    all.sort_by(|a, b| b.id().cmp(a.id()));
    let older = |operation: &&Operation| {
        let id = operation.id();
        before.as_deref().is_none_or(|before| id < before)
    };
    let mut found: Vec<_> = all.iter().filter(older).take(limit + 1).collect();
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more);
    let next = next.map(|operation| operation.id().to_owned());
    let items: Vec<_> = found.into_iter().map(OperationView::from).collect();
    Ok(page::answer(&uri, items, next))
}
