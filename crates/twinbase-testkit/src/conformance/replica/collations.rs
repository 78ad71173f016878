//! Reads that compare strings by a collation.

use std::sync::Arc;

use bson::{Document, doc};
use futures_util::TryStreamExt as _;
use twinbase_core::{
    Replica,
    replica::{Collation, Reads, ReplicaKind, Strength},
};

use super::notes::{NOTES, applied, by_id, change, find, tombstone};

async fn ids(reads: &dyn Reads, filter: Document) -> String {
    let found = reads.find(&NOTES, by_id(filter)).await.unwrap();
    let found: Vec<Document> = found.try_collect().await.unwrap();
    let ids = found.iter().map(|d| d.get_str("_id").unwrap());
    ids.collect::<Vec<_>>().join(" ")
}

/// In finds, counts, distinct values and pipelines; the reads that they were made of stay as they are, and what is deleted stays hidden.
///
/// The server that tests use where there is no MongoDB ignores collations: there the case ends after it has found that out.
pub async fn strings_are_compared_by_the_collation_of_the_reads(replica: Arc<dyn Replica>) {
    let texts = [
        ("a", "Ada"),
        ("b", "ada"),
        ("c", "resume"),
        ("d", "Résumé"),
        ("e", "zoe"),
    ];
    let changes = texts.map(|(id, text)| change(id, 1, doc! { "text": text }));
    applied(&*replica, &changes).await;
    applied(&*replica, &[tombstone("e", 2)]).await;
    let of = |strength| replica.collated(&Collation::new("en", strength)).unwrap();
    let (primary, secondary) = (of(Strength::Primary), of(Strength::Secondary));
    let ignored = ids(&*secondary, doc! { "text": "ADA" }).await.is_empty();
    if ignored && replica.kind() == ReplicaKind::Mongo {
        eprintln!("not run: this server ignores collations");
        return;
    }
    for (reads, text, expected) in [
        (&secondary, "ADA", "a b"),
        (&secondary, "RESUME", "c"),
        (&secondary, "résumé", "d"),
        (&primary, "RESUMÉ", "c d"),
        (&primary, "ZOE", ""),
    ] {
        let filter = doc! { "text": text };
        assert_eq!(ids(&**reads, filter.clone()).await, expected, "{text}");
        let count = reads.count(&NOTES, filter).await.unwrap();
        assert_eq!(count, expected.split_whitespace().count() as u64, "{text}");
    }
    let values = primary.distinct(&NOTES, "text", doc! {}).await.unwrap();
    assert_eq!(values.len(), 2, "{values:?}");
    let groups = vec![
        doc! { "$group": { "_id": "$text", "count": { "$sum": 1 } } },
        doc! { "$sort": { "_id": 1 } },
        doc! { "$project": { "_id": 0, "count": 1 } },
    ];
    let made = primary.aggregate(&NOTES, groups).await.unwrap();
    let made: Vec<Document> = made.try_collect().await.unwrap();
    assert_eq!(made, [doc! { "count": 2 }, doc! { "count": 2 }]);

    let session = replica.session().await.unwrap();
    let session = session.collated(&Collation::new("en", Strength::Secondary));
    let found = ids(&*session.unwrap(), doc! { "text": "aDA" }).await;
    assert_eq!(found, "a b");
    assert!(find(&*replica, doc! { "text": "ADA" }).await.is_empty());
}
