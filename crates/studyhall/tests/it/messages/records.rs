//! Messages as rows, events, versions and documents.

use studyhall::domain::commands::delete_messages_of;
use twinbase::prelude::*;

use super::{get, pair, send};
use crate::{
    friends::{befriend, events_of, id},
    support::{Combination, Studyhall, on_two_combinations},
};

on_two_combinations! {
    the_messages_of_a_deleted_account_go_with_their_events,
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
