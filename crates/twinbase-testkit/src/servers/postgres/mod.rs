//! PostgreSQL for tests: the shared server, a database of its own for every test, and private clusters.

mod cluster;
#[cfg(feature = "postgres")]
mod database;
mod installation;

pub use cluster::{Durability, LocalCluster};
#[cfg(feature = "postgres")]
pub use database::{Postgres, TestDatabase};
pub use installation::Installation;
