//! Leases and marks on SQLite.
//!
//! Renewing is one short transaction of the writing thread: it writes the worker's own row,
//! looks at the 16 leases, and decides (`share`) which of them change hands, mostly none. One page
//! of the file, whatever the backlog.

mod share;

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use twinbase_core::{
    EventRef, Partition, PrimaryError,
    primary::{Leased, Leases, Suspect, WorkerRecord, WorkerReport},
};

use self::share::Lease;
use super::{Sqlite, bind::parse_time, error::During, pending::text, sql};

const LEASE: &str = "renew leases";
const RELEASE: &str = "give leases back";
const WORKERS: &str = "list workers";
const STARTED: &str = "note events in hand";
const FINISHED: &str = "note events out of hand";
const SUSPECTS: &str = "look for events of dead workers";

#[async_trait]
impl Leases for Sqlite {
    async fn lease(
        &self,
        worker: &WorkerReport,
        ttl: Duration,
        gone: &[String],
    ) -> Result<Leased, PrimaryError> {
        let (worker, gone) = (worker.clone(), names(gone));
        self.writer()
            .write(LEASE, move |connection| {
                lease(connection, &worker, ttl, &gone).during(LEASE)
            })
            .await
    }

    async fn release(&self, worker: &str) -> Result<(), PrimaryError> {
        let worker = worker.to_owned();
        self.writer()
            .write(RELEASE, move |connection| {
                release(connection, &worker).during(RELEASE)
            })
            .await
    }

    async fn workers(&self) -> Result<Vec<WorkerRecord>, PrimaryError> {
        self.readers()
            .run(WORKERS, |connection| workers(connection).during(WORKERS))
            .await
    }

    async fn started(&self, worker: &str, events: &[EventRef]) -> Result<(), PrimaryError> {
        if events.is_empty() {
            return Ok(());
        }
        let (worker, events) = (worker.to_owned(), events.to_vec());
        self.writer()
            .write(STARTED, move |connection| {
                started(connection, &worker, &events).during(STARTED)
            })
            .await
    }

    async fn finished(&self, events: &[EventRef]) -> Result<(), PrimaryError> {
        if events.is_empty() {
            return Ok(());
        }
        let events = events.to_vec();
        self.writer()
            .write(FINISHED, move |connection| {
                finished(connection, &events).during(FINISHED)
            })
            .await
    }

    async fn suspects(&self, gone: &[String]) -> Result<Vec<Suspect>, PrimaryError> {
        let gone = names(gone);
        // It writes too: a death is counted once, before others finish what was in hand with it.
        self.writer()
            .write(SUSPECTS, move |connection| {
                suspects(connection, &gone).during(SUSPECTS)
            })
            .await
    }
}

/// As `json_each` takes them.
fn names(workers: &[String]) -> String {
    serde_json::Value::from(workers).to_string()
}

