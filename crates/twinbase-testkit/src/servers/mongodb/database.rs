//! A database that one test has for itself.

use bson::Document;

use super::{FailPoint, shared::client, url};
use crate::servers::{cleanup, naming};

/// An empty database of its own; dropped with the handle.
#[derive(Debug)]
pub struct TestMongo {
    /// Where the database is, with its name in the path and as the client's `appName`.
    pub url: String,
    /// Its name.
    pub name: String,
    server_url: String,
}

impl TestMongo {
    pub(super) fn new(server_url: &str, hint: &str) -> Self {
        let name = naming::unique(hint);
        let url = url::with_database(server_url, &name, &name);
        Self {
            url,
            name,
            server_url: server_url.to_owned(),
        }
    }

    /// Makes commands of this database's clients (those that connect with [`TestMongo::url`]) fail, until the result is
    /// dropped. `point` is what follows `configureFailPoint: "failCommand"`: `mode` and `data`. A server has one fail point
    /// only, so this waits until no other test has one.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn fail_point(&self, point: Document) -> FailPoint {
        FailPoint::set(&self.server_url, Some(&self.name), point).await
    }
}

impl Drop for TestMongo {
    fn drop(&mut self) {
        let (server_url, name) = (self.server_url.clone(), self.name.clone());
        cleanup::run(&format!("drop the test database {name}"), async move {
            Ok(client(&server_url).await?.database(&name).drop().await?)
        });
    }
}
