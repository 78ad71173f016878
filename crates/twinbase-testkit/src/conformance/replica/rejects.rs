//! One bad document delays no other.

use std::sync::Arc;

use bson::{Document, doc};
use twinbase_core::{Outcome, Replica};

use super::notes::{NOTES, applied, change, document, version_of};

/// Over what MongoDB takes as one document.
pub async fn a_document_that_is_too_large_leaves_the_others_applied(replica: Arc<dyn Replica>) {
    let large = doc! { "text": "x".repeat(16 * 1024 * 1024) };
    rejects_only(&*replica, large).await;
}

/// No BSON can have it.
pub async fn a_document_with_a_bad_field_name_leaves_the_others_applied(replica: Arc<dyn Replica>) {
    rejects_only(&*replica, doc! { "a\0b": 1 }).await;
}

async fn rejects_only(replica: &dyn Replica, bad: Document) {
    let changes = [
        change("a", 1, doc! { "text": "a" }),
        change("bad", 1, bad),
        change("z", 1, doc! { "text": "z" }),
    ];
    let outcomes = applied(replica, &changes).await;
    let Outcome::Rejected { reason, .. } = &outcomes[1] else {
        panic!("{outcomes:?}");
    };
    assert!(!reason.contains("xxx"), "it quotes no values: {reason}");
    assert_eq!([&outcomes[0], &outcomes[2]], [&Outcome::Applied; 2]);
    assert_eq!(replica.count(&NOTES, doc! {}).await.unwrap(), 2);
    assert_eq!(version_of(replica, "bad").await, None);
}

/// And a newer, good one heals it.
pub async fn a_rejected_change_leaves_the_document_as_it_was(replica: Arc<dyn Replica>) {
    applied(&*replica, &[change("a", 1, doc! { "text": "one" })]).await;
    let outcomes = applied(&*replica, &[change("a", 2, doc! { "a\0b": 1 })]).await;
    assert!(
        matches!(outcomes[0], Outcome::Rejected { .. }),
        "{outcomes:?}"
    );
    assert_eq!(version_of(&*replica, "a").await, Some((1, false)));
    let healed = applied(&*replica, &[change("a", 3, doc! { "text": "three" })]).await;
    assert_eq!(healed, [Outcome::Applied]);
    let found = document(&*replica, "a").await;
    assert_eq!(found, Some(doc! { "_id": "a", "text": "three" }));
}
