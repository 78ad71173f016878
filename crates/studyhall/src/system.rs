//! Opening both databases as configured, with the data folder when they lie there.

use std::path::Path;

use studyhall::domain::{
    community,
    queries::{WrongScore, check_ledger},
};
use twinbase::{Twinbase, core::Disposition, prelude::*};
pub(crate) use twinbase_cli::place;
use twinbase_cli::{Checked, DataFolder, Databases, Host, Role, TestClock, Unopened, program};

use crate::{
    config::{Config, Origin},
    terminal::Failure,
};

/// The file that says that a restore into the data folder has not ended.
pub(crate) const RESTORING: &str = "restore-unfinished";

/// Both databases, and the data folder while it is in use.
pub(crate) struct System {
    /// Both databases.
    pub(crate) twin: Twinbase,
    folder: Option<DataFolder>,
    databases: Databases,
}

impl System {
    /// Opens both databases and takes `roles` in the data folder, which is made when it is missing.
    pub(crate) async fn open(config: &Config, roles: &[Role]) -> Result<Self, Failure> {
        refuse_half_restored(config)?;
        let folder = if config.uses_data_folder() {
            Some(DataFolder::open(&config.data_dir.value, roles)?)
        } else {
            None
        };
        let databases = databases(config);
        let twin = databases.open().await?;
        Ok(Self {
            twin,
            folder,
            databases,
        })
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
            Err(error) => Err(self.databases.explain(&error)),
        }
    }
}

/// Between two steps of a restore the databases may be old and new, or missing.
fn refuse_half_restored(config: &Config) -> Result<(), Failure> {
    let folder = &config.data_dir.value;
    if !config.uses_data_folder() || !folder.join(RESTORING).exists() {
        return Ok(());
    }
    Err(Failure::new(
        format!("a restore into {} has not ended", folder.display()),
        format!(
            "Wait for it, or run `{} restore` again: nothing was deleted.",
            program::name()
        ),
    ))
}

fn databases(config: &Config) -> Databases {
    Databases {
        primary: config.database_url.value.clone(),
        replica: config.mongodb_url.value.clone(),
        builder: community,
        test_clock: config.test_clock.value.clone().map(|source| TestClock {
            source,
            on_servers: config.test_run.value,
        }),
    }
}

/// What the operator's commands need of Studyhall.
#[derive(Debug)]
pub(crate) struct Studyhall<'a> {
    config: &'a Config,
    databases: Databases,
}

impl<'a> Studyhall<'a> {
    /// Studyhall as configured.
    pub(crate) fn new(config: &'a Config) -> Self {
        let databases = databases(config);
        Self { config, databases }
    }
}

impl Host for Studyhall<'_> {
    fn databases(&self) -> &Databases {
        &self.databases
    }

    fn worker_remedy(&self) -> String {
        format!("Start one with `{} worker`.", program::name())
    }

    fn backlog_cap(&self) -> u64 {
        self.config.backlog_cap.value.0
    }

    async fn visit(&self) -> Result<Twinbase, Unopened> {
        let config = self.config;
        refuse_half_restored(config)?;
        let files = [
            (
                &config.database_url.origin,
                config.database_url.value.file(),
            ),
            (&config.mongodb_url.origin, config.mongodb_url.value.file()),
        ];
        let is_missing = |(origin, file): (&Origin, Option<&Path>)| {
            *origin == Origin::Default && file.is_some_and(|file| !file.exists())
        };
        let folder = config.data_dir.value.display();
        let (problem, remedy) = match files.map(is_missing) {
            [false, false] => return databases(config).visit().await,
            [true, true] => (
                format!("there are no databases in {folder} yet"),
                format!(
                    "When there were, put their files back before anything else. Otherwise make them with `{} migrate`, or name another folder with --data-dir or STUDYHALL_DATA_DIR.",
                    program::name()
                ),
            ),
            [true, false] => (
                format!("the primary's file is missing in {folder}"),
                "Stop the program, put the file back, its copy of a backup if it is lost, and start the program: nothing else has the data.".to_owned(),
            ),
            [false, true] => (
                format!("the replica's file is missing in {folder}"),
                format!(
                    "Put it back, or restart the program, which makes an empty one, and run `{} repair`: the primary has everything.",
                    program::name()
                ),
            ),
        };
        Err(Failure::new(problem, remedy).into())
    }

    async fn check(&self, twin: &Twinbase) -> Result<Vec<Checked>, Failure> {
        let report = check_ledger(twin).await;
        let report =
            report.map_err(|error| Failure::of(&error, "Read the log, and run it again."))?;
        let sentence = |wrong: &WrongScore| {
            let WrongScore { id, stored, ledger } = wrong;
            format!("user {id} has {stored}; the ledger has {ledger}")
        };
        Ok(vec![Checked {
            name: "points",
            checked: u64::try_from(report.people).unwrap_or(0),
            wrong: u64::try_from(report.wrong).unwrap_or(0),
            samples: report.samples.iter().map(sentence).collect(),
        }])
    }

    async fn create(&self) -> Result<Twinbase, Failure> {
        Ok(System::open(self.config, &[]).await?.twin)
    }
}
