//! How often and how fast a transaction that lost against another is run again.

use std::time::Duration;

use rand::Rng as _;

/// Retries of serialization failures: exponential backoff with full jitter
/// (the delay is drawn evenly between nothing and the bound).
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Runs in all, the first included.
    pub max_attempts: u32,
    /// The bound of the first delay; it doubles with each further one.
    pub base: Duration,
    /// The highest bound.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    /// 12 runs within about 2 s: enough for dozens of writers on one row, short
    /// enough for a request that a person waits for.
    fn default() -> Self {
        Self {
            max_attempts: 12,
            base: Duration::from_millis(2),
            cap: Duration::from_millis(500),
        }
    }
}

impl RetryPolicy {
    pub(crate) const fn attempts(self) -> Attempts {
        Attempts {
            policy: self,
            done: 0,
        }
    }
}

pub(crate) struct Attempts {
    policy: RetryPolicy,
    done: u32,
}

impl Attempts {
    /// Waits before the next run; false when there is none left.
    pub(crate) async fn wait(&mut self) -> bool {
        self.done += 1;
        if self.done >= self.policy.max_attempts {
            return false;
        }
        let factor = 1u32.checked_shl(self.done - 1).unwrap_or(u32::MAX);
        let bound = self.policy.base.saturating_mul(factor).min(self.policy.cap);
        let delay = bound.mul_f64(rand::rng().random_range(0.0..=1.0));
        tracing::debug!(attempt = self.done, ?delay, "running a transaction again");
        tokio::time::sleep(delay).await;
        true
    }
}
