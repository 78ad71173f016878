//! `GET /outbox/groups`: failed and retrying events by their cause, the largest group first.
//!
//! No pages: groups are in the order of counts, which move, so that a next page would skip some and
//! repeat others. Instead `more` says whether there are causes beyond the limit.

use axum::{Json, extract::State};
use serde::Serialize;
use twinbase::prelude::*;
use twinbase_web::{Params, Problem};

use crate::{failure::not_done, query::MOST_ITEMS, view::GroupView};

#[derive(Serialize)]
pub(crate) struct Groups {
    items: Vec<GroupView>,
    more: bool,
}

pub(crate) async fn groups(
    State(twin): State<Twinbase>,
    mut params: Params,
) -> Result<Json<Groups>, Problem> {
    let limit = params.limit(MOST_ITEMS)?;
    params.finish()?;
    let groups = twin.outbox().groups(limit + 1).await.map_err(not_done)?;
    let more = groups.len() > limit as usize;
    let items = groups.iter().take(limit as usize).map(Into::into);
    Ok(Json(Groups {
        items: items.collect(),
        more,
    }))
}
