//! The `studyhall` program as whoever types its name sees it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arguments;
mod backup;
mod configuration;
mod crash;
mod data_folder;
mod databases;
mod demo;
mod first_page;
mod metrics;
mod outbox;
mod port;
pub(crate) mod program;
mod rebuild;
mod repair;
mod stopping;
mod test_clock;
mod verify;
mod workers;
