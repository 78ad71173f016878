//! Each change is told by its name to those whom it concerns, and to nobody else.

use jiff::SignedDuration;
use serde_json::json;

use super::{ALL, Tab};
use crate::{
    forms::opened,
    friends::{act, ask, befriend},
    messages::{delete, read, send},
    support::{Answer, Combination, Member, Studyhall, on_two_combinations},
    web::page,
};

on_two_combinations! {
    a_message_is_told_to_both_of_its_thread_and_is_there_to_be_read,
    what_one_does_alone_is_told_to_oneself_alone,
    what_two_have_with_each_other_is_told_to_both,
    points_of_anybody_change_the_board_of_everybody,
    a_new_week_is_told_to_everybody,
}

/// What somebody hears who has nothing to do with it, once something of their own comes.
async fn hears_only_own(app: &Studyhall, other: &Member, mut tab: Tab) {
    app.todo(other, "my own").await;
    assert_eq!(tab.hears(&["todos"]).await, ["todos"]);
}

/// Topics without the board, which is everybody's.
const OWN: &str = "todos,points,session,message,thread,friends,report,results";

async fn a_message_is_told_to_both_of_its_thread_and_is_there_to_be_read(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let carol = app.member("carol").await;
    befriend(&app, &ada, &bob).await;
    app.catch_up().await;
    let mut of_ada = Tab::new(&app, &ada, "message").await;
    let mut of_bob = Tab::new(&app, &bob, "message").await;
    let of_carol = Tab::new(&app, &carol, OWN).await;
    let message = send(&app, &ada, &bob, "Chapter 3?").await.expect(201);
    of_bob.hears(&["message"]).await;
    // Read without a token, from the replica, it is there.
    let panel = page(&app, Some(&bob), "/messages/ada?panel=thread")
        .await
        .expect(200);
    assert!(panel.text.contains("Chapter 3?"), "{}", panel.text);
    assert!(
        panel.text.contains("data-source=\"replica\""),
        "{}",
        panel.text
    );
    of_ada.hears(&["message"]).await;
    delete(&app, &ada, &message).await.expect(200);
    of_bob.hears(&["message"]).await;
    of_ada.hears(&["message"]).await;
    hears_only_own(&app, &carol, of_carol).await;
}

async fn what_one_does_alone_is_told_to_oneself_alone(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    app.catch_up().await;
    let mut of_ada = Tab::new(&app, &ada, OWN).await;
    let of_bob = Tab::new(&app, &bob, OWN).await;
    let todo = app.todo(&ada, "read").await;
    assert_eq!(of_ada.hears(&["todos"]).await, ["todos"]);
    let path = format!("/api/v1/todos/{}", todo.str("id"));
    let done = json!({ "completed": true });
    let call = app.call("PATCH", &path).by(&ada.token);
    call.json(&done).send().await.expect(200);
    of_ada.hears(&["todos", "points"]).await;
    app.call("DELETE", &path)
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    of_ada.hears(&["todos", "points"]).await;

    let post = async |path: &str, body| {
        app.call("POST", path)
            .by(&ada.token)
            .json(&body)
            .send()
            .await
    };
    let subject = json!({ "subject": "Algebra" });
    // No event tells of a timer.
    post("/api/sessions/timer", subject.clone())
        .await
        .expect(200);
    of_ada.hears(&["session"]).await;
    let timer = app
        .call("POST", "/api/sessions/timer/discard")
        .by(&ada.token);
    timer.send().await.expect(200);
    of_ada.hears(&["session"]).await;
    post("/api/sessions/timer", subject).await.expect(200);
    of_ada.hears(&["session"]).await;
    app.clock.advance(SignedDuration::from_mins(25));
    let session = post("/api/sessions/timer/stop", json!({}))
        .await
        .expect(201);
    of_ada.hears(&["session"]).await;
    // What is told twice, when it is noted and when it is applied, is over.
    app.catch_up().await;
    app.todo(&ada, "between").await;
    of_ada.hears(&["todos"]).await;
    let path = format!("/api/sessions/{}", session.str("id"));
    app.call("DELETE", &path)
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    of_ada.hears(&["session"]).await;

    let report = json!({ "studyHours": 1.0, "completionPct": 50.0 });
    post("/api/v1/reports", report).await.expect(201);
    of_ada.hears(&["report"]).await;
    hears_only_own(&app, &bob, of_bob).await;
}

async fn what_two_have_with_each_other_is_told_to_both(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let carol = app.member("carol").await;
    app.catch_up().await;
    let mut of_ada = Tab::new(&app, &ada, OWN).await;
    let mut of_bob = Tab::new(&app, &bob, OWN).await;
    let of_carol = Tab::new(&app, &carol, OWN).await;
    let mut both = async |told: Answer, names: &[&str]| {
        assert!(told.status < 300, "{}", told.text);
        of_ada.hears(names).await;
        of_bob.hears(names).await;
    };
    both(ask(&app, &ada, "bob").await, &["friends"]).await;
    both(
        act(&app, &bob, "ada", "accept").await,
        &["friends", "thread"],
    )
    .await;
    both(send(&app, &ada, &bob, "hello").await, &["message"]).await;
    both(
        act(&app, &bob, "ada", "remove").await,
        &["friends", "thread"],
    )
    .await;
    both(
        act(&app, &bob, "ada", "block").await,
        &["friends", "thread"],
    )
    .await;
    // Reading is one's own business.
    befriend(&app, &bob, &carol).await;
    send(&app, &carol, &bob, "hello").await.expect(201);
    of_bob.hears(&["message"]).await;
    read(&app, &bob, &carol, 1).await.expect(200);
    of_bob.hears(&["thread"]).await;
    let form = opened(&app, &ada, json!({ "isPublic": true })).await;
    of_ada.hears(&["results"]).await;
    let path = format!("/api/v1/forms/{}/responses", form.str("id"));
    let answers = json!({ "answers": { "pace": "Right" } });
    let call = app.call("POST", &path).by(&carol.token).json(&answers);
    call.send().await.expect(201);
    of_ada.hears(&["results"]).await;
    let mut of_carol = of_carol;
    let heard = of_carol.hears(&["friends", "message"]).await;
    let is_foreign = |name: &String| ["results", "todos", "points"].contains(&&**name);
    assert!(!heard.iter().any(is_foreign), "{heard:?}");
}

async fn points_of_anybody_change_the_board_of_everybody(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    app.catch_up().await;
    befriend(&app, &ada, &bob).await;
    app.catch_up().await;
    let mut of_bob = Tab::new(&app, &bob, ALL).await;
    let done = json!({ "title": "read", "completed": true });
    let call = app.call("POST", "/api/v1/todos").by(&ada.token).json(&done);
    call.send().await.expect(201);
    assert_eq!(of_bob.hears(&["board"]).await, ["board"]);
    act(&app, &bob, "ada", "hide").await.expect(200);
    let heard = of_bob.hears(&["board", "friends"]).await;
    assert_eq!(heard.len(), 2, "{heard:?}");
}

async fn a_new_week_is_told_to_everybody(on: Combination) {
    let app = Studyhall::start(on).await;
    app.clock.set("2030-02-03T23:00:00Z");
    let ada = app.member("ada").await;
    app.catch_up().await;
    let mut tab = Tab::new(&app, &ada, "week").await;
    app.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(tab.hears(&["week"]).await, ["week"]);
}
