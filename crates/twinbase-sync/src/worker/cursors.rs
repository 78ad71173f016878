//! Where to read next: pending is a state, and the cursors are only a hint for speed.
//!
//! There are three ways to look, and each find of the next is cheaper because
//! it passes over less of what is done already:
//!
//! * *on*: while reads are cut off by their limit, each goes on after the last;
//! * *near*: when all was seen, from the places that were reached a second or two ago: nearly
//!   every transaction that is still to commit has its events after them;
//! * *whole*: from the start, so that an event which was committed later than that, with a
//!   number that a cursor had passed, is found late but never passed over. Once a second, as soon
//!   as a charged event is due or a batch was given back, and at most a tenth of the time: the index
//!   of pending events is short, unless a long-running reader keeps the database from
//!   removing dead entries.

use std::{collections::HashSet, time::Duration};

use jiff::Timestamp;
use tokio::time::Instant;
use twinbase_core::{
    Event, EventRef, Partition,
    primary::{Pending, PendingRequest},
};

/// The shortest time between two whole looks.
const WHOLE_EVERY: Duration = Duration::from_secs(1);

/// A whole look takes at most one part in so many of the time.
const WHOLE_SHARE: u32 = 10;

/// How old the places of a near look are at least.
const NEAR: Duration = Duration::from_secs(1);

const START: i64 = -1;

/// The place in one partition.
#[derive(Debug, Clone, Copy)]
struct Place {
    partition: Partition,
    /// Where the next read goes on.
    after: i64,
    /// The highest number seen.
    seen: i64,
    /// The highest number seen when the last [`NEAR`] began, and the one before it.
    before: [i64; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    On,
    Near,
    Whole,
}

pub(crate) struct Cursors {
    places: Vec<Place>,
    look: Look,
    in_flight: HashSet<EventRef>,
    whole_due: Instant,
    turned: Instant,
    retry_due: Option<Timestamp>,
    /// How many events the last request wants at most, besides those in flight.
    most: usize,
}

/// What a read is limited to, besides places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits<'a> {
    /// Events at most.
    pub(crate) events: u32,
    /// Events of one partition at most.
    pub(crate) per_partition: u32,
    /// Bytes of payload at most.
    pub(crate) bytes: usize,
    /// Types that are paused.
    pub(crate) except: &'a [&'static str],
    /// Types and the mappings of them that this worker knows.
    pub(crate) mappings: &'a [(&'static str, i64)],
}

impl Cursors {
    pub(crate) fn new(now: Instant) -> Self {
        let place = |partition| Place {
            partition,
            after: START,
            seen: START,
            before: [START; 2],
        };
        Self {
            places: Partition::all().map(place).collect(),
            look: Look::Whole,
            in_flight: HashSet::new(),
            whole_due: now,
            turned: now,
            retry_due: None,
            most: 0,
        }
    }

    /// The next read of these partitions for events that are not in flight.
    pub(crate) fn request(
        &mut self,
        held: &[Partition],
        limits: Limits<'_>,
        now: Instant,
        clock: Timestamp,
    ) -> PendingRequest {
        if now >= self.whole_due || self.retry_due.is_some_and(|due| due <= clock) {
            self.look_back();
        }
        if self.look == Look::Whole {
            self.retry_due = None;
        }
        self.most = limits.events as usize;
        // What is in flight is still pending: there must be room for more behind it.
        let extra = match self.look {
            Look::On => 0,
            Look::Near | Look::Whole => u32::try_from(self.in_flight.len()).unwrap_or(u32::MAX),
        };
        PendingRequest {
            cursors: self.after(held),
            per_partition: limits.per_partition.saturating_add(extra),
            limit: limits.events.saturating_add(extra),
            max_bytes: limits.bytes,
            now: clock,
            except: limits.except.to_vec(),
            mappings: limits.mappings.to_vec(),
        }
    }

    /// The places of these partitions.
    pub(crate) fn after(&self, held: &[Partition]) -> Vec<(Partition, i64)> {
        let held = |place: &&Place| held.contains(&place.partition);
        let places = self.places.iter().filter(held);
        places.map(|place| (place.partition, place.after)).collect()
    }

    /// Takes what a read that took from `asked` until `now` answered: leaves out what is in flight
    /// already, notes the rest as in flight, and moves the cursors.
    pub(crate) fn took(&mut self, pending: Pending, asked: Instant, now: Instant) -> Vec<Event> {
        if self.look == Look::Whole {
            let took = now.duration_since(asked);
            self.whole_due = now + WHOLE_EVERY.max(took * WHOLE_SHARE);
        }
        let mut events = pending.events;
        for event in &events {
            if let Some(place) = self.place(event.at.partition) {
                place.after = place.after.max(event.at.seq);
                place.seen = place.seen.max(event.at.seq);
            }
        }
        events.retain(|event| !self.in_flight.contains(&event.at));
        let left = self.fit(&mut events);
        if pending.cut || !left.is_empty() {
            self.look = Look::On;
            for event in &left {
                if let Some(place) = self.place(event.at.partition) {
                    place.after = place.after.min(event.at.seq - 1);
                }
            }
        } else {
            self.look = Look::Near;
            self.turn(now);
            for place in &mut self.places {
                place.after = place.before[1];
            }
        }
        self.places.rotate_left(1);
        self.in_flight.extend(events.iter().map(|event| event.at));
        events
    }

    /// Takes out what is more than was wanted: what was in flight has been marked meanwhile, and the room for
    /// it was filled with more. With it goes what came without a payload because of a newer event in it.
    fn fit(&self, events: &mut Vec<Event>) -> Vec<Event> {
        let mut left = events.split_off(events.len().min(self.most));
        if !left.is_empty() {
            let key = |event: &Event| (event.aggregate_type.clone(), event.aggregate_id.clone());
            let keys: HashSet<_> = left.iter().map(key).collect();
            let hollow = |event: &mut Event| event.payload.is_none() && keys.contains(&key(event));
            left.extend(events.extract_if(.., hollow));
        }
        left
    }

    fn place(&mut self, partition: Partition) -> Option<&mut Place> {
        self.places.iter_mut().find(|p| p.partition == partition)
    }

    /// Lets the places of near looks grow older.
    fn turn(&mut self, now: Instant) {
        if now.duration_since(self.turned) >= NEAR {
            self.turned = now;
            for place in &mut self.places {
                place.before = [place.seen, place.before[0]];
            }
        }
    }

    /// These events are no longer in flight: marked, charged, or given back.
    pub(crate) fn done(&mut self, events: &[EventRef]) {
        for event in events {
            self.in_flight.remove(event);
        }
    }

    /// The next look is a whole one.
    pub(crate) fn look_back(&mut self) {
        self.look = Look::Whole;
        for place in &mut self.places {
            place.after = START;
        }
    }

    /// A charged event may be tried again at this time.
    pub(crate) fn retry_at(&mut self, due: Timestamp) {
        self.retry_due = Some(self.retry_due.map_or(due, |known| known.min(due)));
    }
}

#[cfg(test)]
mod tests;
