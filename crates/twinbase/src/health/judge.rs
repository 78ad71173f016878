//! From what was seen to what is wrong.

use std::time::Duration;

use twinbase_core::primary::{OutboxStatus, Pause, WorkerRecord};
use twinbase_sync::{
    operate::scope_name,
    worker::{CollectionState, WorkerState, WorkerStatus},
};

use super::{Alert, Health, Limits, SideHealth};

/// What is judged. What is not known is `None`; that the primary does not answer is an alert of its own.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Both sides, and the worker of this process.
    pub health: &'a Health,
    /// The workers of all processes.
    pub workers: Option<&'a [WorkerRecord]>,
    /// What is paused.
    pub pauses: Option<&'a [Pause]>,
    /// The backlog from which on there is an alert; `None` leaves it to the worker of this process.
    pub backlog_cap: Option<u64>,
}

impl<'a> Seen<'a> {
    /// What a server knows of itself, without asking for the workers of other processes.
    pub const fn of(health: &'a Health, pauses: Option<&'a [Pause]>) -> Self {
        Self {
            health,
            workers: None,
            pauses,
            backlog_cap: None,
        }
    }

    /// Everything that is wrong, worst first.
    pub fn alerts(self) -> Vec<Alert> {
        let mut alerts = self.connections();
        alerts.extend(self.sync());
        sorted(alerts)
    }

    /// What is wrong with the connections. Without the primary nothing works. Without the replica
    /// writes are kept and the primary answers reads; when that lasts, the lag says how bad it is.
    pub fn connections(self) -> Vec<Alert> {
        let (primary, replica) = (&self.health.primary, &self.health.replica);
        let mut alerts = Vec::new();
        if !primary.is_connected() {
            alerts.push(Alert::critical(
                "primary-disconnected",
                away("primary", primary),
                "Check that it runs and can be reached. Nothing can be written until then.",
            ));
        }
        if self.health.write_error.is_some() && primary.is_connected() {
            // Why is in the log and on the command line: it may name hosts and folders.
            alerts.push(Alert::critical(
                "primary-refuses-writes",
                format!("The primary ({}) answers and refuses writes.", primary.kind),
                "Check its free disk space, and whether it is read-only after a failover. The command `health` shows its reason.",
            ));
        }
        if !replica.is_connected() {
            alerts.push(Alert::warning(
                "replica-disconnected",
                away("replica", replica),
                "Check that it runs and can be reached. Changes are kept meanwhile.",
            ));
        }
        alerts
    }

    /// How far the replica is behind, and what keeps it there; worst first.
    pub fn sync(self) -> Vec<Alert> {
        let mut alerts = self.lateness();
        alerts.extend(self.pauses.into_iter().flatten().map(paused));
        alerts.extend(self.health.worker.as_ref().and_then(own_worker));
        alerts.extend(self.health.worker.iter().flat_map(collections));
        alerts.extend(self.over_cap());
        alerts.extend(self.absence());
        alerts.extend(self.workers.into_iter().flatten().filter_map(trouble));
        alerts.extend(self.workers.into_iter().flatten().filter_map(failing));
        sorted(alerts)
    }

    fn lateness(self) -> Vec<Alert> {
        let (Some(outbox), Some(lag)) = (&self.health.outbox, self.health.lag()) else {
            return vec![Alert::critical(
                "sync-unknown",
                "The primary does not report what is pending.",
                "Check that the primary answers, with the command `health`.",
            )];
        };
        let thresholds = &self.health.thresholds;
        let lag = Duration::from_secs(lag.as_secs());
        let seconds = |span: Duration| format!("{} s", span.as_secs());
        let number = |count: u64| count.to_string();
        let measured = [
            LAG.alert(thresholds.lag, lag, seconds),
            QUEUE.alert(thresholds.queue, outbox.backlog, number),
            FAILED.alert(thresholds.failed, outbox.failed, number),
        ];
        measured.into_iter().flatten().collect()
    }

    fn over_cap(self) -> Option<Alert> {
        let by_worker = || self.health.worker.as_ref()?.over_cap;
        let backlog = match self.backlog_cap {
            None => by_worker(),
            Some(cap) => {
                // Counting stops at a limit, so a cap beyond that is held against what is known.
                let cap = cap.min(OutboxStatus::COUNT_LIMIT);
                let backlog = self.health.outbox.as_ref()?.backlog;
                (backlog >= cap).then_some(backlog)
            }
        };
        Some(Alert::critical(
            "backlog-cap",
            format!(
                "Pending events: at least {}, over the backlog cap.",
                backlog?
            ),
            "Nothing is dropped, but the primary grows. See what holds the workers up with the command `top`.",
        ))
    }

    /// Without a worker nothing is carried over; it is bad when something waits for it. For a server it is
    /// a warning: its own requests are served, workers restart, and the lag says how bad it is.
    fn absence(self) -> Option<Alert> {
        let alive = match (self.workers, &self.health.worker) {
            (Some(workers), _) => workers.iter().filter(|worker| worker.alive).count(),
            // One that has not taken its leases yet says so itself.
            (None, Some(own)) if own.state != WorkerState::Stopped => return None,
            (None, _) => self.health.workers_alive?,
        };
        if alive > 0 {
            return None;
        }
        let waits = self.health.outbox.as_ref()?.backlog > 0;
        let message = if waits {
            "No worker runs, and changes are pending."
        } else {
            "No worker runs. No changes are pending."
        };
        let alert = if waits && self.workers.is_some() {
            Alert::critical
        } else {
            Alert::warning
        };
        Some(alert(
            "no-worker",
            message.to_owned(),
            "Start a worker. Changes are kept until then.",
        ))
    }
}

