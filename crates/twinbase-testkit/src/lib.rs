//! Test servers, conformance suites, faults and an oracle for Twinbase.
//!
//! Nothing here ships: no crate but `xtask` may depend on it outside of its tests.

pub mod conformance;
pub mod faults;
pub mod process;
pub mod proxy;
pub mod servers;
pub mod simulation;
pub mod wait;
