//! How the system is: one judgement, by one set of thresholds, for the API, the command line and the page.

mod alert;
mod judge;
mod threshold;

pub use alert::{Alert, Level, Severity};
pub use judge::Seen;
pub use threshold::{CURRENT, FAILED, LAG, QUEUE, Threshold};
