//! A deleted aggregate stays deleted, and nobody but the engine sees that it was there.

use std::sync::Arc;

use bson::{Document, doc};
use twinbase_core::{
    Outcome::{Applied, Superseded},
    Replica,
};

use super::notes::{
    NOTES, aggregated, applied, at, change, check, document, find, id, text, tombstone,
    tombstone_at, version_of,
};

/// The update was slow, the delete was fast.
pub async fn an_older_update_does_not_bring_a_deleted_document_back(replica: Arc<dyn Replica>) {
    let steps = [
        (text(1, "one"), Applied),
        (tombstone("a", 3), Applied),
        (text(2, "two"), Superseded),
    ];
    check(&*replica, &steps, None, (3, true)).await;
}

/// The same id may live again.
pub async fn a_document_is_created_again_at_a_higher_version(replica: Arc<dyn Replica>) {
    let steps = [
        (text(1, "one"), Applied),
        (tombstone("a", 2), Applied),
        (text(3, "three"), Applied),
        (tombstone("a", 2), Superseded),
    ];
    check(&*replica, &steps, Some("three"), (3, false)).await;
}

/// Also not for conditions that a document without fields would meet.
pub async fn a_tombstone_is_in_no_read(replica: Arc<dyn Replica>) {
    let changes = [
        change("a", 1, doc! { "text": "x", "points": 1 }),
        change("b", 1, doc! { "text": "y", "points": 2 }),
        tombstone("c", 1),
    ];
    applied(&*replica, &changes).await;
    applied(&*replica, &[tombstone("b", 2)]).await;
    for filter in [
        doc! {},
        doc! { "missing": { "$exists": false } },
        doc! { "missing": null },
        doc! { "text": { "$ne": "z" } },
        doc! { "points": { "$nin": [7] } },
        doc! { "$nor": [{ "text": "z" }] },
        doc! { "points": { "$not": { "$gt": 5 } } },
        doc! { "$or": [{ "text": "x" }, { "text": { "$exists": false } }] },
        doc! { "_id": { "$in": ["a", "b", "c"] } },
    ] {
        let found = find(&*replica, filter.clone()).await;
        let ids: Vec<_> = found.iter().map(|d| d.get_str("_id").unwrap()).collect();
        assert_eq!(ids, ["a"], "{filter}");
        let count = replica.count(&NOTES, filter.clone()).await.unwrap();
        assert_eq!(count, 1, "{filter}");
        let pipeline = vec![doc! { "$match": filter.clone() }, doc! { "$count": "n" }];
        assert_eq!(counted(&*replica, pipeline).await, 1, "{filter}");
    }
    assert_eq!(counted(&*replica, vec![doc! { "$count": "n" }]).await, 1);
    let grouped = vec![doc! { "$group": { "_id": null, "n": { "$sum": 1 } } }];
    assert_eq!(counted(&*replica, grouped).await, 1);
}

async fn counted(replica: &dyn Replica, pipeline: Vec<Document>) -> i64 {
    let answer = aggregated(replica, pipeline).await;
    let n = answer[0].get("n").unwrap();
    n.as_i64()
        .or_else(|| n.as_i32().map(i64::from))
        .unwrap_or_else(|| panic!("a count is a whole number: {n}"))
}

/// `get`, `versions` and `scan` are for comparing, so they tell.
pub async fn a_tombstone_shows_its_version_to_the_engine(replica: Arc<dyn Replica>) {
    let changes = [change("a", 4, doc! { "text": "x" }), tombstone("b", 5)];
    applied(&*replica, &changes).await;
    let mut got = replica.get(&NOTES, &[id("a"), id("b")]).await.unwrap();
    got.sort_by(|x, y| x.id.cmp(&y.id));
    let page = replica.scan(&NOTES, None, 10).await.unwrap();
    let found = page.found.iter();
    let walked: Vec<_> = found.map(|of| (of.version.get(), of.deleted)).collect();
    assert_eq!(walked, [(4, false), (5, true)]);
    assert_eq!(got[0].document, Some(doc! { "_id": "a", "text": "x" }));
    assert_eq!(got[1].document, None);
    let versions = [got[0].version.get(), got[1].version.get()];
    assert_eq!(versions, [4, 5]);
    assert_eq!(version_of(&*replica, "b").await, Some((5, true)));
}

/// Documents and young tombstones stay.
pub async fn a_sweep_takes_old_tombstones_only(replica: Arc<dyn Replica>) {
    let changes = [
        change("document", 1, doc! {}),
        tombstone_at("old", 1, 0),
        tombstone_at("young", 1, 20),
        tombstone_at("revived", 1, 0),
    ];
    applied(&*replica, &changes).await;
    applied(&*replica, &[change("revived", 2, doc! {})]).await;
    assert_eq!(replica.sweep(&NOTES, at(10), 100).await.unwrap(), 1);
    assert_eq!(version_of(&*replica, "old").await, None);
    assert_eq!(version_of(&*replica, "young").await, Some((1, true)));
    assert!(document(&*replica, "document").await.is_some());
    assert!(document(&*replica, "revived").await.is_some());
    assert_eq!(replica.sweep(&NOTES, at(10), 100).await.unwrap(), 0);
}

/// A janitor takes its turn with others.
pub async fn a_sweep_takes_no_more_than_its_limit(replica: Arc<dyn Replica>) {
    let changes: Vec<_> = (0..5)
        .map(|n| tombstone_at(&format!("t{n}"), 1, n))
        .collect();
    applied(&*replica, &changes).await;
    assert_eq!(replica.sweep(&NOTES, at(100), 0).await.unwrap(), 0);
    assert_eq!(replica.sweep(&NOTES, at(100), 3).await.unwrap(), 3);
    assert_eq!(replica.sweep(&NOTES, at(100), 3).await.unwrap(), 2);
}

/// The insert's event may come later than the delete's.
pub async fn a_delete_of_what_never_was_leaves_a_tombstone(replica: Arc<dyn Replica>) {
    let steps = [(tombstone("a", 2), Applied), (text(1, "x"), Superseded)];
    check(&*replica, &steps, None, (2, true)).await;
}
