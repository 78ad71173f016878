//! Rows that are kept for a time, deleted by age in small batches.

use std::{error::Error, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::time::{MissedTickBehavior, interval, sleep};
use twinbase::prelude::*;

/// Small enough that no statement holds its locks for long.
const BATCH: u32 = 500;
/// How often there is a look for expired rows; that they are gone within the hour is enough.
const EVERY: Duration = Duration::from_mins(10);
/// Between two batches, so that a long backlog of them does not occupy the primary.
const PAUSE: Duration = Duration::from_millis(200);

/// Deletes the oldest rows that are older than `before`; returns whether there may be more.
///
/// The column needs an index: it is read from its oldest end, at most a batch far.
pub async fn sweep_older<A>(
    twin: &Twinbase,
    table: &Arc<Table>,
    column: Column<A, Timestamp>,
    before: Timestamp,
) -> Result<bool, PrimaryError> {
    let (table_name, name) = (&table.name, column.name());
    let sql = format!(
        "select {name} from {table_name} where {name} < $1 order by {name} limit 1 offset {BATCH}"
    );
    let rows = twin.query(&sql, &[before.into()]).await?;
    let next: Option<Timestamp> = match rows.first() {
        None => None,
        Some(row) => Some(
            row.get(name)
                .map_err(|error| PrimaryError::InvalidStatement {
                    operation: "sweep old rows",
                    reason: error.to_string(),
                })?,
        ),
    };
    // Rows of one millisecond go together, so that each batch deletes something.
    let end = next.and_then(|next| next.checked_add(SignedDuration::from_millis(1)).ok());
    let end = end.map_or(before, |end| end.min(before));
    twin.delete_plain(table, vec![column.lt(end)]).await?;
    Ok(next.is_some())
}

/// Runs `batch` every ten minutes, and again as long as it returns that there may be more, until this is
/// dropped, which is always safe. Errors are logged, and it tries again later.
pub async fn sweep_forever<E: Error + 'static>(batch: impl AsyncFn() -> Result<bool, E>) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        loop {
            match batch().await {
                Ok(true) => sleep(PAUSE).await,
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn Error,
                        "expired rows could not be deleted; the next attempt is in ten minutes"
                    );
                    break;
                }
            }
        }
    }
}
