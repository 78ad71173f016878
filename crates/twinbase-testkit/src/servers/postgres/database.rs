//! A database that one test has for itself.

use anyhow::Context as _;
use url::Url;

use super::shared::connect;
use crate::servers::{cleanup, naming};

/// An empty database of its own; dropped with the handle.
#[derive(Debug)]
pub struct TestDatabase {
    /// Where the database is.
    pub url: String,
    /// Its name.
    pub name: String,
    server_url: String,
}

impl TestDatabase {
    pub(super) async fn create(server_url: String, hint: &str) -> anyhow::Result<Self> {
        let name = naming::unique(hint);
        let mut url = Url::parse(&server_url).context("read the URL of the PostgreSQL server")?;
        url.set_path(&name);
        let server = connect(&server_url).await?;
        // Nobody can be connected to template0, so tests that create databases at the same time do not collide.
        let statement = format!("create database {name} template template0");
        server
            .batch_execute(&statement)
            .await
            .with_context(|| format!("create database {name}"))?;
        Ok(Self {
            url: url.into(),
            name,
            server_url,
        })
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server_url, name) = (self.server_url.clone(), self.name.clone());
        cleanup::run(&format!("drop the test database {name}"), async move {
            let server = connect(&server_url).await?;
            // Pools close their connections in the background: what is left of them is cut.
            Ok(server
                .batch_execute(&format!("drop database if exists {name} with (force)"))
                .await?)
        });
    }
}
