//! The `twinbase` program, against the databases of an application that it does not know: embedded ones, but for what only a server has.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arguments;
mod databases;
mod program;
