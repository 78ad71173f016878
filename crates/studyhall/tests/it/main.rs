//! Studyhall through its HTTP API, on every combination of databases.

mod accounts;
mod aggregates;
mod bad_input;
mod browser;
mod cli;
mod edge;
mod foreign_writer;
mod freshness;
mod friends;
mod health;
mod idempotency;
mod messages;
mod metrics;
mod openapi;
mod operator;
mod ops;
mod pages;
mod points;
mod prisma;
mod secrets;
mod sessions;
mod support;
mod traces;
mod users;
mod versions;
mod web;
