//! The client in use, and a new one in its place when its pool seems stuck.
//!
//! The driver limits how long a TCP connection may take, but not the greeting after it, and makes only a few
//! connections at a time. A network that swallows the greetings therefore keeps every later call waiting, also when it is
//! well again; a call that we give up leaves the greeting that hangs where it is. So when several calls
//! in a row had no answer in time, the next ones go through a client of their own, with a pool of its own.

use std::{
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use mongodb::{Client, Database, error::Result as DriverResult, options::ClientOptions};
use tokio::sync::OnceCell;

use super::error::Failure;

/// How many calls in a row may have no answer in time.
const MISSED: u32 = 3;

/// A database through a client that is replaced when it is stuck.
pub(super) struct Connection {
    options: ClientOptions,
    name: String,
    current: RwLock<Database>,
    missed: AtomicU32,
    /// Whether the server has sessions; empty until one was needed.
    pub(super) has_sessions: OnceCell<bool>,
}

impl Connection {
    pub(super) fn new(options: ClientOptions, name: String) -> DriverResult<Self> {
        let database = Client::with_options(options.clone())?.database(&name);
        Ok(Self {
            options,
            name,
            current: RwLock::new(database),
            missed: AtomicU32::new(0),
            has_sessions: OnceCell::new(),
        })
    }

    /// The database through the client of now; not to be kept for longer than a call.
    pub(super) fn database(&self) -> Database {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A call's answer, or what went wrong, the deadline included.
    pub(super) async fn within<T>(
        &self,
        deadline: Duration,
        call: impl IntoFuture<Output = DriverResult<T>>,
    ) -> Result<T, Failure> {
        if let Ok(answer) = tokio::time::timeout(deadline, call.into_future()).await {
            self.missed.store(0, Ordering::Relaxed);
            return answer.map_err(|error| Failure::of(&error));
        }
        self.miss();
        Err(Failure::Away(format!("no answer within {deadline:?}")))
    }

    fn miss(&self) {
        if self.missed.fetch_add(1, Ordering::Relaxed) + 1 < MISSED {
            return;
        }
        self.missed.store(0, Ordering::Relaxed);
        match Client::with_options(self.options.clone()) {
            Ok(client) => {
                tracing::warn!("MongoDB did not answer several calls in a row; connecting anew");
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                *current = client.database(&self.name);
            }
            Err(error) => tracing::debug!(%error, "a new client could not be made"),
        }
    }
}
