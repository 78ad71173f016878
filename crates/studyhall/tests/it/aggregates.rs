//! Each aggregate: table, schema, struct and document agree, and the password's hash is in the table alone.

use serde_json::json;
use studyhall::domain::{
    Answers, EmailAddress, Form, FormState, Password, Passwords, Questions, Response, Title, Todo,
    User, Username, commands::open_form, community,
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
        let form = form(&twin, &user.id);
        twin.check_aggregate(std::slice::from_ref(&form)).await;
        let response = response_to(&twin, form, &user.id).await;
        twin.check_aggregate(&[response]).await;
        twin.finish().await;
    }
}

fn form(twin: &TestTwin, owner: &AggregateId) -> Form {
    let questions = json!([
        { "id": "a", "text": "Which?", "required": true, "kind": "oneOf", "choices": ["x", "y"] },
        { "id": "b", "text": "How?", "required": false, "kind": "scale", "steps": 5 },
    ]);
    let questions: Questions = serde_json::from_value(questions).expect("questions");
    let now = twin.now();
    Form {
        id: twin.new_id(),
        user_id: owner.clone(),
        title: Title::parse("a form").expect("a title"),
        description: None,
        questions,
        questions_version: 1,
        state: FormState::Draft,
        opened_at: None,
        closed_at: Some(now),
        is_anonymous: false,
        allows_more: true,
        is_public: false,
        created_at: now,
        updated_at: now,
    }
}

/// The form is written and opened, so that its version is there.
async fn response_to(twin: &TestTwin, form: Form, user: &AggregateId) -> Response {
    let (id, form) = (&form.id, &form);
    let opened = twin.write(|tx| async move {
        tx.insert(form).await?;
        open_form(&tx, user, id, &Expected::Any).await
    });
    opened.await.expect("the form opens");
    let sent = json!({ "a": "x", "b": 4 });
    let sent = sent.as_object().expect("an object");
    Response {
        id: twin.new_id(),
        form_id: id.clone(),
        form_version: 1,
        user_id: Some(user.clone()),
        answers: Answers::check(&form.questions, sent).expect("answers"),
        created_at: twin.now(),
    }
}
