//! How many events a batch has, and how many of each partition. Only speed depends on it.
//!
//! Of a backlog an equal share of each partition: the oldest of all, which lie together in the table, are then read
//! and marked together, and its pages not once for each partition. Where few aggregates change often, deep into one
//! partition after the other: there more events of one aggregate meet, of which only the newest is applied. Which of
//! the two it is, a deep read finds out now and then.

use std::collections::{HashMap, HashSet};

use twinbase_core::{Event, Partition};

/// A batch is at most so many times as long as its options say when most of its
/// events are superseded: what counts is how many documents are written.
const WIDEST: usize = 8;

/// Of so many reads of a backlog one is deep.
const DEEP_EVERY: u32 = 16;

/// What the last reads say about the next one.
#[derive(Debug)]
pub(crate) struct Sizing {
    batch_events: usize,
    batch_bytes: usize,
    /// How many events the next batch has at most.
    limit: usize,
    /// How many reads in a row were ended by a limit.
    cut: u32,
    /// Whether a quarter of the last deep read was superseded.
    repeats: bool,
    /// How many partitions had all of their share or more, 0 when none had.
    sharing: usize,
}

impl Sizing {
    pub(crate) const fn new(batch_events: u32, batch_bytes: usize) -> Self {
        Self {
            batch_events: batch_events as usize,
            batch_bytes,
            limit: batch_events as usize,
            cut: 0,
            repeats: false,
            sharing: 0,
        }
    }

    /// How many events the next batch has at most.
    pub(crate) fn events(&self) -> u32 {
        u32::try_from(self.limit).unwrap_or(u32::MAX)
    }

    /// How many events of one partition it has at most, of so many partitions.
    pub(crate) fn per_partition(&self, held: usize) -> u32 {
        let most = if self.repeats {
            self.limit
        } else if self.is_deep() {
            // Uneven partitions still fill the batch, one alone does not own it.
            self.limit.div_ceil(4)
        } else {
            self.limit
                .checked_div(self.sharing)
                .unwrap_or(self.limit / held.max(1))
        };
        u32::try_from(most.max(1)).unwrap_or(u32::MAX)
    }

    const fn is_deep(&self) -> bool {
        self.repeats || self.cut.is_multiple_of(DEEP_EVERY)
    }

    /// Takes what was read with `per_partition`, and whether a limit ended it.
    pub(crate) fn learn(&mut self, events: &[Event], per_partition: u32, cut: bool) {
        if !events.is_empty() {
            let keys: HashSet<_> = events
                .iter()
                .map(|event| (&*event.aggregate_type, &*event.aggregate_id))
                .collect();
            let keys = keys.len();
            if self.is_deep() {
                self.repeats = keys * 4 <= events.len() * 3;
            } else {
                let mut counts: HashMap<Partition, u32> = HashMap::new();
                for event in events {
                    *counts.entry(event.at.partition).or_default() += 1;
                }
                let full = counts.values().filter(|count| **count >= per_partition);
                self.sharing = full.count();
            }
            self.limit = self.next_limit(events, keys);
        }
        self.cut = if cut { self.cut.saturating_add(1) } else { 0 };
    }

    /// By the payloads and the documents of this batch.
    fn next_limit(&self, events: &[Event], keys: usize) -> usize {
        let payloads = events.iter().filter_map(|event| event.payload.as_ref());
        let bytes: usize = payloads.map(String::len).sum();
        let mean = (bytes / events.len()).max(1);
        let each = self.batch_events;
        let wide = (each * events.len() / keys).min(each * WIDEST);
        wide.min(self.batch_bytes / mean).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::cursors::tests::event;

    const ALL: usize = 16;

    fn sizing() -> Sizing {
        Sizing::new(1600, 1 << 20)
    }

    /// A read of `events` of one partition on `keys` keys.
    fn read(partition: i16, events: usize, keys: usize) -> Vec<Event> {
        let one = |n: usize| {
            let mut event = event(partition, i64::try_from(n).unwrap());
            event.aggregate_id = format!("{partition}-{}", n % keys);
            event
        };
        (0..events).map(one).collect()
    }

    #[test]
    fn few_events_are_read_deep_and_a_backlog_in_equal_shares() {
        let mut sizing = sizing();
        assert_eq!((sizing.events(), sizing.per_partition(ALL)), (1600, 400));
        sizing.learn(&read(0, 400, 400), 400, true);
        assert_eq!(sizing.per_partition(ALL), 100);
        assert_eq!(sizing.per_partition(2), 800);
        sizing.learn(&[], 100, false);
        assert_eq!(sizing.per_partition(ALL), 400);
    }

    #[test]
    fn partitions_that_have_no_more_leave_their_share_to_others() {
        let mut sizing = sizing();
        sizing.learn(&read(0, 400, 400), 400, true);
        let mut events = read(0, 100, 100);
        events.extend(read(1, 100, 100));
        events.extend(read(2, 7, 7));
        sizing.learn(&events, 100, true);
        assert_eq!(sizing.per_partition(ALL), 800);
    }

    #[test]
    fn where_a_quarter_is_superseded_all_reads_are_deep_and_longer() {
        let mut sizing = sizing();
        sizing.learn(&read(0, 400, 100), 400, true);
        assert_eq!((sizing.events(), sizing.per_partition(ALL)), (6400, 6400));
        sizing.learn(&read(0, 400, 400), 6400, true);
        assert_eq!(sizing.per_partition(ALL), 100);
    }

    #[test]
    fn now_and_then_a_backlog_is_read_deep() {
        let mut sizing = sizing();
        let mut deep = 0;
        for _ in 0..160 {
            let per_partition = sizing.per_partition(ALL);
            deep += u32::from(per_partition == 400);
            sizing.learn(&read(0, 100, 100), per_partition, true);
            sizing.sharing = 0;
        }
        assert_eq!(deep, 10);
    }

    #[test]
    fn large_payloads_make_short_batches() {
        let mut sizing = sizing();
        let mut events = read(0, 4, 4);
        events[0].payload = Some("x".repeat(1 << 20));
        sizing.learn(&events, 400, true);
        assert_eq!((sizing.events(), sizing.per_partition(ALL)), (3, 1));
    }
}
