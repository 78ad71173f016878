//! The MongoDB server that tests share.

use std::time::Duration;

use anyhow::Context as _;
use bson::{Document, doc};
use mongodb::Client;
use mongodb::options::ClientOptions;

use super::{FailPoint, OwnMongo, TestMongo};
use crate::servers::environment;

/// A server of ours answers at once or not at all.
const SELECTION: Duration = Duration::from_secs(5);

/// The MongoDB server of this test run.
#[derive(Clone, Debug)]
pub struct MongoDb {
    url: String,
}

impl MongoDb {
    /// The server that `cargo xtask test` provided; `None` in an `--embedded` run.
    ///
    /// # Panics
    /// When there is no server and this is not an `--embedded` run.
    pub fn from_env() -> Option<Self> {
        environment::required(environment::MONGODB_URL, "MongoDB").map(Self::at)
    }

    /// The server at `url`.
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }

    /// The URL of the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Names an empty database with `hint` in its name, which is dropped with the handle. The server makes it when
    /// something is written to it.
    pub fn fresh_database(&self, hint: &str) -> TestMongo {
        TestMongo::new(&self.url, hint)
    }

    /// The server's own version, as `8.0.4`.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn version(&self) -> anyhow::Result<String> {
        let info = admin(&self.url, doc! { "buildInfo": 1 })
            .await
            .context("ask MongoDB for its version")?;
        Ok(info
            .get_str("version")
            .unwrap_or("of an unknown version")
            .to_owned())
    }
}

impl OwnMongo {
    /// A handle that names databases in it.
    pub fn server(&self) -> MongoDb {
        MongoDb::at(self.url())
    }

    /// Makes commands of all its clients fail until the result is dropped; `point` is what follows
    /// `configureFailPoint: "failCommand"`: `mode` and `data`.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn fail_point(&self, point: Document) -> FailPoint {
        FailPoint::set(&self.url(), None, point).await
    }
}

/// Runs a command on the server's `admin` database.
pub(super) async fn admin(url: &str, command: Document) -> anyhow::Result<Document> {
    Ok(client(url)
        .await?
        .database("admin")
        .run_command(command)
        .await?)
}

pub(super) async fn client(url: &str) -> anyhow::Result<Client> {
    let mut options = ClientOptions::parse(url)
        .await
        .context("read the URL of the MongoDB server")?;
    options.server_selection_timeout = Some(SELECTION);
    Ok(Client::with_options(options)?)
}
