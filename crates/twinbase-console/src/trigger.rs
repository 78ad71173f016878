//! `POST /admin/sync/trigger`: has the workers poll now, and returns what is pending.

use axum::{Json, extract::State};
use serde::Serialize;
use twinbase::prelude::*;
use twinbase_web::Problem;

/// What the workers find.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Found {
    /// Whether some worker is alive.
    triggered: bool,
    /// Pending and retrying events, counted up to a limit.
    queue_size: u64,
    /// Events without attempts left, which are not tried again.
    failed_events: u64,
    sync_lag_seconds: f64,
    /// The worker of this process.
    worker: Option<&'static str>,
    /// Workers of all processes that are alive.
    workers_alive: usize,
}

pub(crate) async fn trigger(State(twin): State<Twinbase>) -> Result<Json<Found>, Problem> {
    twin.outbox().wake_workers().await?;
    let outbox = twin.sides().primary.status().await?;
    let workers = twin.sides().primary.workers().await?;
    let workers_alive = workers.iter().filter(|worker| worker.alive).count();
    let worker = twin.worker_status().map(|status| status.state);
    let runs_here = worker.is_some_and(|state| state != WorkerState::Stopped);
    Ok(Json(Found {
        triggered: runs_here || workers_alive > 0,
        queue_size: outbox.backlog,
        failed_events: outbox.failed,
        sync_lag_seconds: outbox.oldest_pending.unwrap_or_default().as_secs_f64(),
        worker: worker.map(WorkerState::name),
        workers_alive,
    }))
}
