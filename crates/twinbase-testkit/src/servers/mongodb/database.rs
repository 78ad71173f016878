//! The MongoDB server that tests share, and a database that one test has for itself.

use std::time::Duration;

use anyhow::Context as _;
use bson::{Document, doc};
use mongodb::Client;
use mongodb::options::ClientOptions;

use super::{FailPoint, OwnMongo};
use crate::servers::{cleanup, environment, naming, url::ServerUrl};

/// A server of ours answers at once or not at all.
const SELECTION: Duration = Duration::from_secs(5);

/// The MongoDB server of this test run.
#[derive(Clone, Debug)]
pub struct MongoDb {
    /// The URL of the server.
    pub url: String,
}

impl MongoDb {
    /// The server that `cargo xtask test` provided; `None` in an `--embedded` run.
    ///
    /// # Panics
    /// When there is no server and this is not an `--embedded` run.
    pub fn from_env() -> Option<Self> {
        let url = environment::required(environment::MONGODB_URL, "MongoDB")?;
        Some(Self { url })
    }

    /// Names an empty database with `hint` in its name, which is dropped with the handle. The server makes it when
    /// something is written to it.
    pub fn fresh_database(&self, hint: &str) -> TestMongo {
        let name = naming::unique(hint);
        TestMongo {
            url: ServerUrl::of(&self.url).with_database(&name),
            name,
            server_url: self.url.clone(),
        }
    }

    /// The server's own version, as `8.0.4`.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn version(&self) -> anyhow::Result<String> {
        let info = admin(&self.url, doc! { "buildInfo": 1 }).await;
        let info = info.context("ask MongoDB for its version")?;
        let version = info.get_str("version").unwrap_or("of an unknown version");
        Ok(version.to_owned())
    }
}

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
    /// The database for a program that knows nothing of Twinbase.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn plain(&self) -> anyhow::Result<mongodb::Database> {
        Ok(client(&self.url).await?.database(&self.name))
    }

    /// A collection, for such a program.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn collection(&self, name: &str) -> anyhow::Result<mongodb::Collection<Document>> {
        Ok(self.plain().await?.collection(name))
    }

    /// Whether the server keeps views: makes one, and reads through it. Relatives of MongoDB refuse them, or make a collection.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn keeps_views(&self) -> anyhow::Result<bool> {
        let (source, view) = ("views_probe_source", "views_probe");
        let database = self.plain().await?;
        let document = doc! { "_id": "through" };
        database
            .collection::<Document>(source)
            .insert_one(document)
            .await?;
        let stages: [Document; 0] = [];
        let command = doc! { "create": view, "viewOn": source, "pipeline": stages.to_vec() };
        let made = database.run_command(command).await;
        let found = database
            .collection::<Document>(view)
            .find_one(doc! {})
            .await;
        for name in [view, source] {
            database.collection::<Document>(name).drop().await?;
        }
        Ok(made.is_ok() && found?.is_some())
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
        cleanup::run(&format!("drop the test database {name}"), async move || {
            Ok(client(&server_url).await?.database(&name).drop().await?)
        });
    }
}

impl OwnMongo {
    /// A handle that names databases in it.
    pub fn server(&self) -> MongoDb {
        MongoDb { url: self.url() }
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

async fn client(url: &str) -> anyhow::Result<Client> {
    let mut options = ClientOptions::parse(url)
        .await
        .context("read the URL of the MongoDB server")?;
    options.server_selection_timeout = Some(SELECTION);
    Ok(Client::with_options(options)?)
}
