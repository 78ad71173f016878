//! The servers that are measured.

use anyhow::Context as _;
use twinbase_testkit::servers::{
    MongoDb, Postgres,
    postgres::{Durability, Installation, LocalCluster},
};

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
        self.cluster.installation()
    }
}

/// A plain connection.
pub(crate) async fn connect(url: &str) -> anyhow::Result<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
