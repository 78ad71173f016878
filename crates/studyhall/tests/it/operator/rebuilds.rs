//! A rebuild that is under way is seen where operators look first.

use serde_json::Value;
use twinbase::sync::rebuild::RebuildOptions;

use super::{get, operator};
use crate::{
    support::{Combination, Studyhall, on_two_combinations},
    web::page,
};

on_two_combinations! {
    a_rebuild_that_is_paused_is_on_the_overview_and_in_health,
}

async fn a_rebuild_that_is_paused_is_on_the_overview_and_in_health(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    let overview = async || {
        let shown = page(&app, Some(&boss), "/operations").await;
        shown.expect(200).text
    };
    let health = async || {
        let health = app.call("GET", "/api/health/sync").send().await;
        health.body["rebuilds"].clone()
    };
    assert!(!overview().await.contains("<h2>Rebuilds</h2>"));
    assert_eq!(health().await, Value::Array(Vec::new()));
    let rebuilds = app.twin.rebuilds();
    let options = RebuildOptions::default();
    rebuilds.start("todos", &options).await.expect("a rebuild");
    let shown = &health().await[0];
    assert_eq!(shown["phase"], "requested", "{shown}");
    assert_eq!(
        (&shown["paused"], &shown["remedy"]),
        (&false.into(), &Value::Null)
    );
    rebuilds.pause("todos").await.expect("it is paused");
    let shown = &health().await[0];
    assert_eq!(shown["collection"], "todos", "{shown}");
    assert_eq!(
        (&shown["paused"], &shown["failing"]),
        (&true.into(), &false.into())
    );
    assert!(shown["pausedSince"].is_string(), "{shown}");
    let remedy = shown["remedy"].as_str().expect("a remedy");
    assert!(remedy.contains("--resume"), "{remedy}");
    let text = overview().await;
    let section = text.split("<h2>Rebuilds</h2>").nth(1).expect("a section");
    let section = section.split("</section>").next().unwrap_or_default();
    for words in ["todos", "paused", " since ", "Continue or cancel it"] {
        assert!(section.contains(words), "{section}");
    }
    let status = get(&app, &boss, "/api/v1/rebuilds/todos").await.expect(200);
    assert_ne!(status.body["pausedSince"], Value::Null);
    // Pausing again changes nothing; going on ends it.
    let since = status.body["pausedSince"].clone();
    rebuilds.pause("todos").await.expect("it is paused");
    assert_eq!(health().await[0]["pausedSince"], since);
    rebuilds.resume("todos").await.expect("it goes on");
    assert_eq!(health().await[0]["pausedSince"], Value::Null);
    rebuilds.cancel("todos").await.expect("it ends");
    assert_eq!(health().await, Value::Array(Vec::new()));
}
