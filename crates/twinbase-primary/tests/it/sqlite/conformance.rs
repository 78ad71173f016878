//! What every primary promises, on SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use twinbase_core::Primary;
use twinbase_testkit::conformance::primary::Database;

use super::*;

#[async_trait]
impl Database for Place {
    async fn open(&self) -> Arc<dyn Primary> {
        Arc::new(Sqlite::open(self.file(), Options::default()).await.unwrap())
    }

    async fn foreign(&self, statements: &[&str]) -> Result<(), String> {
        let mut connection = self.raw();
        let mut run = || {
            let transaction = connection.transaction()?;
            for statement in statements {
                transaction.execute_batch(statement)?;
            }
            transaction.commit()
        };
        run().map_err(|error: rusqlite::Error| error.to_string())
    }
}

#[expect(clippy::unused_async, reason = "other primaries ask a server")]
async fn fresh(_test: &str) -> Option<Place> {
    Some(Place::new())
}

twinbase_testkit::primary_conformance!(super::fresh);
