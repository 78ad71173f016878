//! How often the clock is asked: after so much work, whatever the work is.

use crate::fault::Fault;
use crate::store::Clock;

/// Between two questions; the unit is a step of a pattern over one byte, some nanoseconds. A question costs as much as twenty.
const WORK: usize = 4_096;

/// Counts the work of one call until the clock is asked again.
#[derive(Debug)]
pub(crate) struct Pace<'c> {
    clock: &'c Clock,
    left: usize,
}

impl<'c> Pace<'c> {
    /// The clock is asked at once.
    pub(crate) fn begin(clock: &'c Clock) -> Result<Self, Fault> {
        clock.ask()?;
        Ok(Self { clock, left: WORK })
    }

    pub(crate) fn clock(&self) -> &'c Clock {
        self.clock
    }

    /// Work of this size was done or is about to be done.
    pub(crate) fn spend(&mut self, work: usize) -> Result<(), Fault> {
        if let Some(left) = self.left.checked_sub(work) {
            self.left = left;
            return Ok(());
        }
        self.left = WORK;
        self.clock.ask()
    }
}
