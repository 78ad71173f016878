//! What the store promises, by scenario.

mod apply;
mod differential;
mod files;
mod indexes;
mod limits;
mod pipelines;
mod processes;
mod queries;
mod refusals;
mod round_trip;
mod support;
