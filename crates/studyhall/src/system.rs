//! Opening both databases as configured, and turning their errors into sentences.

use std::path::Path;

use studyhall::domain::{Todo, User, migrations};
use twinbase::{
    Twinbase,
    core::{Disposition, primary::MigrationReport},
    prelude::*,
    sync::worker::EngineError,
};

use crate::{
    config::{Config, Origin},
    data_folder::{DataFolder, Role},
    terminal::Failure,
};

/// Both databases, and the data folder while it is in use.
pub(crate) struct System {
    /// Both databases.
    pub(crate) twin: Twinbase,
    folder: Option<DataFolder>,
    places: Places,
}

/// Both databases as an error names them, without secrets.
struct Places {
    primary: String,
    replica: String,
}

/// Why both databases could not be opened.
pub(crate) enum Unopened {
    /// A database does not answer: what is configured may be right.
    Away(Side, Away),
    /// Anything else, which trying again does not cure.
    Failed(Failure),
}

/// One of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The SQL database.
    Primary,
    /// The document database.
    Replica,
}

/// What is known of a database that does not answer.
pub(crate) struct Away {
    /// What it said, or that it said nothing, in one sentence.
    pub(crate) error: String,
    failure: Failure,
}

/// What helps when a file does not answer; a server has other remedies.
const FILE_REMEDY: &str =
    "Check the disk that the file lies on: its free space, and whether this user may write there.";

impl System {
    /// Opens both databases and takes `roles` in the data folder, which is made when it is missing.
    pub(crate) async fn open(config: &Config, roles: &[Role]) -> Result<Self, Failure> {
        Ok(Self::try_open(config, roles).await?)
    }

    async fn try_open(config: &Config, roles: &[Role]) -> Result<Self, Unopened> {
        let folder = if config.uses_data_folder() {
            Some(DataFolder::open(&config.data_dir.value, roles)?)
        } else {
            None
        };
        let places = Places {
            primary: config.database_url.value.redacted(),
            replica: config.mongodb_url.value.redacted(),
        };
        match connect(config).await {
            Ok(twin) => Ok(Self {
                twin,
                folder,
                places,
            }),
            Err(error) => Err(places.unopened(&error)),
        }
    }

    /// Opens both databases as they are: nothing is made.
    pub(crate) async fn visit(config: &Config) -> Result<Self, Failure> {
        Ok(Self::look(config).await?)
    }

    /// The same for whoever has something to say of a database that does not answer.
    pub(crate) async fn look(config: &Config) -> Result<Self, Unopened> {
        for (origin, url) in [
            (
                &config.database_url.origin,
                config.database_url.value.expose(),
            ),
            (
                &config.mongodb_url.origin,
                config.mongodb_url.value.expose(),
            ),
        ] {
            let file = url.split_once(':').map_or("", |(_, file)| file);
            if *origin == Origin::Default && !Path::new(file).exists() {
                return Err(Failure::new(
                    format!(
                        "there are no databases in {} yet",
                        config.data_dir.value.display()
                    ),
                    "Make them with `studyhall migrate`, or name another folder with --data-dir or STUDYHALL_DATA_DIR.",
                )
                .into());
            }
        }
        Self::try_open(config, &[]).await
    }

    /// Where embedded databases lie, when there are any.
    pub(crate) fn data_folder(&self) -> Option<String> {
        let folder = self.folder.as_ref()?;
        Some(folder.location().display().to_string())
    }

    /// Applies what is missing. A document database that is away does not hinder
    /// it: the worker prepares the collections when it is there.
    pub(crate) async fn migrate_what_is_there(&self) -> Result<(), Failure> {
        match self.twin.migrate().await {
            Ok(report) => {
                if !report.migrations.is_empty() {
                    let count = report.migrations.len();
                    tracing::info!(count, "the migrations of this version were applied");
                }
                Ok(())
            }
            Err(OpenError::Replica(error)) if error.disposition() == Disposition::RetryLater => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the document database does not answer; writes are kept until it does"
                );
                Ok(())
            }
            Err(error) => Err(self.places.explain(&error)),
        }
    }

    /// Applies what is missing on both sides, and tells what that was.
    pub(crate) async fn migrate(&self) -> Result<MigrationReport, Failure> {
        let report = self.twin.migrate().await;
        report.map_err(|error| self.places.explain(&error))
    }

    /// Refuses to go on when migrations are missing.
    pub(crate) async fn require_migrated(&self) -> Result<(), Failure> {
        let pending = self.twin.pending_migrations().await?.migrations;
        if pending.is_empty() {
            return Ok(());
        }
        Err(Failure::new(
            format!(
                "the primary lacks {} migrations of this version",
                pending.len()
            ),
            "Run `studyhall migrate` first.",
        ))
    }
}

/// A database's place as people write it in a configuration.
pub(crate) fn place(kind: &str, location: &str) -> String {
    if location.contains("://") || location.starts_with(kind) {
        location.to_owned()
    } else {
        format!("{kind}:{location}")
    }
}

async fn connect(config: &Config) -> Result<Twinbase, OpenError> {
    Twinbase::builder()
        .primary(config.database_url.value.expose())
        .replica(config.mongodb_url.value.expose())
        .aggregate::<User>()
        .aggregate::<Todo>()
        .migrations(migrations())
        .migrations(twinbase_web::idempotency::migrations())
        .open()
        .await
}

impl Places {
    fn unopened(&self, error: &OpenError) -> Unopened {
        let failure = self.explain(error);
        match error {
            OpenError::Primary(cause @ PrimaryError::Unavailable { .. }) => {
                let error = cause.to_string();
                Unopened::Away(Side::Primary, Away { error, failure })
            }
            OpenError::Replica(cause @ ReplicaError::Unavailable { .. }) => {
                let error = cause.to_string();
                Unopened::Away(Side::Replica, Away { error, failure })
            }
            _ => Unopened::Failed(failure),
        }
    }

    fn explain(&self, error: &OpenError) -> Failure {
        let (place, is_file, is_away) = match error {
            OpenError::Primary(cause) => (
                &self.primary,
                self.primary.starts_with("sqlite:"),
                matches!(cause, PrimaryError::Unavailable { .. }),
            ),
            OpenError::Replica(cause) => (
                &self.replica,
                self.replica.starts_with("embedded:"),
                matches!(cause, ReplicaError::Unavailable { .. }),
            ),
            OpenError::Url { .. } | OpenError::Schema(_) => {
                return Failure::of(error, error.remedy());
            }
        };
        let remedy = if is_file && is_away {
            FILE_REMEDY
        } else {
            error.remedy()
        };
        Failure::of(error, remedy).at(place)
    }
}

impl From<Failure> for Unopened {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Unopened> for Failure {
    fn from(unopened: Unopened) -> Self {
        match unopened {
            Unopened::Away(_, Away { failure, .. }) | Unopened::Failed(failure) => failure,
        }
    }
}

impl From<PrimaryError> for Failure {
    fn from(error: PrimaryError) -> Self {
        Self::of(&error, error.remedy())
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::of(&error, error.remedy())
    }
}
