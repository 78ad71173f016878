//! Documents and indexes that something else made.

use bson::{Document, doc, oid::ObjectId};
use twinbase_core::{Outcome, Version, replica::Reads as _};
use twinbase_testkit::conformance::replica::{NOTES, applied, change, document, id};

use super::{fresh_mongo, raw};

#[tokio::test]
async fn a_document_that_lost_its_version_is_overtaken() {
    let Some((mongo, database)) = fresh_mongo("foreign").await else {
        return;
    };
    let notes = raw(&database).await.collection::<Document>("notes");
    for (n, foreign) in [
        doc! { "text": "no _sync" },
        doc! { "_sync": "text" },
        doc! { "_sync": { "v": "999" } },
        doc! { "_sync": { "v": null } },
        doc! { "_sync": {} },
    ]
    .into_iter()
    .enumerate()
    {
        let key = format!("n{n}");
        let mut document_there = doc! { "_id": &key };
        document_there.extend(foreign);
        notes.insert_one(document_there.clone()).await.unwrap();
        let stored = mongo.get(&NOTES, &[id(&key)]).await.unwrap();
        assert_eq!(stored[0].version, Version::NONE, "{document_there}");
        let outcomes = applied(&mongo, &[change(&key, 1, doc! { "text": "ours" })]).await;
        assert_eq!(outcomes, [Outcome::Applied], "{document_there}");
        let found = document(&mongo, &key).await;
        assert_eq!(found, Some(doc! { "_id": &key, "text": "ours" }));
    }
}

#[tokio::test]
async fn a_version_that_a_tool_made_a_double_still_guards() {
    let Some((mongo, database)) = fresh_mongo("double").await else {
        return;
    };
    let notes = raw(&database).await.collection::<Document>("notes");
    let restored = doc! { "_id": "a", "text": "restored", "_sync": { "v": 9.0 } };
    notes.insert_one(restored).await.unwrap();
    let stale = applied(&mongo, &[change("a", 9, doc! {})]).await;
    assert_eq!(stale, [Outcome::Superseded]);
    let newer = applied(&mongo, &[change("a", 10, doc! {})]).await;
    assert_eq!(newer, [Outcome::Applied]);
}

#[tokio::test]
async fn a_document_that_nothing_overtakes_delays_no_other() {
    let Some((mongo, database)) = fresh_mongo("array").await else {
        return;
    };
    let notes = raw(&database).await.collection::<Document>("notes");
    let broken = doc! { "_id": "b", "_sync": { "v": [1, 99] } };
    notes.insert_one(broken).await.unwrap();
    let changes = ["a", "b", "c"].map(|id| change(id, 5, doc! {}));
    let outcomes = applied(&mongo, &changes).await;
    assert!(
        matches!(
            &outcomes[..],
            [Outcome::Applied, Outcome::Rejected { .. }, Outcome::Applied]
        ),
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn a_foreign_id_is_counted_named_and_in_nobodys_way() {
    let nested = doc! { "_id": { "a": 1 } };
    for foreign in [
        doc! { "_id": ObjectId::new() },
        doc! { "_id": 5 },
        doc! { "_id": "line\nbreak" },
        doc! { "_id": "" },
        nested,
    ] {
        let Some((mongo, database)) = fresh_mongo("foreign id").await else {
            return;
        };
        applied(&mongo, &[change("a", 1, doc! {}), change("b", 1, doc! {})]).await;
        let notes = raw(&database).await.collection::<Document>("notes");
        notes.insert_one(foreign.clone()).await.unwrap();
        for limit in [1, 2, 3, 10] {
            let (mut found, mut foreign_ids, mut after) = (Vec::new(), Vec::new(), None);
            loop {
                let page = mongo.scan(&NOTES, after.as_deref(), limit).await.unwrap();
                assert_eq!(page.foreign, page.foreign_ids.len() as u64);
                found.extend(page.found.into_iter().map(|applied| applied.id));
                foreign_ids.extend(page.foreign_ids);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(found, [id("a"), id("b")], "{foreign}");
            assert_eq!(foreign_ids.len(), 1, "{foreign}: {foreign_ids:?}");
        }
    }
}

#[tokio::test]
async fn the_stored_form_is_the_documented_one() {
    let Some((mongo, database)) = fresh_mongo("form").await else {
        return;
    };
    let at = jiff::Timestamp::from_millisecond(4_102_444_800_123).unwrap();
    let gone = twinbase_core::Change {
        id: id("b"),
        version: Version::new(4),
        body: twinbase_core::Body::Tombstone(at),
    };
    applied(&mongo, &[change("a", 3, doc! { "text": "x" }), gone]).await;
    let notes = raw(&database).await.collection::<Document>("notes");
    let stored = |id| notes.find_one(doc! { "_id": id });
    assert_eq!(
        stored("a").await.unwrap(),
        Some(doc! { "_id": "a", "text": "x", "_sync": { "v": 3_i64 } })
    );
    let at = bson::DateTime::from_millis(4_102_444_800_123);
    assert_eq!(
        stored("b").await.unwrap(),
        Some(doc! { "_id": "b", "_sync": { "v": 4_i64, "deleted": true, "at": at } })
    );
    let names = notes.list_index_names().await.unwrap();
    for name in ["by_points", "twinbase_tombstones"] {
        assert!(names.iter().any(|n| n == name), "{names:?}");
    }
}
