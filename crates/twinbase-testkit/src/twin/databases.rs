//! Where the databases of a test are.

use anyhow::Context as _;
use tempfile::TempDir;

use crate::servers::environment;
#[cfg(feature = "mongodb")]
use crate::servers::{MongoDb, TestMongo};
#[cfg(feature = "postgres")]
use crate::servers::{Postgres, TestDatabase};

/// The databases of one test: files in a temporary folder, or fresh databases in servers. They are removed with it.
#[derive(Debug)]
pub struct Databases {
    /// The URL of the primary.
    pub primary: String,
    /// The URL of the replica.
    pub replica: String,
    #[cfg(feature = "postgres")]
    postgres: Option<TestDatabase>,
    #[cfg(feature = "mongodb")]
    mongodb: Option<TestMongo>,
    _folder: TempDir,
}

impl Databases {
    /// SQLite and the embedded document store, which need no server.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    pub fn embedded() -> Self {
        let folder = tempfile::tempdir().context("make a folder for databases");
        let folder = folder.unwrap_or_else(|error| panic!("{error:#}"));
        let file = |name| folder.path().join(name).display().to_string();
        Self {
            primary: format!("sqlite:{}", file("primary.db")),
            replica: format!("embedded:{}", file("replica.db")),
            #[cfg(feature = "postgres")]
            postgres: None,
            #[cfg(feature = "mongodb")]
            mongodb: None,
            _folder: folder,
        }
    }

    /// The primary is a fresh database in this server, with `hint` in its name.
    #[cfg(feature = "postgres")]
    pub async fn in_postgres(mut self, server: &Postgres, hint: &str) -> Self {
        let database = server.fresh_database(hint).await;
        self.primary.clone_from(&database.url);
        self.postgres = Some(database);
        self
    }

    /// The replica is a fresh database in this server, with `hint` in its name.
    #[cfg(feature = "mongodb")]
    #[must_use]
    pub fn in_mongodb(mut self, server: &MongoDb, hint: &str) -> Self {
        let database = server.fresh_database(hint);
        self.replica.clone_from(&database.url);
        self.mongodb = Some(database);
        self
    }

    /// Fresh databases in the servers that `TWINBASE_TEST_POSTGRES_URL` and `TWINBASE_TEST_MONGODB_URL` name; each that
    /// is not set, or is empty, leaves its side embedded, and `TWINBASE_TEST_EMBEDDED=1` leaves both.
    ///
    /// # Panics
    /// When a server is named whose feature (`postgres`, `mongodb`) is off, or that does not answer.
    pub async fn from_env(hint: &str) -> Self {
        let named = |variable| {
            let value = environment::value(variable);
            value.filter(|_| !environment::embedded_only())
        };
        let mut databases = Self::embedded();
        if let Some(url) = named(environment::POSTGRES_URL) {
            databases = databases.named_postgres(url, hint).await;
        }
        if let Some(url) = named(environment::MONGODB_URL) {
            databases = databases.named_mongodb(url, hint);
        }
        databases
    }

    #[cfg(feature = "postgres")]
    async fn named_postgres(self, url: String, hint: &str) -> Self {
        self.in_postgres(&Postgres { url }, hint).await
    }

    #[cfg(not(feature = "postgres"))]
    #[expect(clippy::unused_async, reason = "with the feature it waits")]
    async fn named_postgres(self, _: String, _: &str) -> Self {
        feature_is_off(environment::POSTGRES_URL, "postgres")
    }

    #[cfg(feature = "mongodb")]
    fn named_mongodb(self, url: String, hint: &str) -> Self {
        self.in_mongodb(&MongoDb { url }, hint)
    }

    #[cfg(not(feature = "mongodb"))]
    fn named_mongodb(self, _: String, _: &str) -> Self {
        feature_is_off(environment::MONGODB_URL, "mongodb")
    }
}

#[cfg(not(all(feature = "postgres", feature = "mongodb")))]
fn feature_is_off(variable: &str, feature: &str) -> ! {
    panic!("{variable} names a server, and the feature `{feature}` of twinbase-testkit is off")
}
