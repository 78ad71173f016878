//! Test servers, conformance suites, faults and an oracle for Twinbase.
//!
//! Nothing here ships: no crate but `xtask` may depend on it outside of its tests. `xtask` only starts servers: it does
//! without the feature `suites`, and so without any database driver.

#[cfg(feature = "suites")]
pub mod conformance;
#[cfg(feature = "suites")]
pub mod faults;
pub mod process;
#[cfg(feature = "suites")]
pub mod proxy;
pub mod servers;
#[cfg(feature = "suites")]
pub mod simulation;
pub mod wait;
