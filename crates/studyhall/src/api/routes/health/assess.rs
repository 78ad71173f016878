//! From what both sides say to a judgement, by the original's thresholds.

use std::time::Duration;

use twinbase::{SideHealth, core::primary::Pause, operate::scope_name, prelude::*};

use super::report::{Alert, Databases, HealthReport, Level, Paused, Side, Sync, Worker};

/// Over how much somebody should look, and over how much it does not work any more.
struct Threshold {
    code: &'static str,
    what: &'static str,
    warning: f64,
    critical: f64,
}

const LAG: Threshold = Threshold {
    code: "sync-lag",
    what: "seconds old is the oldest event that waits",
    warning: 30.0,
    critical: 60.0,
};
const QUEUE: Threshold = Threshold {
    code: "queue-size",
    what: "events wait",
    warning: 1_000.0,
    critical: 10_000.0,
};
const FAILED: Threshold = Threshold {
    code: "failed-events",
    what: "events have failed",
    warning: 10.0,
    critical: 100.0,
};

/// Judges everything. What is paused is what the worker of this process knows of.
pub fn assess(health: &Health) -> HealthReport {
    let worker = health.worker.as_ref();
    assess_with(health, worker.map(|worker| worker.pauses.as_slice()))
}

/// Judges everything, with what the primary says is paused; `None` when it did not say.
pub(super) fn assess_with(health: &Health, pauses: Option<&[Pause]>) -> HealthReport {
    let mut alerts = connections(health);
    alerts.extend(sync(health, pauses));
    report(health, pauses, alerts)
}

/// Judges the connections alone.
pub(super) fn assess_databases(health: &Health) -> HealthReport {
    report(health, None, connections(health))
}

/// Judges alone how far the replica is behind, and what keeps it there.
pub(super) fn assess_sync(health: &Health, pauses: Option<&[Pause]>) -> HealthReport {
    report(health, pauses, sync(health, pauses))
}

fn sync(health: &Health, pauses: Option<&[Pause]>) -> Vec<Alert> {
    let mut alerts = lateness(health);
    alerts.extend(engine(health, pauses));
    alerts.sort_by_key(|alert| alert.severity != "critical");
    alerts
}

/// What the worker is not doing, and why: a pause somebody may have forgotten, batches that do not
/// end, a backlog over its cap. How late the replica is for it, the lag tells.
fn engine(health: &Health, pauses: Option<&[Pause]>) -> Vec<Alert> {
    let mut alerts = Vec::new();
    for pause in pauses.unwrap_or_default() {
        alerts.push(Alert {
            severity: "warning",
            code: "paused",
            // The reason is an operator's own words, and this report is for everybody.
            message: format!(
                "{} is paused since {:.0}.",
                scope_name(&pause.scope),
                pause.since
            ),
        });
    }
    let Some(worker) = &health.worker else {
        return alerts;
    };
    if worker.state == WorkerState::Stalled {
        // As the command line judges it: the way out is to restart this process now.
        alerts.push(Alert {
            severity: "critical",
            code: "worker-stalled",
            message: format!("The worker is stalled since {:.0}.", worker.since),
        });
    }
    if let Some(backlog) = worker.over_cap {
        alerts.push(Alert {
            severity: "critical",
            code: "backlog-cap",
            message: format!(
                "{backlog} events wait or more, over the cap; nothing is dropped, but the primary grows."
            ),
        });
    }
    alerts
}

/// Without the primary nothing works. Without the replica writes are kept and reads go to the
/// primary: somebody should look, and when it lasts the lag tells how bad it is.
fn connections(health: &Health) -> Vec<Alert> {
    let mut alerts = Vec::new();
    if !health.primary.is_connected() {
        alerts.push(Alert {
            severity: "critical",
            code: "primary-disconnected",
            message: format!("The primary ({}) does not answer.", health.primary.kind),
        });
    }
    if !health.replica.is_connected() {
        alerts.push(Alert {
            severity: "warning",
            code: "replica-disconnected",
            message: format!("The replica ({}) does not answer.", health.replica.kind),
        });
    }
    alerts
}

fn lateness(health: &Health) -> Vec<Alert> {
    let sync = numbers(health);
    let (Some(lag), Some(queue), Some(failed)) =
        (sync.sync_lag_seconds, sync.queue_size, sync.failed_events)
    else {
        return vec![Alert {
            severity: "critical",
            code: "sync-unknown",
            message: "The primary does not say what waits.".into(),
        }];
    };
    #[expect(clippy::cast_precision_loss, reason = "counting stops at 100,000")]
    let measured = [(LAG, lag), (QUEUE, queue as f64), (FAILED, failed as f64)];
    let measured = measured.into_iter();
    measured
        .filter_map(|(threshold, value)| threshold.alert(value))
        .collect()
}

impl Threshold {
    fn alert(&self, value: f64) -> Option<Alert> {
        let (severity, over) = if value > self.critical {
            ("critical", self.critical)
        } else if value > self.warning {
            ("warning", self.warning)
        } else {
            return None;
        };
        Some(Alert {
            severity,
            code: self.code,
            message: format!("{value:.0} {}; more than {over:.0} is too much.", self.what),
        })
    }
}

