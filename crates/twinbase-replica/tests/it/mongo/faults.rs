//! Faults that the server makes in the middle of commands.

use bson::doc;
use twinbase_core::{
    Disposition, Outcome, ReplicaError,
    replica::{Apply as _, Find, Reads as _},
};
use twinbase_testkit::conformance::replica::{NOTES, applied, change, version_of};

use super::{fresh_mongo, impatient};

#[tokio::test]
async fn an_answer_that_is_lost_after_the_write_is_superseded_when_it_is_applied_again() {
    let Some((mongo, database)) = fresh_mongo("lost answer").await else {
        return;
    };
    let changes = [
        change("a", 2, doc! { "text": "a" }),
        change("b", 3, doc! {}),
    ];
    let point = doc! {
        "mode": { "times": 1 },
        "data": { "failCommands": ["insert", "update"], "closeConnection": true, "afterApply": true },
    };
    {
        let _point = database.fail_point(point).await;
        let lost = mongo.apply(&NOTES, &changes).await;
        assert!(
            matches!(lost, Err(ReplicaError::Unavailable { .. })),
            "{lost:?}"
        );
    }
    assert_eq!(version_of(&mongo, "a").await, Some((2, false)));
    let again = applied(&mongo, &changes).await;
    assert_eq!(again, [Outcome::Superseded, Outcome::Superseded]);
}

#[tokio::test]
async fn a_server_that_steps_down_is_away_and_no_change_is_rejected() {
    let Some((mongo, database)) = fresh_mongo("step down").await else {
        return;
    };
    for code in [10107, 189, 91, 11600, 11602, 13435] {
        let point = doc! {
            "mode": { "times": 1 },
            "data": { "failCommands": ["insert", "update"], "errorCode": code },
        };
        let _point = database.fail_point(point).await;
        let answer = mongo.apply(&NOTES, &[change("a", 1, doc! {})]).await;
        assert!(
            matches!(answer, Err(ReplicaError::Unavailable { .. })),
            "{code}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_deadlock_is_tried_again_until_it_is_gone() {
    let Some((mongo, database)) = fresh_mongo("deadlock").await else {
        return;
    };
    let point = doc! {
        "mode": { "times": 3 },
        "data": { "failCommands": ["insert", "update"], "errorCode": 112 },
    };
    let _point = database.fail_point(point).await;
    let changes = [change("a", 1, doc! {}), change("b", 1, doc! {})];
    assert_eq!(
        applied(&mongo, &changes).await,
        [Outcome::Applied, Outcome::Applied]
    );
}

#[tokio::test]
async fn a_deadlock_that_stays_is_given_back_to_the_caller() {
    let Some((mongo, database)) = fresh_mongo("endless deadlock").await else {
        return;
    };
    let point = doc! { "data": { "failCommands": ["insert", "update"], "errorCode": 112 } };
    let _point = database.fail_point(point).await;
    let answer = mongo.apply(&NOTES, &[change("a", 1, doc! {})]).await;
    assert!(
        matches!(answer, Err(ReplicaError::Unavailable { .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_document_that_spoils_its_command_is_found_and_the_others_are_applied() {
    let Some((mongo, database)) = fresh_mongo("spoiled").await else {
        return;
    };
    let changes: Vec<_> = (0..8)
        .map(|n| change(&format!("n{n}"), 1, doc! {}))
        .collect();
    // The whole command and then the first document by itself: as a server would that does not say which it is.
    let point = doc! {
        "mode": { "times": 2 },
        "data": { "failCommands": ["insert", "update"], "errorCode": 22 },
    };
    let _point = database.fail_point(point).await;
    let outcomes = applied(&mongo, &changes).await;
    assert!(
        matches!(outcomes[0], Outcome::Rejected { code: Some(22), .. }),
        "{outcomes:?}"
    );
    assert!(outcomes[1..].iter().all(|o| *o == Outcome::Applied));
}

/// Blocked by the administrator, out of disk, overloaded, with stale routing, and what nobody knows.
const STATES: [i32; 11] = [371, 14031, 462, 433, 449, 63, 150, 13388, 8, 999, 16_609];

#[tokio::test]
async fn a_server_in_trouble_rejects_no_document_and_all_are_applied_afterwards() {
    let Some((mongo, database)) = fresh_mongo("in trouble").await else {
        return;
    };
    for (round, code) in STATES.into_iter().enumerate() {
        let changes: Vec<_> = (0..200)
            .map(|n| change(&format!("n{round}-{n:03}"), 1, doc! {}))
            .collect();
        {
            let point =
                doc! { "data": { "failCommands": ["insert", "update"], "errorCode": code } };
            let _point = database.fail_point(point).await;
            let answer = mongo.apply(&NOTES, &changes).await;
            let error = answer.expect_err("no document is blamed");
            assert!(
                matches!(
                    error.disposition(),
                    Disposition::RetryLater | Disposition::Operator
                ),
                "{code}: {error:?}"
            );
        }
        let outcomes = applied(&mongo, &changes).await;
        assert!(outcomes.iter().all(|o| *o == Outcome::Applied), "{code}");
    }
}

#[tokio::test]
async fn missing_rights_are_told_with_a_remedy() {
    let Some((mongo, database)) = fresh_mongo("rights").await else {
        return;
    };
    let point = doc! { "data": { "failCommands": ["insert", "update", "find", "aggregate"], "errorCode": 13 } };
    let _point = database.fail_point(point).await;
    let written = mongo
        .apply(&NOTES, &[change("a", 1, doc! {})])
        .await
        .map(drop);
    let read = mongo.find(&NOTES, Find::default()).await.map(drop);
    let counted = mongo.count(&NOTES, doc! {}).await.map(drop);
    for answer in [written, read, counted] {
        let Err(ReplicaError::Refused { reason, .. }) = answer else {
            panic!("{answer:?}");
        };
        assert!(reason.contains("readWrite"), "{reason}");
    }
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_a_limit() {
    let Some((mongo, database)) = fresh_mongo("slow query").await else {
        return;
    };
    let point = doc! { "data": { "failCommands": ["find"], "errorCode": 50 } };
    let _point = database.fail_point(point).await;
    let answer = mongo.find(&NOTES, Find::default()).await.map(drop);
    assert!(
        matches!(answer, Err(ReplicaError::LimitExceeded { .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_server_that_holds_its_answer_is_left_at_the_deadline() {
    let Some((_, database)) = fresh_mongo("held").await else {
        return;
    };
    let mongo = twinbase_replica::mongo::Mongo::connect(&database.url, impatient())
        .await
        .unwrap();
    let point = doc! {
        "mode": { "times": 1 },
        "data": { "failCommands": ["insert", "update"], "blockConnection": true, "blockTimeMS": 3_000 },
    };
    let _point = database.fail_point(point).await;
    let answer = mongo.apply(&NOTES, &[change("a", 1, doc! {})]).await;
    assert!(
        matches!(answer, Err(ReplicaError::Unavailable { .. })),
        "{answer:?}"
    );
}
