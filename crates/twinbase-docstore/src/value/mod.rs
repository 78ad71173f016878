//! MongoDB's order of values as bytes: comparing two keys byte by byte compares the values.
//!
//! This is what makes SQLite's own operators, sorter and expression indexes right for BSON: a key is a blob, and SQLite
//! compares blobs by `memcmp`.

mod decimal;
mod decimal128;
mod key;
mod number;
mod order;

pub(crate) use decimal128::{Decimal, Rounding};
pub(crate) use key::{Rank, is_nan, key_of, key_of_missing, rank, write_key};
pub(crate) use order::Order;
