//! What is an alert, and what is none.

use jiff::Timestamp;
use twinbase_core::primary::{PauseScope, Phase, WorkerReport};
use twinbase_sync::{verify::Verified, worker::WorkerStatus};

use super::{
    super::{HealthReport, Level, Limits, Thresholds},
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
        rebuilds: None,
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
    for (wrong, stopped_by, level, codes) in [
        (0, None, Level::Healthy, ""),
        (2, None, Level::Degraded, "drift"),
        (0, Some("no rights on db-7"), Level::Degraded, "unverified"),
    ] {
        let mut health = health(0, 0, 0);
        health.verified = Some(vec![Verified {
            collection: "todos".to_owned(),
            through: Some(Timestamp::UNIX_EPOCH),
            wrong,
            compared: None,
            stopped_by: stopped_by.map(str::to_owned),
        }]);
        check(alone(&health), level, codes);
        // What everybody reads names no hosts.
        let report = HealthReport::new(&health, None, alone(&health).alerts());
        let report = serde_json::to_string(&report).expect("it is data");
        assert!(!report.contains("db-7"), "{report}");
    }
}

fn filling(at: Timestamp) -> RebuildStatus {
    RebuildStatus {
        collection: "todos".to_owned(),
        serving: "todos".to_owned(),
        beside: Some("todos_g2".to_owned()),
        phase: Phase::Filling,
        paused: false,
        paused_since: None,
        without_worker: false,
        without_worker_since: None,
        filled: 0,
        total: None,
        rows_per_second: 0,
        compared: 0,
        to_compare: None,
        compared_per_second: 0,
        eta_seconds: None,
        eta_guessed: false,
        without_document: None,
        way_back: true,
        mended: 0,
        requested_at: at,
        keep_seconds: 86_400,
        keep_until: None,
        waits_for: None,
        error: None,
        operation: None,
    }
}

/// One that a person has paused waits for that person: it is shown, and no alarm. One whose attempts fail is.
#[test]
fn a_rebuild_that_does_not_go_on_is_an_alarm_and_a_paused_one_is_none() {
    let at = Timestamp::UNIX_EPOCH;
    for (paused, waits_for, level, codes) in [
        (false, None, Level::Healthy, ""),
        (true, None, Level::Healthy, ""),
        (true, Some("no rights on db-7"), Level::Healthy, ""),
        (false, Some("no rights on db-7"), Level::Degraded, "rebuild"),
    ] {
        let mut health = health(0, 0, 0);
        health.rebuilds = Some(vec![RebuildStatus {
            paused,
            paused_since: paused.then_some(at),
            waits_for: waits_for.map(str::to_owned),
            ..filling(at)
        }]);
        check(alone(&health), level, codes);
        let report = HealthReport::new(&health, None, Vec::new());
        let shown = &report.rebuilds.expect("it is known")[0];
        assert_eq!(shown.phase, "filling");
        assert_eq!(shown.paused_since, paused.then_some(at));
        assert_eq!(shown.remedy.is_some(), paused || waits_for.is_some());
        let shown = serde_json::to_string(shown).expect("it is data");
        assert!(!shown.contains("db-7"), "{shown}");
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
    assert!(alone(&full).alerts()[0].remedy.contains("disk space"));
    let denied = "permission denied for table twinbase_heartbeat; grant the privilege to the user of DATABASE_URL";
    full.write_error = Some(denied.to_owned());
    let remedy = alone(&full).alerts()[0].remedy.to_string();
    assert!(remedy.contains("grant it") && !remedy.contains("disk"));
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

#[test]
fn an_emptied_primary_is_bad_and_a_late_heartbeat_worth_a_look() {
    let mut seen = health(0, 0, 0);
    seen.worker = Some(WorkerStatus {
        leads: true,
        late_heartbeat: Some(Duration::from_secs(61)),
        ..WorkerStatus::default()
    });
    check(alone(&seen), Level::Degraded, "heartbeat-late");
    seen.replica.answer = Err("it is away".to_owned());
    check(alone(&seen), Level::Degraded, "replica-disconnected");
    seen.unproven = Some(Raised {
        at: Timestamp::UNIX_EPOCH,
        cause: Cause::PrimaryEmptied,
    });
    check(
        alone(&seen),
        Level::Unhealthy,
        "primary-emptied replica-disconnected",
    );
}
