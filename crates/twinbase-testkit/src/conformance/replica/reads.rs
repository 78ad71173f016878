//! What applications ask: MongoDB's language gives MongoDB's answers.

use std::sync::Arc;

use bson::{Bson, DateTime, doc};
use futures_util::StreamExt as _;
use twinbase_core::{
    Change, Replica, ReplicaError,
    replica::{Find, Page},
};

use super::notes::{
    NOTES, aggregated, applied, by_id, change, document, documents, find, id, tombstone,
};

/// Everything that a mapping can make.
pub async fn a_document_keeps_types_and_the_order_of_its_fields(replica: Arc<dyn Replica>) {
    let fields = doc! {
        "zeta": "text \u{1F600} \u{e9} \"quoted\" \\ $dollar",
        "alpha": true,
        "int32": 1_i32,
        "int64": 1_i64,
        "big": i64::MAX,
        "exact": 9_007_199_254_740_993_i64,
        "double": 1.0_f64,
        "fraction": 0.1_f64,
        "negativeZero": -0.0_f64,
        "huge": f64::MAX,
        "at": DateTime::from_millis(1_700_000_000_123),
        "before1970": DateTime::from_millis(-1),
        "nothing": Bson::Null,
        "empty": {},
        "none": [],
        "nested": { "z": [1_i32, 2_i64, 3.0_f64, "four", { "five": Bson::Null }], "a": { "b": { "c": 1 } } },
        "": "an empty name",
        "a b": "a space",
    };
    applied(&*replica, &[change("a", 1, fields.clone())]).await;
    let mut expected = doc! { "_id": "a" };
    expected.extend(fields);
    let got = replica.get(&NOTES, &[id("a")]).await.unwrap().remove(0);
    for found in [
        document(&*replica, "a").await.unwrap(),
        got.document.unwrap(),
    ] {
        assert_eq!(found, expected);
        assert!(found.keys().eq(expected.keys()), "{found}");
        let zero = found.get_f64("negativeZero").unwrap();
        assert!(zero.is_sign_negative());
    }
}

fn community() -> Vec<Change> {
    [
        ("ada", 30, true, "Lovelace"),
        ("bob", 10, true, "Builder"),
        ("cyd", 20, false, "Charisse"),
        ("dan", 20, true, "Dare"),
        ("eve", 40, true, "Online"),
    ]
    .into_iter()
    .map(|(name, points, shown, last)| {
        change(
            name,
            1,
            doc! { "username": name, "totalPoints": points, "showProfile": shown, "name": { "last": last } },
        )
    })
    .collect()
}

/// The seed's leaderboard, as a find.
pub async fn find_filters_sorts_skips_limits_and_projects(replica: Arc<dyn Replica>) {
    applied(&*replica, &community()).await;
    let page = Find {
        filter: doc! { "showProfile": true, "totalPoints": { "$gte": 10 } },
        sort: Some(doc! { "totalPoints": -1, "_id": 1 }),
        skip: 1,
        limit: Some(2),
        projection: Some(doc! { "username": 1, "totalPoints": 1, "avatar": 1 }),
    };
    assert_eq!(
        documents(&*replica, page).await,
        [
            doc! { "_id": "ada", "username": "ada", "totalPoints": 30 },
            doc! { "_id": "dan", "username": "dan", "totalPoints": 20 },
        ]
    );
    for (filter, expected) in [
        (doc! { "name.last": "Dare" }, "dan"),
        (doc! { "totalPoints": { "$in": [10, 40] } }, "bob eve"),
        (doc! { "totalPoints": 20_i64 }, "cyd dan"),
        (
            doc! { "$or": [{ "username": "ada" }, { "totalPoints": { "$lt": 15 } }] },
            "ada bob",
        ),
        (doc! { "username": { "$regex": "^[ae]" } }, "ada eve"),
        (doc! { "username": "O'Brien\"; drop" }, ""),
    ] {
        let found = find(&*replica, filter.clone()).await;
        let names: Vec<_> = found.iter().map(|d| d.get_str("_id").unwrap()).collect();
        assert_eq!(names.join(" "), expected, "{filter}");
    }
}

/// To MongoDB, 0 means all; to a caller that counts down, it means none.
pub async fn a_limit_of_zero_finds_nothing(replica: Arc<dyn Replica>) {
    applied(&*replica, &community()).await;
    let none = Find {
        limit: Some(0),
        ..Find::default()
    };
    assert!(documents(&*replica, none).await.is_empty());
}

/// The seed's two pipelines.
pub async fn a_leaderboard_and_statistics_are_aggregated(replica: Arc<dyn Replica>) {
    applied(&*replica, &community()).await;
    let leaderboard = vec![
        doc! { "$match": { "showProfile": true } },
        doc! { "$sort": { "totalPoints": -1, "_id": 1 } },
        doc! { "$limit": 2 },
        doc! { "$project": { "_id": 0, "username": 1, "totalPoints": 1 } },
    ];
    assert_eq!(
        aggregated(&*replica, leaderboard).await,
        [
            doc! { "username": "eve", "totalPoints": 40 },
            doc! { "username": "ada", "totalPoints": 30 },
        ]
    );
    let statistics = vec![
        doc! { "$match": { "totalPoints": { "$gt": 10 } } },
        doc! { "$group": {
            "_id": "$showProfile",
            "points": { "$sum": "$totalPoints" },
            "average": { "$avg": "$totalPoints" },
            "most": { "$max": "$totalPoints" },
        } },
        doc! { "$sort": { "_id": 1 } },
    ];
    assert_eq!(
        aggregated(&*replica, statistics).await,
        [
            doc! { "_id": false, "points": 20, "average": 20.0, "most": 20 },
            doc! { "_id": true, "points": 90, "average": 30.0, "most": 40 },
        ]
    );
}

