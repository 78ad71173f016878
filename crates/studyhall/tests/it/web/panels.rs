//! Panels that are not ready when the page goes out.

use twinbase_testkit::faults::Fault;

use super::{cookie, page};
use crate::support::{Combination, Studyhall, on_two_combinations};

on_two_combinations! {
    a_panel_that_is_not_ready_goes_out_as_loading_and_can_be_asked_for,
    without_script_a_page_can_be_asked_for_that_waits_for_its_panels,
    one_panel_is_asked_for_without_reading_the_others,
}

async fn a_panel_that_is_not_ready_goes_out_as_loading_and_can_be_asked_for(on: Combination) {
    let (app, faults) = Studyhall::hurried(on).await;
    let ada = app.member("ada").await;
    app.todo(&ada, "Read chapter 3").await;
    app.catch_up().await;
    faults.set(Fault::HoldReads);
    let home = page(&app, Some(&ada), "/").await.expect(200);
    assert!(!home.text.contains("Read chapter 3"), "{}", home.text);
    let loading = r##"<section class="panel" id="todos" aria-labelledby="todos-title" aria-busy="true" hx-get="/?panel=todos" hx-trigger="load, todos from:#live" hx-target="this" hx-select="#todos" hx-swap="outerHTML">"##;
    assert!(home.text.contains(loading), "{}", home.text);
    // What was read for the page itself is there.
    assert!(
        home.text.contains(r#"<p class="big">0</p>"#),
        "{}",
        home.text
    );
    // A panel by itself waits for what it reads.
    let (panel, ()) = tokio::join!(page(&app, Some(&ada), "/?panel=todos"), async {
        faults.set(Fault::None);
    });
    let panel = panel.expect(200);
    assert!(panel.text.contains("Read chapter 3"), "{}", panel.text);
    assert!(!panel.text.contains("aria-busy"), "{}", panel.text);

    // A stranger's page is told of no changes, and asks for its panels all the same.
    faults.set(Fault::HoldReads);
    let board = page(&app, None, "/leaderboard?range=all").await.expect(200);
    let again = r#"hx-get="/leaderboard?range=all&amp;panel=board" hx-trigger="load""#;
    assert!(board.text.contains(again), "{}", board.text);
    faults.set(Fault::None);
    let panel = page(&app, None, "/leaderboard?range=all&panel=board")
        .await
        .expect(200);
    let nobody = "Nobody has points yet. Be the first.";
    assert!(panel.text.contains(nobody), "{}", panel.text);
}

async fn without_script_a_page_can_be_asked_for_that_waits_for_its_panels(on: Combination) {
    let (app, faults) = Studyhall::hurried(on).await;
    let ada = app.member("ada").await;
    app.todo(&ada, "Read chapter 3").await;
    app.catch_up().await;
    faults.set(Fault::HoldReads);
    let list = page(&app, Some(&ada), "/todos?show=open").await.expect(200);
    let refresh = r#"Loading <a href="/todos?show=open&amp;whole=yes">Refresh</a>"#;
    assert!(list.text.contains(refresh), "{}", list.text);
    faults.set(Fault::None);
    let whole = page(&app, Some(&ada), "/todos?show=open&whole=yes")
        .await
        .expect(200);
    assert!(whole.text.contains("Read chapter 3"), "{}", whole.text);
    assert!(!whole.text.contains("aria-busy"), "{}", whole.text);
    // Its panels ask for themselves at the page as it was.
    let again = r#"hx-get="/todos?show=open&amp;panel=todos""#;
    assert!(whole.text.contains(again), "{}", whole.text);
}

async fn one_panel_is_asked_for_without_reading_the_others(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let call = app.call("GET", "/search?q=ada&panel=people");
    let found = call.header("cookie", cookie(&ada)).send().await.expect(200);
    assert!(found.text.contains(r#"id="people""#), "{}", found.text);
    assert!(
        !found.text.contains(r#"id="found-todos""#),
        "{}",
        found.text
    );
}
