//! Leases on partitions, and marks of what is in hand.
//!
//! Whoever changes any of it holds all leases locked, in one order, within one message
//! to the server (`script`): workers do so one after the other, cannot deadlock, and one
//! that is stopped in the middle keeps nobody waiting. A worker is alive until
//! its `expires_at`, and its leases hold as long as it is.

use std::time::Duration;

use async_trait::async_trait;
use rand::Rng as _;
use tokio_postgres::{Row, SimpleQueryRow};
use twinbase_core::{
    EventRef, Partition, PrimaryError,
    primary::{Leased, Leases, Suspect, WorkerRecord, WorkerReport},
};

use super::{
    Postgres,
    error::translate,
    outbox::places,
    read::Time,
    script::{Script, array},
    sql,
};

/// How often a message that lost against another transaction is sent.
const ATTEMPTS: u32 = 5;

#[async_trait]
impl Leases for Postgres {
    async fn lease(
        &self,
        worker: &WorkerReport,
        ttl: Duration,
        gone: &[String],
    ) -> Result<Leased, PrimaryError> {
        const OPERATION: &str = "lease partitions";
        let id = worker.id.as_str();
        let millis = ttl.as_millis().to_string();
        let (process, applied) = (worker.process.to_string(), worker.applied.to_string());
        let (superseded, charged) = (worker.superseded.to_string(), worker.charged.to_string());
        let script = Script::new(self.kind)
            .then(sql::LEASE_LOCK, &[])
            .then(
                sql::LEASE_TELL,
                &[
                    id,
                    &worker.machine,
                    &process,
                    &worker.state,
                    &applied,
                    &superseded,
                    &charged,
                    &millis,
                ],
            )
            .then(sql::LEASE_EXPIRE, &[&array(gone), id])
            .then(sql::LEASE_CLEAR, &[id])
            .then(sql::LEASE_BURY, &[])
            .then(sql::LEASE_BALANCE, &[id]);
        let answer = self.scripted(OPERATION, &script).await?;
        answer
            .last()
            .and_then(leased)
            .ok_or_else(|| unexpected(OPERATION))
    }

    async fn release(&self, worker: &str) -> Result<(), PrimaryError> {
        let script = Script::new(self.kind)
            .then(sql::LEASE_LOCK, &[])
            .then(sql::LEASE_LEAVE, &[worker])
            .then(sql::LEASE_DROP, &[worker])
            .then(sql::LEASE_HAND_BACK, &[worker])
            .then(sql::LEASE_SIGN_OFF, &[worker]);
        self.scripted("give leases back", &script).await.map(|_| ())
    }

    async fn workers(&self) -> Result<Vec<WorkerRecord>, PrimaryError> {
        const OPERATION: &str = "list workers";
        let mut session = self.session(OPERATION).await?;
        let answer = session.query(OPERATION, sql::LEASE_WORKERS, &[]).await?;
        answer
            .iter()
            .map(worker)
            .collect::<Result<_, _>>()
            .map_err(|error| translate(OPERATION, error))
    }

    async fn started(&self, worker: &str, events: &[EventRef]) -> Result<(), PrimaryError> {
        if events.is_empty() {
            return Ok(());
        }
        let (partitions, seqs) = places(events.iter());
        let script = Script::new(self.kind).then(sql::LEASE_BURY, &[]).then(
            sql::LEASE_START,
            &[worker, &array(partitions), &array(seqs)],
        );
        self.scripted("mark events as in hand", &script)
            .await
            .map(|_| ())
    }

    async fn finished(&self, events: &[EventRef]) -> Result<(), PrimaryError> {
        if events.is_empty() {
            return Ok(());
        }
        let (partitions, seqs) = places(events.iter());
        let script = Script::new(self.kind)
            .then(sql::LEASE_LOCK, &[])
            .then(sql::LEASE_FINISH, &[&array(partitions), &array(seqs)]);
        self.scripted("take marks from events", &script)
            .await
            .map(|_| ())
    }

    async fn suspects(&self, gone: &[String]) -> Result<Vec<Suspect>, PrimaryError> {
        const OPERATION: &str = "look for events that killed a worker";
        let script = Script::new(self.kind)
            .then(sql::LEASE_LOCK, &[])
            .then(sql::LEASE_EXPIRE, &[&array(gone), ""])
            .then(sql::LEASE_BURY, &[])
            .then(sql::LEASE_SWEEP, &[])
            .then(sql::LEASE_SUSPECTS, &[]);
        let answer = self.scripted(OPERATION, &script).await?;
        answer
            .iter()
            .map(|row| suspect(row).ok_or_else(|| unexpected(OPERATION)))
            .collect()
    }
}

impl Postgres {
    /// Sends a script until it is not in the way of another transaction.
    async fn scripted(
        &self,
        operation: &'static str,
        script: &Script,
    ) -> Result<Vec<SimpleQueryRow>, PrimaryError> {
        let mut attempt = 1;
        loop {
            let outcome = self
                .session(operation)
                .await?
                .script(operation, script)
                .await;
            match outcome {
                Err(PrimaryError::Contention { .. }) if attempt < ATTEMPTS => {
                    let bound = Duration::from_millis(5 << attempt);
                    let delay = bound.mul_f64(rand::rng().random_range(0.0..=1.0));
                    tokio::time::sleep(delay).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }
}

fn leased(row: &SimpleQueryRow) -> Option<Leased> {
    let held = row
        .try_get("held")
        .ok()??
        .split(',')
        .filter(|p| !p.is_empty());
    Some(Leased {
        workers: row.try_get("workers").ok()??.parse().ok()?,
        inherited: row.try_get("inherited").ok()?? != "0",
        held: held
            .map(|p| p.parse().map(Partition).ok())
            .collect::<Option<_>>()?,
    })
}

fn suspect(row: &SimpleQueryRow) -> Option<Suspect> {
    Some(Suspect {
        at: EventRef {
            partition: Partition(row.try_get(0).ok()??.parse().ok()?),
            seq: row.try_get(1).ok()??.parse().ok()?,
        },
        alone: row.try_get(2).ok()??.parse().ok()?,
    })
}

fn worker(row: &Row) -> Result<WorkerRecord, tokio_postgres::Error> {
    let number = |at: usize| -> Result<u64, tokio_postgres::Error> {
        Ok(u64::try_from(row.try_get::<_, i64>(at)?).unwrap_or(0))
    };
    Ok(WorkerRecord {
        report: WorkerReport {
            id: row.try_get(0)?,
            machine: row.try_get(1)?,
            process: u32::try_from(number(2)?).unwrap_or(u32::MAX),
            state: row.try_get(3)?,
            applied: number(4)?,
            superseded: number(5)?,
            charged: number(6)?,
        },
        started_at: row.try_get::<_, Time>(7)?.0,
        seen_at: row.try_get::<_, Time>(8)?.0,
        alive: row.try_get(9)?,
        partitions: u32::try_from(number(10)?).unwrap_or(u32::MAX),
    })
}

fn unexpected(operation: &'static str) -> PrimaryError {
    PrimaryError::Refused {
        operation,
        reason:
            "the tables of Twinbase hold something else than it writes; have the migrations run?"
                .to_owned(),
    }
}
