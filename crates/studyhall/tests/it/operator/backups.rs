//! `POST /backup/full`: where both databases are embedded it is made, and elsewhere it is said what does.

use serde_json::json;
use studyhall::api::Settings;

use super::{operator, post};
use crate::support::{Combination, Options, Studyhall, on_every_combination};

on_every_combination! {
    an_operator_makes_a_backup_where_the_databases_are_files,
}

async fn an_operator_makes_a_backup_where_the_databases_are_files(on: Combination) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        without_worker: true,
        settings: Settings {
            backups: Some(folder.path().join("backups")),
            ..Settings::default()
        },
        ..Options::default()
    };
    let app = Studyhall::start_on(on.databases().await, options).await;
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
    for (field, file) in [
        ("primaryBytes", "primary.db"),
        ("replicaBytes", "replica.db"),
    ] {
        let file = std::path::Path::new(made.str("folder")).join(file);
        let bytes = std::fs::metadata(file).expect("it is there").len();
        assert_eq!(made.body[field], bytes, "{}", made.text);
    }
    assert_eq!(made.header("cache-control"), "no-store");
}
