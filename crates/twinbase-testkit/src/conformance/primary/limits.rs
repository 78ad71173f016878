//! How far a read of what waits goes: so many events, so many bytes, and not what is paused.

use twinbase_core::{Event, Partition, primary::PendingRequest};

use super::{
    Database,
    support::{done, everything, insert, insert_rows, many, note, opened, person, waiting},
};

/// Of one partition, of all, and after a place.
pub async fn limits_and_cursors_hold(database: &dyn Database) {
    let primary = opened(database).await;
    let ids = many();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    done(&*primary, &insert(&ids)).await;
    let all = waiting(&*primary).await;
    let mut request = PendingRequest {
        per_partition: 2,
        ..everything()
    };
    request.cursors.reverse();
    let some = primary.pending(&request).await.expect("events").events;
    let mut expected = Vec::new();
    for partition in Partition::all().collect::<Vec<_>>().into_iter().rev() {
        expected.extend(
            all.iter()
                .filter(|e| e.at.partition == partition)
                .take(2)
                .cloned(),
        );
    }
    assert_eq!(some, expected);
    let request = PendingRequest {
        limit: 5,
        ..request
    };
    let five = primary.pending(&request).await.expect("events").events;
    assert_eq!(five.len(), 5);
    are_first_of_their_partitions(&five, &expected);
    let mut met = Vec::new();
    let mut request = PendingRequest {
        per_partition: 1,
        ..everything()
    };
    loop {
        let events = primary.pending(&request).await.expect("events").events;
        if events.is_empty() {
            break;
        }
        for event in &events {
            request
                .cursors
                .retain(|(partition, _)| *partition != event.at.partition);
            request.cursors.push((event.at.partition, event.at.seq));
        }
        met.extend(events);
    }
    met.sort_by_key(|event| event.at);
    assert_eq!(met, all);
}

/// `cut` tells whether there may be more; without it, there was not.
pub async fn a_read_that_nothing_limits_has_seen_everything(database: &dyn Database) {
    let primary = opened(database).await;
    assert!(!primary.pending(&everything()).await.expect("nothing").cut);
    let ids = many();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    done(&*primary, &insert(&ids)).await;
    let all = primary.pending(&everything()).await.expect("events");
    assert_eq!((all.events.len(), all.cut), (100, false));
    for limited in [
        PendingRequest {
            limit: 99,
            ..everything()
        },
        PendingRequest {
            limit: 1,
            ..everything()
        },
        PendingRequest {
            per_partition: 2,
            ..everything()
        },
        PendingRequest {
            max_bytes: 2_000,
            ..everything()
        },
    ] {
        let read = primary.pending(&limited).await.expect("events");
        assert!(read.cut && read.events.len() < 100, "{limited:?}");
    }
    let last = all.events.last().expect("an event").at;
    let rest = PendingRequest {
        cursors: vec![(last.partition, last.seq)],
        limit: 1,
        per_partition: 1,
        ..everything()
    };
    let read = primary.pending(&rest).await.expect("nothing");
    assert_eq!((read.events.len(), read.cut), (0, false));
}

/// With the event that brings it to the limit.
pub async fn the_sum_of_payloads_ends_a_read(database: &dyn Database) {
    let primary = opened(database).await;
    let ids = many();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    done(&*primary, &insert(&ids)).await;
    let all = waiting(&*primary).await;
    let sizes: Vec<usize> = all
        .iter()
        .map(|event| event.payload.as_ref().expect("a payload").len())
        .collect();
    for count in [1, 2, 50, 99] {
        let reached: usize = sizes[..count].iter().sum();
        for max_bytes in [reached, reached + 1] {
            let request = PendingRequest {
                max_bytes,
                ..everything()
            };
            let read = primary.pending(&request).await.expect("events");
            are_first_of_their_partitions(&read.events, &all);
            let sizes = || {
                read.events
                    .iter()
                    .map(|e| e.payload.as_ref().map_or(0, String::len))
            };
            let (sum, largest) = (sizes().sum::<usize>(), sizes().max().expect("an event"));
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
pub async fn an_event_larger_than_the_sum_is_read_alone(database: &dyn Database) {
    let primary = opened(database).await;
    let mut large = person("large");
    large[9] = "x".repeat(300_000).into();
    done(&*primary, &insert_rows(vec![person("small"), large])).await;
    let all = waiting(&*primary).await;
    let large = all.iter().find(|event| event.aggregate_id == "large");
    let large = large.expect("an event");
    for max_bytes in [0, 1, 1_000] {
        let request = PendingRequest {
            cursors: vec![(large.at.partition, large.at.seq - 1)],
            max_bytes,
            ..everything()
        };
        let read = primary.pending(&request).await.expect("events");
        assert_eq!(read.events.first(), Some(large));
    }
}

/// They count towards no limit, and others are read as if they were not there.
pub async fn events_of_paused_types_are_left_alone(database: &dyn Database) {
    let primary = opened(database).await;
    let ids = many();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    done(&*primary, &insert(&ids)).await;
    for id in &ids[..20] {
        done(&*primary, &note(id, id, "text")).await;
    }
    let types = async |except: &[&'static str], limit: u32| {
        let request = PendingRequest {
            except: except.to_vec(),
            limit,
            ..everything()
        };
        let read = primary.pending(&request).await.expect("events");
        let notes = read
            .events
            .iter()
            .filter(|event| &*event.aggregate_type == "note");
        let notes = notes.count();
        (read.events.len() - notes, notes, read.cut)
    };
    assert_eq!(types(&[], 1_000).await, (100, 20, false));
    assert_eq!(types(&["person"], 1_000).await, (0, 20, false));
    assert_eq!(types(&["note", "unheard_of"], 1_000).await, (100, 0, false));
    assert_eq!(types(&["note", "person"], 1_000).await, (0, 0, false));
    let (people, notes, cut) = types(&["person"], 5).await;
    assert_eq!((people, notes, cut), (0, 5, true));
    let partitions: Vec<_> = waiting(&*primary)
        .await
        .iter()
        .map(|e| e.at.partition)
        .collect();
    assert!(partitions.is_sorted() && partitions.last() > Some(&Partition(8)));
}
