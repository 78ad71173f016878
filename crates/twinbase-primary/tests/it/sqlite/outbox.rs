//! The outbox where SQLite's way differs: numbers that are never used twice, and its clock.

use twinbase_core::{
    EventRef, Key, Partition, Version,
    primary::{FailedAttempt, Outbox as _, PendingRequest},
};

use super::*;

fn request(limit: u32) -> PendingRequest {
    PendingRequest {
        cursors: Partition::all().map(|partition| (partition, -1)).collect(),
        per_partition: limit,
        limit,
        now: "2026-11-22T20:00:00Z".parse().unwrap(),
        max_bytes: usize::MAX,
        except: Vec::new(),
        mappings: vec![(NOTE.aggregate_type.clone(), NOTE.mapping_hash())],
    }
}

fn charge(at: EventRef, seen: u32, next: &str) -> FailedAttempt {
    FailedAttempt {
        at,
        seen_retry_count: seen,
        error: "refused".into(),
        error_key: "refused".into(),
        next_attempt_at: Some(next.parse().unwrap()),
    }
}

#[tokio::test]
async fn a_number_is_not_used_twice_when_the_newest_event_has_been_removed() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    let before = sqlite.pending(&request(9)).await.unwrap().events[0].at;
    place.raw().execute("delete from \"Outbox\"", []).unwrap();
    sqlite.write(&add_point("a")).await.unwrap();
    let after = sqlite.pending(&request(9)).await.unwrap().events[0].at;
    assert!(after.seq > before.seq);
    assert_eq!(sqlite.mark_applied(&[before], &[]).await.unwrap(), 0);
    assert_eq!(sqlite.pending(&request(9)).await.unwrap().events.len(), 1);
}

#[tokio::test]
async fn an_event_that_failed_six_times_is_failed_until_a_newer_one_heals_it() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    let bad = sqlite.pending(&request(9)).await.unwrap().events[0].at;
    let past = "2026-11-22T19:00:00Z";
    for seen in 0..6 {
        let charges = [charge(bad, seen, past)];
        assert_eq!(sqlite.record_failed(&charges).await.unwrap(), 1);
        assert_eq!(
            sqlite.record_failed(&charges).await.unwrap(),
            0,
            "counted once"
        );
    }
    let status = sqlite.status().await.unwrap();
    assert_eq!((status.backlog, status.retrying, status.failed), (0, 0, 1));
    assert!(status.oldest_pending.is_none() && status.oldest_unapplied.is_some());
    assert!(
        sqlite
            .unapplied(&NOTE, &[id("a")])
            .await
            .unwrap()
            .is_empty()
    );

    sqlite.write(&add_point("a")).await.unwrap();
    let good = sqlite.pending(&request(9)).await.unwrap().events[0].at;
    assert_eq!(
        sqlite
            .unapplied(&NOTE, &[id("a"), id("b")])
            .await
            .unwrap()
            .len(),
        1
    );
    let healed = [(Key::new("note", id("a")), Version::new(2))];
    assert_eq!(sqlite.mark_applied(&[good], &healed).await.unwrap(), 2);
    assert_eq!(sqlite.mark_applied(&[good], &healed).await.unwrap(), 0);
    assert_eq!(count(&sqlite, "\"Outbox\" where retry_count > 5").await, 0);
    assert_eq!(
        sqlite.status().await.unwrap(),
        twinbase_core::primary::OutboxStatus::default()
    );
}

#[tokio::test]
async fn a_retrying_event_waits_for_its_time_and_holds_nobody_up() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    let bad = sqlite.pending(&request(9)).await.unwrap().events[0].at;
    sqlite
        .record_failed(&[charge(bad, 0, "2026-11-22T20:00:00.001Z")])
        .await
        .unwrap();
    sqlite.write(&add_point("a")).await.unwrap();
    let ready = sqlite.pending(&request(9)).await.unwrap().events;
    assert_eq!(ready.len(), 1);
    assert_eq!(ready[0].version, Version::new(2));
    let mut later = request(9);
    later.now = "2026-11-22T20:00:00.001Z".parse().unwrap();
    assert_eq!(
        sqlite.pending(&later).await.unwrap().events[0].retry_count,
        1
    );
}

#[tokio::test]
async fn limits_and_cursors_hold_in_each_partition_and_in_all() {
    let place = Place::new();
    let sqlite = place.open().await;
    let ids: Vec<String> = (0..400).map(|n| format!("n{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    sqlite.write(&insert_all(&ids)).await.unwrap();
    let mut asked = request(3);
    asked.limit = 400;
    let first = sqlite.pending(&asked).await.unwrap().events;
    assert_eq!(first.len(), 48);
    assert!(first.is_sorted_by_key(|event| event.at));
    asked.limit = 10;
    assert_eq!(sqlite.pending(&asked).await.unwrap().events, first[..10]);
    asked.cursors = vec![(Partition(5), first[15].at.seq), (Partition(4), -1)];
    let rest = sqlite.pending(&asked).await.unwrap().events;
    assert_eq!(
        rest.iter()
            .filter(|event| event.at.partition == Partition(5))
            .count(),
        3
    );
    assert!(
        rest[0].at.seq > first[15].at.seq,
        "after the cursor, in the order asked for"
    );
    assert_eq!(rest[3].at, first[12].at);
}
