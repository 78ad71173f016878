//! Prepares each collection (its indexes) beside applying, which never waits for it.
//!
//! Every worker prepares its collections when it starts. The one that leads repeats it now and then, so that a
//! collection that was dropped gets its indexes back; that costs little when nothing is missing.

use std::sync::Arc;

use tokio::time::sleep;
use twinbase_core::Schema;

use super::{EngineError, leases, metrics, shared::Shared};
use crate::{error_chain, generations};

/// Prepares one collection until it is dropped.
pub(crate) async fn prepare(shared: Arc<Shared>, schema: Arc<Schema>) {
    loop {
        let result = once(&shared, &schema).await;
        let (is_news, pause) = shared.update(&schema.aggregate_type, |one, moment| {
            one.prepared(result.as_ref().copied(), moment)
        });
        if let (true, Err(error)) = (is_news, &result) {
            tracing::warn!(
                collection = schema.collection.as_ref(),
                error = error_chain(error),
                remedy = error.remedy(),
                "a collection could not be prepared; its changes are applied, without what is missing"
            );
        }
        if let Some(pause) = pause {
            sleep(pause).await;
        } else {
            sleep(shared.options.clean_every).await;
            leases::led(&shared).await;
        }
    }
}

/// Prepares the collection that readers use. One that is filled gets its indexes when it is full, and one that is kept has them.
async fn once(shared: &Shared, schema: &Arc<Schema>) -> Result<(), EngineError> {
    let serving = generations::serving(&shared.sides, schema).await?;
    let prepared = shared.sides.replica.prepare(&serving);
    Ok(metrics::replica("prepare", prepared).await?)
}
