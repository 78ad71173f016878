//! `POST /backup/full`: where both databases are embedded it is made, and elsewhere it is said what does.

use std::path::Path;

use serde_json::json;
use studyhall::api::Settings;
use tempfile::TempDir;

use super::{operator, post};
use crate::support::{Answer, Combination, Options, Studyhall, on_every_combination};

on_every_combination! {
    an_operator_makes_a_backup_where_the_databases_are_files,
}

async fn start(on: Combination, folder: &TempDir) -> Studyhall {
    let options = Options {
        without_worker: true,
        settings: Settings {
            backups: Some(folder.path().join("backups")),
            ..Settings::default()
        },
        ..Options::default()
    };
    Studyhall::start_on(on.databases().await, options).await
}

/// That both files of a backup are there, as large as was said.
fn check_files(made: &Answer) {
    for (field, file) in [
        ("primaryBytes", "primary.db"),
        ("replicaBytes", "replica.db"),
    ] {
        let file = Path::new(made.str("folder")).join(file);
        let bytes = std::fs::metadata(file).expect("it is there").len();
        assert_eq!(made.body[field], bytes, "{}", made.text);
    }
}

async fn an_operator_makes_a_backup_where_the_databases_are_files(on: Combination) {
    let folder = tempfile::tempdir().expect("a folder");
    let app = start(on, &folder).await;
    let boss = operator(&app, "grace").await;
    let answer = post(&app, &boss, "/api/backup/full", json!({})).await;
    if on != Combination::SqliteEmbedded {
        let problem = answer.problem(409, "backup-by-other-tools");
        assert!(
            problem.str("detail").contains("first, then"),
            "{}",
            problem.text
        );
        return;
    }
    let made = answer.expect(201);
    check_files(&made);
    assert_eq!(made.header("cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_that_are_asked_for_in_one_instant_are_all_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = start(Combination::SqliteEmbedded, &folder).await;
    let boss = operator(&app, "grace").await;
    app.clock.stop();
    let ask = |path| post(&app, &boss, path, json!({}));
    let (first, second, third) = tokio::join!(
        ask("/api/backup/full"),
        ask("/api/v1/backup/full"),
        ask("/api/backup/full")
    );
    let last = ask("/api/backup/full").await;
    let all = [first, second, third, last].map(|made| made.expect(201));
    all.iter().for_each(check_files);
    let mut names: Vec<_> = all.iter().map(|made| made.str("folder")).collect();
    names.sort_by_key(|name| (name.len(), *name));
    let plain = names[0];
    let numbered = [2, 3, 4].map(|number| format!("{plain}-{number}"));
    assert_eq!(names[1..], numbered);
    let left = std::fs::read_dir(folder.path().join("backups")).expect("a folder");
    assert_eq!(left.count(), 4, "nothing is left half done");
}
