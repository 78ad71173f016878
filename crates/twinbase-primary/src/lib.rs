//! The SQL side of Twinbase: PostgreSQL, CockroachDB and SQLite
