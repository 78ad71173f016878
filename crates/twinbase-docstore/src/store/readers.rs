//! The reader connections: a few, opened when needed, each lent to one read at a time. A read is one transaction, so it sees
//! one state of the store however long it takes.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::clock::Clock;
use super::failure::{failure, is_interrupt};
use super::file;
use crate::value::Order;
use crate::{Error, Options};

/// The pool.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    options: Options,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Reader>,
    lent: usize,
}

#[derive(Debug)]
struct Reader {
    connection: Connection,
    clock: Clock,
}

/// One state of the store, as one read sees it.
pub(super) struct Snapshot<'r> {
    transaction: Transaction<'r>,
    clock: Clock,
    options: &'r Options,
}

impl Snapshot<'_> {
    pub(super) fn connection(&self) -> &Connection {
        &self.transaction
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Runs what is not a part of the query; afterwards the query has its whole time again.
    pub(super) fn off_the_clock<T>(&self, run: impl FnOnce() -> T) -> T {
        self.clock.clear();
        let result = run();
        self.clock.set(self.options.max_time);
        result
    }
}

impl Readers {
    /// A pool with its first connection.
    pub(super) fn open(path: PathBuf, options: Options) -> Result<Self, Error> {
        let pool = Self {
            path,
            options,
            state: Mutex::default(),
            returned: Condvar::new(),
        };
        let first = pool.connect()?;
        pool.state().idle.push(first);
        Ok(pool)
    }

    /// Runs a read on a connection of its own, which compares strings in an order.
    pub(super) fn read<T>(
        &self,
        operation: &'static str,
        order: &Order,
        run: impl FnOnce(&Snapshot<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut lent = Lent {
            reader: Some(self.take(operation)?),
            pool: self,
        };
        let Some(reader) = lent.reader.as_mut() else {
            return Err(Error::Busy { operation });
        };
        reader.clock.begin(self.options.max_time);
        let clock = reader.clock.ordered(order);
        let transaction = reader
            .connection
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .map_err(failure(operation))?;
        run(&Snapshot {
            transaction,
            clock,
            options: &self.options,
        })
        .map_err(|error| {
            if is_interrupt(&error) {
                Error::TimedOut {
                    limit: self.options.max_time,
                }
            } else {
                error
            }
        })
    }

    fn take(&self, operation: &'static str) -> Result<Reader, Error> {
        let deadline = Instant::now() + self.options.busy_timeout;
        let mut state = self.state();
        loop {
            if let Some(reader) = state.idle.pop() {
                state.lent += 1;
                return Ok(reader);
            }
            if state.lent < self.options.readers.max(1) {
                state.lent += 1;
                break;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::Busy { operation });
            }
            state = self
                .returned
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        drop(state);
        self.connect().inspect_err(|_| self.give_back(None))
    }

    fn connect(&self) -> Result<Reader, Error> {
        let clock = Clock::new();
        let connection = file::open_reader(&self.path, &self.options, &clock)?;
        Ok(Reader { connection, clock })
    }

    fn give_back(&self, reader: Option<Reader>) {
        let mut state = self.state();
        state.lent -= 1;
        state.idle.extend(reader);
        drop(state);
        self.returned.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the connection however the read ends.
struct Lent<'p> {
    reader: Option<Reader>,
    pool: &'p Readers,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(reader) = &self.reader {
            reader.clock.clear();
        }
        self.pool.give_back(self.reader.take());
    }
}
