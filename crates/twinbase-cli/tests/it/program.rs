//! Runs the real program, without the environment of the test run, against an application's databases.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;
use twinbase::prelude::*;
use twinbase_testkit::process::Ended;

/// What would change what the program does.
const VARIABLES: [&str; 8] = [
    "DATABASE_URL",
    "DATABASE_URL_FILE",
    "MONGODB_URL",
    "MONGODB_URL_FILE",
    "NO_COLOR",
    "TWINBASE_CONFIG",
    "TWINBASE_LOG_FORMAT",
    "TWINBASE_LOG_LEVEL",
];

/// An aggregate of the application.
#[derive(Debug, Clone, Aggregate, serde::Serialize, serde::Deserialize)]
#[aggregate(name = "note", table = "notes")]
struct Note {
    #[key]
    id: AggregateId,
    text: String,
}

/// A text that is longer than a screen.
const TEXT_BYTES: usize = 20_000;

/// A folder for two databases, from which the program is run.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The databases of an application that has written notes, which nobody has carried over.
    pub(crate) async fn with_notes(count: usize) -> Self {
        let place = Self::new();
        let twin = place.application().await;
        twin.migrate().await.unwrap();
        for _ in 0..count {
            let note = Note {
                id: twin.new_id(),
                text: "x".repeat(TEXT_BYTES),
            };
            twin.insert(&note).await.unwrap();
        }
        twin.close().await;
        place
    }

    /// The application whose databases these are.
    pub(crate) async fn application(&self) -> Twinbase {
        let [primary, replica] = self.urls();
        Twinbase::builder()
            .primary(&primary)
            .replica(&replica)
            .aggregate::<Note>()
            .migrations(MigrationSet {
                name: "notes",
                migrations: vec![Migration {
                    number: 1,
                    name: "notes",
                    sql: |_| "create table if not exists notes (id text primary key, text text not null)",
                }],
            })
            .open()
            .await
            .unwrap()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn urls(&self) -> [String; 2] {
        let url = |scheme, name| format!("{scheme}:{}", self.file(name).display());
        [url("sqlite", "app.db"), url("embedded", "documents.db")]
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinbase"));
        for name in VARIABLES {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs it for the databases of this place.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let [primary, replica] = self.urls();
        let urls = ["--primary", &primary, "--replica", &replica];
        Ended::of(&mut self.command(&[&urls, arguments].concat()))
    }

    /// Runs it for the databases of this place, which must be a success, and reads its data.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[arguments, &["--json"]].concat());
        ended.expect(0, &[]);
        serde_json::from_str(&ended.stdout).unwrap()
    }
}
