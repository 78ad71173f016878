//! Where reads begin, as findings.

use super::*;

/// One that creates a `todo`.
pub(in crate::worker) fn event(partition: i16, seq: i64) -> Event {
    Event {
        at: EventRef {
            partition: Partition(partition),
            seq,
        },
        event_type: "todo.created".into(),
        aggregate_type: "todo".into(),
        aggregate_id: seq.to_string(),
        version: twinbase_core::Version::new(1),
        mapping: None,
        payload: Some("{}".into()),
        retry_count: 0,
        created_at: Timestamp::UNIX_EPOCH,
        traceparent: None,
    }
}

struct Reader {
    cursors: Cursors,
    now: Instant,
}

impl Reader {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            cursors: Cursors::new(now),
            now,
        }
    }

    fn ask(&mut self) -> PendingRequest {
        let held: Vec<_> = Partition::all().collect();
        self.ask_for(&held)
    }

    fn ask_for(&mut self, held: &[Partition]) -> PendingRequest {
        let wanted = PendingRequest {
            cursors: Vec::new(),
            per_partition: 4,
            limit: 16,
            max_bytes: 1,
            now: Timestamp::UNIX_EPOCH,
            except: vec!["user".into()],
            mappings: Vec::new(),
        };
        self.cursors.request(held, wanted, self.now)
    }

    fn take(&mut self, events: Vec<Event>, cut: bool) -> Vec<Event> {
        let pending = Pending {
            events,
            cut,
            collections: None,
        };
        self.cursors.take(pending, self.now, self.now)
    }

    /// Asks, takes, and returns after which number of partition 3 it was asked.
    fn read(&mut self, events: Vec<Event>, cut: bool) -> i64 {
        let after = after(&self.ask(), 3);
        let taken: Vec<_> = self.take(events, cut).iter().map(|e| e.at).collect();
        self.cursors.release(&taken);
        after
    }
}

fn after(request: &PendingRequest, partition: i16) -> i64 {
    let cursor = request.cursors.iter().find(|(p, _)| p.0 == partition);
    cursor.map(|(_, seq)| *seq).unwrap()
}

#[test]
fn a_cut_read_goes_on_after_its_last_event() {
    let mut reader = Reader::new();
    let full: Vec<_> = (0..16).map(|n| event(n % 4, i64::from(n))).collect();
    assert_eq!(reader.read(full, true), START);
    let next = reader.ask();
    assert_eq!((after(&next, 3), after(&next, 9)), (15, START));
}

#[test]
fn when_all_was_seen_reads_begin_where_they_were_a_second_or_two_ago() {
    let mut reader = Reader::new();
    reader.read(vec![event(3, 10)], false);
    let mut began = Vec::new();
    for number in 0..8 {
        reader.now += RECENT / 2;
        // The full read is not what this is about.
        reader.cursors.full_due = reader.now + FULL_EVERY;
        began.push(reader.read(vec![event(3, 11 + number)], false));
    }
    assert_eq!(began, [START, START, START, START, 12, 12, 14, 14]);
}

#[test]
fn an_event_committed_late_behind_the_cursor_is_found_by_the_full_read() {
    let mut reader = Reader::new();
    reader.read((10..14).map(|n| event(3, n)).collect(), true);
    assert_eq!(reader.read(vec![], true), 13);
    reader.now += FULL_EVERY;
    assert_eq!(reader.read(vec![], true), START);
}

#[test]
fn full_reads_that_take_long_come_seldom() {
    let mut reader = Reader::new();
    let asked = reader.now;
    reader.ask();
    reader.now += Duration::from_secs(2);
    reader.cursors.take(Pending::default(), asked, reader.now);
    let twenty = Duration::from_secs(20);
    assert_eq!(reader.cursors.full_due, reader.now + twenty);
}

#[test]
fn a_failed_event_is_read_when_it_is_due() {
    let mut reader = Reader::new();
    reader.read((10..14).map(|n| event(3, n)).collect(), true);
    reader.cursors.retry_at(Timestamp::MAX);
    assert_eq!(reader.read(vec![], true), 13);
    reader.cursors.retry_at(Timestamp::UNIX_EPOCH);
    assert_eq!(reader.read(vec![], true), START);
}

#[test]
fn what_is_in_flight_is_not_taken_twice_and_makes_room_for_others() {
    let mut reader = Reader::new();
    reader.ask();
    let taken = reader.take(vec![event(0, 1), event(0, 2), event(1, 3)], false);
    let request = reader.ask();
    assert_eq!((request.limit, request.per_partition), (19, 6));
    let again = reader.take(vec![event(0, 1), event(0, 2), event(0, 4)], false);
    assert_eq!(again, [event(0, 4)]);
    let refs: Vec<_> = taken.iter().map(|e| e.at).collect();
    reader.cursors.release(&refs);
    assert_eq!(reader.take(vec![event(0, 1)], false).len(), 1);
}

#[test]
fn partitions_take_turns_at_being_first_and_only_held_ones_are_read() {
    let mut reader = Reader::new();
    let first = reader.ask();
    reader.take(vec![], false);
    let second = reader.ask();
    assert_ne!(first.cursors[0].0, second.cursors[0].0);
    let some = reader.ask_for(&[Partition(7)]);
    assert_eq!(some.cursors, [(Partition(7), START)]);
    assert_eq!(some.except, ["user"]);
}

#[test]
fn a_batch_stays_small_when_what_was_in_flight_is_marked_during_the_read() {
    let mut reader = Reader::new();
    reader.ask();
    let first = reader.take((0..16).map(|n| event(3, n)).collect(), false);
    assert_eq!(first.len(), 16);
    // There is room for the 16 in flight; but they were marked, and 32 others came.
    reader.cursors.restart();
    assert_eq!(reader.ask().limit, 32);
    let others = |partition, seqs: std::ops::Range<i64>| seqs.map(move |n| event(partition, n));
    let read = others(2, 16..20).chain(others(3, 20..48)).collect();
    assert_eq!(reader.take(read, true).len(), 16);
    let next = reader.ask();
    assert_eq!(
        (after(&next, 2), after(&next, 3), next.limit),
        (19, 31, 16),
        "the others are read next, and nothing before them again"
    );
    let rest = reader.take(others(3, 32..48).collect(), false);
    assert_eq!(rest.first().map(|event| event.at.seq), Some(32));
}

#[test]
fn everything_was_seen_when_no_limit_ends_a_read_from_the_start() {
    let mut reader = Reader::new();
    let mut seen = Vec::new();
    for cut in [true, false, false] {
        reader.read(vec![event(3, 10)], cut);
        seen.push(reader.cursors.has_seen_all);
    }
    // Cut off; the rest of the full read; a recent read.
    assert_eq!(seen, [false, true, false]);
}
