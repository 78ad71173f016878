//! A document only ever moves to a higher version.

use std::sync::Arc;

use bson::doc;
use twinbase_core::{
    Change,
    Outcome::{Applied, Superseded},
    Replica,
};

use super::notes::{NOTES, NOTES_BY_TEXT, applied, change, check, document, text};

/// The simplest thing: what is applied is found.
pub async fn a_change_is_applied_and_read_back(replica: Arc<dyn Replica>) {
    let steps = [(text(1, "one"), Applied)];
    check(&*replica, &steps, Some("one"), (1, false)).await;
}

/// Fields that the newer document does not have are gone.
pub async fn a_newer_version_replaces_the_whole_document(replica: Arc<dyn Replica>) {
    let wide = change("a", 1, doc! { "text": "one", "points": 1 });
    let steps = [(wide, Applied), (text(7, "seven"), Applied)];
    check(&*replica, &steps, Some("seven"), (7, false)).await;
}

/// The answer is success: what is there is newer.
pub async fn a_stale_write_is_superseded(replica: Arc<dyn Replica>) {
    let steps = [(text(5, "five"), Applied), (text(4, "four"), Superseded)];
    check(&*replica, &steps, Some("five"), (5, false)).await;
}

/// A repetition changes nothing, not even when its content differs.
pub async fn an_equal_version_is_superseded(replica: Arc<dyn Replica>) {
    let steps = [(text(5, "five"), Applied), (text(5, "other"), Superseded)];
    check(&*replica, &steps, Some("five"), (5, false)).await;
}

/// Whatever order a replica writes in.
pub async fn outcomes_are_in_the_order_of_the_changes(replica: Arc<dyn Replica>) {
    applied(&*replica, &[change("m", 9, doc! {})]).await;
    let changes = [
        change("z", 1, doc! {}),
        change("m", 3, doc! {}),
        change("b", 1, doc! {}),
    ];
    let outcomes = applied(&*replica, &changes).await;
    assert_eq!(outcomes, [Applied, Superseded, Applied]);
}

/// An idle engine may ask.
pub async fn nothing_to_apply_is_no_error(replica: Arc<dyn Replica>) {
    assert_eq!(applied(&*replica, &[]).await, []);
}

/// The largest batch that the engine makes.
pub async fn a_batch_of_5000_is_applied(replica: Arc<dyn Replica>) {
    let outcomes = applied(&*replica, &batch()).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Applied));
    assert_eq!(replica.count(&NOTES, doc! {}).await.unwrap(), 5_000);
    let last = document(&*replica, "n04999").await;
    assert_eq!(last, Some(doc! { "_id": "n04999", "points": 4_999 }));
}

/// A worker that was killed before it could mark its events does all of it again.
pub async fn a_repeated_batch_of_5000_is_superseded(replica: Arc<dyn Replica>) {
    let mut batch = batch();
    applied(&*replica, &batch).await;
    batch.push(change("new", 1, doc! {}));
    let outcomes = applied(&*replica, &batch).await;
    let mut repeated = outcomes[..5_000].iter();
    assert!(repeated.all(|outcome| *outcome == Superseded));
    assert_eq!(outcomes[5_000], Applied);
}

fn batch() -> Vec<Change> {
    (0..5_000)
        .map(|n| change(&format!("n{n:05}"), 1, doc! { "points": n }))
        .collect()
}

/// Every start of a service prepares.
pub async fn preparing_twice_changes_nothing(replica: Arc<dyn Replica>) {
    applied(&*replica, &[change("a", 1, doc! { "points": 1 })]).await;
    for _ in 0..2 {
        replica.prepare(&NOTES).await.unwrap();
    }
    assert!(document(&*replica, "a").await.is_some());
}

/// A release may change what an index is on and keep its name.
pub async fn a_changed_index_is_rebuilt_and_the_documents_stay(replica: Arc<dyn Replica>) {
    applied(&*replica, &[change("a", 1, doc! { "points": 1 })]).await;
    for _ in 0..2 {
        replica.prepare(&NOTES_BY_TEXT).await.unwrap();
        replica.prepare(&NOTES).await.unwrap();
    }
    assert!(document(&*replica, "a").await.is_some());
}
