//! How far an operation is.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use twinbase_core::primary::{OperationRecord, OperationState};

/// How far an operation is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Progress {
    /// Where it is in its life.
    #[serde(skip)]
    pub state: OperationState,
    /// Events changed so far, or rows and documents compared.
    pub done: u64,
    /// How many there were when it began; `None` until they are counted, and where they are not.
    pub estimated_total: Option<u64>,
    /// Whether there are more than `estimated_total`: counting stops at a limit.
    pub total_is_least: bool,
    /// So many a second since the start; 0 before the first.
    pub rate: f64,
    /// How long it will take from here at this rate; `None` when not known, and at the end.
    pub eta: Option<Duration>,
    /// The collection that is being compared.
    pub collection: Option<String>,
    /// Why it failed, or what it waits for. It may say more than others should know.
    pub error: Option<String>,
    /// What a comparison found.
    pub found: Option<serde_json::Value>,
    /// When it ended.
    #[serde(skip)]
    pub finished_at: Option<Timestamp>,
    #[serde(skip)]
    pub(super) is_cancelling: bool,
}

impl Progress {
    /// What it is doing: `counting`, `changing`, `comparing`, `waiting` for a primary that does not answer, `cancelling`, or `ended`.
    pub const fn phase(&self) -> &'static str {
        match self {
            _ if self.state.is_over() => "ended",
            _ if self.is_cancelling => "cancelling",
            _ if self.error.is_some() => "waiting",
            _ if self.collection.is_some() => "comparing",
            _ if self.estimated_total.is_none() => "counting",
            _ => "changing",
        }
    }

    /// As it is kept.
    pub(super) fn kept(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// As it was kept; nothing is known where a newer program kept it.
    pub(super) fn read(record: &OperationRecord) -> Self {
        let kept: Self = serde_json::from_str(&record.progress).unwrap_or_default();
        Self {
            state: record.operation.state,
            finished_at: record.finished_at,
            is_cancelling: record.is_cancelling,
            ..kept
        }
    }

    /// So many more events are done, at this time since the start.
    pub(super) fn advance(&mut self, count: u64, elapsed: Duration) {
        self.done += count;
        self.error = None;
        // More may have matched than were counted.
        let total = self.estimated_total.unwrap_or_default().max(self.done);
        self.estimated_total = Some(total);
        self.measure(elapsed);
        #[expect(clippy::cast_precision_loss, reason = "an estimate, for people")]
        let left = (total - self.done) as f64;
        self.eta = (self.done > 0 && !self.total_is_least)
            .then(|| Duration::try_from_secs_f64(left / self.rate).ok())
            .flatten();
    }

    /// So many rows and documents are compared, the last ones of this collection.
    pub(super) fn compared(&mut self, collection: &str, count: u64, elapsed: Duration) {
        self.done = count;
        if self.collection.as_deref() != Some(collection) {
            self.collection = Some(collection.to_owned());
        }
        self.measure(elapsed);
    }

    fn measure(&mut self, elapsed: Duration) {
        #[expect(clippy::cast_precision_loss, reason = "an estimate, for people")]
        let done = self.done as f64;
        self.rate = done / elapsed.as_secs_f64().max(0.001);
    }
}
