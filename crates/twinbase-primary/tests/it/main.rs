//! The primaries on real databases.

#![expect(
    clippy::unwrap_used,
    reason = "a test and what it calls fail by panicking"
)]

mod postgres;
mod sqlite;
