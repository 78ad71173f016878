//! The outbox in numbers.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use rusqlite::Connection;
use twinbase_core::{MAX_RETRIES, primary::OutboxStatus};

use super::{
    bind::parse_time,
    pending::{text, tries},
    sql,
};

pub(super) const STATUS: &str = "read the outbox's status";

pub(super) fn status(connection: &Connection) -> rusqlite::Result<OutboxStatus> {
    let mut statement = connection.prepare_cached(sql::STATUS)?;
    statement.query_row([OutboxStatus::COUNT_LIMIT.cast_signed()], |row| {
        let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
        let age = |column| -> rusqlite::Result<_> {
            let seconds: Option<f64> = row.get(column)?;
            // A clock that was set back makes no negative age.
            Ok(seconds.map(|s| Duration::try_from_secs_f64(s).unwrap_or_default()))
        };
        Ok(OutboxStatus {
            backlog: count(0)?,
            backlog_is_exact: true,
            retrying: count(1)?,
            failed: count(2)?,
            oldest_pending: age(3)?,
            oldest_unapplied: age(4)?,
        })
    })
}

/// What has been seen of a type, and when its oldest events were written, as SQLite keeps times.
#[derive(Default)]
struct Seen {
    status: OutboxStatus,
    pending: Option<String>,
    unapplied: Option<String>,
}

/// The same for each type. Counting ends, reading does not: the oldest event of a type may
/// lie behind any number of others.
pub(super) fn status_by_type(
    connection: &Connection,
) -> rusqlite::Result<Vec<(Arc<str>, OutboxStatus)>> {
    let mut types: BTreeMap<String, Seen> = BTreeMap::new();
    let mut counted = 0;
    for sql in [sql::WAITING_BY_TYPE, sql::FAILED_BY_TYPE] {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let name = text(row, 0)?;
            // Nearly always known; `entry` would need a name of its own for each row.
            if !types.contains_key(name) {
                types.insert(name.to_owned(), Seen::default());
            }
            if let Some(seen) = types.get_mut(name) {
                let counts = u64::from(counted < OutboxStatus::COUNT_LIMIT);
                seen.event(tries(row, 1)?, text(row, 2)?, counts);
                counted += counts;
            }
        }
    }
    let now: String = connection
        .prepare_cached(sql::NOW)?
        .query_row([], |row| row.get(0))?;
    let age = |since: Option<String>| {
        let elapsed = parse_time(&now)?.duration_since(parse_time(&since?)?);
        Some(Duration::try_from(elapsed).unwrap_or_default())
    };
    let status = |(name, seen): (String, Seen)| {
        let status = OutboxStatus {
            oldest_pending: age(seen.pending),
            oldest_unapplied: age(seen.unapplied),
            ..seen.status
        };
        (name.into(), status)
    };
    Ok(types.into_iter().map(status).collect())
}

impl Seen {
    /// One event more; `counts` is 1, or 0 when enough have been counted.
    fn event(&mut self, retries: u32, written: &str, counts: u64) {
        if retries > MAX_RETRIES {
            self.status.failed += counts;
        } else {
            self.status.backlog += counts;
            self.status.retrying += counts * u64::from(retries > 0);
            earliest(&mut self.pending, written);
        }
        earliest(&mut self.unapplied, written);
    }
}

/// Times of one form: the order of texts is the order of times.
fn earliest(known: &mut Option<String>, written: &str) {
    if known.as_deref().is_none_or(|known| written < known) {
        *known = Some(written.to_owned());
    }
}
