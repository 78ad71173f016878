//! Where to read next: pending is a state, and the cursors are only a hint for speed.
//!
//! A read skips events that are done already, and dead index entries of them. There are three
//! kinds of reads, from the cheapest to the most complete:
//!
//! * *continue*: while a limit ends reads, each continues after the last event;
//! * *recent*: when all was seen, a read begins where the cursors were a second or two ago: nearly
//!   every transaction that is still to commit has its events after that;
//! * *full*: from the start. So an event that was committed late, with a number that a cursor had
//!   passed, is found. Once a second, and as soon as a failed event is due or something has to be read again,
//!   but for at most a tenth of the time.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;
use twinbase_core::{
    Event, EventRef, Partition,
    primary::{Pending, PendingRequest},
};

/// The shortest time between two full reads.
const FULL_EVERY: Duration = Duration::from_secs(1);

/// A full read takes at most one part in so many of the time.
const FULL_SHARE: u32 = 10;

/// How far back in time a recent read begins, at least.
const RECENT: Duration = Duration::from_secs(1);

/// Before every number: another writer may have given a negative one.
const START: i64 = i64::MIN;

/// The cursor of one partition.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    partition: Partition,
    /// Where the next read begins.
    after: i64,
    /// The highest number seen.
    seen: i64,
    /// The highest number seen when the last [`RECENT`] began, and the one before it.
    before: [i64; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scan {
    /// Whether it is the rest of a full read.
    Continue {
        full: bool,
    },
    Recent,
    Full,
}

pub(crate) struct Cursors {
    all: Vec<Cursor>,
    scan: Scan,
    in_flight: HashSet<EventRef>,
    full_due: Instant,
    turned: Instant,
    retry_due: Option<Timestamp>,
    /// How many events the last request wants at most, besides those in flight.
    most: usize,
    /// Whether the last read ended one of everything from the start.
    pub(crate) has_seen_all: bool,
}

impl Cursors {
    pub(crate) fn new(now: Instant) -> Self {
        let cursor = |partition| Cursor {
            partition,
            after: START,
            seen: START,
            before: [START; 2],
        };
        Self {
            all: Partition::all().map(cursor).collect(),
            scan: Scan::Full,
            in_flight: HashSet::new(),
            full_due: now,
            turned: now,
            retry_due: None,
            most: 0,
            has_seen_all: false,
        }
    }

    /// The next read of these partitions for as many events as are wanted and not in flight.
    pub(crate) fn request(
        &mut self,
        held: &[Partition],
        wanted: PendingRequest,
        now: Instant,
    ) -> PendingRequest {
        if now >= self.full_due || self.retry_due.is_some_and(|due| due <= wanted.now) {
            self.restart();
        }
        if self.scan == Scan::Full {
            self.retry_due = None;
        }
        self.most = wanted.limit as usize;
        // What is in flight is still pending: there must be room for more behind it.
        let (extra, extra_each) = match self.scan {
            Scan::Continue { .. } => (0, 0),
            Scan::Recent | Scan::Full => self.in_flight(),
        };
        let held = self.all.iter().filter(|c| held.contains(&c.partition));
        PendingRequest {
            cursors: held.map(|c| (c.partition, c.after)).collect(),
            per_partition: wanted.per_partition.saturating_add(extra_each),
            limit: wanted.limit.saturating_add(extra),
            ..wanted
        }
    }

    /// How many events are in flight, and how many of one partition at most.
    fn in_flight(&self) -> (u32, u32) {
        let mut counts: HashMap<Partition, u32> = HashMap::new();
        for at in &self.in_flight {
            *counts.entry(at.partition).or_default() += 1;
        }
        let most = counts.values().max().copied().unwrap_or(0);
        (counts.values().sum(), most)
    }

    /// Takes what a read that took from `asked` until `now` returned: leaves out what is in flight
    /// already, notes the rest as in flight, and moves the cursors.
    pub(crate) fn take(&mut self, pending: Pending, asked: Instant, now: Instant) -> Vec<Event> {
        if self.scan == Scan::Full {
            let took = now.duration_since(asked);
            self.full_due = now + FULL_EVERY.max(took * FULL_SHARE);
        }
        let full = matches!(self.scan, Scan::Full | Scan::Continue { full: true });
        let mut events = pending.events;
        for event in &events {
            if let Some(cursor) = self.of(event.at.partition) {
                cursor.after = cursor.after.max(event.at.seq);
                cursor.seen = cursor.seen.max(event.at.seq);
            }
        }
        events.retain(|event| !self.in_flight.contains(&event.at));
        // More than was wanted: what was in flight has been marked meanwhile, and its room was filled.
        let left = events.split_off(events.len().min(self.most));
        for event in &left {
            if let Some(cursor) = self.of(event.at.partition) {
                cursor.after = cursor.after.min(event.at.seq - 1);
            }
        }
        let is_cut = pending.cut || !left.is_empty();
        self.has_seen_all = full && !is_cut;
        if is_cut {
            self.scan = Scan::Continue { full };
        } else {
            self.scan = Scan::Recent;
            self.turn(now);
            for cursor in &mut self.all {
                cursor.after = cursor.before[1];
            }
        }
        self.all.rotate_left(1);
        self.in_flight.extend(events.iter().map(|event| event.at));
        events
    }

    fn of(&mut self, partition: Partition) -> Option<&mut Cursor> {
        self.all.iter_mut().find(|c| c.partition == partition)
    }

    /// Lets the beginnings of recent reads move on.
    fn turn(&mut self, now: Instant) {
        if now.duration_since(self.turned) >= RECENT {
            self.turned = now;
            for cursor in &mut self.all {
                cursor.before = [cursor.seen, cursor.before[0]];
            }
        }
    }

    /// These events are no longer in flight: done, failed, or to be read again.
    pub(crate) fn release(&mut self, events: &[EventRef]) {
        for event in events {
            self.in_flight.remove(event);
        }
    }

    /// The next read is a full one.
    pub(crate) fn restart(&mut self) {
        self.scan = Scan::Full;
        for cursor in &mut self.all {
            cursor.after = START;
        }
    }

    /// A failed event may be tried again at this time.
    pub(crate) fn retry_at(&mut self, due: Timestamp) {
        self.retry_due = Some(self.retry_due.map_or(due, |known| known.min(due)));
    }
}

#[cfg(test)]
pub(super) mod tests;
