//! Where to read next: pending is a state, and the cursors are only a hint for speed.
//!
//! While a backlog is drained, each read goes on after the last in its partition,
//! and partitions take turns at being first. A look from the start comes as soon
//! as a read finds less than it asked for, and at the latest after
//! [`LOOK_BACK`]: so an event that was committed late, with a number that a
//! cursor had passed, is found late but never passed over.

use std::{collections::HashSet, time::Duration};

use jiff::Timestamp;
use twinbase_core::{Event, EventRef, Partition, primary::PendingRequest};

/// The longest time between two looks from the start.
const LOOK_BACK: Duration = Duration::from_secs(1);

const START: i64 = -1;

pub(crate) struct Cursors {
    after: Vec<(Partition, i64)>,
    in_flight: HashSet<EventRef>,
    last_look_back: Timestamp,
}

impl Cursors {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            after: Partition::all().map(|p| (p, START)).collect(),
            in_flight: HashSet::new(),
            last_look_back: now,
        }
    }

    /// The next read, for at most `limit` events that are not in flight.
    pub(crate) fn request(&mut self, limit: u32, now: Timestamp) -> PendingRequest {
        let since = now.duration_since(self.last_look_back).unsigned_abs();
        // A clock that jumps only makes the look from the start come early or once more.
        if since >= LOOK_BACK || self.at_start() {
            self.look_back();
            self.last_look_back = now;
        }
        let extra = if self.at_start() {
            u32::try_from(self.in_flight.len()).unwrap_or(u32::MAX)
        } else {
            0
        };
        let share = limit.div_ceil(u32::from(Partition::COUNT.unsigned_abs()));
        PendingRequest {
            cursors: self.after.clone(),
            // A quarter of the batch: uneven partitions still fill it, one alone does not own it.
            per_partition: share.saturating_mul(4).min(limit).saturating_add(extra),
            limit: limit.saturating_add(extra),
            now,
        }
    }

    /// Takes what a read answered: leaves out what is in flight already, notes
    /// the rest as in flight, and moves the cursors.
    pub(crate) fn took(&mut self, request: &PendingRequest, events: Vec<Event>) -> Vec<Event> {
        if events.len() < request.per_partition as usize {
            // All that is pending was seen: the next look is from the start.
            self.look_back();
        } else {
            for event in &events {
                if let Some(cursor) = self
                    .after
                    .iter_mut()
                    .find(|(partition, _)| *partition == event.at.partition)
                {
                    cursor.1 = cursor.1.max(event.at.seq);
                }
            }
        }
        self.after.rotate_left(1);
        events
            .into_iter()
            .filter(|event| self.in_flight.insert(event.at))
            .collect()
    }

    /// These events are no longer in flight: marked, charged, or given back.
    pub(crate) fn done(&mut self, events: &[EventRef]) {
        for event in events {
            self.in_flight.remove(event);
        }
    }

    pub(crate) fn look_back(&mut self) {
        for (_, seq) in &mut self.after {
            *seq = START;
        }
    }

    fn at_start(&self) -> bool {
        self.after.iter().all(|(_, seq)| *seq == START)
    }
}
