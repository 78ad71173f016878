//! Health, and what goes on without one of the databases.

use std::time::Duration;

use serde_json::{Value, json};
use twinbase::prelude::*;
use twinbase_testkit::{
    faults::{Fault, FaultyReplica},
    wait,
};

use crate::support::{Combination, Options, Studyhall, on_every_combination};

on_every_combination! {
    all_is_well_in_the_original_s_json,
    a_backlog_that_grows_old_becomes_critical,
    without_the_primary_requests_are_told_to_come_back,
}

/// How long anything may take on a loaded machine.
const SOON: Duration = Duration::from_mins(3);

const PATHS: [&str; 3] = ["/health", "/api/health/sync", "/api/health/databases"];

async fn all_is_well_in_the_original_s_json(on: Combination) {
    let app = Studyhall::start(on).await;
    app.member("ada").await;
    app.catch_up().await;
    for path in PATHS {
        let health = app.call("GET", path).send().await.expect(200);
        assert_eq!(health.str("status"), "healthy");
        let databases = json!({ "cockroachdb": "connected", "mongodb": "connected" });
        assert_eq!(health.body["databases"], databases);
        let sync = json!({ "queueSize": 0, "syncLagSeconds": 0.0, "failedEvents": 0 });
        assert_eq!(health.body["sync"], sync);
        assert_eq!(health.body["alerts"], json!([]));
    }
    let health = app.call("GET", "/health").send().await.expect(200);
    let collections = health.body["worker"]["collections"].as_array();
    let states: Vec<_> = collections
        .expect("a list")
        .iter()
        .map(|of| &of["state"])
        .collect();
    assert!(
        states.len() > 1
            && states
                .iter()
                .all(|state| *state == "ok" || *state == "preparing")
    );
    let kind = if on.has_postgres() {
        "postgresql"
    } else {
        "sqlite"
    };
    assert_eq!(health.body["primary"]["kind"], kind);
    assert_eq!(
        app.call("GET", "/health/ready")
            .send()
            .await
            .expect(200)
            .str("status"),
        "ready"
    );
    assert_eq!(
        app.call("GET", "/health/live")
            .send()
            .await
            .expect(200)
            .str("status"),
        "alive"
    );
}

