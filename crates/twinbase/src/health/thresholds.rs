//! From which numbers on something is wrong; the defaults are those of the original, whose clients know them.

use std::time::Duration;

use super::Severity;

/// Documents that are not further behind than this count as current.
pub const CURRENT: Duration = Duration::from_secs(5);

/// Above how much something is a warning, and above how much it is critical.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits<T> {
    /// Above this somebody should look.
    pub warning: T,
    /// Above this it does not work any more.
    pub critical: T,
}

impl<T: PartialOrd + Copy> Limits<T> {
    /// How bad a value is; `None` when all is well.
    pub fn severity(&self, value: T) -> Option<Severity> {
        if value > self.critical {
            Some(Severity::Critical)
        } else if value > self.warning {
            Some(Severity::Warning)
        } else {
            None
        }
    }

    /// The limit that a value of this severity is above.
    pub(super) const fn above(&self, severity: Severity) -> T {
        match severity {
            Severity::Warning => self.warning,
            Severity::Critical => self.critical,
        }
    }
}

/// By which numbers [`Health`](super::Health) is judged; an application sets its own with
/// [`Builder::thresholds`](crate::Builder::thresholds).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// The age of the oldest pending event; judged in whole seconds.
    pub lag: Limits<Duration>,
    /// Pending and retrying events.
    pub queue: Limits<u64>,
    /// Events without attempts left.
    pub failed: Limits<u64>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            lag: Limits {
                warning: Duration::from_secs(30),
                critical: Duration::from_mins(1),
            },
            queue: Limits {
                warning: 1_000,
                critical: 10_000,
            },
            failed: Limits {
                warning: 10,
                critical: 100,
            },
        }
    }
}

impl Thresholds {
    /// How bad a lag is, by its whole seconds: a person reads no more of it.
    pub fn of_lag(&self, lag: Duration) -> Option<Severity> {
        self.lag.severity(Duration::from_secs(lag.as_secs()))
    }
}
