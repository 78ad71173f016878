//! How the whole system is, seen from outside: the judgement of `/health`, and what the primary knows of all workers.

use studyhall::api::{Alert, assess};
use twinbase::{
    Health,
    core::primary::{OutboxStatus, Pause, WorkerRecord},
    prelude::*,
};

use super::{pauses, workers};

/// A judgement, and what led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    /// `healthy`, `degraded` or `unhealthy`.
    pub(super) status: &'static str,
    /// What is wrong, worst first.
    pub(super) alerts: Vec<Alert>,
}

/// What is judged. What is not known is `None`; that the primary does not answer is an alert of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) health: &'a Health,
    pub(super) workers: Option<&'a [WorkerRecord]>,
    pub(super) pauses: Option<&'a [Pause]>,
    /// The backlog above which there is an alarm.
    pub(super) backlog_cap: u64,
}

impl Seen<'_> {
    pub(super) fn judge(self) -> Judgement {
        let mut alerts = assess(self.health).alerts;
        alerts.extend(self.workers.and_then(|workers| self.absence(workers)));
        alerts.extend(self.workers.into_iter().flatten().filter_map(trouble));
        alerts.extend(self.pauses.into_iter().flatten().map(paused));
        alerts.extend(self.over_cap());
        alerts.sort_by_key(|alert| alert.severity != CRITICAL);
        let status = match alerts.first() {
            None => "healthy",
            Some(alert) if alert.severity == CRITICAL => "unhealthy",
            Some(_) => "degraded",
        };
        Judgement { status, alerts }
    }

    /// Without a worker nothing is carried over; it is bad when something waits for it.
    fn absence(self, workers: &[WorkerRecord]) -> Option<Alert> {
        if workers.iter().any(|worker| worker.alive) {
            return None;
        }
        let waits = self.health.outbox.as_ref()?.backlog > 0;
        Some(Alert {
            severity: if waits { CRITICAL } else { WARNING },
            code: "no-worker",
            message: if waits {
                "No worker runs, and changes wait for one.".into()
            } else {
                "No worker runs; nothing waits for one yet.".into()
            },
        })
    }

    /// Counting stops at a limit, so a cap beyond that is held against what is known.
    fn over_cap(self) -> Option<Alert> {
        let cap = self.backlog_cap.min(OutboxStatus::COUNT_LIMIT);
        let backlog = self.health.outbox.as_ref()?.backlog;
        (backlog >= cap).then(|| Alert {
            severity: CRITICAL,
            code: "backlog-cap",
            message: format!(
                "{backlog} events wait or more, over the cap; nothing is dropped, but the primary grows."
            ),
        })
    }
}

impl Judgement {
    /// Whether it does not work.
    pub(super) fn is_bad(&self) -> bool {
        self.alerts.iter().any(|alert| alert.severity == CRITICAL)
    }
}

const CRITICAL: &str = "critical";
const WARNING: &str = "warning";

fn trouble(worker: &WorkerRecord) -> Option<Alert> {
    let state = worker.report.state.as_str();
    let (severity, code) = if !worker.alive {
        return None;
    } else if state == WorkerState::Stalled.name() {
        (CRITICAL, "worker-stalled")
    } else if state == WorkerState::BackingOff.name() {
        (WARNING, "worker-backing-off")
    } else {
        return None;
    };
    let message = format!("The worker {} is {state}.", workers::name(worker));
    Some(Alert {
        severity,
        code,
        message,
    })
}

fn paused(pause: &Pause) -> Alert {
    Alert {
        severity: WARNING,
        code: "paused",
        message: format!("Paused: {}", pauses::sentence(pause)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use twinbase::SideHealth;

    use super::*;
    use crate::commands::top::sample::worker;

    fn health(backlog: u64) -> Health {
        let side = SideHealth {
            kind: "sqlite",
            location: "somewhere".to_owned(),
            answer: Ok(Duration::ZERO),
        };
        Health {
            primary: side.clone(),
            replica: side,
            outbox: Some(OutboxStatus {
                backlog,
                ..OutboxStatus::default()
            }),
            worker: None,
        }
    }

    #[track_caller]
    fn check(backlog: u64, workers: &[WorkerRecord], pauses: &[Pause], status: &str, code: &str) {
        let seen = Seen {
            health: &health(backlog),
            workers: Some(workers),
            pauses: Some(pauses),
            backlog_cap: 500,
        };
        let judgement = seen.judge();
        let codes: Vec<_> = judgement.alerts.iter().map(|alert| alert.code).collect();
        assert_eq!((judgement.status, codes.join(" ").as_str()), (status, code));
        assert_eq!(judgement.is_bad(), status == "unhealthy");
    }

    fn in_state(state: WorkerState) -> WorkerRecord {
        let mut worker = worker("a", 0, 0);
        worker.report.state = state.name().to_owned();
        worker
    }

    #[test]
    fn a_worker_that_runs_is_well_unless_it_says_otherwise() {
        for (state, status, code) in [
            (WorkerState::Idle, "healthy", ""),
            (WorkerState::CatchingUp, "healthy", ""),
            (WorkerState::BackingOff, "degraded", "worker-backing-off"),
            (WorkerState::Stalled, "unhealthy", "worker-stalled"),
        ] {
            check(0, &[in_state(state)], &[], status, code);
        }
    }

    #[test]
    fn without_a_worker_it_is_bad_when_something_waits() {
        let mut dead = in_state(WorkerState::Stalled);
        dead.alive = false;
        check(0, &[], &[], "degraded", "no-worker");
        check(0, std::slice::from_ref(&dead), &[], "degraded", "no-worker");
        check(1, &[dead], &[], "unhealthy", "no-worker");
    }

    #[test]
    fn a_pause_is_worth_a_look_and_a_backlog_over_the_cap_is_bad() {
        let idle = [in_state(WorkerState::Idle)];
        let pause = Pause {
            scope: PauseScope::Everything,
            since: Timestamp::UNIX_EPOCH,
            reason: "a test".to_owned(),
        };
        check(
            499,
            &idle,
            std::slice::from_ref(&pause),
            "degraded",
            "paused",
        );
        check(500, &idle, &[pause], "unhealthy", "backlog-cap paused");
    }
}
