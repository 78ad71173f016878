//! PostgreSQL and CockroachDB as a primary.

/// PostgreSQL or CockroachDB.
pub struct Postgres {}
