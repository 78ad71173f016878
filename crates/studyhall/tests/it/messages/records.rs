//! Messages as rows, events, versions and documents.

use studyhall::domain::{Message, commands::delete_messages_of};
use twinbase::prelude::*;

use super::{delete, get, pair, send};
use crate::{
    friends::{befriend, events_of, id},
    support::{Combination, Studyhall, on_two_combinations},
};

on_two_combinations! {
    each_message_has_row_event_version_and_document,
    the_messages_of_a_deleted_account_go_with_their_events,
}

async fn each_message_has_row_event_version_and_document(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = pair(&app).await;
    let sent = send(&app, &ada, &bob, "hello").await.expect(201);
    let message = AggregateId::new(sent.str("id")).expect("an id");
    let row = app
        .twin
        .get::<Message>(&message)
        .await
        .expect("it can be read");
    let row = row.expect("it is there");
    app.catch_up().await;
    let document = async || {
        let found = app.twin.collection::<Message>().get(&message).await;
        found.expect("the replica answers").value
    };
    assert_eq!(document().await, Some(row));
    delete(&app, &ada, &sent).await.expect(200);
    app.catch_up().await;
    assert_eq!(document().await, None);
    let expected = [
        ("message.created".to_owned(), 1),
        ("message.deleted".to_owned(), 2),
    ];
    assert_eq!(events_of(&app, "message").await, expected);
    app.verify().await;
}

async fn the_messages_of_a_deleted_account_go_with_their_events(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = pair(&app).await;
    let cy = app.member("cyd").await;
    befriend(&app, &bob, &cy).await;
    send(&app, &ada, &bob, "one").await.expect(201);
    send(&app, &bob, &ada, "two").await.expect(201);
    send(&app, &bob, &cy, "three").await.expect(201);
    let user = &id(&ada);
    let run = |tx: Tx| async move { delete_messages_of(&tx, user).await };
    app.twin.write(run).await.expect("they can be deleted");
    let deleted = events_of(&app, "message").await;
    let deleted = deleted.iter().filter(|(of, _)| of == "message.deleted");
    assert_eq!(deleted.count(), 2);
    let list = get(&app, &bob, "/api/messages").await.expect(200);
    assert_eq!(list.items().len(), 1);
    assert_eq!(list.body["items"][0]["with"]["username"], "cyd");
    app.verify().await;
}
