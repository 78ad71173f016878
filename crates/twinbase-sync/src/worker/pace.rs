//! How long to wait before the next look: in proportion to how long nothing came.
//!
//! Most systems that wrote a moment ago write again. While commits come every
//! few milliseconds a look comes four times as often, so that waiting for a look
//! adds an eighth of their distance on average; when nothing comes, looks become rarer until one
//! comes each `idle`.

use std::time::Duration;

use tokio::time::Instant;

/// The shortest pause: a look takes about as long.
const SHORTEST: Duration = Duration::from_millis(1);

/// How many looks there are in the time in which one commit is expected.
const LOOKS: u32 = 4;

/// The adaptive interval of polling.
pub(crate) struct Pace {
    /// How long it took on average until something was found, newest weighted most.
    gap: Duration,
    found: Instant,
    idle: Duration,
}

impl Pace {
    /// A pace that slows down to one look every `idle`.
    pub(crate) const fn new(idle: Duration, now: Instant) -> Self {
        Self {
            gap: SHORTEST,
            found: now,
            idle,
        }
    }

    /// A look found something.
    pub(crate) fn found(&mut self, now: Instant) {
        let since = now.duration_since(self.found).min(self.idle * LOOKS);
        self.gap = self.gap.mul_f64(0.8) + since.mul_f64(0.2);
        self.found = now;
    }

    /// A look found nothing; answers how long to wait before the next.
    pub(crate) fn pause(&self, now: Instant) -> Duration {
        let expected = self.gap.max(now.duration_since(self.found));
        (expected / LOOKS).clamp(SHORTEST.min(self.idle), self.idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_millis(50);

    #[test]
    fn looks_become_rarer_while_nothing_comes_and_one_find_makes_them_frequent() {
        let start = Instant::now();
        let mut pace = Pace::new(IDLE, start);
        let after = |millis| start + Duration::from_millis(millis);
        assert_eq!(pace.pause(start), SHORTEST);
        assert_eq!(pace.pause(after(40)), Duration::from_millis(10));
        assert_eq!(pace.pause(after(10_000)), IDLE);
        pace.found(after(10_000));
        assert!(pace.pause(after(10_000)) <= IDLE / 4);
    }

    #[test]
    fn steady_commits_are_looked_for_four_times_as_often_as_they_come() {
        let start = Instant::now();
        let mut pace = Pace::new(IDLE, start);
        let mut now = start;
        for _ in 0..50 {
            now += Duration::from_millis(12);
            pace.found(now);
        }
        let pause = pace.pause(now).as_secs_f64();
        assert!((0.0029..=0.0031).contains(&pause), "{pause}");
    }
}