fn lease(
    connection: &Connection,
    worker: &WorkerReport,
    ttl: Duration,
    gone: &str,
) -> rusqlite::Result<Leased> {
    let id = worker.id.as_str();
    let ttl = format!("+{:.3} seconds", ttl.as_secs_f64());
    let (now, until): (String, String) = connection
        .prepare_cached(sql::LEASE_TIMES)?
        .query_row([&ttl], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let run =
        |sql, params: &[&dyn rusqlite::ToSql]| connection.prepare_cached(sql)?.execute(params);
    run(sql::REMOVE_DEAD_WORKERS, &[&now])?;
    run(sql::END_WORKERS, &[&gone, &now])?;
    // After that: whoever asks is not dead, whatever it says of itself.
    report(connection, worker, &now, &until)?;
    bury(connection, id, &now)?;
    let living = living(connection, id, &now)?;
    let shares = share::balance(&leases(connection)?, id, &living);
    let mut set = connection.prepare_cached(sql::SET_LEASE)?;
    for partition in &shares.taken {
        set.execute((partition.0, id))?;
    }
    Ok(Leased {
        held: shares.held,
        workers: u32::try_from(living.len()).unwrap_or(u32::MAX),
        inherited: shares.inherited,
    })
}

fn now(connection: &Connection) -> rusqlite::Result<String> {
    connection
        .prepare_cached(sql::NOW)?
        .query_row([], |row| row.get(0))
}

/// Counts the deaths of other workers that died with marks, and takes the marks out of their hands.
fn bury(connection: &Connection, us: &str, now: &str) -> rusqlite::Result<()> {
    for sql in [sql::COUNT_DEATHS, sql::BURY_WORKERS] {
        connection.prepare_cached(sql)?.execute([now, us])?;
    }
    Ok(())
}

fn report(
    connection: &Connection,
    worker: &WorkerReport,
    now: &str,
    until: &str,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(sql::REPORT_WORKER)?
        .execute((
            &worker.id,
            &worker.machine,
            worker.process,
            &worker.state,
            worker.applied.cast_signed(),
            worker.superseded.cast_signed(),
            worker.charged.cast_signed(),
            now,
            until,
        ))
        .map(drop)
}

/// Who is alive, the oldest first.
fn living(connection: &Connection, us: &str, now: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached(sql::LIVING)?
        .query_map([us, now], |row| text(row, 0).map(str::to_owned))?
        .collect()
}

fn leases(connection: &Connection) -> rusqlite::Result<Vec<Lease>> {
    connection
        .prepare_cached(sql::LEASES)?
        .query_map([], |row| {
            Ok(Lease {
                partition: Partition(row.get(0)?),
                worker: row.get(1)?,
            })
        })?
        .collect()
}

fn release(connection: &Connection, worker: &str) -> rusqlite::Result<()> {
    for sql in [
        sql::RELEASE_LEASES,
        sql::RELEASE_STARTED,
        sql::RELEASE_SUSPECTED,
        sql::REMOVE_WORKER,
    ] {
        connection.prepare_cached(sql)?.execute([worker])?;
    }
    Ok(())
}

fn workers(connection: &Connection) -> rusqlite::Result<Vec<WorkerRecord>> {
    connection
        .prepare_cached(sql::WORKERS)?
        .query_map([], record)?
        .collect()
}

fn record(row: &Row<'_>) -> rusqlite::Result<WorkerRecord> {
    let owned = |column| text(row, column).map(str::to_owned);
    let at = |column| text(row, column).map(|text| parse_time(text).unwrap_or_default());
    let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(WorkerRecord {
        report: WorkerReport {
            id: owned(0)?,
            machine: owned(1)?,
            process: row.get(2)?,
            state: owned(3)?,
            applied: count(4)?,
            superseded: count(5)?,
            charged: count(6)?,
        },
        started_at: at(7)?,
        seen_at: at(8)?,
        alive: row.get(9)?,
        partitions: row.get(10)?,
    })
}

fn started(connection: &Connection, worker: &str, events: &[EventRef]) -> rusqlite::Result<()> {
    // A death that nobody has counted yet must not be forgotten with the old mark.
    bury(connection, worker, &now(connection)?)?;
    let mut statement = connection.prepare_cached(sql::STARTED)?;
    for event in events {
        statement.execute((event.partition.0, event.seq, worker))?;
    }
    Ok(())
}

fn finished(connection: &Connection, events: &[EventRef]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql::FINISHED)?;
    for event in events {
        statement.execute((event.partition.0, event.seq))?;
    }
    Ok(())
}

fn suspects(connection: &Connection, gone: &str) -> rusqlite::Result<Vec<Suspect>> {
    let now = now(connection)?;
    connection
        .prepare_cached(sql::END_WORKERS)?
        .execute([gone, &now])?;
    bury(connection, "", &now)?;
    connection
        .prepare_cached(sql::SWEEP_SUSPECTS)?
        .execute([])?;
    connection
        .prepare_cached(sql::SUSPECTS)?
        .query_map([], |row| {
            Ok(Suspect {
                at: EventRef {
                    partition: Partition(row.get(0)?),
                    seq: row.get(1)?,
                },
                alone: row.get(2)?,
            })
        })?
        .collect()
}
