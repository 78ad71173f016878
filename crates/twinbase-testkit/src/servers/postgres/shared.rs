//! The PostgreSQL server that tests share.

use anyhow::Context as _;
use tokio_postgres::{Client, NoTls};

use super::{LocalCluster, TestDatabase};
use crate::servers::environment;

/// The PostgreSQL server of this test run.
#[derive(Clone, Debug)]
pub struct Postgres {
    url: String,
}

impl Postgres {
    /// The server that `cargo xtask test` provided; `None` in an `--embedded` run.
    ///
    /// # Panics
    /// When there is no server and this is not an `--embedded` run.
    pub fn from_env() -> Option<Self> {
        environment::required(environment::POSTGRES_URL, "PostgreSQL").map(Self::at)
    }

    /// The server at `url`, whose user may create databases. Its TLS settings must allow a plain connection.
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }

    /// The URL of the server, with its maintenance database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Creates an empty database with `hint` in its name. It is dropped with the handle, with all connections to it.
    ///
    /// # Panics
    /// When the server does not answer or refuses.
    pub async fn fresh_database(&self, hint: &str) -> TestDatabase {
        match TestDatabase::create(self.url.clone(), hint).await {
            Ok(database) => database,
            Err(error) => panic!("cannot create a test database: {error:#}"),
        }
    }
}

impl LocalCluster {
    /// A handle that makes databases in it.
    pub fn postgres(&self) -> Postgres {
        Postgres::at(self.url())
    }
}

/// A connection whose driver task ends with it.
pub(super) async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("connect to PostgreSQL")?;
    // Its errors reach whoever uses the client.
    tokio::spawn(connection);
    Ok(client)
}
