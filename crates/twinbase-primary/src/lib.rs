//! The SQL side of Twinbase: PostgreSQL, CockroachDB and SQLite behind the traits of `twinbase_core::primary`.
//!
//! Owns migrations, the write path, `"Outbox"` and the heads of aggregates. It
//! knows nothing of the replica.

pub mod client;
pub mod driver;
pub mod postgres;
pub mod sqlite;

mod fail;
mod migrate;
mod queue;
mod render;

#[doc(hidden)]
pub use fail::GRANT;
pub use postgres::Postgres;
pub use sqlite::Sqlite;
