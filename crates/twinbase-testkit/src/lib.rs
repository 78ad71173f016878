//! What Twinbase is tested with, and what applications on it test themselves with.
//!
//! For applications: the feature `twin` has `TestTwin`, a system on databases of its own, and the check of one's own aggregates;
//! `postgres` and `mongodb` put those databases into servers, and neither driver is compiled for this crate without them.
//!
//! For Twinbase: test servers, conformance suites, faults and an oracle, by the feature `suites`.
//!
//! Nothing here ships: no crate but `xtask` may depend on it outside of its tests. `xtask` only starts servers: it does
//! without any feature, and so without any database driver.

pub mod browser;
#[cfg(feature = "suites")]
pub mod conformance;
#[cfg(feature = "faults")]
pub mod faults;
#[cfg(feature = "twin")]
pub mod log;
pub mod process;
#[cfg(feature = "suites")]
pub mod proxy;
pub mod servers;
#[cfg(feature = "suites")]
pub mod simulation;
#[cfg(feature = "twin")]
pub mod twin;
pub mod wait;

#[cfg(feature = "twin")]
pub use twin::TestTwin;
