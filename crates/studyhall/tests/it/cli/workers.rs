//! Workers, pauses and the display, from the command line.

use serde_json::{Value, json};
use twinbase_testkit::{process::Ended, wait};

use super::program::{Place, SOON};

fn codes(health: &Value) -> Vec<&str> {
    let alerts = health["alerts"].as_array().unwrap();
    alerts
        .iter()
        .map(|alert| alert["code"].as_str().unwrap())
        .collect()
}

async fn until_state(place: &Place, state: &str) {
    wait::until(&format!("a worker that is {state}"), SOON, async || {
        let workers = place.json(&["workers"]);
        workers["items"][0]["state"] == state
    })
    .await;
}

#[tokio::test]
async fn a_pause_stops_the_worker_until_it_is_resumed_and_everybody_is_told_why() {
    let place = Place::new();
    place.run(&["migrate"]).expect(0, &[]);
    let worker = place.start(&["worker"]).await;
    until_state(&place, "idle").await;
    let workers = place.json(&["workers"]);
    assert_eq!(workers["items"][0]["partitions"], 16, "{workers:#}");
    assert_eq!(workers["items"][0]["alive"], true, "{workers:#}");
    assert_eq!(place.json(&["health"])["status"], "healthy");

    let pause = ["pause", "--reason", "the replica is moved"];
    assert_eq!(place.json(&pause)["changed"], true);
    assert_eq!(place.json(&pause)["changed"], false);
    let log = place.json(&["operations"]);
    let newest = &log["items"][0];
    assert_eq!(
        (&newest["kind"], &newest["reason"]),
        (&json!("pause"), &json!("the replica is moved"))
    );
    assert!(
        newest["by"].as_str().unwrap().ends_with("command line"),
        "{log:#}"
    );
    let id = newest["id"].as_str().unwrap();
    assert_eq!(place.json(&["operations", id])["state"], "succeeded");
    place
        .run(&["operations", "nobody"])
        .expect(1, &["there is no operation nobody"]);
    until_state(&place, "paused").await;
    let health = place.json(&["health"]);
    assert_eq!(
        (&health["status"], codes(&health)),
        (&"degraded".into(), vec!["paused"])
    );
    for command in [&["health"][..], &["top", "--once"]] {
        let shown = place.run(command);
        assert!(shown.stdout.contains("the replica is moved"), "{shown:#?}");
    }
    assert_eq!(place.json(&["resume"])["changed"], true);
    assert_eq!(place.json(&["resume"])["changed"], false);
    until_state(&place, "idle").await;
    worker.stop().await;
    let health = place.json(&["health"]);
    assert_eq!(
        (&health["status"], codes(&health)),
        (&"degraded".into(), vec!["no-worker"])
    );
}

#[test]
fn only_a_collection_that_exists_is_paused_and_only_with_a_reason() {
    let place = Place::new();
    place.run(&["migrate"]).expect(0, &[]);
    place.run(&["pause", "todos"]).expect(2, &["--reason"]);
    place
        .run(&["pause", "todos", "--reason", " "])
        .expect(2, &["reason"]);
    place
        .run(&["pause", "todo", "--reason", "x"])
        .expect(2, &["`todo` is not a collection", "todos"]);
    place
        .run(&["pause", "todos", "--reason", "an index"])
        .expect(0, &[]);
    let resumed = place.run(&["resume"]);
    resumed.expect(0, &[]);
    assert!(
        resumed.stdout.contains("It was not paused: everything."),
        "{resumed:#?}"
    );
    assert!(
        resumed.stdout.contains("Still paused: todos"),
        "{resumed:#?}"
    );
    place.run(&["resume", "todos"]).expect(0, &[]);
    assert_eq!(
        place.json(&["resume"])["pauses"].as_array().unwrap().len(),
        0
    );
}

#[test]
fn off_a_terminal_the_display_is_printed_once() {
    let place = Place::new();
    place.run(&["top"]).expect(1, &["no databases"]);
    place.run(&["migrate"]).expect(0, &[]);
    let shown = place.run(&["top"]);
    shown.expect(0, &[]);
    for text in ["lag 0 s", "pending 0", "users", "todos", "studyhall worker"] {
        assert!(
            shown.stdout.contains(text),
            "no {text:?} in {}",
            shown.stdout
        );
    }
    let look = place.json(&["top", "--once"]);
    let collections = look["collections"].as_array().unwrap().iter();
    let names: Vec<_> = collections.map(|of| &of["collection"]).collect();
    assert!(
        names.starts_with(&[&json!("users"), &json!("todos")]),
        "{look:#}"
    );
    assert_eq!(look["sync"]["failedEvents"], 0, "{look:#}");
    place
        .run(&["top", "--interval", "0"])
        .expect(2, &["--interval"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    Ended::of(place.command(&["top"]).stdout(writer)).expect(0, &[]);
}

#[test]
fn the_operators_role_is_given_and_taken_by_name_or_address() {
    let place = Place::new();
    let demo = place.json(&["demo", "--people", "3", "--days", "1"]);
    let name = demo["login"]["username"].as_str().unwrap();
    place
        .run(&["operator", "add", "nobody-at-all"])
        .expect(1, &["no user nobody-at-all"]);
    let added = place.json(&["operator", "add", name]);
    assert_eq!(added["changed"], true, "{added:#}");
    assert_eq!(place.json(&["operator", "add", name])["changed"], false);
    let list = place.json(&["operator", "list"]);
    assert_eq!(list["items"][0]["username"], name, "{list:#}");
    let address = added["email"].as_str().unwrap();
    assert_eq!(
        place.json(&["operator", "remove", address])["changed"],
        true
    );
    let list = place.json(&["operator", "list"]);
    assert_eq!(list["items"].as_array().unwrap().len(), 0, "{list:#}");
}

/// By id: a name would stay there when its person has left.
#[tokio::test]
async fn who_gave_and_took_the_operators_role_is_in_the_log_until_the_person_leaves() {
    let place = Place::new();
    place.run(&["migrate"]).expect(0, &[]);
    let server = place.start(&["serve"]).await;
    let token = server.session("zqgrace").await;
    let added = place.json(&["operator", "add", "zqgrace"]);
    let id = added["userId"].as_str().unwrap();
    // What changes nothing is no entry.
    place.json(&["operator", "add", "zqgrace"]);
    place.json(&["operator", "remove", "zqgrace"]);
    place.json(&["operator", "remove", "zqgrace"]);
    let log = place.json(&["operations"]);
    let items = log["items"].as_array().unwrap();
    let kinds: Vec<_> = items.iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["operator.remove", "operator.add"], "{log:#}");
    for one in items {
        assert_eq!(one["about"], id, "{log:#}");
        assert!(one["by"].as_str().unwrap().ends_with("command line"));
    }
    assert!(!log.to_string().contains("zqgrace"), "{log:#}");
    let leave = json!({ "password": "correct horse" });
    server
        .post("/api/v1/account/delete", Some(&token), &leave)
        .await;
    let log = place.json(&["operations"]);
    assert_eq!(log["items"].as_array().unwrap().len(), 2, "{log:#}");
    assert!(!log.to_string().contains(id), "{log:#}");
    server.stop().await;
}
