//! Reading what waits: with most of it superseded, and with more than fits.

use twinbase_core::{
    Event, Partition,
    primary::{Outbox as _, Pending, PendingRequest, Store as _},
};
use twinbase_primary::postgres::Postgres;

use super::{Fresh, fresh, options};

const SOME: &str =
    "insert into \"Outbox\" (event_type, aggregate_type, aggregate_id, payload, version, mapping)
    select 'a.updated', 'a', (n % 10)::text, jsonb_build_object('n', n), n / 10 + 1, 0 from generate_series(0, 999) as n";

/// A few kilobytes each, every one of another aggregate.
const LARGE: &str =
    "insert into \"Outbox\" (event_type, aggregate_type, aggregate_id, payload, version, mapping)
    select 'b.updated', 'b', n::text, jsonb_build_object('text', repeat(md5(n::text), 100)), 1, 0 from generate_series(1, 500) as n";

async fn filled(hint: &str, sql: &str) -> Option<(Fresh, Postgres)> {
    let database = fresh(hint).await?;
    let primary = database.connect(options()).await;
    primary.migrate(&[]).await.unwrap();
    database.raw().await.batch_execute(sql).await.unwrap();
    Some((database, primary))
}

async fn read(primary: &Postgres, limit: u32, max_bytes: usize) -> Pending {
    let request = PendingRequest {
        cursors: Partition::all().map(|p| (p, -1)).collect(),
        per_partition: limit,
        limit,
        max_bytes,
        now: jiff::Timestamp::MAX,
        except: vec![],
        mappings: vec![],
    };
    primary.pending(&request).await.unwrap()
}

fn with_payload(events: &[Event]) -> Vec<&Event> {
    events.iter().filter(|e| e.payload.is_some()).collect()
}

#[tokio::test]
async fn superseded_events_come_without_their_payloads_and_in_order() {
    let Some((_database, primary)) = filled("reading", SOME).await else {
        return;
    };
    let first = read(&primary, 1000, 1 << 20).await;
    let by_newest = read(&primary, 1000, 1 << 20).await;
    assert_eq!(first, by_newest, "with the other statement");
    assert!(first.cut, "as many as were asked for");
    let newest = with_payload(&first.events);
    assert_eq!(newest.len(), 10);
    assert!(newest.iter().all(|event| event.version.get() == 100));
    assert!(
        first
            .events
            .is_sorted_by_key(|e| (e.at.partition, e.at.seq))
    );
    assert!(!read(&primary, 2000, 1 << 20).await.cut);
}

#[tokio::test]
async fn payloads_that_do_not_fit_end_the_read() {
    let Some((_database, primary)) = filled("reading_large", SOME).await else {
        return;
    };
    let alone = read(&primary, 2000, 1).await;
    assert_eq!((alone.events.len(), alone.cut), (1, true));
    read(&primary, 2000, 1 << 20).await;
    let tiny = read(&primary, 2000, 1).await;
    assert!(tiny.cut);
    let payloads = with_payload(&tiny.events).len();
    assert_eq!(payloads, 1, "one is read however large it is");
    assert!(tiny.events.last().unwrap().payload.is_some());
}

#[tokio::test]
async fn a_large_backlog_is_read_piece_by_piece_to_its_end() {
    let Some((database, primary)) = filled("reading_pieces", LARGE).await else {
        return;
    };
    let mut met = 0;
    loop {
        let pending = read(&primary, 1000, 64 << 10).await;
        let bytes: usize = with_payload(&pending.events)
            .iter()
            .filter_map(|event| event.payload.as_ref().map(String::len))
            .sum();
        assert!(bytes < 72 << 10, "{bytes} bytes");
        let places: Vec<_> = pending.events.iter().map(|event| event.at).collect();
        met += primary.mark_applied(&places, &[]).await.unwrap();
        if !pending.cut {
            break;
        }
    }
    assert_eq!(met, 500);
    let raw = database.raw().await;
    let left = raw.query_one("select count(*) from \"Outbox\" where not processed", &[]);
    assert_eq!(left.await.unwrap().get::<_, i64>(0), 0);
}
