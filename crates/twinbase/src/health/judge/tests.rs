//! What is an alert, and what is none.

use jiff::Timestamp;
use twinbase_core::primary::{PauseScope, WorkerReport};
use twinbase_sync::verify::Verified;

use super::{
    super::{Level, Limits, Thresholds},
    *,
};

fn health(lag: u64, backlog: u64, failed: u64) -> Health {
    let side = SideHealth {
        kind: "sqlite",
        location: "somewhere".to_owned(),
        answer: Ok(Duration::from_millis(1)),
    };
    Health {
        primary: side.clone(),
        replica: side,
        outbox: Some(OutboxStatus {
            backlog,
            failed,
            oldest_pending: Some(Duration::from_secs(lag)),
            ..OutboxStatus::default()
        }),
        write_error: None,
        unproven: None,
        verified: None,
        trend: None,
        worker: None,
        workers_alive: None,
        thresholds: Thresholds::default(),
    }
}

fn alone(health: &Health) -> Seen<'_> {
    Seen::of(health, None)
}

#[track_caller]
fn check(seen: Seen<'_>, level: Level, codes: &str) {
    let alerts = seen.alerts();
    let found: Vec<_> = alerts.iter().map(|alert| alert.code).collect();
    assert_eq!(
        (Level::of(&alerts), found.join(" ").as_str()),
        (level, codes)
    );
}

#[test]
fn the_thresholds_are_those_of_the_original() {
    for (lag, backlog, failed, level) in [
        (0, 0, 0, Level::Healthy),
        (30, 1_000, 10, Level::Healthy),
        (31, 0, 0, Level::Degraded),
        (61, 0, 0, Level::Unhealthy),
        (0, 1_001, 0, Level::Degraded),
        (0, 10_001, 0, Level::Unhealthy),
        (0, 0, 11, Level::Degraded),
        (0, 0, 101, Level::Unhealthy),
    ] {
        let health = health(lag, backlog, failed);
        let alerts = alone(&health).alerts();
        assert_eq!(Level::of(&alerts), level, "{lag} s, {backlog}, {failed}");
    }
    let late = health(75, 0, 0);
    let alert = &alone(&late).alerts()[0];
    assert_eq!(
        alert.message,
        "Oldest pending event: 75 s (critical above 60 s)."
    );
}

#[test]
fn an_application_sets_its_own_thresholds() {
    let mut patient = health(75, 50, 0);
    let minutes = |minutes: u64| Duration::from_mins(minutes);
    patient.thresholds.lag = Limits {
        warning: minutes(5),
        critical: minutes(10),
    };
    check(alone(&patient), Level::Healthy, "");
    patient.thresholds.queue = Limits {
        warning: 10,
        critical: 40,
    };
    check(alone(&patient), Level::Unhealthy, "queue-size");
}

#[test]
fn wrong_documents_are_reported_whoever_found_them() {
    for (wrong, is_stopped, level, codes) in [
        (0, false, Level::Healthy, ""),
        (2, false, Level::Degraded, "drift"),
        (0, true, Level::Degraded, "unverified"),
    ] {
        let mut health = health(0, 0, 0);
        health.verified = Some(vec![Verified {
            collection: "todos".to_owned(),
            through: Some(Timestamp::UNIX_EPOCH),
            wrong,
            compared: None,
            is_stopped,
        }]);
        check(alone(&health), level, codes);
    }
}

#[test]
fn what_is_not_known_is_not_well() {
    let mut unknown = health(0, 0, 0);
    unknown.outbox = None;
    check(alone(&unknown), Level::Unhealthy, "sync-unknown");
}

#[test]
fn without_the_replica_it_works_and_somebody_should_look() {
    let mut away = health(0, 0, 0);
    away.replica.answer = Err("gone".to_owned());
    check(alone(&away), Level::Degraded, "replica-disconnected");
    assert!(alone(&away).sync().is_empty());
}

#[test]
fn a_primary_that_answers_and_refuses_writes_does_not_work() {
    let mut full = health(0, 0, 0);
    full.write_error = Some("the disk of /a/folder is full".to_owned());
    check(alone(&full), Level::Unhealthy, "primary-refuses-writes");
    assert!(!alone(&full).alerts()[0].message.contains("folder"));
}

fn worker(state: WorkerState, alive: bool) -> WorkerRecord {
    WorkerRecord {
        report: WorkerReport {
            id: "a".to_owned(),
            machine: "a-machine".to_owned(),
            process: 4711,
            state: state.name().to_owned(),
            applied: 0,
            superseded: 0,
            failed_attempts: 0,
            failing: String::new(),
        },
        started_at: Timestamp::UNIX_EPOCH,
        seen_at: Timestamp::UNIX_EPOCH,
        alive,
        partitions: 16,
    }
}

#[test]
fn a_worker_that_runs_is_well_unless_it_reports_otherwise() {
    let health = health(0, 0, 0);
    for (state, level, code) in [
        (WorkerState::Idle, Level::Healthy, ""),
        (WorkerState::CatchingUp, Level::Healthy, ""),
        (
            WorkerState::BackingOff,
            Level::Degraded,
            "worker-backing-off",
        ),
        (WorkerState::Stalled, Level::Unhealthy, "worker-stalled"),
    ] {
        let workers = [worker(state, true)];
        let seen = Seen {
            workers: Some(&workers),
            ..alone(&health)
        };
        check(seen, level, code);
    }
}

#[test]
fn a_collection_that_fails_for_any_worker_is_named() {
    let health = health(0, 0, 0);
    let mut workers = [worker(WorkerState::Working, true)];
    workers[0].report.failing = "todos refused".to_owned();
    let seen = Seen {
        workers: Some(&workers),
        ..alone(&health)
    };
    check(seen, Level::Degraded, "collection");
    assert!(seen.alerts()[0].message.contains("todos refused"));
}

#[test]
fn without_a_worker_it_is_bad_when_something_is_pending() {
    let dead = [worker(WorkerState::Stalled, false)];
    for (backlog, workers, level) in [
        (0, &dead[..0], Level::Degraded),
        (0, &dead[..], Level::Degraded),
        (1, &dead[..], Level::Unhealthy),
    ] {
        let health = health(0, backlog, 0);
        let seen = Seen {
            workers: Some(workers),
            ..alone(&health)
        };
        check(seen, level, "no-worker");
    }
}

#[test]
fn a_forgotten_worker_is_missed_though_nobody_asked_for_the_list() {
    for (alive, backlog, level, codes) in [
        (None, 1, Level::Healthy, ""),
        (Some(1), 1, Level::Healthy, ""),
        (Some(0), 0, Level::Degraded, "no-worker"),
        (Some(0), 1, Level::Degraded, "no-worker"),
    ] {
        let mut health = health(0, backlog, 0);
        health.workers_alive = alive;
        check(alone(&health), level, codes);
    }
}

#[test]
fn a_pause_is_worth_a_look_and_a_backlog_over_the_cap_is_bad() {
    let pauses = [Pause {
        scope: PauseScope::Everything,
        since: Timestamp::UNIX_EPOCH,
        reason: "Ada asked for it".to_owned(),
    }];
    for (backlog, level, codes) in [
        (499, Level::Degraded, "paused"),
        (500, Level::Unhealthy, "backlog-cap paused"),
    ] {
        let health = health(0, backlog, 0);
        let seen = Seen {
            pauses: Some(&pauses),
            backlog_cap: Some(500),
            ..alone(&health)
        };
        check(seen, level, codes);
        let told = seen.alerts();
        assert!(told.iter().all(|alert| !alert.message.contains("Ada")));
    }
}
