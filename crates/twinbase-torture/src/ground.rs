//! Where a torture takes place: a combination of fresh databases and a folder.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use tempfile::TempDir;
use twinbase_testkit::servers::{MongoDb, Postgres, TestDatabase, TestMongo};

/// Which databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Combination {
    PostgresMongodb,
    PostgresEmbedded,
    SqliteMongodb,
    SqliteEmbedded,
}

impl Combination {
    /// The name on the command line.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// Fresh databases, gone with this.
pub(crate) struct Ground {
    pub(crate) primary: String,
    pub(crate) replica: String,
    folder: TempDir,
    _postgres: Option<TestDatabase>,
    _mongodb: Option<TestMongo>,
}

impl Ground {
    pub(crate) async fn new(combination: Combination) -> anyhow::Result<Self> {
        let (postgres, mongodb) = match combination {
            Combination::PostgresMongodb => (true, true),
            Combination::PostgresEmbedded => (true, false),
            Combination::SqliteMongodb => (false, true),
            Combination::SqliteEmbedded => (false, false),
        };
        let folder = tempfile::Builder::new()
            .prefix("twinbase-torture-")
            .tempdir()
            .context("make a folder")?;
        let file = |name: &str| folder.path().join(name).display().to_string();
        let postgres = if postgres {
            let server = Postgres::from_env().context("this needs PostgreSQL")?;
            Some(server.fresh_database("torture").await)
        } else {
            None
        };
        let mongodb = if mongodb {
            let server = MongoDb::from_env().context("this needs a MongoDB server")?;
            Some(server.fresh_database("torture"))
        } else {
            None
        };
        let primary = postgres.as_ref().map(|database| database.url.clone());
        let replica = mongodb.as_ref().map(|database| database.url.clone());
        Ok(Self {
            primary: primary.unwrap_or_else(|| format!("sqlite:{}", file("app.db"))),
            replica: replica.unwrap_or_else(|| format!("embedded:{}", file("documents.db"))),
            folder,
            _postgres: postgres,
            _mongodb: mongodb,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
