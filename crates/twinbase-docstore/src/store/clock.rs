//! The deadline of a statement. SQLite asks between its steps whether to go on, and our functions at each call.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bson::DateTime;
use rusqlite::Connection;

use crate::fault::Fault;
use crate::value::Order;

/// Between two questions SQLite makes this many steps; a question costs as much as a few of them.
const STEPS: i32 = 1_000;

const NEVER: u64 = u64::MAX;

/// When the statement of one connection must end.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    start: Instant,
    deadline_ms: Arc<AtomicU64>,
    /// The time of day at which the query began, in milliseconds.
    now_ms: Arc<AtomicI64>,
    /// The order of strings by which the query compares.
    order: Order,
}

impl Clock {
    /// A clock that never ends anything until it is set.
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            deadline_ms: Arc::new(AtomicU64::new(NEVER)),
            now_ms: Arc::default(),
            order: Order::default(),
        }
    }

    /// The same clock for a query that compares strings in an order.
    pub(crate) fn ordered(&self, order: &Order) -> Self {
        Self {
            order: order.clone(),
            ..self.clone()
        }
    }

    /// The order of strings by which the query compares.
    pub(crate) fn order(&self) -> &Order {
        &self.order
    }

    /// Lets a connection obey the clock between its steps.
    pub(super) fn install(&self, connection: &Connection) -> rusqlite::Result<()> {
        let asked = self.clone();
        connection.progress_handler(STEPS, Some(move || asked.is_over()))
    }

    /// Fails when the time is over: for functions, of which one call can take as long as millions of SQLite's steps.
    pub(crate) fn ask(&self) -> Result<(), Fault> {
        if self.is_over() {
            return Err(Fault::Stopped);
        }
        Ok(())
    }

    /// The time of day, which is the same for the whole query: `$$NOW`.
    pub(crate) fn now(&self) -> DateTime {
        DateTime::from_millis(self.now_ms.load(Ordering::Relaxed))
    }

    /// A query begins.
    pub(crate) fn begin(&self, limit: Duration) {
        self.now_ms
            .store(DateTime::now().timestamp_millis(), Ordering::Relaxed);
        self.set(limit);
    }

    pub(super) fn set(&self, limit: Duration) {
        let end = self.start.elapsed().saturating_add(limit).as_millis();
        self.deadline_ms
            .store(u64::try_from(end).unwrap_or(NEVER), Ordering::Relaxed);
    }

    pub(super) fn clear(&self) {
        self.deadline_ms.store(NEVER, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        let deadline = self.deadline_ms.load(Ordering::Relaxed);
        deadline != NEVER && self.start.elapsed().as_millis() > u128::from(deadline)
    }
}
