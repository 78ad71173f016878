//! Changes of aggregates in a transaction that the caller began with its own driver.
//!
//! Row, version and event are written by the same statement as everywhere; the caller commits them together with
//! whatever else its transaction does. An error means that the transaction must be rolled back.

mod any;
mod sqlite;

use std::sync::{Arc, Mutex, PoisonError};

use twinbase_core::{Clock, PrimaryError, Registry, Token, primary::Written, write::Write};

pub use any::Joined;
pub use sqlite::JoinedSqlite;

use super::{Client, guard, written};

/// An open transaction of a driver: `&tokio_postgres::Transaction`, `&rusqlite::Transaction`, or any other that is made a
/// [`Driver`](crate::driver::Driver).
pub trait Join {
    /// What writes in it.
    type Writes;

    /// Joins the transaction.
    fn join(self, client: &Client) -> Self::Writes;
}

/// What every joined transaction has.
struct Common {
    registry: Registry,
    clock: Arc<dyn Clock>,
    token: Mutex<Token>,
}

impl Common {
    fn of(client: &Client) -> Self {
        Self {
            registry: client.registry.clone(),
            clock: client.clock.clone(),
            token: Mutex::default(),
        }
    }

    fn check(&self, write: &Write) -> Result<(), PrimaryError> {
        guard::check(&self.registry, write)
    }

    /// Takes what a change did.
    fn take(
        &self,
        write: &Write,
        made: Result<Written, PrimaryError>,
    ) -> Result<Written, PrimaryError> {
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        written::take(&mut token, write, made)
    }

    fn token(&self) -> Token {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        token.clone()
    }
}
