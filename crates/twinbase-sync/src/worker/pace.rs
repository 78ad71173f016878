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
