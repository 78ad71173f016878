//! What is wrong with workers, as one knows it of itself and as the primary knows it of all.

use twinbase_core::primary::WorkerRecord;
use twinbase_sync::worker::{CollectionState, WorkerState, WorkerStatus};

use super::super::Alert;

const RESTART: &str = "Restart that worker. Nothing is lost.";

const UPDATE: &str =
    "A program with a newer mapping has registered. Restart that worker with the newer program.";

/// The collections that fail for the worker of this process. The error may name more than strangers should read.
pub(super) fn collections(worker: &WorkerStatus) -> impl Iterator<Item = Alert> {
    // One that does not answer is the replica's own alert.
    let failing = worker
        .collections
        .iter()
        .filter(|status| status.state.is_failing() && status.state != CollectionState::BackingOff);
    failing.map(|status| {
        let (name, state) = (&status.collection, status.state.name());
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
pub(super) fn own_worker(worker: &WorkerStatus) -> Option<Alert> {
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
pub(super) fn failing(worker: &WorkerRecord) -> Option<Alert> {
    let report = &worker.report;
    (worker.alive && !report.failing.is_empty()).then(|| {
        Alert::warning(
            "collection",
            format!("For worker {} fails: {}.", report.process, report.failing),
            "Other collections go on.",
        )
    })
}

/// A worker of any process, by what it reported last. A state of a newer version says nothing here.
pub(super) fn trouble(worker: &WorkerRecord) -> Option<Alert> {
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
