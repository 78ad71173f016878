//! How far a read of what waits goes: so many events, so many bytes, and not what is paused.

use std::collections::BTreeMap;

use twinbase_core::{Event, Name, Partition, primary::PendingRequest};

use super::{
    Opened,
    support::{everything, insert, insert_rows, many, note, person},
};

/// Of one partition, of all, and after a place.
pub async fn limits_and_cursors_hold(db: Opened) {
    db.done(&insert(&many())).await;
    let all = db.waiting().await;
    let mut expected = Vec::new();
    for partition in Partition::all().collect::<Vec<_>>().into_iter().rev() {
        let own = all.iter().filter(|event| event.at.partition == partition);
        expected.extend(own.take(2).cloned());
    }
    for (limit, count) in [(10_000, expected.len()), (5, 5)] {
        let some = db.read(|request| {
            request.per_partition = 2;
            request.limit = limit;
            request.cursors.reverse();
        });
        let some = some.await.events;
        assert_eq!(some.len(), count);
        are_first_of_their_partitions(&some, &expected);
    }
    let mut met = Vec::new();
    let mut cursors: BTreeMap<_, _> = everything().cursors.into_iter().collect();
    loop {
        let some = db.read(|request| {
            request.per_partition = 1;
            request.cursors = cursors.clone().into_iter().collect();
        });
        let events = some.await.events;
        if events.is_empty() {
            break;
        }
        cursors.extend(
            events
                .iter()
                .map(|event| (event.at.partition, event.at.seq)),
        );
        met.extend(events);
    }
    met.sort_by_key(|event| event.at);
    assert_eq!(met, all);
}

/// `cut` tells whether there may be more; without it, there was not.
pub async fn a_read_that_nothing_limits_has_seen_everything(db: Opened) {
    assert!(!db.read(|_| ()).await.cut);
    db.done(&insert(&many())).await;
    let all = db.read(|_| ()).await;
    assert_eq!((all.events.len(), all.cut), (100, false));
    let limits: [fn(&mut PendingRequest); 4] = [
        |request| request.limit = 99,
        |request| request.limit = 1,
        |request| request.per_partition = 2,
        |request| request.max_bytes = 2_000,
    ];
    for (at, limit) in limits.into_iter().enumerate() {
        let read = db.read(limit).await;
        assert!(read.cut && read.events.len() < 100, "limit {at}");
    }
    let last = all.events.last().expect("an event").at;
    let rest = db.read(|request| {
        request.cursors = vec![(last.partition, last.seq)];
        request.limit = 1;
        request.per_partition = 1;
    });
    let rest = rest.await;
    assert_eq!((rest.events.len(), rest.cut), (0, false));
}

/// With the event that brings it to the limit.
pub async fn the_sum_of_payloads_ends_a_read(db: Opened) {
    db.done(&insert(&many())).await;
    let all = db.waiting().await;
    let size = |event: &Event| event.payload.as_ref().map_or(0, String::len);
    let sizes: Vec<_> = all.iter().map(size).collect();
    for count in [1, 2, 50, 99] {
        let reached: usize = sizes[..count].iter().sum();
        for max_bytes in [reached, reached + 1] {
            let read = db.read(|request| request.max_bytes = max_bytes).await;
            are_first_of_their_partitions(&read.events, &all);
            let read_sizes = read.events.iter().map(size);
            let largest = read_sizes.clone().max().expect("an event is read");
            let sum: usize = read_sizes.sum();
            let is_all = read.events.len() == all.len();
            assert!(
                is_all || read.cut && sum >= max_bytes,
                "{sum} of {max_bytes}"
            );
            assert!(sum - largest < max_bytes, "{sum} of {max_bytes}");
        }
    }
}

/// Whether of each partition the first events of `all` were read.
fn are_first_of_their_partitions(read: &[Event], all: &[Event]) {
    for partition in Partition::all() {
        let of = |events: &[Event]| -> Vec<Event> {
            let of = events.iter().filter(|e| e.at.partition == partition);
            of.cloned().collect()
        };
        let (read, all) = (of(read), of(all));
        assert_eq!(read, all[..read.len()], "{partition:?}");
    }
}

/// However large it is; else it would never be.
pub async fn an_event_larger_than_the_sum_is_read_alone(db: Opened) {
    let mut large = person("large");
    large[9] = "x".repeat(300_000).into();
    db.done(&insert_rows(vec![person("small"), large])).await;
    let all = db.waiting().await;
    let large = all.iter().find(|event| event.aggregate_id == "large");
    let large = large.expect("an event");
    for max_bytes in [0, 1, 1_000] {
        let read = db.read(|request| {
            request.cursors = vec![(large.at.partition, large.at.seq - 1)];
            request.max_bytes = max_bytes;
        });
        assert_eq!(read.await.events.first(), Some(large));
    }
}

/// They count towards no limit, and others are read as if they were not there.
pub async fn events_of_paused_types_are_left_alone(db: Opened) {
    let ids = many();
    db.done(&insert(&ids)).await;
    for id in &ids[..20] {
        db.done(&note(id, id, "text")).await;
    }
    let types = async |except: &[&'static str], limit: u32| {
        let read = db.read(|request| {
            request.except = except.iter().copied().map(Name::from).collect();
            request.limit = limit;
        });
        let read = read.await;
        let events = read.events.iter();
        let notes = events
            .filter(|event| &*event.aggregate_type == "note")
            .count();
        (read.events.len() - notes, notes, read.cut)
    };
    assert_eq!(types(&[], 1_000).await, (100, 20, false));
    assert_eq!(types(&["person"], 1_000).await, (0, 20, false));
    assert_eq!(types(&["note", "unheard_of"], 1_000).await, (100, 0, false));
    assert_eq!(types(&["note", "person"], 1_000).await, (0, 0, false));
    let (people, notes, cut) = types(&["person"], 5).await;
    assert_eq!((people, notes, cut), (0, 5, true));
    let partitions: Vec<_> = db.waiting().await.iter().map(|e| e.at.partition).collect();
    assert!(partitions.is_sorted() && partitions.last() > Some(&Partition(8)));
}
