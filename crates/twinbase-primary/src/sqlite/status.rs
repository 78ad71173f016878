//! The outbox in numbers.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use rusqlite::Connection;
use twinbase_core::{MAX_RETRIES, PrimaryError, primary::OutboxStatus};

use super::{
    bind::parse_time,
    error::During,
    pending::{text, tries},
    sql,
};

pub(super) const STATUS: &str = "read the outbox's status";

pub(super) fn status(connection: &Connection) -> Result<OutboxStatus, PrimaryError> {
    connection
        .prepare_cached(sql::STATUS)
        .and_then(|mut statement| {
            statement.query_row([OutboxStatus::COUNT_LIMIT.cast_signed()], |row| {
                let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
                // A clock that was set back makes no negative age.
                let age = |column| {
                    row.get::<_, Option<f64>>(column).map(|seconds| {
                        seconds.map(|s| Duration::try_from_secs_f64(s).unwrap_or_default())
                    })
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
        })
        .during(STATUS)
}

/// The same for each type. Counting ends, reading does not: the oldest event of a type may
/// lie behind any number of others.
pub(super) fn status_by_type(
    connection: &Connection,
) -> Result<Vec<(Arc<str>, OutboxStatus)>, PrimaryError> {
    let mut types = Types::default();
    types
        .look(connection, sql::WAITING_BY_TYPE)
        .and_then(|()| types.look(connection, sql::FAILED_BY_TYPE))
        .and_then(|()| types.statuses(connection))
        .during(STATUS)
}

#[derive(Default)]
struct Types {
    known: HashMap<Arc<str>, Seen>,
    counted: u64,
}

/// What has been seen of a type, and when its oldest events were written, as SQLite keeps times.
#[derive(Default)]
struct Seen {
    status: OutboxStatus,
    pending: Option<String>,
    unapplied: Option<String>,
}

impl Types {
    /// Rows of type, `retry_count`, and when they were written.
    fn look(&mut self, connection: &Connection, sql: &str) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let counts = self.counted < OutboxStatus::COUNT_LIMIT;
            let seen = self.seen(text(row, 0)?);
            let retries = tries(row, 1)?;
            seen.event(retries, text(row, 2)?, counts);
            self.counted += u64::from(counts);
        }
        Ok(())
    }

    fn seen(&mut self, name: &str) -> &mut Seen {
        // Nearly always known; `entry` would need a name of its own for each read.
        let name = match self.known.get_key_value(name) {
            Some((known, _)) => Arc::clone(known),
            None => name.into(),
        };
        match self.known.entry(name) {
            Entry::Occupied(seen) => seen.into_mut(),
            Entry::Vacant(new) => new.insert(Seen::default()),
        }
    }

    fn statuses(self, connection: &Connection) -> rusqlite::Result<Vec<(Arc<str>, OutboxStatus)>> {
        let now: String = connection
            .prepare_cached(sql::NOW)?
            .query_row([], |row| row.get(0))?;
        let age = |since: Option<String>| {
            let elapsed = parse_time(&now)?.duration_since(parse_time(&since?)?);
            Some(Duration::try_from(elapsed).unwrap_or_default())
        };
        let mut statuses: Vec<_> = self
            .known
            .into_iter()
            .map(|(name, seen)| {
                let status = OutboxStatus {
                    oldest_pending: age(seen.pending),
                    oldest_unapplied: age(seen.unapplied),
                    ..seen.status
                };
                (name, status)
            })
            .collect();
        statuses.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(statuses)
    }
}

impl Seen {
    fn event(&mut self, retries: u32, written: &str, counts: bool) {
        let failed = retries > MAX_RETRIES;
        let count = u64::from(counts);
        if failed {
            self.status.failed += count;
        } else {
            self.status.backlog += count;
            self.status.retrying += count * u64::from(retries > 0);
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
