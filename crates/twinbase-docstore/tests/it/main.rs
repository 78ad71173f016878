//! What the store promises, by scenario.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails the test, as the test itself does"
)]

mod apply;
mod differential;
mod expressions;
mod files;
mod indexes;
mod limits;
mod pipelines;
mod processes;
mod queries;
mod refusals;
mod round_trip;
mod stage_table;
mod stages;
mod support;
