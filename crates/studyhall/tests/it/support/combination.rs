//! The four combinations of databases, and fresh ones for a test.

use tempfile::TempDir;
use twinbase_testkit::servers::{MongoDb, Postgres, TestDatabase, TestMongo};

/// Which databases a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Combination {
    SqliteEmbedded,
    SqliteMongo,
    PostgresEmbedded,
    PostgresMongo,
}

/// Databases of one test; gone with this.
pub(crate) struct Databases {
    pub(crate) primary: String,
    pub(crate) replica: String,
    /// With the files of embedded databases.
    pub(crate) folder: TempDir,
    _postgres: Option<TestDatabase>,
    _mongo: Option<TestMongo>,
}

impl Combination {
    pub(crate) const fn has_postgres(self) -> bool {
        matches!(self, Self::PostgresEmbedded | Self::PostgresMongo)
    }

    const fn has_mongo(self) -> bool {
        matches!(self, Self::SqliteMongo | Self::PostgresMongo)
    }

    /// Whether its servers are there; in an embedded run they are not, which is recorded.
    pub(crate) fn is_there(self) -> bool {
        let postgres = !self.has_postgres() || Postgres::from_env().is_some();
        postgres && (!self.has_mongo() || MongoDb::from_env().is_some())
    }

    pub(crate) async fn databases(self) -> Databases {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (mut postgres, mut mongo) = (None, None);
        if self.has_postgres() {
            let server = Postgres::from_env().expect("is_there was asked");
            postgres = Some(server.fresh_database("studyhall").await);
        }
        if self.has_mongo() {
            let server = MongoDb::from_env().expect("is_there was asked");
            mongo = Some(server.fresh_database("studyhall"));
        }
        let file = |name: &str| folder.path().join(name).display().to_string();
        Databases {
            primary: match &postgres {
                Some(database) => database.url.clone(),
                None => format!("sqlite:{}", file("app.db")),
            },
            replica: match &mongo {
                Some(database) => database.url.clone(),
                None => format!("embedded:{}", file("documents.db")),
            },
            folder,
            _postgres: postgres,
            _mongo: mongo,
        }
    }
}
