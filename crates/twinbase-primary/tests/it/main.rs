//! The primaries on real databases.

mod postgres;
