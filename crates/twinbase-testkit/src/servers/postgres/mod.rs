//! PostgreSQL for tests: the shared server, a database of its own for every test, and private clusters.

mod cluster;
mod database;
mod installation;

pub use cluster::{Durability, LocalCluster};
pub use database::TestDatabase;
pub use installation::Installation;

use anyhow::Context as _;
use tokio_postgres::{Client, NoTls};

use super::environment;

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

    /// The server's own version, as `15.13`.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn version(&self) -> anyhow::Result<String> {
        let row = connect(&self.url)
            .await?
            .query_one("show server_version", &[])
            .await;
        let version: String = row.context("ask PostgreSQL for its version")?.get(0);
        Ok(version
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned())
    }
}

/// A connection whose driver task ends with it.
async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("connect to PostgreSQL")?;
    // Its errors reach whoever uses the client.
    tokio::spawn(connection);
    Ok(client)
}
