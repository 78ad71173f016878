//! Two databases of some application; its aggregates are those that it registered in the primary.

use std::path::Path;

use twinbase::{Twinbase, core::OutboxStatus};
use twinbase_cli::{Databases, Host, Unopened, program, terminal::Failure};

use crate::config::Config;

/// The databases of some application.
#[derive(Debug)]
pub(crate) struct AnyDatabases(Databases);

impl AnyDatabases {
    /// The databases that are configured: both must be.
    pub(crate) fn new(config: Config) -> Result<Self, Failure> {
        let (primary, replica) = (config.primary.value, config.replica.value);
        Ok(Self(Databases {
            primary: primary.ok_or_else(|| missing("primary", "DATABASE_URL"))?,
            replica: replica.ok_or_else(|| missing("replica", "MONGODB_URL"))?,
            builder: || Twinbase::builder().registered(),
            test_clock: None,
        }))
    }
}

fn missing(side: &str, variable: &str) -> Failure {
    Failure::new(
        format!("it is not known where the {side} is"),
        format!("Give its URL with --{side}, or set {variable} or {variable}_FILE."),
    )
    .of_usage()
}

impl Host for AnyDatabases {
    fn databases(&self) -> &Databases {
        &self.0
    }

    fn worker_remedy(&self) -> String {
        "Start the application that runs one.".to_owned()
    }

    /// The application has its own, which nobody told this program; beyond this number nothing is counted.
    fn backlog_cap(&self) -> u64 {
        OutboxStatus::COUNT_LIMIT
    }

    /// A file that is not there is a wrong path, and not a new database.
    async fn visit(&self) -> Result<Twinbase, Unopened> {
        let files = [self.0.primary.file(), self.0.replica.file()];
        if let Some(file) = files.into_iter().flatten().find(|file| !file.exists()) {
            return Err(there_is_none(file).into());
        }
        self.0.visit().await
    }

    async fn create(&self) -> Result<Twinbase, Failure> {
        Ok(self.0.open().await?)
    }
}

fn there_is_none(file: &Path) -> Failure {
    Failure::new(
        format!("there is no database in {}", file.display()),
        format!(
            "Correct the URL, or make a new database there with `{} migrate`.",
            program::name()
        ),
    )
}
