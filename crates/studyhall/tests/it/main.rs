//! Studyhall through its HTTP API, on every combination of databases.

mod aggregates;
mod bad_input;
mod browser;
mod cli;
mod days;
mod edge;
mod foreign_writer;
mod freshness;
mod health;
mod idempotency;
mod metrics;
mod openapi;
mod operator;
mod ops;
mod pages;
mod points;
mod prisma;
mod reports;
mod secrets;
mod sessions;
mod study;
mod support;
mod traces;
mod users;
mod versions;
