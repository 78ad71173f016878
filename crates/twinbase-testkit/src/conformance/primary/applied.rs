//! What was applied, in the order in which it was: what live pages and caches follow.

use serde_json::Value as Json;
use twinbase_core::primary::{EventRecord, EventStatus, PAYLOAD_SHOWN, PrimaryKind};

use super::{
    Opened,
    support::{delete, foreign_event, insert},
};

/// The last alone without a cursor, and after one the oldest first, with its payload. What waits, has failed or was
/// discarded is not there.
pub async fn what_was_applied_comes_in_that_order_after_a_cursor(db: Opened) {
    if db.kind() == PrimaryKind::Cockroach {
        assert!(
            db.primary.applied(None, 1).await.is_err(),
            "it has no index"
        );
        return;
    }
    assert_eq!(db.applied(None, 9).await, []);
    db.one_of_each().await;
    let (first, _) = db.applied(None, 9).await.remove(0);
    assert_eq!(first.aggregate_id, "applied");
    db.done(&insert(&["a", "b", "c"])).await;
    db.done(&delete("b")).await;
    // In an order of their own, and in pages.
    for id in ["c", "b", "b", "a"] {
        db.bring(id, EventStatus::Applied).await;
    }
    let mut met: Vec<(EventRecord, Option<String>)> = Vec::new();
    loop {
        let after = met.last().map_or(first.cursor(), |(last, _)| last.cursor());
        let page = db.applied(Some(&after), 3).await;
        if page.is_empty() {
            break;
        }
        met.extend(page);
    }
    let types = met
        .iter()
        .map(|(event, _)| (&*event.aggregate_id, &*event.event_type));
    let (mut types, mut times): (Vec<_>, Vec<_>) = (types.collect(), Vec::new());
    times.extend(met.iter().map(|(event, _)| event.processed_at));
    assert!(times.is_sorted(), "{times:?}");
    // Those of one millisecond come by their number.
    types.sort_unstable();
    let person = |id, what| (id, what);
    let created = "person.created";
    let expected = [
        person("a", created),
        person("b", created),
        person("b", "person.deleted"),
        person("c", created),
    ];
    assert_eq!(types, expected);
    for (event, payload) in &met {
        let payload: Json =
            serde_json::from_str(payload.as_deref().expect("it is short")).expect("JSON");
        assert_eq!(payload["id"], event.aggregate_id);
    }
    let (last, _) = db.applied(None, 1).await.remove(0);
    assert_eq!(Some(&last), met.last().map(|(event, _)| event));

    let long = format!("{{\"name\": \"{}\"}}", "x".repeat(PAYLOAD_SHOWN as usize));
    db.foreign(&[foreign_event("person.updated", "a", &long)])
        .await;
    db.bring("a", EventStatus::Applied).await;
    let page = db.applied(Some(&last.cursor()), 9).await;
    assert_eq!(page.len(), 1);
    assert_eq!((&*page[0].0.aggregate_id, &page[0].1), ("a", &None));
}
