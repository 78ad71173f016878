//! From what both sides say to a judgement, by the original's thresholds.

use std::time::Duration;

use twinbase::{SideHealth, prelude::*};

use super::report::{Alert, Databases, HealthReport, Level, Side, Sync, Worker};

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

/// Judges everything.
pub fn assess(health: &Health) -> HealthReport {
    let mut alerts = connections(health);
    alerts.extend(lateness(health));
    report(health, alerts)
}

/// Judges the connections alone.
pub(super) fn assess_databases(health: &Health) -> HealthReport {
    report(health, connections(health))
}

/// Judges alone how far the replica is behind.
pub(super) fn assess_sync(health: &Health) -> HealthReport {
    report(health, lateness(health))
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
    let mut alerts: Vec<_> = measured
        .into_iter()
        .filter_map(|(threshold, value)| threshold.alert(value))
        .collect();
    alerts.sort_by_key(|alert| alert.severity != "critical");
    alerts
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

fn report(health: &Health, alerts: Vec<Alert>) -> HealthReport {
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
            applied: worker.applied,
        }),
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

    #[test]
    fn without_the_replica_it_works_and_somebody_should_look() {
        let mut away = health(0, 0, 0);
        away.replica.answer = Err("gone".into());
        assert_eq!(assess(&away).status, Level::Degraded);
        assert_eq!(assess_databases(&away).status, Level::Degraded);
        assert_eq!(assess_sync(&away).status, Level::Healthy);
    }
}
