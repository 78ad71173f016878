//! The PostgreSQL server that tests share, and a database that one test has for itself.

use anyhow::Context as _;
use tokio_postgres::{Client, NoTls};

use super::LocalCluster;
use crate::servers::{cleanup, environment, naming, url::ServerUrl};

/// The PostgreSQL server of this test run.
#[derive(Clone, Debug)]
pub struct Postgres {
    /// The URL of the server, with its maintenance database.
    pub url: String,
}

impl Postgres {
    /// The server that `cargo xtask test` provided; `None` in an `--embedded` run. Its user may create databases, and its
    /// TLS settings must allow a plain connection.
    ///
    /// # Panics
    /// When there is no server and this is not an `--embedded` run.
    pub fn from_env() -> Option<Self> {
        let url = environment::required(environment::POSTGRES_URL, "PostgreSQL")?;
        Some(Self { url })
    }

    /// Creates an empty database with `hint` in its name. It is dropped with the handle, with all connections to it.
    ///
    /// # Panics
    /// When the server does not answer or refuses.
    pub async fn fresh_database(&self, hint: &str) -> TestDatabase {
        let name = naming::unique(hint);
        // Nobody can be connected to template0, so tests that create databases at the same time do not collide.
        let created = run(
            &self.url,
            format!("create database {name} template template0"),
        );
        if let Err(error) = created.await {
            panic!("cannot create the test database {name}: {error:#}");
        }
        TestDatabase {
            url: ServerUrl::of(&self.url).with_database(&name),
            name,
            server_url: self.url.clone(),
        }
    }
}

impl LocalCluster {
    /// A handle that makes databases in it.
    pub fn postgres(&self) -> Postgres {
        Postgres { url: self.url() }
    }
}

/// An empty database of its own; dropped with the handle.
#[derive(Debug)]
pub struct TestDatabase {
    /// Where the database is.
    pub url: String,
    /// Its name.
    pub name: String,
    server_url: String,
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server_url, name) = (self.server_url.clone(), &self.name);
        // Pools close their connections in the background: what is left of them is cut.
        let statement = format!("drop database if exists {name} with (force)");
        cleanup::run(&format!("drop the test database {name}"), async move || {
            run(&server_url, statement).await
        });
    }
}

/// Runs a statement on a connection of its own.
pub(super) async fn run(url: &str, statement: String) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("connect to PostgreSQL")?;
    // Its errors reach whoever uses the client.
    tokio::spawn(connection);
    let done = Client::batch_execute(&client, &statement).await;
    done.context(statement)
}
