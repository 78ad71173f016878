//! Leases on partitions.
//!
//! A renewal writes the worker's row and reads all leases and live workers in one snapshot.
//! [`share`] decides, and what the worker lacks is taken by one statement that names who held each
//! lease: of two workers that take the same at once one gets it, and the other reads again. No lock is
//! held between statements, so a process that is stopped keeps nobody waiting.
//!
//! The tables are short: 16 leases, a handful of workers. All times are the database's own.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use twinbase_core::{
    Partition, PrimaryError, Row, Value,
    primary::{Lease, Leased, PrimaryKind, WorkerRecord, WorkerReport, share},
};

use super::{Run, change, record};
use crate::{
    fail::{self, EMPTIED},
    render::Sql,
};

const LEASE: &str = "renew leases";

/// How often a worker reads again when others took what it wanted; what it lacks then comes
/// with its next renewal.
const ATTEMPTS: u32 = 5;

/// A worker that is dead for longer is forgotten.
const MEMORY: SignedDuration = SignedDuration::from_hours(1);

pub(crate) async fn lease(
    database: &impl Run,
    worker: &WorkerReport,
    ttl: Duration,
) -> Result<Leased, PrimaryError> {
    tell(database, worker, ttl).await?;
    let mut attempt = 1;
    loop {
        let (leases, alive) = read(database, &worker.id, ttl).await?;
        if leases.is_empty() {
            // What it told while the rows went away may have come after them.
            release(database, &worker.id).await?;
            return Err(fail::refused(LEASE, EMPTIED));
        }
        let share = share(&leases, &worker.id, &alive);
        let taken = take(database, &worker.id, &share.taken).await?;
        if taken == share.taken.len() as u64 || attempt == ATTEMPTS {
            // Of what it did not get it works on too much until its next renewal, which is harmless.
            return Ok(Leased {
                held: share.held,
                workers: u32::try_from(alive.len()).unwrap_or(u32::MAX),
            });
        }
        attempt += 1;
    }
}

/// Writes the worker's row. Index: the primary key. Lock: the row. Nothing where the rows of leases are gone: the database is to be
/// filled from a dump then, and a row that is there already would stop that.
///
/// It need not be on PostgreSQL's disk before anything else happens: a crash of the server ends
/// every lease anyway.
async fn tell(
    database: &impl Run,
    worker: &WorkerReport,
    ttl: Duration,
) -> Result<(), PrimaryError> {
    let count = |count: u64| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let text = |text: &str| Value::Text(text.replace('\0', ""));
    let mut sql = Sql::new(database.dialect());
    sql.push(
        "insert into twinbase_worker (id, machine, process, state, applied, superseded, charged, \
         failing, started_at, seen_at, expires_at) select ",
    );
    for (value, kind) in [
        (text(&worker.id), "text"),
        (text(&worker.machine), "text"),
        (count(worker.process.into()), "bigint"),
        (text(&worker.state), "text"),
        (count(worker.applied), "bigint"),
        (count(worker.superseded), "bigint"),
        (count(worker.failed_attempts), "bigint"),
        (text(&worker.failing), "text"),
    ] {
        sql.push("cast(")
            .value(value)
            .push(" as ")
            .push(kind)
            .push("), ");
    }
    sql.now().push(", ").now().push(", ").now_plus(ttl);
    sql.push(match database.dialect() {
        PrimaryKind::Postgres => {
            " where (select set_config('synchronous_commit', 'off', true)) = 'off' and "
        }
        // SQLite needs a `where` to tell `on conflict` from a join.
        PrimaryKind::Cockroach | PrimaryKind::Sqlite => " where ",
    });
    sql.push(
        "exists (select 1 from twinbase_lease) on conflict (id) do update set machine = excluded.machine, process = excluded.process, \
         state = excluded.state, applied = excluded.applied, superseded = excluded.superseded, \
         charged = excluded.charged, failing = excluded.failing, seen_at = excluded.seen_at, expires_at = excluded.expires_at",
    );
    change(database, LEASE, sql).await.map(drop)
}

