//! Rows that are kept for a time, deleted by age in small batches.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use twinbase::prelude::*;

use super::Error;

/// Small enough that no statement holds its locks for long.
const BATCH: u32 = 500;

/// Deletes the oldest rows that are older than `before`; returns whether there may be more.
///
/// The column needs an index: it is read from its oldest end, at most a batch far.
pub(crate) async fn sweep_older<A>(
    twin: &Twinbase,
    table: &Arc<Table>,
    column: Column<A, Timestamp>,
    before: Timestamp,
) -> Result<bool, Error> {
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
