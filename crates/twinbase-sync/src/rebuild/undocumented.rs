//! Rows that have no document in the collection to which readers move: the replica refuses it, or none can be made of the row.
//!
//! Of each such row an event is tried again or has failed. Where readers have a document of it nevertheless, it was taken along (`carry`).

use std::{collections::BTreeSet, time::Duration};

use tokio::time::{Instant, sleep};
use twinbase_core::{
    AggregateId, Schema,
    primary::{EventStatus, Undocumented},
};

use super::{
    carry::{Ids, states, versions},
    roll_back::{newest, waits},
};
use crate::{Sides, worker::EngineError};

/// The most that are counted: what is counted is in memory.
const MOST: usize = 100_000;

/// How long an event may take to be tried for the first time. A worker that is paused does not keep readers from moving.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often it is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(50);

/// Waits until what is pending now was tried once, so that what is refused is known as such.
pub(crate) async fn tried_once(sides: &Sides, schema: &Schema) -> Result<(), EngineError> {
    let last = newest(sides, schema).await?;
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until && waits(sides, schema, EventStatus::Pending, last).await? {
        sleep(LOOK).await;
    }
    Ok(())
}

/// Adds those whose events are tried again or have failed to those whose keys can be no id.
pub(crate) async fn count(
    sides: &Sides,
    schema: &Schema,
    beside: &Schema,
    mut invalid: Option<Undocumented>,
) -> Result<Option<Undocumented>, EngineError> {
    for id in refused(sides, schema, beside).await? {
        Undocumented::add(&mut invalid, id.as_str());
    }
    Ok(invalid)
}

async fn refused(
    sides: &Sides,
    schema: &Schema,
    beside: &Schema,
) -> Result<BTreeSet<AggregateId>, EngineError> {
    let mut without = BTreeSet::new();
    // In this order: one that fails for good meanwhile is found as failed.
    for status in [EventStatus::Retrying, EventStatus::Failed] {
        let mut pages = Ids::of(sides, schema, Some(status));
        while without.len() < MOST
            && let Some(mut ids) = pages.next().await?
        {
            let there = versions(sides, beside, &ids).await?;
            ids.retain(|id| there.get(id).is_none_or(|of| of.deleted));
            let rows = states(sides, schema, &ids).await?.into_iter();
            without.extend(rows.filter(|of| of.payload.is_some()).map(|of| of.id));
        }
    }
    Ok(without)
}