/// A number that is held against limits, in words.
struct Measured {
    code: &'static str,
    what: &'static str,
    remedy: &'static str,
}

const LAG: Measured = Measured {
    code: "sync-lag",
    what: "Oldest pending event",
    remedy: "See which collection is behind, and whether workers run, with the command `top`.",
};

const QUEUE: Measured = Measured {
    code: "queue-size",
    what: "Pending events",
    remedy: "See whether workers run and keep up with the command `top`.",
};

const FAILED: Measured = Measured {
    code: "failed-events",
    what: "Failed events",
    remedy: "See why with the command `outbox groups`, then retry or discard them.",
};

impl Measured {
    fn alert<T: PartialOrd + Copy>(
        &self,
        limits: Limits<T>,
        value: T,
        show: impl Fn(T) -> String,
    ) -> Option<Alert> {
        let severity = limits.severity(value)?;
        let (name, above) = (severity.name(), show(limits.above(severity)));
        let message = format!("{}: {} ({name} above {above}).", self.what, show(value));
        Some(Alert::new(severity, self.code, message, self.remedy))
    }
}

fn sorted(mut alerts: Vec<Alert>) -> Vec<Alert> {
    alerts.sort_by_key(|alert| std::cmp::Reverse(alert.severity));
    alerts
}

fn away(name: &str, side: &SideHealth) -> String {
    format!("The {name} ({}) does not answer.", side.kind)
}

/// The reason is an operator's own words, and `/health` is for everybody: it is left out.
fn paused(pause: &Pause) -> Alert {
    let (scope, since) = (scope_name(&pause.scope), pause.since);
    Alert::warning(
        "paused",
        format!("{scope} is paused since {since:.0}."),
        "End the pause with the command `resume`.",
    )
}

const RESTART: &str = "Restart that worker. Nothing is lost.";

const UPDATE: &str =
    "A program with a newer mapping has registered. Restart that worker with the newer program.";

/// The collections that fail for the worker of this process. The error may name more than strangers should read.
fn collections(worker: &WorkerStatus) -> impl Iterator<Item = Alert> {
    // One that does not answer is the replica's own alert.
    let failing = worker
        .collections
        .iter()
        .filter(|status| status.state.is_failing() && status.state != CollectionState::BackingOff);
    failing.map(|status| {
        let (name, state) = (status.collection, status.state.name());
        Alert::warning(
            "collection",
            format!("Collection {name} is {state} since {:.0}.", status.since),
            status
                .remedy
                .unwrap_or("The log of the worker has the reason."),
        )
    })
}

/// The worker of this process, which knows more of itself than the primary does.
fn own_worker(worker: &WorkerStatus) -> Option<Alert> {
    match worker.state {
        WorkerState::Stalled => Some(Alert::critical(
            "worker-stalled",
            format!("The worker is stalled since {:.0}.", worker.since),
            RESTART,
        )),
        WorkerState::Outdated => Some(Alert::warning(
            "worker-outdated",
            format!("The worker is outdated since {:.0}.", worker.since),
            UPDATE,
        )),
        WorkerState::Starting
        | WorkerState::Idle
        | WorkerState::Working
        | WorkerState::CatchingUp
        | WorkerState::BackingOff
        | WorkerState::Paused
        | WorkerState::Stopped => None,
    }
}

/// The collections that fail for a worker of any process.
fn failing(worker: &WorkerRecord) -> Option<Alert> {
    let report = &worker.report;
    (worker.alive && !report.failing.is_empty()).then(|| {
        Alert::warning(
            "collection",
            format!("For worker {} fails: {}.", report.process, report.failing),
            "The worker's log and its `/health` have the reason. Other collections go on.",
        )
    })
}

/// A worker of any process, by what it reported last. A state of a newer version says nothing here.
fn trouble(worker: &WorkerRecord) -> Option<Alert> {
    let report = &worker.report;
    let state = WorkerState::ALL
        .into_iter()
        .find(|state| state.name() == report.state && worker.alive)?;
    let message = format!("Worker {} is {}.", report.process, state.name());
    match state {
        WorkerState::Stalled => Some(Alert::critical("worker-stalled", message, RESTART)),
        WorkerState::BackingOff => Some(Alert::warning(
            "worker-backing-off",
            message,
            "A database does not answer it; its log has the reason.",
        )),
        WorkerState::Outdated => Some(Alert::warning("worker-outdated", message, UPDATE)),
        WorkerState::Starting
        | WorkerState::Idle
        | WorkerState::Working
        | WorkerState::CatchingUp
        | WorkerState::Paused
        | WorkerState::Stopped => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use twinbase_core::primary::{PauseScope, WorkerReport};

    use super::{
        super::{Level, Thresholds},
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
}
