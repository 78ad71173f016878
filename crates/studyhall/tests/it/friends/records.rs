//! Friendships as rows, events, versions and documents.

use studyhall::domain::{
    Error, Friendship, FriendshipState, User,
    commands::{delete_friendships_of, delete_messages_of},
};
use twinbase::prelude::*;

use super::{act, ask, befriend, events_of, id, names};
use crate::support::{Combination, Studyhall, on_two_combinations};

on_two_combinations! {
    each_change_has_row_event_version_and_document,
    the_friendships_of_a_deleted_account_go_with_their_events,
}

async fn each_change_has_row_event_version_and_document(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    ask(&app, &ada, "bob").await.expect(200);
    let row = async || {
        let sql = "select id, state from friendships";
        let rows = app.twin.query(sql, &[]).await.expect("it can be asked");
        rows.first().map(|row| {
            (
                row.get::<AggregateId>("id").expect("it is there"),
                row.get::<String>("state").expect("it is there"),
            )
        })
    };
    let (friendship, state) = row().await.expect("it is there");
    assert_eq!(state, "pending");
    let document = async || {
        app.catch_up().await;
        let found = app.twin.collection::<Friendship>().get(&friendship).await;
        let found = found.expect("the replica answers").value;
        found.map(|found| (found.version.get(), found.value))
    };
    let (version, created) = document().await.expect("it is there");
    assert_eq!((version, created.asker_id), (1, Some(id(&ada))));
    act(&app, &bob, "ada", "accept").await.expect(200);
    let (version, updated) = document().await.expect("it is there");
    assert_eq!((version, updated.state), (2, FriendshipState::Accepted));
    assert_eq!(row().await.expect("it is there").1, "accepted");
    let path = "/api/friends/bob";
    app.call("DELETE", path)
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    assert_eq!((row().await, document().await), (None, None));
    // Friends again: the versions go on.
    befriend(&app, &bob, &ada).await;
    assert_eq!(document().await.map(|(version, _)| version), Some(5));
    let types = ["created", "updated", "deleted", "created", "updated"];
    let expected = types
        .iter()
        .zip(1..)
        .map(|(of, version)| (format!("friendship.{of}"), version));
    assert_eq!(
        events_of(&app, "friendship").await,
        expected.collect::<Vec<_>>()
    );
    app.verify().await;
}

async fn the_friendships_of_a_deleted_account_go_with_their_events(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let (cy, di) = (app.member("cyd").await, app.member("dia").await);
    for other in [&bob, &cy] {
        befriend(&app, &ada, other).await;
    }
    befriend(&app, &bob, &cy).await;
    ask(&app, &di, "ada").await.expect(200);
    let user = &id(&ada);
    let run = |tx: Tx| async move {
        delete_messages_of(&tx, user).await?;
        delete_friendships_of(&tx, user).await?;
        tx.delete::<User>(user).await?;
        Ok::<_, Error>(())
    };
    app.twin.write(run).await.expect("nothing refers to her");
    let deleted = events_of(&app, "friendship").await;
    let deleted = deleted.iter().filter(|(of, _)| of == "friendship.deleted");
    assert_eq!(deleted.count(), 3);
    assert_eq!(names(&app, &bob, "friends").await, ["cyd"]);
    assert!(
        names(&app, &di, "sent").await.is_empty(),
        "her name is forgotten"
    );
    app.verify().await;
}