fn report(health: &Health, pauses: Option<&[Pause]>, alerts: Vec<Alert>) -> HealthReport {
    let level = |alert: &Alert| match alert.severity {
        "critical" => Level::Unhealthy,
        _ => Level::Degraded,
    };
    HealthReport {
        status: alerts.iter().map(level).max().unwrap_or(Level::Healthy),
        databases: Databases {
            cockroachdb: connected(&health.primary),
            mongodb: connected(&health.replica),
        },
        sync: numbers(health),
        alerts,
        primary: side(&health.primary),
        replica: side(&health.replica),
        worker: health.worker.as_ref().map(|worker| Worker {
            state: worker.state.name(),
            since: worker.since,
            applied: worker.applied,
            partitions: worker.partitions,
            workers: worker.workers,
            last_heartbeat_at: worker.heartbeat.map(|heartbeat| heartbeat.at),
        }),
        pauses: pauses.map(|pauses| pauses.iter().map(paused).collect()),
    }
}

fn paused(pause: &Pause) -> Paused {
    Paused {
        scope: scope_name(&pause.scope),
        since: pause.since,
    }
}

fn numbers(health: &Health) -> Sync {
    let outbox = health.outbox.as_ref();
    Sync {
        queue_size: outbox.map(|outbox| outbox.backlog),
        sync_lag_seconds: health.lag().map(|lag| lag.as_secs_f64()),
        failed_events: outbox.map(|outbox| outbox.failed),
    }
}

const fn connected(side: &SideHealth) -> &'static str {
    if side.is_connected() {
        "connected"
    } else {
        "disconnected"
    }
}

/// With three digits: nobody reads nanoseconds.
fn millis(latency: &Duration) -> f64 {
    (latency.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

fn side(side: &SideHealth) -> Side {
    Side {
        kind: side.kind,
        connected: side.is_connected(),
        latency_ms: side.answer.as_ref().ok().map(millis),
    }
}

#[cfg(test)]
mod tests {
    use twinbase::core::primary::OutboxStatus;

    use super::*;

    fn health(lag: u64, backlog: u64, failed: u64) -> Health {
        let side = |kind| SideHealth {
            kind,
            location: "somewhere".into(),
            answer: Ok(Duration::from_millis(1)),
        };
        Health {
            primary: side("sqlite"),
            replica: side("embedded"),
            outbox: Some(OutboxStatus {
                backlog,
                failed,
                oldest_pending: Some(Duration::from_secs(lag)),
                ..OutboxStatus::default()
            }),
            worker: None,
        }
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
            let report = assess(&health(lag, backlog, failed));
            assert_eq!(report.status, level, "{lag} s, {backlog}, {failed}");
            assert_eq!(report.alerts.is_empty(), level == Level::Healthy);
        }
    }

    #[test]
    fn what_is_not_known_is_not_zero() {
        let mut unknown = health(0, 0, 0);
        unknown.outbox = None;
        unknown.primary.answer = Err("gone".into());
        let report = assess(&unknown);
        assert_eq!(report.status, Level::Unhealthy);
        assert_eq!(report.sync.queue_size, None);
        assert_eq!(report.databases.cockroachdb, "disconnected");
    }

    fn worker(state: WorkerState) -> WorkerStatus {
        WorkerStatus {
            id: "worker".into(),
            state,
            since: jiff::Timestamp::UNIX_EPOCH,
            last_error: None,
            read: 0,
            applied: 0,
            superseded: 0,
            charged: 0,
            partitions: 16,
            workers: 1,
            pauses: Vec::new(),
            heartbeat: None,
            over_cap: None,
        }
    }

    #[test]
    fn what_keeps_the_worker_from_working_is_an_alert() {
        let codes = |health: &Health| {
            let report = assess(health);
            let codes: Vec<_> = report.alerts.iter().map(|alert| alert.code).collect();
            (report.status, codes)
        };
        let mut health = health(0, 0, 0);
        health.worker = Some(worker(WorkerState::Idle));
        assert_eq!(codes(&health), (Level::Healthy, vec![]));
        let mut paused = worker(WorkerState::Paused);
        paused.pauses.push(Pause {
            scope: PauseScope::Collection("users".into()),
            since: jiff::Timestamp::UNIX_EPOCH,
            reason: "Ada asked for it".into(),
        });
        health.worker = Some(paused);
        assert_eq!(codes(&health), (Level::Degraded, vec!["paused"]));
        let alerts = assess(&health).alerts;
        assert_eq!(
            alerts[0].message,
            "collection:users is paused since 1970-01-01T00:00:00Z."
        );
        let mut stalled = worker(WorkerState::Stalled);
        health.worker = Some(stalled.clone());
        assert_eq!(codes(&health), (Level::Unhealthy, vec!["worker-stalled"]));
        stalled.over_cap = Some(100_000);
        health.worker = Some(stalled);
        assert_eq!(
            codes(&health),
            (Level::Unhealthy, vec!["worker-stalled", "backlog-cap"])
        );
    }

    #[test]
    fn without_the_replica_it_works_and_somebody_should_look() {
        let mut away = health(0, 0, 0);
        away.replica.answer = Err("gone".into());
        assert_eq!(assess(&away).status, Level::Degraded);
        assert_eq!(assess_databases(&away).status, Level::Degraded);
        assert_eq!(assess_sync(&away, None).status, Level::Healthy);
    }
}
