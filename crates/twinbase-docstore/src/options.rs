//! How a store is opened and what a query may cost.

use std::time::Duration;

use crate::value::Order;

/// What a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// A committed batch survives a power cut: each commit waits for the disk.
    #[default]
    Full,
    /// A committed batch survives a crash of the process, and may be lost (whole, never in part) by a power cut.
    /// Only for data that is rebuilt from elsewhere, by somebody who would notice the loss.
    ProcessCrash,
}

/// Options of [`Store::open`](crate::Store::open); `Options::default()` suits a service.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// What a commit waits for.
    pub durability: Durability,
    /// How long to wait for another writer, or for a free reader connection.
    pub busy_timeout: Duration,
    /// The most reader connections that this handle opens.
    pub readers: usize,
    /// The most bytes that the file may have; `None` leaves it to the disk.
    pub max_file_bytes: Option<u64>,
    /// How deep a filter may nest its operators.
    pub max_filter_depth: usize,
    /// How many predicates a filter may have; every element of `$in` counts.
    pub max_clauses: usize,
    /// How many stages a pipeline may have.
    pub max_stages: usize,
    /// The longest regular expression, in bytes.
    pub max_regex_bytes: usize,
    /// The largest result that `find` and `aggregate` collect, in bytes of BSON. The streaming reads have no such limit.
    pub max_result_bytes: usize,
    /// The most bytes that a query may hold in memory at once: groups, windows, joined documents and sorts of what stages made.
    pub max_memory_bytes: usize,
    /// How long a query may run; for streaming reads, how long the next document may take.
    pub max_time: Duration,
    /// The order of strings in the queries of this handle: see [`Store::collated`](crate::Store::collated).
    pub(crate) order: Order,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            busy_timeout: Duration::from_secs(5),
            readers: 4,
            max_file_bytes: None,
            max_filter_depth: 32,
            max_clauses: 10_000,
            max_stages: 64,
            max_regex_bytes: 4_096,
            max_result_bytes: 64 * 1024 * 1024,
            max_memory_bytes: 256 * 1024 * 1024,
            max_time: Duration::from_secs(30),
            order: Order::default(),
        }
    }
}
