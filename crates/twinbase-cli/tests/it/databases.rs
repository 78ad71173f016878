//! The commands, on the databases of an application that this program does not know.

use twinbase::prelude::*;
use twinbase_testkit::{process::Ended, servers::Postgres};

use super::program::Place;

#[tokio::test]
async fn events_of_any_application_are_listed_and_shown() {
    let place = Place::with_notes(3).await;
    let list = place.json(&["outbox", "list"]);
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 3, "{list:#}");
    assert_eq!(items[0]["aggregateType"], "note", "{list:#}");
    let page = place.run(&["outbox", "list", "--limit", "2", "--output", "jsonl"]);
    page.expect(0, &["--cursor"]);
    assert_eq!(page.stdout.lines().count(), 2, "{page:#?}");
    let event = place.json(&["outbox", "show", items[0]["id"].as_str().unwrap()]);
    assert_eq!(event["document"]["state"], "missing", "{event:#}");
    place
        .run(&["outbox", "show", "no-such-id"])
        .expect(1, &["no-such-id", "`twinbase outbox list`"]);
}

#[tokio::test]
async fn events_are_acted_on_after_a_preview() {
    let place = Place::with_notes(2).await;
    let discard = ["outbox", "discard", "--type", "note", "--status", "pending"];
    let discard = [&discard[..], &["--reason", "a test"]].concat();
    let preview = place.json(&[&discard[..], &["--dry-run"]].concat());
    assert_eq!(
        (&preview["count"], &preview["done"]),
        (&2.into(), &0.into())
    );
    place.run(&discard).expect(2, &["--yes", "not a terminal"]);
    let done = place.json(&[&discard[..], &["--yes"]].concat());
    assert_eq!(done["done"], 2, "{done:#}");
    assert_eq!(
        place.json(&["outbox", "list"])["items"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    let restored = place.json(&["outbox", "restore", "--all", "--yes"]);
    assert_eq!(restored["done"], 2, "{restored:#}");
}

#[tokio::test]
async fn everything_is_paused_or_one_collection() {
    let place = Place::with_notes(0).await;
    let paused = place.json(&["pause", "--reason", "the replica is moved"]);
    assert_eq!(paused["changed"], true, "{paused:#}");
    let health = place.json(&["health"]);
    assert_eq!(health["pauses"][0]["reason"], "the replica is moved");
    assert_eq!(place.json(&["resume"])["changed"], true);
    let one = ["pause", "notes", "--reason", "one at a time"];
    assert_eq!(place.json(&one)["scope"], "collection:notes");
    assert_eq!(place.json(&["resume", "notes"])["changed"], true);
    place
        .run(&["pause", "posts", "--reason", "x"])
        .expect(2, &["`posts` is not a collection", "notes"]);
}

#[tokio::test]
async fn health_and_the_display_judge_by_what_the_primary_says() {
    let place = Place::with_notes(1).await;
    let ended = place.run(&["health"]);
    ended.expect(3, &[]);
    assert!(ended.stdout.contains("No worker runs"), "{ended:#?}");
    let look = place.json(&["top", "--once"]);
    assert_eq!(look["collections"][0]["collection"], "notes", "{look:#}");
    assert_eq!(look["collections"][0]["pending"], 1, "{look:#}");
    let workers = place.run(&["workers"]);
    workers.expect(0, &[]);
    let remedy = "Start the application that runs one.";
    assert!(workers.stdout.contains(remedy), "{workers:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_replica_is_found_and_repaired_by_what_the_application_registered() {
    let place = Place::with_notes(3).await;
    let application = place.application().await;
    application.drain(WorkerOptions::default()).await.unwrap();
    application.close().await;
    assert_eq!(place.json(&["verify"])["clean"], true);
    // A file and its log are one database.
    std::fs::remove_file(place.file("documents.db")).unwrap();
    for log in ["documents.db-wal", "documents.db-shm"] {
        std::fs::remove_file(place.file(log)).ok();
    }
    place.run(&["migrate"]).expect(0, &[]);
    let ended = place.run(&["verify", "notes"]);
    ended.expect(3, &[]);
    assert!(ended.stdout.contains("missing: notes/"), "{ended:#?}");

    let application = place.application().await;
    let worker = application.start_worker(WorkerOptions::default()).unwrap();
    let repaired = place.json(&["repair", "--yes"]);
    assert_eq!(repaired["collections"][0]["mended"], 3, "{repaired:#}");
    let row = application
        .sides()
        .primary
        .query("select id from notes", &[]);
    let id: String = row.await.unwrap()[0].get("id").unwrap();
    worker.stop().await;
    application.close().await;
    assert_eq!(place.json(&["verify"])["clean"], true);
    let explained = place.json(&["explain", "notes", &id]);
    assert_eq!(explained["drift"], serde_json::Value::Null, "{explained:#}");
    let whole = explained["row"]["text"].as_str().unwrap();
    assert_eq!(whole.len(), 20_000);
    let shown = place.run(&["explain", "notes", &id]);
    shown.expect(0, &[]);
    let text = &shown.stdout;
    assert!(
        text.contains("… (20 kB in all; --json has it whole)"),
        "{text}"
    );
    assert!(text.len() < 12_000, "{} bytes", text.len());
    place.run(&["plan"]).expect(0, &[]);
    place
        .run(&["verify", "posts"])
        .expect(2, &["there is no collection `posts`", "notes"]);
}

#[tokio::test]
async fn what_needs_an_aggregate_says_so() {
    let place = Place::new();
    place.run(&["migrate"]).expect(0, &[]);
    for command in [
        &["verify"][..],
        &["plan"],
        &["pause", "notes", "--reason", "x"],
    ] {
        let ended = place.run(command);
        ended.expect(
            2,
            &[
                "`twinbase` cannot tell what the aggregates are",
                "`migrate` of the application",
            ],
        );
        assert_eq!(ended.stdout, "");
    }
}

#[tokio::test]
async fn a_schema_that_the_search_path_does_not_find_is_named() {
    let Some(server) = Postgres::from_env() else {
        return;
    };
    let database = server.fresh_database("searched").await;
    let place = Place::new();
    let replica = format!("embedded:{}", place.file("documents.db").display());
    let urls = ["--primary", &database.url, "--replica", &replica];
    let run = |command| Ended::of(&mut place.command(&[&urls[..], &[command]].concat()));
    run("migrate").expect(0, &[]);
    let connected = tokio_postgres::connect(&database.url, tokio_postgres::NoTls).await;
    let (client, connection) = connected.unwrap();
    tokio::spawn(connection);
    let name = &database.name;
    let sql = format!("create schema other; alter database \"{name}\" set search_path = other");
    client.batch_execute(&sql).await.unwrap();
    let said = [
        "in the schema `other`, and Twinbase's tables are in the schema `public`",
        "Name `schema=public` in the primary's URL",
    ];
    run("verify").expect(1, &said);
    run("migrate").expect(1, &["are in the schema `public`", "finds `other`"]);
}

#[tokio::test]
async fn a_database_is_made_by_migrating_and_by_nothing_else() {
    let place = Place::new();
    place
        .run(&["outbox", "list"])
        .expect(1, &["there is no database in", "twinbase migrate"]);
    assert!(!place.file("app.db").exists());
    let applied = place.json(&["migrate"]);
    assert_eq!(applied["applied"][0], "twinbase/1_outbox", "{applied:#}");
    place.run(&["migrate", "--check"]).expect(0, &[]);
    assert_eq!(place.json(&["health"])["status"], "degraded");
}

#[test]
fn a_primary_that_is_down_is_a_bad_answer_of_health_and_an_error_elsewhere() {
    let place = Place::new();
    // Port 1 is of a service that nobody runs.
    let urls = ["--primary", "postgres://ann:hunter2@127.0.0.1:1/app"];
    let urls = [&urls[..], &["--replica", "mongodb://127.0.0.1:1/app"]].concat();
    let health = Ended::of(&mut place.command(&[&urls[..], &["health"]].concat()));
    health.expect(3, &[]);
    assert!(health.stdout.contains("It is unhealthy."), "{health:#?}");
    assert!(!health.stdout.contains("hunter2"), "{health:#?}");
    let list = Ended::of(&mut place.command(&[&urls[..], &["outbox", "list"]].concat()));
    list.expect(1, &["the primary", "***@", "help:"]);
}
