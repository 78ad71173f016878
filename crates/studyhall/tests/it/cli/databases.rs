//! Databases that are not there, or do not let us in.

use super::program::{Place, SOON};
use twinbase_testkit::{servers::Postgres, wait};

#[test]
fn a_primary_that_is_down_is_a_sentence_with_a_remedy_and_without_the_password() {
    // Port 1 is of a service that nobody runs.
    for url in [
        "postgres://ann:hunter2@127.0.0.1:1/app",
        "cockroach://ann:hunter2@127.0.0.1:1/app",
        "postgres://ann:hunter2@no-such-host.invalid/app",
    ] {
        let ended = Place::new()
            .with("DATABASE_URL", url)
            .run(&["serve", "--port", "0"]);
        ended.expect(1, &["the primary", "***@", "help: ", "DATABASE_URL"]);
        ended.expect_hidden("hunter2");
    }
}

#[tokio::test]
async fn a_wrong_password_is_a_sentence_with_a_remedy() {
    let Some(server) = Postgres::from_env() else {
        return;
    };
    let database = server.fresh_database("wrong_password").await;
    let mut url = url::Url::parse(&database.url).unwrap();
    url.set_password(Some("hunter2")).unwrap();
    let ended = Place::new()
        .with("DATABASE_URL", url.as_str())
        .run(&["migrate"]);
    ended.expect(1, &["the primary", "password", "help: "]);
    ended.expect_hidden("hunter2");
}

/// What a page for everybody does not say.
const TECHNICAL: [&str; 8] = [
    "replica", "database", "primary", "backlog", "lag", "worker", "curl", "mongodb",
];

#[tokio::test]
async fn the_status_page_is_for_operators_and_a_sentence_for_everybody_else() {
    let place = Place::new().with("MONGODB_URL", "mongodb://ann:hunter2@127.0.0.1:1/secretdb");
    let running = place.start(&[]).await;
    let session = running.session("ada").await;
    let page = async |session: Option<&str>| {
        let request = reqwest::Client::new().get(format!("{}/status", running.url));
        let request = match session {
            Some(session) => request.bearer_auth(session),
            None => request,
        };
        request.send().await.unwrap().text().await.unwrap()
    };
    let secret = ["secretdb", "studyhall-data", "the replica did not answer"];
    for reader in [None, Some(session.as_str()), Some("nonsense")] {
        let page = page(reader).await;
        let words = page.to_lowercase();
        assert!(page.contains("href=\"/assets/studyhall.css"), "{page}");
        let sentences = page.matches("class=\"lead").count();
        assert_eq!(sentences, 1, "{page}");
        for text in secret.into_iter().chain(TECHNICAL) {
            assert!(!words.contains(text), "{text} in {page}");
        }
    }
    place.run(&["operator", "add", "ada"]).expect(0, &[]);
    let page = page(Some(&session)).await;
    for text in secret {
        assert!(page.contains(text), "no {text} in {page}");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_replica_that_is_down_does_not_keep_the_server_from_starting() {
    let place = Place::new().with("MONGODB_URL", "mongodb://ann:hunter2@127.0.0.1:1/app");
    let running = place.start(&[]).await;
    let health = running.get("/health").await;
    assert_eq!(
        health["databases"]["cockroachdb"], "connected",
        "{health:#}"
    );
    assert_eq!(health["databases"]["mongodb"], "disconnected", "{health:#}");
    let page = reqwest::get(format!("{}/status", running.url))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("class=\"lead"), "{page}");
    let lines = running.child.output(None).join("\n");
    assert!(
        !lines.contains("hunter2") && !page.contains("hunter2"),
        "{lines}"
    );
    running.stop().await;
}

#[tokio::test]
async fn the_health_command_tells_what_the_databases_say() {
    let place = Place::new();
    place
        .run(&["health"])
        .expect(1, &["no databases", "studyhall migrate"]);
    place.run(&["migrate"]).expect(0, &[]);
    let health = place.json(&["health"]);
    assert_eq!(health["status"], "degraded", "{health:#}");
    assert_eq!(health["alerts"][0]["code"], "no-worker", "{health:#}");
    assert_eq!(health["sync"]["queueSize"], 0, "{health:#}");
}

#[tokio::test]
async fn a_command_names_the_one_file_that_is_missing() {
    for (file, said) in [
        ("documents.db", ["the replica's file is missing", "repair"]),
        (
            "studyhall.db",
            ["the primary's file is missing", "put the file back"],
        ),
    ] {
        let place = Place::new();
        place.run(&["migrate"]).expect(0, &[]);
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(
                place
                    .path()
                    .join("studyhall-data")
                    .join(format!("{file}{ending}")),
            );
        }
        place.run(&["health"]).expect(1, &said);
    }
}

#[test]
fn a_primary_that_is_down_is_a_bad_answer_of_the_health_command_and_no_error() {
    let place = Place::new().with("DATABASE_URL", "postgres://ann:hunter2@127.0.0.1:1/app");
    place.run(&["migrate"]).expect(1, &["the primary"]);
    let mongo = "mongodb://ann:hunter2@127.0.0.1:1/app";
    let place = place.with("MONGODB_URL", mongo);
    let ended = place.run(&["health", "--json"]);
    ended.expect(3, &[]);
    ended.expect_hidden("hunter2");
    let health: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(health["status"], "unhealthy", "{health:#}");
    assert_eq!(health["alerts"][0]["code"], "primary-disconnected");
    assert_eq!(health["primary"]["kind"], "postgresql", "{health:#}");
    let databases = &health["databases"];
    assert_eq!(databases["cockroachdb"], "disconnected", "{health:#}");
    assert!(databases["mongodb"].is_null(), "{health:#}");
    assert!(health["sync"]["queueSize"].is_null(), "{health:#}");
    let shown = place.run(&["health"]);
    shown.expect(3, &[]);
    shown.expect_hidden("hunter2");
    assert!(shown.stdout.contains("It is unhealthy."), "{shown:#?}");
    assert!(shown.stdout.contains("not asked"), "{shown:#?}");
}

#[tokio::test]
async fn a_health_check_that_cannot_be_made_is_an_error_and_no_answer() {
    let Some(server) = Postgres::from_env() else {
        return;
    };
    let database = server.fresh_database("cli_health").await;
    let mut url = url::Url::parse(&database.url).unwrap();
    url.set_path("/no_such_database");
    let ended = Place::new()
        .with("DATABASE_URL", url.as_str())
        .with("MONGODB_URL", "mongodb://127.0.0.1:1/app")
        .run(&["health"]);
    ended.expect(1, &["the primary", "no_such_database", "help: "]);
    assert_eq!(ended.stdout, "", "it knows nothing to say");
}

#[tokio::test]
async fn a_server_without_its_migrations_names_the_command() {
    let place = Place::new();
    place
        .run(&["serve", "--port", "0"])
        .expect(1, &["lacks", "studyhall migrate"]);
    place
        .run(&["worker"])
        .expect(1, &["lacks", "studyhall migrate"]);
    place.run(&["migrate", "--check"]).expect(3, &[]);
    place.run(&["migrate"]).expect(0, &[]);
    place.run(&["migrate", "--check"]).expect(0, &[]);
    let mut worker = place.start(&["worker"]).await;
    wait::until("a worker that runs", SOON, async || {
        worker.child.try_wait().unwrap().is_none()
    })
    .await;
    worker.stop().await;
}
