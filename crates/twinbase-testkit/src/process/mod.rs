//! Child processes of tests: started, read, stopped, killed and started again, and never left behind.
//!
//! A [`Child`] collects what it prints, takes signals, and is killed and reaped when it is dropped. When the test itself is
//! killed, so that nothing is dropped any more, a [watchdog](watchdog::Watchdog) ends the child all the same.

mod child;
mod ended;
mod lines;
mod watchdog;

pub use child::Child;
pub use ended::Ended;
pub use lines::Stream;
pub use rustix::process::Signal;
pub use watchdog::Watchdog;
