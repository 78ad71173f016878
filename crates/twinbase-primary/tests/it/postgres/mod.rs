//! PostgreSQL: the conformance suite, and what only PostgreSQL does.

mod adopting;
mod connecting;
mod contention;
mod plans;
mod reading;
mod sharing;
mod statements;
mod tls;
mod waking;

use std::sync::Arc;

use async_trait::async_trait;
use tokio_postgres::NoTls;
use twinbase_core::Primary;
use twinbase_primary::postgres::{Options, Postgres};
use twinbase_testkit::{
    conformance::primary::Database,
    servers::postgres::{Postgres as Server, TestDatabase},
};

/// A database of one test.
pub(crate) struct Fresh(TestDatabase);

/// The database for a test; `None` in a run without servers.
pub(crate) async fn fresh(hint: &str) -> Option<Fresh> {
    Some(Fresh(Server::from_env()?.fresh_database(hint).await))
}

impl Fresh {
    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    /// Connects with options of the test's own.
    pub(crate) async fn connect(&self, options: Options) -> Postgres {
        Postgres::connect(self.url(), options).await.unwrap()
    }

    /// A connection that Twinbase knows nothing of.
    pub(crate) async fn raw(&self) -> tokio_postgres::Client {
        raw(self.url()).await
    }

    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }
}

/// A connection that Twinbase knows nothing of.
pub(crate) async fn raw(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Few connections: the tests of a run share one server.
pub(crate) fn options() -> Options {
    Options {
        max_connections: 8,
        ..Options::default()
    }
}

#[async_trait]
impl Database for Fresh {
    async fn open(&self) -> Arc<dyn Primary> {
        Arc::new(self.connect(options()).await)
    }

    async fn foreign(&self, statements: &[&str]) -> Result<(), String> {
        let mut client = self.raw().await;
        let work = async {
            let tx = client.transaction().await?;
            for statement in statements {
                tx.batch_execute(statement).await?;
            }
            tx.commit().await
        };
        work.await
            .map_err(|error: tokio_postgres::Error| format!("{error:?}"))
    }
}

twinbase_testkit::primary_conformance!(super::fresh);
