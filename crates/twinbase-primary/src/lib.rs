//! The SQL side of Twinbase: PostgreSQL, CockroachDB and SQLite

pub mod client;
