//! The `twinbase` program, against the embedded databases of an application that it does not know.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arguments;
mod databases;
mod program;
