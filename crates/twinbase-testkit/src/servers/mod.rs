//! The servers that tests run against: finding them, starting private ones, and a database of its own for every test.
//!
//! `cargo xtask test` provides the servers and names them in the environment ([`environment`]). A test asks with
//! `from_env()`: it gets a handle, or `None` in an `--embedded` run, which is recorded as a test that did not run. Without
//! a server and without `--embedded` the test fails: nothing is skipped silently.

use std::{env, path::Path};

use anyhow::Context as _;
use rustix::fs::statvfs;
use tempfile::TempDir;

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

/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";

/// How much of it has to be free: databases of a whole test run take two.
const ENOUGH: u64 = 6 << 30;

/// A folder for what a server keeps, removed when it is dropped.
pub(crate) fn folder(of: &str) -> anyhow::Result<TempDir> {
    folder_in(&env::temp_dir(), of)
}

/// The same for what a crash of the machine may take: in memory, where there is enough. A tenth of the time of Studyhall's tests goes
/// into finding free places for the files of their databases on a disk.
pub(crate) fn passing_folder(of: &str) -> anyhow::Result<TempDir> {
    let free = statvfs(MEMORY).map_or(0, |of| of.f_bavail.saturating_mul(of.f_frsize));
    let in_memory = (free >= ENOUGH).then(|| folder_in(Path::new(MEMORY), of));
    in_memory
        .and_then(Result::ok)
        .map_or_else(|| folder(of), Ok)
}

fn folder_in(parent: &Path, of: &str) -> anyhow::Result<TempDir> {
    let mut named = tempfile::Builder::new();
    let made = named.prefix(&format!("twinbase-{of}-")).tempdir_in(parent);
    made.context("make a folder")
}
