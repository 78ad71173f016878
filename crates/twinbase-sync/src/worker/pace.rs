//! How long to wait before the next poll: in proportion to how long nothing came.
//!
//! Most systems that wrote a moment ago write again. While commits come every
//! few milliseconds a poll comes four times as often, so that waiting for a poll
//! adds an eighth of their distance on average; when nothing comes, polls become rarer until one
//! comes each `idle`.

use std::time::Duration;

use tokio::time::Instant;

/// The shortest pause: a poll takes about as long.
const SHORTEST: Duration = Duration::from_millis(1);

/// How many polls there are in the time in which one commit is expected.
const POLLS: u32 = 4;

/// The adaptive interval of polling.
#[derive(Debug)]
pub(crate) struct Pace {
    /// How long it took on average until something was found, newest weighted most.
    gap: Duration,
    found: Instant,
    idle: Duration,
}

impl Pace {
    /// A pace that slows down to one poll every `idle`.
    pub(crate) const fn new(idle: Duration, now: Instant) -> Self {
        Self {
            gap: SHORTEST,
            found: now,
            idle,
        }
    }

    /// A poll found something.
    pub(crate) fn found(&mut self, now: Instant) {
        let since = now.duration_since(self.found).min(self.idle * POLLS);
        self.gap = self.gap.mul_f64(0.8) + since.mul_f64(0.2);
        self.found = now;
    }

    /// A poll found nothing; returns how long to wait before the next.
    pub(crate) fn pause(&self, now: Instant) -> Duration {
        let expected = self.gap.max(now.duration_since(self.found));
        (expected / POLLS).clamp(SHORTEST.min(self.idle), self.idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_millis(50);

    #[test]
    fn polls_become_rarer_while_nothing_comes_and_one_find_makes_them_frequent() {
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
    fn steady_commits_are_polled_for_four_times_as_often_as_they_come() {
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
