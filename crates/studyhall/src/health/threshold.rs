//! From which numbers on something is wrong: those of the original, whose clients know them.

use std::time::Duration;

use super::{Alert, Severity};

/// Documents that are not further behind than this count as current.
pub const CURRENT: Duration = Duration::from_secs(5);

/// Above how much something is worth a look, and above how much it does not work any more.
#[derive(Debug, Clone, Copy)]
pub struct Threshold {
    code: &'static str,
    what: &'static str,
    unit: &'static str,
    warning: u64,
    critical: u64,
    remedy: &'static str,
}

/// The age of the oldest pending event, in seconds.
pub const LAG: Threshold = Threshold {
    code: "sync-lag",
    what: "Oldest pending event",
    unit: " s",
    warning: 30,
    critical: 60,
    remedy: "See which collection is behind, and whether workers run, with `studyhall top`.",
};

/// Pending and retrying events.
pub const QUEUE: Threshold = Threshold {
    code: "queue-size",
    what: "Pending events",
    unit: "",
    warning: 1_000,
    critical: 10_000,
    remedy: "See whether workers run and keep up with `studyhall top`.",
};

/// Events without attempts left.
pub const FAILED: Threshold = Threshold {
    code: "failed-events",
    what: "Failed events",
    unit: "",
    warning: 10,
    critical: 100,
    remedy: "See why with `studyhall outbox groups`, then retry or discard them.",
};

impl Threshold {
    /// How bad a value is; `None` when all is well.
    pub fn severity(&self, value: u64) -> Option<Severity> {
        if value > self.critical {
            Some(Severity::Critical)
        } else if value > self.warning {
            Some(Severity::Warning)
        } else {
            None
        }
    }

    pub(super) fn alert(&self, value: u64) -> Option<Alert> {
        let severity = self.severity(value)?;
        let above = match severity {
            Severity::Warning => self.warning,
            Severity::Critical => self.critical,
        };
        let Self { what, unit, .. } = self;
        let (name, code) = (severity.name(), self.code);
        let message = format!("{what}: {value}{unit} ({name} above {above}{unit}).");
        Some(Alert::new(severity, code, message, self.remedy))
    }
}
