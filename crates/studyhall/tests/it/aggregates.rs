//! Users and todos as aggregates: table, schema, struct and document agree, and the password's hash is in the table alone.

use studyhall::domain::{
    EmailAddress, Password, Passwords, Title, Todo, User, Username, community,
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
        let password = Password::parse(PASSWORD).expect("a password");
        let hash = Passwords::new().hash(&password).await.expect("a hash");
        let (id, now) = (twin.new_id(), twin.now());
        let (name, address) = (
            Username::parse("ada"),
            EmailAddress::parse("ada@example.com"),
        );
        let user = User {
            total_points: 3,
            show_profile: true,
            ..User::new(
                id.clone(),
                name.expect("a name"),
                address.expect("an address"),
                hash,
                now,
            )
        };
        twin.check_aggregate(std::slice::from_ref(&user)).await;
        twin.insert(&user).await.expect("a user");
        let todo = Todo {
            id: twin.new_id(),
            user_id: id,
            title: Title::parse("read").expect("a title"),
            description: None,
            completed: false,
            completed_at: None,
            due_at: Some(now),
            created_at: now,
            updated_at: now,
        };
        twin.check_aggregate(&[todo]).await;
        twin.finish().await;
    }
}
