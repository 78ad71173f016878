//! What the worker's loop knows, and what it does next: pure, without a clock or a database.
//!
//! The loop asks [`State::next`], does that one thing, and reports to the state what came of it. A poll is due
//! at once while limits end polls, when a commit is notified, when a failing collection may be
//! tried again, and otherwise after a pause that [`Pace`] sets.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    WorkerOptions, WorkerState,
    collections::Collections,
    leases::{Held, OUTDATED},
    pace::Pace,
};

/// The pause between two polls for other processes' commits while batches are in flight: what is in
/// flight is still pending, and would only be read again.
const BUSY_POLL: Duration = Duration::from_millis(10);

/// The shortest time between two polls of a backlog while batches are in flight.
const BACKLOG_POLL: Duration = Duration::from_millis(3);

/// What the loop does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Read pending events.
    Poll(Source),
    /// Wait until something happens or until then.
    Wait(Option<Instant>),
}

/// What made the loop poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A commit of this process.
    Commit,
    /// A commit of another process that notified.
    Notification,
    /// The time.
    Poll,
}

impl Source {
    /// Its name in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Notification => "notification",
            Self::Poll => "poll",
        }
    }
}

/// What the loop knows.
#[derive(Debug)]
pub(crate) struct State {
    options: WorkerOptions,
    pace: Pace,
    /// What may be worked on.
    pub(crate) held: Held,
    /// Batches in flight.
    pub(crate) in_flight: usize,
    /// A limit ended the last poll, or nothing was polled yet: there is more.
    is_cut: bool,
    /// How many polls in a row were ended by a limit.
    cut_polls: u32,
    /// Who notified of a commit since the last poll began.
    woken: Option<Source>,
    polled: Instant,
    /// The pause after the last poll.
    pause: Duration,
    /// When a batch last ended, or the first of those in flight began.
    progress: Instant,
    /// Failed calls of the primary in a row, and when the next may be made.
    failures: u32,
    retry: Option<Instant>,
    /// The primary's last error.
    error: Option<String>,
}

impl State {
    pub(crate) fn new(options: &WorkerOptions, now: Instant) -> Self {
        Self {
            options: options.clone(),
            pace: Pace::new(options.idle_poll, now),
            held: Held::default(),
            in_flight: 0,
            is_cut: true,
            cut_polls: 0,
            woken: None,
            polled: now,
            pause: Duration::ZERO,
            progress: now,
            failures: 0,
            retry: None,
            error: None,
        }
    }

    /// What the loop does next.
    pub(crate) fn next(&self, collections: &Collections, now: Instant) -> Step {
        // Whoever reports a stall has to notice it.
        let stall = self.progress + self.options.stalled_after;
        let stall = (self.in_flight > 0 && stall > now).then_some(stall);
        // While the primary fails, one batch finds out whether it is back.
        let is_failing = self.failures > 0 && self.in_flight > 0;
        if !self.held.may_work() || is_failing || self.in_flight >= self.options.batches_in_flight {
            return Step::Wait(stall);
        }
        let mut due = if self.is_cut || self.woken.is_some() {
            now
        } else if self.in_flight > 0 {
            self.polled + self.pause.max(BUSY_POLL)
        } else {
            self.polled + self.pause
        };
        if let Some(next) = collections.next_try() {
            due = due.min(next);
        }
        if !self.is_cut {
            due = due.max(self.polled + self.options.gather);
        } else if self.in_flight > 0 {
            due = due.max(self.polled + self.options.gather.min(BACKLOG_POLL));
        }
        if let Some(retry) = self.retry {
            due = due.max(retry);
        }
        if due <= now {
            Step::Poll(self.woken.unwrap_or(Source::Poll))
        } else {
            Step::Wait(Some(stall.map_or(due, |stall| stall.min(due))))
        }
    }

    /// A commit was notified.
    pub(crate) fn woke(&mut self, source: Source) {
        self.woken = Some(source);
    }

    /// A poll begins: what is committed from now on needs another.
    pub(crate) fn polls(&mut self, now: Instant) {
        self.woken = None;
        self.polled = now;
    }

    /// A poll ended. Whether it found events, and whether a limit ended it: of events that are all in
    /// flight too, as there is more behind them.
    pub(crate) fn polled(&mut self, source: Source, found: bool, cut: bool, now: Instant) {
        self.retry = None;
        self.cut_polls = if cut { self.cut_polls + 1 } else { 0 };
        self.is_cut = cut;
        // What was heard of needs no frequent polls.
        if found && source == Source::Poll {
            self.pace.found(now);
        }
        self.pause = self.pace.pause(now);
        if !found && self.in_flight == 0 && !cut {
            self.failures = 0;
        }
    }

    /// A batch began.
    pub(crate) fn began(&mut self, now: Instant) {
        if self.in_flight == 0 {
            self.progress = now;
        }
        self.in_flight += 1;
    }

    /// A batch ended.
    pub(crate) fn ended(&mut self, now: Instant) {
        self.in_flight -= 1;
        self.progress = now;
    }

    /// The primary answered a whole batch. Returns how many calls had failed before.
    pub(crate) fn recovered(&mut self) -> u32 {
        self.retry = None;
        std::mem::take(&mut self.failures)
    }

    /// The primary failed; `delay` is the pause after so many failures in a row.
    pub(crate) fn failed(
        &mut self,
        error: String,
        now: Instant,
        delay: impl FnOnce(u32) -> Duration,
    ) -> u32 {
        self.failures += 1;
        self.error = Some(error);
        // Several batches may fail at once: that is one failure, with one pause.
        if self.retry.is_none_or(|retry| retry <= now) {
            self.retry = Some(now + delay(self.failures));
        }
        self.is_cut = true;
        self.failures
    }

    /// Why the worker cannot work, if anything but a collection is the reason.
    pub(crate) fn error(&self) -> Option<&str> {
        if self.failures > 0 {
            self.error.as_deref()
        } else if self.held.is_outdated {
            Some(OUTDATED)
        } else {
            self.held.error.as_deref().filter(|_| self.held.is_lost())
        }
    }

    /// What the worker is doing, as people see it.
    pub(crate) fn worker_state(&self, is_replica_away: bool, now: Instant) -> WorkerState {
        if !self.held.is_known() {
            WorkerState::Starting
        } else if self.failures > 0 || is_replica_away || self.held.is_lost() {
            WorkerState::BackingOff
        } else if self.held.is_outdated {
            WorkerState::Outdated
        } else if self.in_flight > 0 && now >= self.progress + self.options.stalled_after {
            WorkerState::Stalled
        } else if self.in_flight > 0 || self.held.may_work() && self.is_cut {
            if self.cut_polls > 1 {
                WorkerState::CatchingUp
            } else {
                WorkerState::Working
            }
        } else if self.held.is_paused() {
            WorkerState::Paused
        } else {
            WorkerState::Idle
        }
    }
}

#[cfg(test)]
mod tests;
