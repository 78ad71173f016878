//! What the store promises, by scenario.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails the test, as the test itself does"
)]

mod apply;
mod collation;
mod collation_table;
mod conditional;
mod contract;
mod differential;
mod expressions;
mod files;
mod filter_table;
mod fuzz;
mod index_answers;
mod index_sorts;
mod indexes;
mod kills;
mod limits;
mod multikey;
mod pipelines;
mod processes;
mod projection_table;
mod queries;
mod random;
mod refusals;
mod round_trip;
mod stage_table;
mod stages;
mod support;
mod text;
mod text_bounds;
mod text_kill;
mod text_refusals;
mod versions;
