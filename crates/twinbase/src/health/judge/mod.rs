//! From what was seen to what is wrong.

mod measured;
#[cfg(test)]
mod tests;
mod verified;
mod workers;

use std::time::Duration;

use twinbase_core::{
    primary::{Cause, OutboxStatus, Pause, PrimaryKind, Raised, WorkerRecord},
    replica::ReplicaKind,
};
use twinbase_sync::{
    operate::scope_name,
    rebuild::RebuildStatus,
    worker::{EngineError, WorkerState},
};

use super::{Alert, Health, SideHealth};
use measured::{FAILED, LAG, QUEUE};
use workers::{collections, failing, own_worker, trouble};

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
                if primary.kind == PrimaryKind::Sqlite.name() {
                    "Check the disk that its file lies on. When the file was moved, removed or replaced, put it in its place and restart the program. Nothing can be written until then."
                } else {
                    "Check that it runs and can be reached. Nothing can be written until then."
                },
            ));
        }
        // One that was emptied refuses them for that reason, and has its own remedy.
        let raised = self.health.unproven.as_ref();
        let is_emptied = raised.is_some_and(|raised| raised.cause == Cause::PrimaryEmptied);
        if let Some(error) = &self.health.write_error
            && primary.is_connected()
            && !is_emptied
        {
            // Why is in the log and on the command line: it may name hosts and folders.
            alerts.push(Alert::critical(
                "primary-refuses-writes",
                format!("The primary ({}) answers and refuses writes.", primary.kind),
                if error.contains(twinbase_primary::GRANT) {
                    "The user of the primary's URL may not write: grant it `select`, `insert`, `update` and `delete` on Twinbase's tables, or ask as a user who may. The command `health` shows the primary's reason."
                } else {
                    "Check its free disk space, and whether it is read-only after a failover. The command `health` shows its reason."
                },
            ));
        }
        if !replica.is_connected() {
            alerts.push(Alert::warning(
                "replica-disconnected",
                away("replica", replica),
                if replica.kind == ReplicaKind::Embedded.name() {
                    "Check the disk that its file lies on. When the file was moved, removed or replaced, restart the program. Changes are kept meanwhile."
                } else {
                    "Check that it runs and can be reached. Changes are kept meanwhile."
                },
            ));
        }
        alerts
    }

    /// How far the replica is behind, and what keeps it there; worst first.
    pub fn sync(self) -> Vec<Alert> {
        let mut alerts = self.lateness();
        alerts.extend(self.health.unproven.as_ref().map(put_back));
        alerts.extend(
            self.health
                .verified
                .iter()
                .flatten()
                .filter_map(verified::drift),
        );
        alerts.extend(self.health.rebuilds.iter().flatten().filter_map(rebuild));
        alerts.extend(self.pauses.into_iter().flatten().map(paused));
        alerts.extend(self.health.worker.as_ref().and_then(own_worker));
        alerts.extend(self.silence());
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

    /// Where both sides answer, nothing else may say that changes do not come through.
    fn silence(self) -> Option<Alert> {
        let health = self.health;
        let age = health.worker.as_ref()?.late_heartbeat?;
        let is_answered = health.primary.is_connected() && health.replica.is_connected();
        is_answered.then(|| {
            Alert::warning(
                "heartbeat-late",
                format!("No heartbeat came through for {} s.", age.as_secs()),
                "See what holds the worker up with the command `health`, and what its log says.",
            )
        })
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

fn sorted(mut alerts: Vec<Alert>) -> Vec<Alert> {
    alerts.sort_by_key(|alert| std::cmp::Reverse(alert.severity));
    alerts
}

fn away(name: &str, side: &SideHealth) -> String {
    format!("The {name} ({}) does not answer.", side.kind)
}

/// Documents may be wrong until both sides have been compared. It is critical where one side is known to have lost something.
fn put_back(raised: &Raised) -> Alert {
    const CODE: &str = "unproven";
    const REMEDY: &str = "Run `repair`, which compares both sides and mends what differs. A whole `verify` without a finding ends this alarm.";
    let at = raised.at;
    match raised.cause {
        Cause::PrimaryWentBack => Alert::critical(
            CODE,
            format!(
                "The primary was put back to an earlier state (found {at:.0}). Documents may show what it has lost."
            ),
            REMEDY,
        ),
        Cause::ReplicaWentBack => Alert::critical(
            CODE,
            format!(
                "The replica was put back or replaced (found {at:.0}). Documents may be old or missing."
            ),
            REMEDY,
        ),
        Cause::OtherDatabase => Alert::warning(
            CODE,
            format!(
                "The primary is another database than before (found {at:.0}): moved, restored, upgraded or promoted."
            ),
            REMEDY,
        ),
        Cause::Operator => Alert::warning(
            CODE,
            format!("An operator declared a database put back ({at:.0})."),
            REMEDY,
        ),
        Cause::PrimaryEmptied => Alert::critical(
            "primary-emptied",
            "The primary was emptied: rows of Twinbase's own are gone. It takes no changes."
                .to_owned(),
            EngineError::Emptied.remedy(),
        ),
    }
}

/// One that is paused waits for whoever paused it, and is no alarm.
fn rebuild(of: &RebuildStatus) -> Option<Alert> {
    let remedy = of.remedy().filter(|_| of.is_failing())?;
    let (name, phase) = (&of.collection, of.phase.name());
    Some(Alert::warning(
        "rebuild",
        format!("The rebuild of {name} ({phase}) does not go on. Readers and writers do."),
        remedy,
    ))
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
