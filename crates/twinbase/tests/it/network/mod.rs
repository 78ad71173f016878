//! Faults of the network between real servers and everything that talks to them.
//!
//! PostgreSQL and a MongoDB server, each behind a proxy of its own; the application and its worker know only the proxies.
//! Tests look at both databases past them.

mod findings;
mod ledger;
mod matrix;
mod schedule;
mod wires;
