//! A backup of the running program, and the way back.

use std::{fs, path::Path};

use serde_json::{Value, json};
use twinbase_testkit::wait;

use super::program::{Place, Running, SOON};

/// A client writes one todo after another until the backup has ended.
async fn backup_under_load(place: &Place, running: &Running, token: &str) {
    let command = &mut place.command(&["backup", "copy", "--json"]);
    let mut child = twinbase_testkit::process::Child::spawn(command).unwrap();
    let writing = async {
        for number in 0.. {
            let todo = json!({ "title": format!("todo {number}") });
            running.post("/api/v1/todos", Some(token), &todo).await;
            if place.path().join("copy").exists() {
                return;
            }
        }
    };
    let ((), ended) = tokio::join!(writing, child.exit(SOON));
    assert_eq!(ended.unwrap().code(), Some(0), "{:#?}", child.output(None));
}

/// The todos that a search finds.
async fn found(running: &Running, token: &str, text: &str) -> usize {
    let client = reqwest::Client::new();
    let url = format!("{}/api/v1/todos?search={text}", running.url);
    let answer = client.get(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let page: Value = answer.json().await.unwrap();
    page["items"].as_array().unwrap().len()
}

/// The folder that a restore made for what was there before.
fn aside(data: &Path) -> std::path::PathBuf {
    let mut entries = fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_aside =
        |path: &std::path::PathBuf| path.display().to_string().contains("before-restore");
    entries.find(is_aside).expect("it is kept")
}

#[tokio::test]
async fn a_backup_of_a_busy_program_comes_back_and_nothing_is_lost_on_the_way() {
    let place = Place::new().with("STUDYHALL_RATE_LIMITS", "off");
    let running = place.start(&[]).await;
    let token = running.session("ada").await;
    let early = json!({ "title": "early" });
    running.post("/api/v1/todos", Some(&token), &early).await;
    backup_under_load(&place, &running, &token).await;
    let late = json!({ "title": "late" });
    running.post("/api/v1/todos", Some(&token), &late).await;
    place
        .run(&["backup", "copy"])
        .expect(1, &["exists already"]);
    place
        .run(&["restore", "copy", "--yes"])
        .expect(1, &["in use"]);
    running.stop().await;
    place
        .run(&["restore", "copy"])
        .expect(2, &["stdin is not a terminal"]);
    let restored = place.json(&["restore", "copy", "--yes"]);
    assert!(restored["before"].is_string(), "{restored:#}");
    let running = place.start(&[]).await;
    wait::until("an empty backlog", SOON, async || {
        let health: Value = running.get("/api/health/sync").await;
        let queue = health["sync"]["queueSize"].as_i64();
        if queue == Some(0) {
            Ok(())
        } else {
            Err(health)
        }
    })
    .await;
    // The session is of before as well.
    let counts = (
        found(&running, &token, "early").await,
        found(&running, &token, "late").await,
    );
    assert_eq!(counts, (1, 0));
    place.run(&["verify"]).expect(0, &[]);
    running.stop().await;
    let data = place.path().join("studyhall-data");
    let aside = aside(&data);
    assert!(aside.join("studyhall.db").exists() && aside.join("documents.db").exists());
}

#[test]
fn a_backup_that_is_not_whole_is_refused_before_anything_is_touched() {
    let place = Place::new();
    place.run(&["migrate"]).expect(0, &[]);
    place.run(&["backup", "copy"]).expect(0, &[]);
    let copy = place.path().join("copy/primary.db");
    let whole = fs::read(&copy).unwrap();
    fs::write(&copy, &whole[..whole.len() / 2]).unwrap();
    place
        .run(&["restore", "copy", "--yes"])
        .expect(1, &["no whole backup", "primary.db"]);
    place
        .run(&["restore", "nowhere", "--yes"])
        .expect(1, &["no whole backup"]);
    place.run(&["verify"]).expect(0, &[]);
}

#[test]
fn nothing_opens_the_databases_while_a_restore_has_not_ended() {
    let place = Place::new();
    place.run(&["migrate"]).expect(0, &[]);
    place.run(&["backup", "copy"]).expect(0, &[]);
    fs::write(place.path().join("studyhall-data/restore-unfinished"), "").unwrap();
    for command in [&["verify"][..], &["migrate"], &["demo", "--yes"], &[]] {
        place.run(command).expect(1, &["has not ended", "restore"]);
    }
    place.run(&["restore", "copy", "--yes"]).expect(0, &[]);
    place.run(&["verify"]).expect(0, &[]);
}
