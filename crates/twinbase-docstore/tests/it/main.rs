//! What the store promises, by scenario.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails the test, as the test itself does"
)]

mod apply;
mod contract;
mod differential;
mod expressions;
mod files;
mod fuzz;
mod indexes;
mod limits;
mod pipelines;
mod processes;
mod queries;
mod random;
mod refusals;
mod round_trip;
mod stage_table;
mod stages;
mod support;
