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
            max_bytes: usize::MAX,
            except: Vec::new(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn event(partition: i16, seq: i64) -> Event {
        Event {
            at: EventRef {
                partition: Partition(partition),
                seq,
            },
            event_type: "todo.created".into(),
            aggregate_type: "todo".into(),
            aggregate_id: seq.to_string(),
            version: twinbase_core::Version::new(1),
            payload: Some("{}".into()),
            retry_count: 0,
            created_at: Timestamp::UNIX_EPOCH,
            traceparent: None,
        }
    }

    fn after(request: &PendingRequest, partition: i16) -> i64 {
        let cursor = request.cursors.iter().find(|(p, _)| p.0 == partition);
        cursor.map(|(_, seq)| *seq).unwrap()
    }

    #[test]
    fn a_full_read_goes_on_after_its_last_event_and_a_short_one_looks_from_the_start() {
        let now = Timestamp::UNIX_EPOCH;
        let mut cursors = Cursors::new(now);
        let request = cursors.request(16, now);
        let full: Vec<_> = (0..16).map(|n| event(n % 4, i64::from(n))).collect();
        assert_eq!(cursors.took(&request, full).len(), 16);
        let next = cursors.request(16, now);
        assert_eq!((after(&next, 3), after(&next, 9)), (15, START));
        cursors.took(&next, vec![event(9, 99)]);
        assert_eq!(after(&cursors.request(16, now), 3), START);
    }

    #[test]
    fn an_event_committed_late_behind_the_cursor_is_found_within_the_look_back() {
        let now = Timestamp::UNIX_EPOCH;
        let mut cursors = Cursors::new(now);
        let request = cursors.request(4, now);
        cursors.took(&request, (10..14).map(|n| event(0, n)).collect());
        assert_eq!(after(&cursors.request(4, now), 0), 13);
        let later = now + LOOK_BACK;
        assert_eq!(after(&cursors.request(4, later), 0), START);
    }

    #[test]
    fn what_is_in_flight_is_not_taken_twice_and_makes_room_for_others() {
        let now = Timestamp::UNIX_EPOCH;
        let mut cursors = Cursors::new(now);
        let request = cursors.request(100, now);
        let taken = cursors.took(&request, vec![event(0, 1), event(0, 2)]);
        let request = cursors.request(100, now);
        assert_eq!(request.limit, 102);
        let again = cursors.took(&request, vec![event(0, 1), event(0, 2), event(0, 3)]);
        assert_eq!(again, [event(0, 3)]);
        cursors.done(&taken.iter().map(|e| e.at).collect::<Vec<_>>());
        let request = cursors.request(100, now);
        assert_eq!(cursors.took(&request, vec![event(0, 1)]).len(), 1);
    }

    #[test]
    fn partitions_take_turns_at_being_first() {
        let now = Timestamp::UNIX_EPOCH;
        let mut cursors = Cursors::new(now);
        let first = cursors.request(10, now);
        cursors.took(&first, vec![]);
        let second = cursors.request(10, now);
        assert_ne!(first.cursors[0].0, second.cursors[0].0);
        assert_eq!(second.cursors.len(), first.cursors.len());
    }
}
