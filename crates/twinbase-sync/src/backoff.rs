//! Exponential backoff with equal jitter, pure: the caller brings the randomness.

use std::time::Duration;

/// Delays that double from `base` up to `cap`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Backoff {
    pub(crate) base: Duration,
    pub(crate) cap: Duration,
}

impl Backoff {
    /// The delay before try number `attempt` (from 1), `jitter` drawn from 0..1:
    /// at least half of the bound, so that a delay always is one.
    pub(crate) fn delay(self, attempt: u32, jitter: f64) -> Duration {
        let factor = 1u32
            .checked_shl(attempt.saturating_sub(1))
            .unwrap_or(u32::MAX);
        let bound = self.base.saturating_mul(factor).min(self.cap);
        bound.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap_and_never_vanish() {
        let backoff = Backoff {
            base: Duration::from_millis(100),
            cap: Duration::from_secs(1),
        };
        let most: Vec<_> = (1..6).map(|n| backoff.delay(n, 1.0).as_millis()).collect();
        assert_eq!(most, [100, 200, 400, 800, 1000]);
        assert_eq!(backoff.delay(1, 0.0).as_millis(), 50);
        assert_eq!(backoff.delay(u32::MAX, 1.0).as_millis(), 1000);
    }
}
