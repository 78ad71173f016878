//! Connections that lead to a server that is not the primary any more.
//!
//! A session keeps what it was given when it began: after a failover it may lead to the old primary,
//! and `default_transaction_read_only` binds it until it ends. So when one connection shows that,
//! it is thrown away with all that were opened before.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio_postgres::error::SqlState;

/// Since when connections are good; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Distrust(Arc<Mutex<Option<Instant>>>);

impl Distrust {
    /// Takes a refusal by the server; true when its connection is of no use any more.
    pub(super) fn hears(&self, code: &SqlState) -> bool {
        let is_of_another_server = code.code().starts_with("08")
            || [
                SqlState::READ_ONLY_SQL_TRANSACTION,
                SqlState::ADMIN_SHUTDOWN,
                SqlState::CRASH_SHUTDOWN,
                SqlState::CANNOT_CONNECT_NOW,
            ]
            .contains(code);
        if is_of_another_server {
            let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *since = Some(Instant::now());
        }
        is_of_another_server
    }

    /// Whether a connection that was opened then is one of them.
    pub(super) fn covers(&self, opened: Instant) -> bool {
        let since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_some_and(|since| opened <= since)
    }
}
