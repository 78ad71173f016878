//! The servers that tests run against: finding them, starting private ones, and a database of its own for every test.
//!
//! `cargo xtask test` provides the servers and names them in the environment ([`environment`]). A test asks with
//! `from_env()`: it gets a handle, or `None` in an `--embedded` run, which is recorded as a test that did not run. Without
//! a server and without `--embedded` the test fails: nothing is skipped silently.

use anyhow::Context as _;

mod cleanup;
pub mod environment;
pub mod mongodb;
#[cfg(any(feature = "postgres", feature = "mongodb"))]
mod naming;
pub mod port;
pub mod postgres;
pub mod search;
mod url;

pub use environment::embedded_only;
pub use mongodb::OwnMongo;
#[cfg(feature = "mongodb")]
pub use mongodb::{FailPoint, MongoDb, TestMongo};
#[cfg(feature = "postgres")]
pub use postgres::{Postgres, TestDatabase};
pub use url::{ServerUrl, reach};

/// A folder for what a server keeps, removed when it is dropped.
pub(crate) fn folder(of: &str) -> anyhow::Result<tempfile::TempDir> {
    let mut named = tempfile::Builder::new();
    let made = named.prefix(&format!("twinbase-{of}-")).tempdir();
    made.context("make a folder")
}
