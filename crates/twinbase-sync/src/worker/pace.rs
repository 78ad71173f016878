//! How long to wait before the next look: short while there is work, longer when idle.

use std::time::Duration;

/// The first pause after work: most systems that wrote a moment ago write again.
const SHORTEST: Duration = Duration::from_millis(1);

/// The adaptive interval of polling.
pub(crate) struct Pace {
    next: Duration,
    idle: Duration,
}

impl Pace {
    /// A pace that slows down to one look every `idle`.
    pub(crate) const fn new(idle: Duration) -> Self {
        Self {
            next: SHORTEST,
            idle,
        }
    }

    /// A look found something.
    pub(crate) const fn busy(&mut self) {
        self.next = SHORTEST;
    }

    /// A look found nothing; answers how long to wait before the next.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next.min(self.idle);
        self.next = self.next.saturating_mul(2).min(self.idle);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_pace_slows_down_to_its_bound_and_work_makes_it_fast_again() {
        let mut pace = Pace::new(Duration::from_millis(50));
        let pauses: Vec<_> = (0..8).map(|_| pace.pause().as_millis()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 50, 50]);
        pace.busy();
        assert_eq!(pace.pause(), SHORTEST);
    }
}