async fn a_backlog_that_grows_old_becomes_critical(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    app.member("ada").await;
    let fresh = app.call("GET", "/health").send().await.expect(200);
    assert_eq!(fresh.body["sync"]["queueSize"], 1);
    let ago = |seconds: u32| {
        if on.has_postgres() {
            format!("update \"Outbox\" set created_at = now() - interval '{seconds} seconds'")
        } else {
            format!(
                "update \"Outbox\" set created_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-{seconds} seconds')"
            )
        }
    };
    app.sql(ago(40)).await;
    let late = app.call("GET", "/api/health/sync").send().await.expect(200);
    assert_eq!(late.str("status"), "degraded");
    assert_eq!(late.body["alerts"][0]["severity"], "warning");
    app.sql(ago(120)).await;
    for path in ["/health", "/api/health/sync"] {
        let critical = app.call("GET", path).send().await.expect(503);
        assert_eq!(critical.str("status"), "unhealthy");
        assert_eq!(critical.body["alerts"][0]["code"], "sync-lag");
        assert!(
            critical.body["sync"]["syncLagSeconds"]
                .as_f64()
                .is_some_and(|lag| lag > 100.0)
        );
    }
    app.call("GET", "/api/health/databases")
        .send()
        .await
        .expect(200);
    app.catch_up().await;
    let caught_up = app.call("GET", "/health").send().await.expect(200);
    assert_eq!(caught_up.body["alerts"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        caught_up.body["alerts"][0]["code"], "no-worker",
        "nobody started one"
    );
}

async fn without_the_primary_requests_are_told_to_come_back(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    app.twin.close().await;
    let write = app
        .call("POST", "/api/todos")
        .by(&ada.token)
        .json(&json!({ "title": "x" }));
    let away = write.send().await.problem(503, "primary-unavailable");
    assert!(!away.text.contains("pool") && !away.text.contains("127.0.0.1"));
    let sign_up = app.sign_up("bob", json!({})).await;
    sign_up.problem(503, "primary-unavailable");
    app.call("GET", "/health/ready")
        .send()
        .await
        .problem(503, "primary-unavailable");
    let health = app.call("GET", "/health").send().await.expect(503);
    assert_eq!(health.body["databases"]["cockroachdb"], "disconnected");
    assert_eq!(health.body["sync"]["queueSize"], Value::Null);
    app.call("GET", "/health/live").send().await.expect(200);
}

/// As after a failover to a standby, and back: new connections are read-only, old ones are gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_refuses_writes_is_reported_and_recovers_by_itself() {
    let on = Combination::PostgresEmbedded;
    if !on.is_there() {
        return;
    }
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let turn = |read_only: &str| {
        app.sql(format!(
            "begin read write; do $$ begin execute format( \
               'alter database %I set default_transaction_read_only = {read_only}', current_database()); end $$; commit; \
             select pg_terminate_backend(pid) from pg_stat_activity \
               where datname = current_database() and pid <> pg_backend_pid() and '{read_only}' = 'on';"
        ))
    };
    app.call("GET", "/health/ready").send().await.expect(200);
    turn("on").await;
    wait::until("health reports it", SOON, async || {
        let ready = app.call("GET", "/health/ready").send().await;
        let health = app.call("GET", "/health").send().await;
        let is_told = health.text.contains("primary-refuses-writes");
        if is_told && ready.status == 503 && health.status == 503 {
            Ok(())
        } else {
            Err(format!("{} {}", ready.text, health.text))
        }
    })
    .await;
    let write = app.call("POST", "/api/todos").by(&ada.token);
    let refused = write
        .json(&json!({ "title": "x" }))
        .send()
        .await
        .expect(503);
    assert_eq!(refused.body["retryable"], true, "{}", refused.text);
    turn("off").await;
    wait::until("it takes writes again", SOON, async || {
        let ready = app.call("GET", "/health/ready").send().await;
        let health = app.call("GET", "/health").send().await;
        if ready.status == 200 && health.status == 200 {
            Ok(())
        } else {
            Err(format!("{} {}", ready.text, health.text))
        }
    })
    .await;
    app.todo(&ada, "y").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_replica_writes_go_on_and_the_primary_answers() {
    let databases = Combination::SqliteEmbedded.databases().await;
    let twin = Twinbase::builder()
        .primary(&databases.primary)
        .replica(&databases.replica)
        .open()
        .await;
    let (replica, faults) = FaultyReplica::new(twin.expect("both open").sides().replica.clone());
    let options = Options {
        replica: Some(replica),
        ..Options::default()
    };
    let app = Studyhall::start_on(databases, options).await;
    let ada = app.member("ada").await;
    faults.set(Fault::Down);
    let todo = app.todo(&ada, "kept").await;
    for path in [
        "/api/todos",
        "/api/leaderboard",
        "/api/statistics",
        &format!("/api/todos/{}", todo.str("id")),
    ] {
        let answer = app
            .call("GET", path)
            .by(&ada.token)
            .send()
            .await
            .expect(200);
        assert_eq!(answer.header("x-read-source"), "primary");
        let strict = app
            .call("GET", &format!("{path}?consistency=strict"))
            .by(&ada.token);
        strict.send().await.problem(503, "replica-unavailable");
    }
    let search = app
        .call("GET", "/api/todos?search=kept")
        .by(&ada.token)
        .send()
        .await;
    search.problem(503, "replica-unavailable");
    let health = app.call("GET", "/health").send().await.expect(200);
    assert_eq!(health.str("status"), "degraded");
    assert_eq!(health.body["databases"]["mongodb"], "disconnected");
    assert_eq!(health.body["sync"]["queueSize"], 1);

    faults.set(Fault::None);
    let call = app
        .call("GET", "/api/todos?consistency=strict")
        .by(&ada.token);
    let call = call
        .header("sync-token", todo.header("sync-token"))
        .header("prefer", "wait=10");
    assert_eq!(call.send().await.expect(200).of_items("title"), ["kept"]);
    app.verify().await;
}