/// With and without a condition.
pub async fn count_follows_the_filter(replica: Arc<dyn Replica>) {
    applied(&*replica, &community()).await;
    for (filter, expected) in [
        (doc! {}, 5),
        (doc! { "showProfile": true }, 4),
        (doc! { "username": "nobody" }, 0),
    ] {
        let count = replica.count(&NOTES, filter.clone()).await.unwrap();
        assert_eq!(count, expected, "{filter}");
    }
}

/// Elements of arrays one by one, nothing for a missing field, and nothing of what is deleted.
pub async fn distinct_values_come_once_each_and_never_from_what_is_hidden(
    replica: Arc<dyn Replica>,
) {
    let changes = [
        change(
            "a",
            1,
            doc! { "text": "x", "tags": ["p", "q"], "in": { "n": 1 } },
        ),
        change(
            "b",
            1,
            doc! { "text": "y", "tags": ["q"], "in": { "n": 2 } },
        ),
        change("c", 1, doc! { "text": "x", "tags": "r" }),
        change("d", 1, doc! { "text": "gone", "tags": ["gone"] }),
    ];
    applied(&*replica, &changes).await;
    applied(&*replica, &[tombstone("d", 2)]).await;
    let session = replica.session().await.unwrap();
    for (field, filter, expected) in [
        ("text", doc! {}, "x y"),
        ("tags", doc! {}, "p q r"),
        ("tags", doc! { "text": "x" }, "p q r"),
        ("tags", doc! { "text": "y" }, "q"),
        ("in.n", doc! {}, "1 2"),
        ("none", doc! {}, ""),
        ("_id", doc! { "text": "x" }, "a c"),
    ] {
        let mut found = replica
            .distinct(&NOTES, field, filter.clone())
            .await
            .unwrap();
        let in_session = session
            .distinct(&NOTES, field, filter.clone())
            .await
            .unwrap();
        assert_eq!(found.len(), in_session.len(), "{field}");
        found.sort_by_key(Bson::to_string);
        let text = |value: &Bson| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let found: Vec<String> = found.iter().map(text).collect();
        assert_eq!(found.join(" "), expected, "{field} of {filter}");
    }
    for (field, filter) in [
        ("_sync", doc! {}),
        ("_sync.v", doc! {}),
        ("$text", doc! {}),
        ("", doc! {}),
        ("text", doc! { "_sync.v": 1_i64 }),
    ] {
        let refused = replica.distinct(&NOTES, field, filter).await;
        assert!(
            matches!(refused, Err(ReplicaError::InvalidQuery { .. })),
            "{field:?}: {refused:?}"
        );
    }
}

/// Never an answer as if it were not there.
pub async fn an_unknown_operator_is_an_error(replica: Arc<dyn Replica>) {
    applied(&*replica, &community()).await;
    let find = by_id(doc! { "totalPoints": { "$nonsense": 1 } });
    let found = replica.find(&NOTES, find).await.map(drop);
    let stage = vec![doc! { "$nonsense": {} }];
    let staged = replica.aggregate(&NOTES, stage).await.map(drop);
    for answer in [found, staged] {
        let Err(ReplicaError::InvalidQuery { reason }) = answer else {
            panic!("{answer:?}");
        };
        assert!(reason.contains("$nonsense"), "{reason}");
    }
}

/// More than one message's worth; then a second reader that stops in the middle, and a third that is not disturbed.
pub async fn a_long_answer_streams_and_may_be_left(replica: Arc<dyn Replica>) {
    let changes: Vec<_> = (0..3_000)
        .map(|n| {
            change(
                &format!("n{n:05}"),
                1,
                doc! { "text": "x".repeat(500), "points": n },
            )
        })
        .collect();
    applied(&*replica, &changes).await;
    let all = || find(&*replica, doc! {});
    let found = all().await;
    let order = found.iter().map(|d| d.get_i32("points").unwrap());
    assert!(order.eq(0..3_000));
    for _ in 0..20 {
        let mut left = replica.find(&NOTES, by_id(doc! {})).await.unwrap();
        let first = left.next().await.unwrap().unwrap();
        assert_eq!(first.get_str("_id").unwrap(), "n00000");
    }
    assert_eq!(all().await.len(), 3_000);
}

/// Nothing was ever written.
pub async fn a_collection_without_documents_answers(replica: Arc<dyn Replica>) {
    let all = vec![doc! { "$match": {} }];
    assert!(documents(&*replica, Find::default()).await.is_empty());
    assert_eq!(replica.count(&NOTES, doc! {}).await.unwrap(), 0);
    assert!(aggregated(&*replica, all).await.is_empty());
    let page = replica.scan(&NOTES, None, 10).await.unwrap();
    assert_eq!(page, Page::default());
}
