//! Conformance suites: what every implementation of a side owes, as tests that each of them runs.

pub mod primary;
pub mod replica;
