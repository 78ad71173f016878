//! A small pool of connections for reads: they never wait for a writer.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::Semaphore;
use twinbase_core::PrimaryError;

use super::{Options, connect, error::During, ticket::Ticket};
use crate::fail;

/// Instructions of SQLite's machine between two checks whether a read is
/// still wanted: about a millisecond.
pub(super) const INSTRUCTIONS_PER_CHECK: i32 = 20_000;

/// They serve the pages of one machine.
const CONNECTIONS: u32 = 4;

pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
    turn_timeout: Duration,
    query_timeout: Duration,
}

impl Readers {
    pub(super) fn open(path: &Path, options: &Options) -> Result<Self, PrimaryError> {
        let idle = (0..CONNECTIONS)
            .map(|_| connect::reader(path, options))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            idle: Arc::new(Mutex::new(idle)),
            permits: Arc::new(Semaphore::new(CONNECTIONS as usize)),
            turn_timeout: options.turn_timeout,
            query_timeout: options.query_timeout,
        })
    }

    /// Runs `work` on a free connection, away from the runtime's threads. When
    /// the caller goes away or the time is up, SQLite is interrupted.
    pub(super) async fn run<R: During<Value: Send + 'static>>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> R + Send + 'static,
    ) -> Result<R::Value, PrimaryError> {
        let acquire = Arc::clone(&self.permits).acquire_owned();
        let permit = tokio::time::timeout(self.turn_timeout, acquire)
            .await
            .map_err(|_| fail::unavailable(operation, "all connections for reads are in use"))?
            .map_err(|_| closed(operation))?;
        let (idle, limit) = (Arc::clone(&self.idle), self.query_timeout);
        let ticket = Ticket::default();
        let wanted = ticket.clone().until_dropped();
        let answer = tokio::task::spawn_blocking(move || {
            let connection = lock(&idle).pop().ok_or_else(|| closed(operation))?;
            let deadline = Instant::now() + limit;
            let stop = move || ticket.is_abandoned() || Instant::now() >= deadline;
            let result = connection
                .progress_handler(INSTRUCTIONS_PER_CHECK, Some(stop))
                .during(operation)
                .and_then(|()| work(&connection).during(operation));
            lock(&idle).push(connection);
            drop(permit);
            result
        })
        .await;
        drop(wanted);
        answer.map_err(|error| fail::unavailable(operation, error))?
    }

    pub(super) fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }

    /// Later reads fail; connections are closed once their reads have ended.
    pub(super) async fn close(&self) {
        // A read that never ends is interrupted by its own timeout.
        let all = self.permits.acquire_many(CONNECTIONS);
        let _ended = tokio::time::timeout(self.turn_timeout, all).await;
        self.permits.close();
        lock(&self.idle).clear();
    }
}

fn lock(idle: &Mutex<Vec<Connection>>) -> std::sync::MutexGuard<'_, Vec<Connection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn closed(operation: &'static str) -> PrimaryError {
    fail::unavailable(operation, "the database has been closed")
}
