//! The invariants of the system on every combination of databases.
//!
//! Each case runs on {SQLite, PostgreSQL} x {embedded, MongoDB server}; its name says what must be true.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod app;
mod attendants;
mod backup;
mod bad_events;
mod both_sides;
mod changes;
mod collated;
mod collections;
mod combination;
mod crash;
mod damage;
mod derive;
mod drift;
mod emptied;
mod explaining;
mod failover;
mod faults;
mod foreign;
mod health;
mod heartbeat;
mod joined;
mod kinds;
mod mappings;
mod network;
mod older;
mod operate;
mod order;
mod owners;
mod panics;
mod reads;
mod rebuilding;
mod repairing;
mod retention;
mod retries;
mod sight;
mod stopping;
mod timeline;
mod traces;
mod twin;
mod verifying;
mod worker_at_open;
mod writes;