/// All leases in the order of partitions, and who is alive, the oldest first. Lock: none.
///
/// Who was seen later than a lease from now was seen before the clock went back, and may be dead since.
async fn read(
    database: &impl Run,
    worker: &str,
    ttl: Duration,
) -> Result<(Vec<Lease>, Vec<String>), PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    sql.push(
        "select l.\"partition\" as p, l.worker as id, null as started_at from twinbase_lease as l \
         union all select null, w.id, w.started_at from twinbase_worker as w where w.id = ",
    )
    .value(worker.into())
    .push(" or (w.expires_at > ")
    .now()
    .push(" and w.seen_at <= ")
    .now_plus(ttl)
    .push(")");
    let rows = database.outbox(LEASE, sql).await?;
    let (mut leases, mut alive) = (Vec::new(), Vec::new());
    for row in &rows {
        let id = record::optional(row, "id");
        match row.get::<i32>("p").ok().map(i16::try_from) {
            Some(Ok(partition)) => leases.push(Lease {
                partition: Partition(partition),
                worker: id,
            }),
            _ => alive.extend(id.map(|id| (record::time(row, "started_at"), id))),
        }
    }
    leases.sort_unstable_by_key(|lease| lease.partition);
    alive.sort_unstable();
    Ok((leases, alive.into_iter().map(|(_, id)| id).collect()))
}

/// Takes leases from those who held them; how many it got. Index: the primary key. Lock: these leases.
async fn take(database: &impl Run, worker: &str, leases: &[Lease]) -> Result<u64, PrimaryError> {
    if leases.is_empty() {
        return Ok(0);
    }
    let mut sql = Sql::new(database.dialect());
    sql.push("update twinbase_lease set worker = ")
        .value(worker.into())
        .push(" where ")
        .list(" or ", leases, |sql, lease| {
            let partition = lease.partition.0.to_string();
            sql.push("(\"partition\" = ").push(&partition);
            match &lease.worker {
                None => sql.push(" and worker is null)"),
                Some(holder) => sql
                    .push(" and worker = ")
                    .value(holder.as_str().into())
                    .push(")"),
            };
        });
    change(database, LEASE, sql).await
}

/// Index: none, they are short tables. Lock: the worker's leases and its row.
pub(crate) async fn release(database: &impl Run, worker: &str) -> Result<(), PrimaryError> {
    for text in [
        "update twinbase_lease set worker = null where worker = ",
        "delete from twinbase_worker where id = ",
    ] {
        let mut sql = Sql::new(database.dialect());
        sql.push(text).value(worker.into());
        change(database, "give leases back", sql).await?;
    }
    Ok(())
}

/// Index: none, they are short tables. Lock: none.
pub(crate) async fn workers(database: &impl Run) -> Result<Vec<WorkerRecord>, PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    sql.push("select w.*, ").now().push(
        " as now, (select count(*) from twinbase_lease as l where l.worker = w.id) as partitions \
         from twinbase_worker as w order by w.started_at, w.id",
    );
    let rows = database.outbox("list workers", sql).await?;
    Ok(rows.iter().filter_map(worker).collect())
}

fn worker(row: &Row) -> Option<WorkerRecord> {
    let at = |column| record::time(row, column).unwrap_or_default();
    let number = |column| u32::try_from(record::number(row, column)).unwrap_or(u32::MAX);
    let (now, expires_at): (Timestamp, Timestamp) = (at("now"), at("expires_at"));
    let seen_at = at("seen_at");
    if now.duration_since(expires_at) > MEMORY {
        return None;
    }
    // As `read` has it: nobody is seen later than a lease from now.
    let is_of_now = seen_at.duration_since(now) <= expires_at.duration_since(seen_at);
    let alive = expires_at > now && is_of_now;
    Some(WorkerRecord {
        report: WorkerReport {
            id: record::text(row, "id"),
            machine: record::text(row, "machine"),
            process: number("process"),
            state: record::text(row, "state"),
            applied: record::number(row, "applied"),
            superseded: record::number(row, "superseded"),
            failed_attempts: record::number(row, "charged"),
            failing: record::text(row, "failing"),
        },
        started_at: at("started_at"),
        seen_at,
        alive,
        // The dead hold nothing.
        partitions: if alive { number("partitions") } else { 0 },
    })
}
