//! How far an operation is.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use twinbase_core::primary::{OperationRecord, OperationState, Phase};

use crate::rebuild::RebuildStatus;

/// What one waits for whose process has died.
const LEFT: &str = "The process that did it is gone. The worker that leads goes on with it; start one if none runs";

/// How far an operation is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Progress {
    /// Where it is in its life.
    #[serde(skip)]
    pub state: OperationState,
    /// Events changed so far, or rows and documents compared, or rows filled.
    pub done: u64,
    /// How many there were when it began; `None` until they are counted, and where they are not.
    pub estimated_total: Option<u64>,
    /// Whether there are more than `estimated_total`: counting stops at a limit.
    pub total_is_least: bool,
    /// So many a second since the start; 0 before the first.
    pub rate: f64,
    /// How long it will take from here at this rate; `None` when not known, and at the end.
    pub eta: Option<Duration>,
    /// Whether that is guessed, because a part of it was never measured.
    pub eta_guessed: bool,
    /// The collection that is being compared.
    pub collection: Option<String>,
    /// Why it failed, or what it waits for. It may say more than others should know.
    pub error: Option<String>,
    /// What a comparison found, or, as `withoutDocument`, which rows have no document after a rebuild.
    pub found: Option<serde_json::Value>,
    /// When it ended.
    #[serde(skip)]
    pub finished_at: Option<Timestamp>,
    #[serde(skip)]
    pub(super) is_cancelling: bool,
}

impl Progress {
    /// What it is doing: `counting`, `changing`, `comparing`, `waiting` for what `error` says, `cancelling`, or `ended`.
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
        let mut kept: Self = serde_json::from_str(&record.progress).unwrap_or_default();
        if !record.operation.state.is_over() {
            if !record.is_held {
                kept.error = Some(LEFT.to_owned());
            }
            if record.is_silent || !record.is_held {
                (kept.rate, kept.eta) = (0.0, None);
            }
        }
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
        self.measure(self.done, elapsed);
    }

    /// So many rows and documents are compared, the last ones of this collection; `here` of them by this process.
    pub(super) fn compared(
        &mut self,
        collection: &str,
        (count, here): (u64, u64),
        elapsed: Duration,
    ) {
        self.done = count;
        if self.collection.as_deref() != Some(collection) {
            self.collection = Some(collection.to_owned());
        }
        // More can come while it is compared.
        self.estimated_total = self.estimated_total.map(|total| total.max(count));
        self.measure(here, elapsed);
    }

    /// How far a rebuild is that is followed.
    pub(super) fn follow(&mut self, of: &RebuildStatus) {
        let is_compared = of.phase == Phase::Verifying;
        let (done, total, rate) = if is_compared {
            (of.compared, of.to_compare, of.compared_per_second)
        } else {
            (of.filled, of.total, of.rows_per_second)
        };
        (self.done, self.estimated_total, self.rate) = (done, total, rate.into());
        let eta = of.eta_seconds.filter(|_| !of.paused);
        self.eta = eta.map(Duration::from_secs);
        self.eta_guessed = of.eta_guessed;
        self.collection = is_compared.then(|| of.collection.clone());
        self.error.clone_from(&of.waits_for);
        if let Some(idle) = of.idle() {
            self.error = Some(format!("It goes on when a worker does: {idle}"));
        }
        if of.paused {
            self.error = Some("It is paused, and goes on when it is resumed".to_owned());
        }
        let without = of.without_document.as_ref();
        self.found = without.map(|all| json!({ "withoutDocument": all }));
    }

    fn measure(&mut self, done: u64, elapsed: Duration) {
        #[expect(clippy::cast_precision_loss, reason = "an estimate, for people")]
        let done = done as f64;
        self.rate = done / elapsed.as_secs_f64().max(0.001);
        let total = self.estimated_total.filter(|_| !self.total_is_least);
        #[expect(clippy::cast_precision_loss, reason = "an estimate, for people")]
        let left = total.map(|total| total.saturating_sub(self.done) as f64);
        // Nothing is known before the first.
        let eta = left.map(|left| Duration::try_from_secs_f64(left / self.rate).ok());
        self.eta = eta.flatten();
    }
}
