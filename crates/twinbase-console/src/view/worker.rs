//! Workers, as the primary knows of them.

use jiff::Timestamp;
use serde::Serialize;
use twinbase::core::primary::WorkerRecord;

use super::tenths;

/// A worker of any process.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkerView {
    id: String,
    machine: String,
    process: u32,
    state: String,
    alive: bool,
    partitions: u32,
    applied: u64,
    superseded: u64,
    charged: u64,
    /// The collections that fail for it, each with its state; empty when none does.
    failing: String,
    applied_per_second: f64,
    started_at: Timestamp,
    seen_at: Timestamp,
}

impl WorkerView {
    /// Its id; ids sort by the start of workers.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl From<&WorkerRecord> for WorkerView {
    fn from(worker: &WorkerRecord) -> Self {
        Self {
            id: worker.report.id.clone(),
            machine: worker.report.machine.clone(),
            process: worker.report.process,
            state: worker.report.state.clone(),
            alive: worker.alive,
            partitions: worker.partitions,
            applied: worker.report.applied,
            superseded: worker.report.superseded,
            charged: worker.report.failed_attempts,
            failing: worker.report.failing.clone(),
            applied_per_second: tenths(applied_per_second(worker)),
            started_at: worker.started_at,
            seen_at: worker.seen_at,
        }
    }
}

/// How many events a worker has applied a second, over its whole life.
pub fn applied_per_second(worker: &WorkerRecord) -> f64 {
    let life = worker.seen_at.duration_since(worker.started_at);
    #[expect(
        clippy::cast_precision_loss,
        reason = "for people, who read three digits"
    )]
    let applied = worker.report.applied as f64;
    applied / life.as_secs_f64().max(1.0)
}
