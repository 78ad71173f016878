//! Streams: where they begin, what a page missed, and when they end.

use std::time::Instant;

use serde_json::json;
use studyhall::api::Settings;
use tokio_util::sync::CancellationToken;

use super::{SOON, Tab};
use crate::{
    support::{Combination, Options, Studyhall, on_two_combinations},
    web::{cookie, page},
};

on_two_combinations! {
    a_page_hears_what_changed_since_it_was_made_and_no_more,
    another_process_tells_what_this_one_wrote,
    a_session_that_was_ended_hears_nothing_more,
    a_server_that_stops_ends_its_streams_at_once,
    streams_are_for_members_and_not_without_number,
}

/// The attribute of `#live`.
fn position(page: &str) -> &str {
    let at = page.find("data-from=\"").expect("the page is live") + 11;
    page[at..].split('"').next().expect("it has an end")
}

async fn a_page_hears_what_changed_since_it_was_made_and_no_more(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    app.todo(&ada, "before").await;
    app.catch_up().await;
    // The first page of the process begins to watch; what came before is on it.
    let whole = page(&app, Some(&ada), "/todos").await.expect(200).text;
    assert!(
        whole.contains("data-stream=\"/live?on=todos,message,thread\""),
        "{whole}"
    );
    let mut tab = Tab::at(&app, &ada, "todos,session", position(&whole)).await;
    let call = app.call("POST", "/api/sessions/timer").by(&ada.token);
    let subject = json!({ "subject": "Algebra" });
    call.json(&subject).send().await.expect(200);
    assert_eq!(tab.next().await.expect("it is told"), ["session"]);
    let left = tab.position.clone();
    drop(tab);
    app.todo(&ada, "meanwhile").await;
    // Whoever was away hears it when they come back, by the position of their last event.
    let mut other = Tab::at(&app, &ada, "todos", position(&whole)).await;
    other.hears(&["todos"]).await;
    let back = |last: &str| {
        let call = app.call("GET", "/live?on=todos,session&from=1-x");
        let call = call.header("last-event-id", last);
        call.header("cookie", cookie(&ada)).open()
    };
    let mut tab = Tab::of(back(&left).await);
    assert_eq!(tab.next().await.expect("it is told"), ["todos"]);
    let now = tab.position.clone();
    let mut tab = Tab::of(back(&now).await);
    let stop = app
        .call("POST", "/api/sessions/timer/discard")
        .by(&ada.token);
    stop.send().await.expect(200);
    assert_eq!(tab.next().await.expect("it is told"), ["session"]);
    // A position that nobody knows any more.
    for unknown in ["1-x", "later", ""] {
        let mut tab = Tab::of(back(unknown).await);
        assert_eq!(
            tab.next().await.expect("it is told"),
            ["todos", "session"],
            "{unknown}"
        );
    }
}

async fn another_process_tells_what_this_one_wrote(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    app.catch_up().await;
    let (_, other) = app.another_process().await;
    let mut tab = Tab::on(&other, &ada, "todos,session").await;
    app.todo(&ada, "here").await;
    assert_eq!(tab.hears(&["todos"]).await, ["todos"]);
    let call = app.call("POST", "/api/sessions/timer").by(&ada.token);
    let subject = json!({ "subject": "Algebra" });
    call.json(&subject).send().await.expect(200);
    assert_eq!(tab.hears(&["session"]).await, ["session"]);
    // A page of one process goes on with another, and misses nothing.
    let left = tab.position.clone();
    app.todo(&ada, "again").await;
    let mut tab = Tab::at(&app, &ada, "todos", &left).await;
    tab.hears(&["todos"]).await;
}

async fn a_session_that_was_ended_hears_nothing_more(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let elsewhere = app
        .log_in("ada", crate::support::PASSWORD)
        .await
        .expect(200);
    app.catch_up().await;
    let mut tab = Tab::new(&app, &ada, "todos").await;
    let mut still = ada.clone();
    still.token = elsewhere.str("token").to_owned();
    let mut other = Tab::new(&app, &still, "todos").await;
    let call = app.call("POST", "/api/v1/logout").by(&ada.token);
    assert!(call.send().await.status < 300);
    app.todo(&still, "unseen").await;
    assert_eq!(tab.next().await, None, "it ends and says nothing");
    assert_eq!(other.next().await.expect("it is told"), ["todos"]);
}

async fn a_server_that_stops_ends_its_streams_at_once(on: Combination) {
    let stop = CancellationToken::new();
    let options = Options {
        settings: Settings {
            stop: stop.clone(),
            ..Settings::default()
        },
        ..Options::default()
    };
    let app = Studyhall::start_on(on.databases().await, options).await;
    let ada = app.member("ada").await;
    app.catch_up().await;
    let mut tab = Tab::new(&app, &ada, "todos").await;
    stop.cancel();
    let asked = Instant::now();
    assert_eq!(tab.next().await, None);
    assert!(asked.elapsed() < SOON / 12, "{:?}", asked.elapsed());
}

async fn streams_are_for_members_and_not_without_number(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    app.call("GET", "/live?on=todos")
        .send()
        .await
        .problem(401, "unauthenticated");
    for wrong in [
        "/live",
        "/live?on=",
        "/live?on=secrets",
        "/live?on=todos&x=1",
    ] {
        let call = app.call("GET", wrong).header("cookie", cookie(&ada));
        call.send().await.expect(400);
    }
    let mut tabs = Vec::new();
    for _ in 0..8 {
        tabs.push(Tab::new(&app, &ada, "todos").await);
    }
    let call = app
        .call("GET", "/live?on=todos")
        .header("cookie", cookie(&ada));
    call.send().await.problem(429, "too-many-attempts");
    Tab::new(&app, &bob, "todos").await;
    // One that is closed makes room, as soon as the server notices.
    tabs.pop();
    twinbase_testkit::wait::until("room for another", SOON, async || {
        let call = app
            .call("GET", "/live?on=todos")
            .header("cookie", cookie(&ada));
        let status = call.open().await.status();
        (status == 200).then_some(()).ok_or(status)
    })
    .await;
}
