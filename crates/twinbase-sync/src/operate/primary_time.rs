//! The primary's own time, by which it judges what is "as of" a moment.

use jiff::Timestamp;
use twinbase_core::{Primary, PrimaryError, primary::PrimaryKind};

/// The time by the primary's clock, rounded up to the milliseconds that it keeps times in. Ours may
/// differ, and what an operation retries must not be what has failed after its start.
pub(super) async fn now(primary: &dyn Primary) -> Result<Timestamp, PrimaryError> {
    let sql = match primary.kind() {
        PrimaryKind::Postgres | PrimaryKind::Cockroach => {
            "select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) as micros"
        }
        PrimaryKind::Sqlite => "select cast(unixepoch('subsec') * 1000000 as integer) as micros",
    };
    let unreadable = |reason: String| PrimaryError::InvalidStatement {
        operation: "ask for its time",
        reason,
    };
    let rows = primary.query(sql, &[]).await?;
    let row = rows.first();
    let row = row.ok_or_else(|| unreadable("it answered nothing".to_owned()))?;
    let micros = row.get::<i64>("micros");
    let micros = micros.map_err(|error| unreadable(error.to_string()))?;
    // What happened just now may have been rounded up, too.
    let millis = micros.div_euclid(1_000) + i64::from(micros.rem_euclid(1_000) > 0);
    Timestamp::from_millisecond(millis).map_err(|error| unreadable(error.to_string()))
}
