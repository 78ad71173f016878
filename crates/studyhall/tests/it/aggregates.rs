//! Users, todos, friendships and messages as aggregates: table, schema, struct and document agree, and the password's hash is in the table alone.

use studyhall::domain::{
    EmailAddress, Friendship, FriendshipState, Message, MessageText, Pair, Password, Passwords,
    Side, Title, Todo, User, Username, commands::ask, community,
};
use twinbase::prelude::*;
use twinbase_testkit::{TestTwin, twin::Databases};

use crate::support::PASSWORD;

#[tokio::test]
async fn every_column_survives_the_way_to_a_document_and_no_secret_takes_it() {
    for databases in [
        Databases::embedded(),
        Databases::from_env("aggregates").await,
    ] {
        let twin = TestTwin::open_on(databases, community()).await;
        let (user, now) = (user(&twin, "ada").await, twin.now());
        let ada = user.id.clone();
        twin.check_aggregate(std::slice::from_ref(&user)).await;
        twin.insert(&user).await.expect("a user");
        let todo = Todo {
            id: twin.new_id(),
            user_id: ada.clone(),
            title: Title::parse("read").expect("a title"),
            description: None,
            completed: false,
            completed_at: None,
            due_at: Some(now),
            created_at: now,
            updated_at: now,
        };
        twin.check_aggregate(&[todo]).await;
        check_friends(&twin, &ada).await;
        twin.finish().await;
    }
}

async fn user(twin: &TestTwin, name: &str) -> User {
    let password = Password::parse(PASSWORD).expect("a password");
    let hash = Passwords::new().hash(&password).await.expect("a hash");
    let address = EmailAddress::parse(&format!("{name}@example.com")).expect("an address");
    let name = Username::parse(name).expect("a name");
    User {
        total_points: 3,
        show_profile: true,
        ..User::new(twin.new_id(), name, address, hash, twin.now())
    }
}

async fn check_friends(twin: &TestTwin, ada: &AggregateId) {
    let (user, now) = (user(twin, "bob").await, twin.now());
    let bob = user.id.clone();
    twin.insert(&user).await.expect("a user");
    let (pair, _) = Pair::of(ada, &bob).expect("they are two");
    let friendship = Friendship {
        id: pair.id(),
        low_id: pair.person(Side::Low).clone(),
        high_id: pair.person(Side::High).clone(),
        state: FriendshipState::Pending,
        asker_id: Some(bob.clone()),
        blocked_by_low: false,
        blocked_by_high: true,
        created_at: now,
        updated_at: now,
    };
    twin.check_aggregate(&[friendship]).await;
    // Messages are in a thread, which asking makes.
    let name = &user.username;
    let run = |tx: Tx| async move { ask(&tx, ada, name).await };
    twin.write(run).await.expect("a request");
    let message = Message {
        id: twin.new_id(),
        thread_id: pair.id(),
        sender_id: ada.clone(),
        recipient_id: bob,
        text: MessageText::parse("hello").expect("a text"),
        position: 1,
        created_at: now,
    };
    twin.check_aggregate(&[message]).await;
}
