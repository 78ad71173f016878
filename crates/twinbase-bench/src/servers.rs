//! The servers that are measured, and databases in them.

use anyhow::Context as _;
use bson::{Document, doc};
use tokio_postgres::{Client, NoTls};
use twinbase_testkit::servers::{
    MongoDb, Postgres, TestDatabase, TestMongo,
    postgres::{Durability, Installation, LocalCluster},
};

use crate::app;

/// PostgreSQL with `fsync` on, and the MongoDB server of the environment.
pub(crate) struct Servers {
    cluster: LocalCluster,
    pub(crate) mongodb: MongoDb,
}

impl Servers {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let installation = Installation::find().context("no PostgreSQL server is installed")?;
        Ok(Self {
            cluster: LocalCluster::start(&installation, Durability::Full).await?,
            mongodb: MongoDb::from_env().context("run this through `cargo xtask bench`")?,
        })
    }

    pub(crate) fn postgres(&self) -> Postgres {
        self.cluster.postgres()
    }

    pub(crate) fn installation(&self) -> &Installation {
        &self.cluster.installation
    }

    /// What they are, for the report.
    pub(crate) async fn describe(&self) -> anyhow::Result<Vec<String>> {
        let postgres = self.installation().version().unwrap_or_default();
        Ok(vec![
            format!("PostgreSQL {postgres}, fsync on, defaults of initdb"),
            format!(
                "MongoDB server of version {}",
                self.mongodb.version().await?
            ),
        ])
    }

    /// A pair of empty databases with all tables and collections.
    pub(crate) async fn pair(&self, hint: &str) -> anyhow::Result<Pair> {
        let primary = self.postgres().fresh_database(hint).await;
        let replica = self.mongodb.fresh_database(hint);
        let twin = app::open(&primary.url, &replica.url).await?;
        twin.close().await;
        let sql = connect(&primary.url).await?;
        sql.batch_execute("set timezone = 'UTC'; set synchronous_commit = off")
            .await?;
        Ok(Pair {
            sql,
            documents: mongodb::Client::with_uri_str(&replica.url)
                .await?
                .database(&replica.name)
                .collection("todos"),
            primary,
            replica,
        })
    }
}

/// A primary and a replica, and a connection to each to prepare and check them.
pub(crate) struct Pair {
    pub(crate) sql: Client,
    pub(crate) documents: mongodb::Collection<Document>,
    pub(crate) primary: TestDatabase,
    pub(crate) replica: TestMongo,
}

impl Pair {
    /// Whether any event waits.
    pub(crate) async fn is_pending(&self) -> anyhow::Result<bool> {
        let sql = r#"select exists (select 1 from "Outbox" where processed = false and retry_count <= 5)"#;
        Ok(self.sql.query_one(sql, &[]).await?.try_get(0)?)
    }

    /// How many events are done.
    pub(crate) async fn processed(&self) -> anyhow::Result<u64> {
        let sql = r#"select count(*) from "Outbox" where processed = true"#;
        let count: i64 = self.sql.query_one(sql, &[]).await?.try_get(0)?;
        Ok(count.unsigned_abs())
    }

    /// Refuses a replica that has not exactly `keys` documents at `version`: a fast
    /// wrong answer is no answer.
    pub(crate) async fn check(&self, keys: u64, version: u64) -> anyhow::Result<()> {
        let version = i64::try_from(version)?;
        let all = self.documents.count_documents(doc! {}).await?;
        let current = doc! {"_sync.v": version};
        let current = self.documents.count_documents(current).await?;
        anyhow::ensure!(
            all == keys && current == keys,
            "the replica has {all} documents, {current} at version {version}, instead of {keys}"
        );
        Ok(())
    }
}

/// A plain connection.
pub(crate) async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
