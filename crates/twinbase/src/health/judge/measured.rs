//! The numbers that are held against limits.

use super::super::{Alert, Limits};

/// A number that is held against limits, in words.
pub(super) struct Measured {
    code: &'static str,
    what: &'static str,
    remedy: &'static str,
}

pub(super) const LAG: Measured = Measured {
    code: "sync-lag",
    what: "Oldest pending event",
    remedy: "See which collection is behind, and whether workers run, with the command `top`.",
};

pub(super) const QUEUE: Measured = Measured {
    code: "queue-size",
    what: "Pending events",
    remedy: "See whether workers run and keep up with the command `top`.",
};

pub(super) const FAILED: Measured = Measured {
    code: "failed-events",
    what: "Failed events",
    remedy: "See why with the command `outbox groups`, then retry or discard them.",
};

impl Measured {
    pub(super) fn alert<T: PartialOrd + Copy>(
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
