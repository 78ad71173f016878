//! A unique index that an operator added: a conflict is that document's trouble alone.

use bson::doc;
use twinbase_core::Outcome;
use twinbase_testkit::{
    conformance::replica::{applied, change, version_of},
    servers::TestMongo,
};

use super::{fresh_mongo, raw};

async fn with_unique_email(case: &str) -> Option<(twinbase_replica::mongo::Mongo, TestMongo)> {
    let (mongo, database) = fresh_mongo(case).await?;
    let unique =
        doc! { "key": { "email": 1 }, "name": "one_email", "unique": true, "sparse": true };
    let command = doc! { "createIndexes": "notes", "indexes": [unique] };
    raw(&database).await.run_command(command).await.unwrap();
    Some((mongo, database))
}

#[tokio::test]
async fn a_conflict_on_a_unique_index_is_rejected_by_its_name_and_without_its_value() {
    let Some((mongo, _database)) = with_unique_email("unique").await else {
        return;
    };
    applied(
        &mongo,
        &[change("a", 1, doc! { "email": "secret@example.org" })],
    )
    .await;
    let changes = [
        change("b", 1, doc! { "email": "secret@example.org" }),
        change("c", 1, doc! { "email": "other@example.org" }),
    ];
    let outcomes = applied(&mongo, &changes).await;
    let [Outcome::Rejected { code, reason }, Outcome::Applied] = &outcomes[..] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(code, &Some(11000));
    assert!(
        reason.contains("one_email") && !reason.contains("secret"),
        "{reason}"
    );
    assert_eq!(version_of(&mongo, "b").await, None);
}

#[tokio::test]
async fn an_update_into_a_conflict_is_rejected_and_a_stale_one_is_superseded() {
    let Some((mongo, _database)) = with_unique_email("unique update").await else {
        return;
    };
    let start = [
        change("a", 5, doc! { "email": "a@example.org" }),
        change("b", 5, doc! { "email": "b@example.org" }),
    ];
    applied(&mongo, &start).await;
    let newer = applied(&mongo, &[change("b", 6, doc! { "email": "a@example.org" })]).await;
    assert!(
        matches!(
            newer[0],
            Outcome::Rejected {
                code: Some(11000),
                ..
            }
        ),
        "{newer:?}"
    );
    let stale = applied(&mongo, &[change("b", 4, doc! { "email": "a@example.org" })]).await;
    assert_eq!(stale, [Outcome::Superseded]);
    assert_eq!(version_of(&mongo, "b").await, Some((5, false)));
}
