//! `_sync` is not a reader's, and a reader changes nothing.

use std::sync::Arc;

use bson::{Document, doc};
use futures_util::TryStreamExt as _;
use twinbase_core::{Replica, ReplicaError, replica::Find};

use super::notes::{NOTES, aggregated, applied, by_id, change, documents, id, tombstone};

/// Not in whole documents, not in projections, not in what a pipeline makes of documents.
pub async fn sync_never_shows(replica: Arc<dyn Replica>) {
    let nested = doc! { "text": "x", "tags": [1, 2, 3], "a": { "b": 1, "c": 2 } };
    applied(&*replica, &[change("a", 1, nested)]).await;
    for projection in [
        None,
        Some(doc! {}),
        Some(doc! { "text": 1 }),
        Some(doc! { "text": 0 }),
        Some(doc! { "_id": 0 }),
        Some(doc! { "_id": 1 }),
        Some(doc! { "a.b": 0 }),
    ] {
        let what = format!("{projection:?}");
        let find = Find {
            projection,
            ..Find::default()
        };
        let found = documents(&*replica, find).await;
        assert_eq!(found.len(), 1, "{what}");
        no_sync(&found, &what);
    }
    for pipeline in [
        vec![],
        vec![doc! { "$match": { "text": "x" } }],
        vec![doc! { "$sort": { "text": 1 } }, doc! { "$limit": 5 }],
        vec![doc! { "$project": { "text": 0 } }],
    ] {
        let what = format!("{pipeline:?}");
        let found = aggregated(&*replica, pipeline).await;
        assert_eq!(found.len(), 1, "{what}");
        no_sync(&found, &what);
    }
    let got = replica.get(&NOTES, &[id("a")]).await.unwrap();
    no_sync(got[0].document.as_slice(), "get");
}

fn no_sync(found: &[Document], what: &str) {
    for document in found.iter().map(Document::to_string) {
        assert!(!document.contains("_sync"), "{what}: {document}");
    }
}

/// By `find`, `count` and `aggregate`, at any depth.
pub async fn a_query_that_names_sync_is_refused(replica: Arc<dyn Replica>) {
    applied(&*replica, &[change("a", 1, doc! { "text": "x" })]).await;
    for filter in [
        doc! { "_sync": { "$exists": true } },
        doc! { "_sync.v": 1_i64 },
        doc! { "$or": [{ "text": "x" }, { "$and": [{ "_sync.v": { "$gt": 0 } }] }] },
    ] {
        refused_everywhere(&*replica, filter).await;
    }
    let by_version = Find {
        sort: Some(doc! { "_sync.v": 1 }),
        ..Find::default()
    };
    let shown = Find {
        projection: Some(doc! { "_sync": 1 }),
        ..Find::default()
    };
    for find in [by_version, shown] {
        refused(replica.find(&NOTES, find).await.map(drop), "find");
    }
    let renamed = vec![doc! { "$project": { "v": "$_sync.v" } }];
    let renamed = replica.aggregate(&NOTES, renamed).await.map(drop);
    refused(renamed, "$project");
}

/// By name, before anything is asked.
pub async fn what_writes_or_runs_code_is_refused(replica: Arc<dyn Replica>) {
    applied(&*replica, &[change("a", 1, doc! { "text": "x" })]).await;
    refused_everywhere(&*replica, doc! { "$where": "true" }).await;
    for (stage, name) in [
        (doc! { "$out": "stolen" }, "$out"),
        (doc! { "$merge": { "into": "stolen" } }, "$merge"),
        (
            doc! { "$unionWith": { "coll": "notes", "pipeline": [{ "$out": "stolen" }] } },
            "$out",
        ),
    ] {
        let answer = replica.aggregate(&NOTES, vec![stage]).await.map(drop);
        let reason = refused(answer, name);
        assert!(reason.contains(name), "{reason} names {name}");
    }
}

/// A pipeline that reads another collection sees of it what a reader of it sees.
pub async fn a_joined_collection_shows_nothing_deleted_and_no_sync(replica: Arc<dyn Replica>) {
    let pair = |n| doc! { "text": "x", "points": n };
    applied(
        &*replica,
        &[
            change("a", 1, pair(1)),
            change("b", 1, pair(2)),
            change("c", 1, pair(3)),
        ],
    )
    .await;
    applied(&*replica, &[tombstone("b", 2)]).await;
    let same_text = doc! { "$expr": { "$eq": ["$text", "$$text"] } };
    let others = doc! {
        "from": "notes",
        "let": { "text": "$text" },
        "pipeline": [{ "$match": same_text }, { "$sort": { "_id": 1 } }],
        "as": "others",
    };
    let first = doc! { "$match": { "_id": "a" } };
    let joined = aggregated(&*replica, vec![first.clone(), doc! { "$lookup": others }]).await;
    no_sync(&joined, "$lookup");
    let with_id = |id: &str, n| doc! { "_id": id, "text": "x", "points": n };
    let expected = [with_id("a", 1), with_id("c", 3)].map(bson::Bson::Document);
    assert_eq!(joined[0].get_array("others").unwrap(), &expected);
    let both = vec![
        first,
        doc! { "$unionWith": "notes" },
        doc! { "$count": "n" },
    ];
    match replica.aggregate(&NOTES, both).await {
        Ok(found) => {
            let found: Vec<Document> = found.try_collect().await.unwrap();
            assert_eq!(found, [doc! { "n": 3 }]);
        }
        // The server of the tests (mongo-java-server) lacks the stage.
        Err(error) => assert!(
            error.to_string().contains("Unrecognized pipeline stage"),
            "{error}"
        ),
    }
}

async fn refused_everywhere(replica: &dyn Replica, filter: Document) {
    let what = filter.to_string();
    let find = by_id(filter.clone());
    refused(replica.find(&NOTES, find).await.map(drop), &what);
    refused(replica.count(&NOTES, filter.clone()).await.map(drop), &what);
    let pipeline = vec![doc! { "$match": filter }];
    refused(replica.aggregate(&NOTES, pipeline).await.map(drop), &what);
}

fn refused(answer: Result<(), ReplicaError>, what: &str) -> String {
    match answer {
        Err(ReplicaError::InvalidQuery { reason }) => reason,
        other => panic!("{what} must be refused as a query, and is {other:?}"),
    }
}
