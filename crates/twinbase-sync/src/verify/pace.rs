//! A rate that is kept over the whole of a walk.

use std::{num::NonZeroU32, time::Duration};

use tokio::time::{Instant, sleep_until};

/// Waits so that no more is done than a rate allows.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: Option<NonZeroU32>,
    next: Instant,
}

impl Pace {
    pub(crate) fn new(rate: Option<NonZeroU32>) -> Self {
        Self {
            rate,
            next: Instant::now(),
        }
    }

    /// The largest page: a quarter of a second's, so that a slow walk is even.
    pub(crate) fn page(&self, most: u32) -> u32 {
        self.rate
            .map_or(most, |rate| (rate.get() / 4).clamp(1, most))
    }

    /// Waits until so much may have been done.
    pub(crate) async fn did(&mut self, count: u64) {
        let Some(rate) = self.rate else { return };
        #[expect(
            clippy::cast_precision_loss,
            reason = "a page has few rows and documents"
        )]
        let takes = Duration::from_secs_f64(count as f64 / f64::from(rate.get()));
        // What a slow database has lost is not made up for by a burst.
        self.next = self.next.max(Instant::now()) + takes;
        sleep_until(self.next).await;
    }
}
