//! The aggregates: table, schema, struct and document agree, and the password's hash is in the table alone.

use serde_json::json;
use studyhall::domain::{
    Answers, CompletionPct, EmailAddress, Form, Friendship, FriendshipState, Message, MessageText,
    Pair, Password, Passwords, Questions, Report, Response, Side, StudyHours, StudySession,
    Subject, Title, Todo, User, Username,
    commands::{ask, open_form},
    community,
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
        let title = Title::parse("read").expect("a title");
        let todo = Todo {
            due_at: Some(now),
            ..Todo::new(twin.new_id(), ada.clone(), title, None, now)
        };
        twin.check_aggregate(&[todo]).await;
        let form = form(&twin, &ada);
        twin.check_aggregate(std::slice::from_ref(&form)).await;
        let response = response_to(&twin, form, &ada).await;
        twin.check_aggregate(&[response]).await;
        check_friends(&twin, &ada).await;
        let local_date = jiff::civil::date(2030, 1, 31);
        let session = StudySession {
            id: twin.new_id(),
            user_id: ada.clone(),
            subject: Subject::parse("Algebra").expect("a subject"),
            started_at: now,
            ended_at: now,
            minutes: 50,
            counted_minutes: 25,
            timed: true,
            local_date,
            created_at: now,
        };
        twin.check_aggregate(&[session]).await;
        let report = Report {
            id: twin.new_id(),
            user_id: ada,
            local_date,
            study_hours: StudyHours::new(2.1).expect("hours"),
            completion_pct: CompletionPct::new(66.67).expect("percent"),
            notes: None,
            created_at: now,
        };
        twin.check_aggregate(&[report]).await;
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
    let title = Title::parse("a form").expect("a title");
    Form {
        questions,
        closed_at: Some(now),
        allows_more: true,
        ..Form::draft(twin.new_id(), owner.clone(), title, now)
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
    let name = &user.username.typed();
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
