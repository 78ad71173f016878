//! A server that is not there, or does not move.

use std::time::{Duration, Instant};

use bson::doc;
use twinbase_core::{
    Outcome, Replica as _, ReplicaError,
    replica::{Apply as _, Find, Reads as _},
};
use twinbase_replica::mongo::{Mongo, Options};
use twinbase_testkit::{
    conformance::replica::{NOTES, applied, change, id, version_of},
    servers::{OwnMongo, port},
    wait,
};

use super::impatient;

/// What the limits of [`impatient`] add up to, and room for a machine that is busy.
const SOON: Duration = Duration::from_secs(10);

/// Every kind of call, and that none of them waits.
async fn all_calls_tell_that_it_is_away(mongo: &Mongo) {
    let started = Instant::now();
    let change = [change("a", 9, doc! {})];
    let (ids, find) = ([id("a")], Find::default());
    let answers = [
        mongo.ping().await,
        mongo.prepare(&NOTES).await,
        mongo.apply(&NOTES, &change).await.map(drop),
        mongo.find(&NOTES, find).await.map(drop),
        mongo.aggregate(&NOTES, vec![]).await.map(drop),
        mongo.count(&NOTES, doc! {}).await.map(drop),
        mongo.get(&NOTES, &ids).await.map(drop),
        mongo.versions(&NOTES, &ids).await.map(drop),
        mongo.scan(&NOTES, None, 1).await.map(drop),
        mongo
            .sweep(&NOTES, jiff::Timestamp::UNIX_EPOCH, 1)
            .await
            .map(drop),
    ];
    for answer in &answers {
        assert!(
            matches!(answer, Err(ReplicaError::Unavailable { .. })),
            "{answer:?}"
        );
    }
    let calls = u32::try_from(answers.len()).unwrap();
    assert!(started.elapsed() < SOON * calls, "{:?}", started.elapsed());
}

async fn applies_again(mongo: &Mongo, version: i64) {
    let outcomes = wait::until("the server to take writes", SOON, async || {
        mongo
            .apply(&NOTES, &[change("a", version, doc! { "text": "back" })])
            .await
    })
    .await;
    assert_eq!(outcomes, [Outcome::Applied]);
}

#[tokio::test]
async fn a_server_that_was_never_there_is_away_within_the_deadline() {
    let port = port::free().unwrap();
    let url = format!("mongodb://user:secret@127.0.0.1:{port}/notes");
    let mongo = Mongo::connect(&url, impatient()).await.unwrap();
    all_calls_tell_that_it_is_away(&mongo).await;
}

#[tokio::test]
async fn a_stopped_server_is_away_within_the_deadline_and_its_write_is_safe_to_repeat() {
    let Some(mut server) = OwnMongo::start().await else {
        return;
    };
    let database = server.server().fresh_database("stopped");
    let patient = Mongo::connect(&database.url, Options::default())
        .await
        .unwrap();
    patient.prepare(&NOTES).await.unwrap();
    let mongo = Mongo::connect(&database.url, impatient()).await.unwrap();
    applied(&patient, &[change("a", 1, doc! {})]).await;
    server.pause();
    wait::until("the server to stand still", SOON, async || {
        mongo.ping().await.is_err()
    })
    .await;
    all_calls_tell_that_it_is_away(&mongo).await;
    server.resume();
    applies_again(&mongo, 10).await;
}

#[tokio::test]
async fn a_killed_server_is_away_and_has_kept_what_it_acknowledged() {
    let Some(mut server) = OwnMongo::start().await else {
        return;
    };
    let database = server.server().fresh_database("killed");
    let patient = Mongo::connect(&database.url, Options::default())
        .await
        .unwrap();
    patient.prepare(&NOTES).await.unwrap();
    let mongo = Mongo::connect(&database.url, impatient()).await.unwrap();
    applied(
        &patient,
        &[change("a", 1, doc! {}), change("b", 7, doc! {})],
    )
    .await;
    server.kill();
    all_calls_tell_that_it_is_away(&mongo).await;
    server.start_again().await;
    applies_again(&mongo, 10).await;
    assert_eq!(version_of(&patient, "b").await, Some((7, false)));
}
