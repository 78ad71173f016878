//! `POST /backup/full`: copies both embedded databases into a new folder, while everybody goes on.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{Extension, Json, extract::State, http::StatusCode};
use serde::Serialize;
use tokio::sync::Mutex;
use twinbase::{Backup, BackupError, prelude::*};
use twinbase_web::{Code, Kind, Problem};

use crate::failure::NOT_NOW;

/// This program cannot make backups of these databases.
pub(crate) const OTHER_TOOLS: Kind = Kind::new(
    StatusCode::CONFLICT,
    "backup-by-other-tools",
    "These databases have backup tools of their own",
);
/// There is no room for it.
pub(crate) const NO_SPACE: Kind = Kind::new(
    StatusCode::INSUFFICIENT_STORAGE,
    "not-enough-space",
    "The disk has too little free space",
);

/// Where backups go.
#[derive(Debug, Clone)]
pub(crate) struct Backups {
    folder: Option<PathBuf>,
    /// One is made after the other: two of one instant would take the same name, and each the other's files.
    turn: Arc<Mutex<()>>,
}

impl Backups {
    pub(crate) fn below(folder: Option<PathBuf>) -> Self {
        let turn = Arc::default();
        Self { folder, turn }
    }
}

/// A backup that was made, and where it is on the machine of the service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Made {
    folder: PathBuf,
    #[serde(flatten)]
    backup: Backup,
}

pub(crate) async fn backup(
    State(twin): State<Twinbase>,
    Extension(backups): Extension<Backups>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let Some(folder) = backups.folder else {
        let detail = "No folder for backups is configured.";
        return Err(Problem::new(OTHER_TOOLS, detail));
    };
    let _turn = backups.turn.lock().await;
    let now = twin.sides().clock.now();
    let folder = unused(&folder, &now.strftime("%Y-%m-%dT%H-%M-%S.%3fZ").to_string());
    let backup = twin.backup(&folder).await.map_err(problem)?;
    Ok((StatusCode::CREATED, Json(Made { folder, backup })))
}

/// A folder of this name or, where that is there already, with a number behind: two may be asked for in one millisecond.
fn unused(within: &Path, name: &str) -> PathBuf {
    let mut folder = within.join(name);
    for number in 2.. {
        if !folder.exists() {
            break;
        }
        folder = within.join(format!("{name}-{number}"));
    }
    folder
}

fn problem(error: BackupError) -> Problem {
    let detail = format!("{error}. {}", error.remedy());
    match error {
        BackupError::Primary(error) => error.into(),
        BackupError::Replica(error) => ReadError::from(error).into(),
        BackupError::Server { .. } => Problem::new(OTHER_TOOLS, detail),
        BackupError::Space { .. } => Problem::new(NO_SPACE, detail),
        BackupError::Exists { .. } => Problem::new(Code::AlreadyExists, detail),
        BackupError::UnderWay { .. } | BackupError::Moving => Problem::new(NOT_NOW, detail),
        BackupError::Folder { .. } => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a backup was not made"
            );
            Problem::new(
                Code::Internal,
                "The folder for backups cannot be written; the log has the cause.",
            )
        }
    }
}
