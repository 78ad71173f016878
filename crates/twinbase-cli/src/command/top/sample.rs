//! Looks for tests.

use std::time::Duration;

use jiff::Timestamp;
use twinbase::{
    Health, SideHealth,
    core::primary::{EventGroup, OutboxStatus, Pause, PauseScope, WorkerRecord, WorkerReport},
    health::Thresholds,
};

use super::look::{Collection, Look};

pub(super) fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A worker that was seen at this second, with so many documents applied.
pub(in crate::command) fn worker(id: &str, seen: i64, applied: u64) -> WorkerRecord {
    WorkerRecord {
        report: WorkerReport {
            id: id.to_owned(),
            machine: "a-machine/boot".to_owned(),
            process: 4711,
            state: "working".to_owned(),
            applied,
            superseded: 0,
            failed_attempts: 0,
            failing: String::new(),
        },
        started_at: second(0),
        seen_at: second(seen),
        alive: true,
        partitions: 16,
    }
}

fn side(kind: &'static str, location: &str) -> SideHealth {
    SideHealth {
        kind,
        location: location.to_owned(),
        answer: Ok(Duration::from_micros(400)),
    }
}

fn collection(name: &str, lag: u64, waits: u64, failed: u64) -> Collection {
    Collection {
        name: name.to_owned(),
        lag: Duration::from_millis(lag),
        pending: waits,
        retrying: 0,
        failed,
    }
}

/// A system in which all is well.
pub(super) fn look(at: i64) -> Look {
    Look {
        at: second(at),
        program: "studyhall",
        worker_remedy: "Start one with `studyhall worker`.".to_owned(),
        backlog_cap: 100_000,
        health: Health {
            primary: side("postgresql", "postgres://db.example/app"),
            replica: side("mongodb", "mongodb://mongo.example/app"),
            outbox: Some(OutboxStatus::default()),
            write_error: None,
            unproven: None,
            verified: None,
            rebuilds: None,
            trend: None,
            worker: None,
            workers_alive: None,
            thresholds: Thresholds::default(),
        },
        collections: Ok(vec![
            collection("users", 0, 0, 0),
            collection("todos", 0, 0, 0),
        ]),
        workers: Ok(vec![worker("a", at - 1, 12_345)]),
        pauses: Ok(Vec::new()),
        groups: Ok(Vec::new()),
    }
}

/// A system with every kind of trouble.
pub(super) fn troubled(at: i64) -> Look {
    let mut look = look(at);
    look.health.replica.answer = Err("no server answers\u{1b}[2J".to_owned());
    look.health.outbox = Some(OutboxStatus {
        backlog: 12_034,
        retrying: 34,
        failed: 1_000,
        oldest_pending: Some(Duration::from_secs(75)),
        oldest_unapplied: Some(Duration::from_secs(4_000)),
        ..OutboxStatus::default()
    });
    look.collections = Ok(vec![
        collection("users", 0, 0, 0),
        collection("todos", 4_000_000, 12_000, 1_000),
    ]);
    let mut dead = worker("b", at - 90, 9);
    (dead.alive, dead.partitions) = (false, 0);
    look.workers = Ok(vec![worker("a", at - 1, 12_345), dead]);
    look.pauses = Ok(vec![Pause {
        scope: PauseScope::Collection("users".to_owned()),
        since: second(at - 3_700),
        reason: "a new index is built".to_owned(),
    }]);
    let group = |number: u64| EventGroup {
        error_key: format!("rejected-{number}"),
        failed: 1_000 / number,
        retrying: number,
        oldest: second(0),
        last_failed_at: None,
        sample_error: format!("the replica refused the document: rule {number} of the validator"),
        sample_id: "an-id".to_owned(),
    };
    look.groups = Ok((1..=9).map(group).collect());
    look
}
