//! How far an operation is: pure, with the time given.

use std::time::Duration;

use jiff::Timestamp;

/// Where an operation is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationState {
    /// It works.
    Running,
    /// It did everything.
    Succeeded,
    /// It was cancelled; what it had done stays done.
    Cancelled,
    /// It could not go on; what it had done stays done.
    Failed,
}

impl OperationState {
    /// The state as people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Whether it has ended.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Running)
    }
}

/// What a running operation is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Counts what there is to do.
    Counting,
    /// Changes events.
    Changing,
    /// Waits for a primary that does not answer.
    Waiting,
    /// Ends after the chunk in hand.
    Cancelling,
    /// Has ended.
    Ended,
}

impl Phase {
    /// The phase as people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counting => "counting",
            Self::Changing => "changing",
            Self::Waiting => "waiting",
            Self::Cancelling => "cancelling",
            Self::Ended => "ended",
        }
    }
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Where it is in its life.
    pub state: OperationState,
    /// What it is busy with.
    pub phase: Phase,
    /// How many events it has changed.
    pub done: u64,
    /// How many there were at the start; `None` while that is counted.
    pub estimated_total: Option<u64>,
    /// Whether there were more: counting stops at a limit.
    pub total_is_least: bool,
    /// Events a second since the start; 0 before there is something to tell.
    pub rate: f64,
    /// How long it will take from here at this rate; `None` when not known, and at the end.
    pub eta: Option<Duration>,
    /// Why it failed, or what it waits for. It may tell more than others should know.
    pub error: Option<String>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Progress {
    pub(super) const fn starting() -> Self {
        Self {
            state: OperationState::Running,
            phase: Phase::Counting,
            done: 0,
            estimated_total: None,
            total_is_least: false,
            rate: 0.0,
            eta: None,
            error: None,
            finished_at: None,
        }
    }

    /// What is to be done was counted.
    pub(super) fn counted(&mut self, total: u64, is_least: bool) {
        self.phase = Phase::Changing;
        self.estimated_total = Some(total);
        self.total_is_least = is_least;
        self.error = None;
    }

    /// So many more are done, at this time since the start.
    pub(super) fn advance(&mut self, count: u64, elapsed: Duration) {
        self.done += count;
        if self.phase == Phase::Waiting {
            self.phase = Phase::Changing;
        }
        self.error = None;
        // More may have matched than were counted.
        self.estimated_total = self.estimated_total.map(|total| total.max(self.done));
        let seconds = elapsed.as_secs_f64();
        if self.done == 0 || seconds <= 0.0 {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate, for people")]
        let (done, left) = (
            self.done as f64,
            self.estimated_total.map(|total| (total - self.done) as f64),
        );
        self.rate = done / seconds;
        let left = left.filter(|_| !self.total_is_least);
        self.eta = left.and_then(|left| Duration::try_from_secs_f64(left / self.rate).ok());
    }

    /// The primary does not answer.
    pub(super) fn wait(&mut self, error: String) {
        self.phase = Phase::Waiting;
        self.error = Some(error);
        self.eta = None;
    }

    /// It has ended.
    pub(super) fn end(&mut self, state: OperationState, error: Option<String>, now: Timestamp) {
        self.state = state;
        self.phase = Phase::Ended;
        self.error = error;
        self.eta = None;
        self.finished_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_time_left_follow_from_what_is_done() {
        let mut progress = Progress::starting();
        progress.counted(1_000, false);
        progress.advance(0, Duration::ZERO);
        assert_eq!((progress.rate, progress.eta), (0.0, None));
        progress.advance(250, Duration::from_secs(5));
        assert!((progress.rate - 50.0).abs() < f64::EPSILON);
        assert_eq!(progress.eta, Some(Duration::from_secs(15)));
        progress.advance(1_000, Duration::from_secs(25));
        assert_eq!(progress.estimated_total, Some(1_250));
        assert_eq!(progress.eta, Some(Duration::ZERO));
    }

    #[test]
    fn without_a_whole_count_there_is_no_time_left() {
        let mut progress = Progress::starting();
        progress.counted(100_000, true);
        progress.advance(500, Duration::from_secs(1));
        assert_eq!((progress.rate, progress.eta), (500.0, None));
    }

    #[test]
    fn an_error_that_passed_is_not_told_any_more() {
        let mut progress = Progress::starting();
        progress.counted(10, false);
        progress.wait("away".into());
        assert_eq!(
            (progress.phase, progress.error.as_deref()),
            (Phase::Waiting, Some("away"))
        );
        progress.advance(5, Duration::from_secs(1));
        assert_eq!((progress.phase, progress.error), (Phase::Changing, None));
    }
}
