//! Who shares the next commit.
//!
//! Callers that were answered together tend to come back together, a moment
//! later. Without patience the first of them would get a commit of his own, all others
//! would wait for it, and half of the waits for the disk would be for nearly
//! nobody. So a group waits for as many as were just answered or were waiting
//! then, but only for a small part of what a commit takes, and a lone caller never waits.

use std::{
    collections::VecDeque,
    sync::mpsc::Receiver,
    time::{Duration, Instant},
};

use super::{job::Job, thread::Message};

/// Writes that share a commit at most, so that the first does not wait long.
const GROUP: usize = 64;

/// The share of a commit's time that a group waits for more; what it costs when nobody comes.
const PATIENCE: f64 = 0.25;

/// However slow the disk is.
const LONGEST_PATIENCE: Duration = Duration::from_millis(2);

/// Less than it takes to fall asleep and be woken is not worth it.
const SHORTEST_PATIENCE: Duration = Duration::from_micros(30);

/// What the thread is asked for, in the order of asking.
pub(super) struct Inbox<'a> {
    queue: &'a Receiver<Message>,
    /// Taken from the queue, not served yet.
    ahead: VecDeque<Message>,
    /// How many are likely to be there until `until`.
    expected: usize,
    until: Instant,
}

impl<'a> Inbox<'a> {
    pub(super) fn new(queue: &'a Receiver<Message>) -> Self {
        Self {
            queue,
            ahead: VecDeque::new(),
            expected: 0,
            until: Instant::now(),
        }
    }

    /// The next message, waited for; `None` when everyone who could ask has gone.
    pub(super) fn next(&mut self) -> Option<Message> {
        self.ahead.pop_front().or_else(|| self.queue.recv().ok())
    }

    /// One more write to share a commit with the `gathered` ones before it, waited for when it is
    /// to be expected. One whose caller has gone is passed over.
    pub(super) fn more(&mut self, gathered: usize) -> Option<Box<dyn Job>> {
        if gathered >= GROUP {
            return None;
        }
        loop {
            match self.ahead.pop_front().or_else(|| self.soon(gathered))? {
                Message::Write(next) => {
                    if next.ticket().claim() {
                        return Some(next);
                    }
                }
                other => {
                    self.ahead.push_front(other);
                    return None;
                }
            }
        }
    }

    /// Called when the writes of a group are committed and before they are
    /// answered: whoever is in the queue now is none of them.
    pub(super) fn committed(&mut self, answered: usize, took: Duration) {
        while self.ahead.len() < GROUP
            && let Ok(message) = self.queue.try_recv()
        {
            self.ahead.push_back(message);
        }
        let patience = took.mul_f64(PATIENCE).min(LONGEST_PATIENCE);
        self.expected = if patience < SHORTEST_PATIENCE {
            0
        } else {
            self.ahead.len() + answered
        };
        self.until = Instant::now() + patience;
    }

    /// Another message, if it is there or to be expected.
    fn soon(&self, gathered: usize) -> Option<Message> {
        let at_once = self.queue.try_recv().ok();
        if at_once.is_some() || gathered >= self.expected {
            return at_once;
        }
        let patience = self.until.checked_duration_since(Instant::now())?;
        self.queue.recv_timeout(patience).ok()
    }
}

#[cfg(test)]
#[path = "inbox_tests.rs"]
mod tests;
