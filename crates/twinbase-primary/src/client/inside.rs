//! Whether this task holds a transaction open.
//!
//! SQLite has one writer: a write beside the task's own transaction would wait for itself until a
//! timeout. A task that the closure of the transaction spawns is not seen.

use std::sync::Arc;

use crate::fail;
use twinbase_core::{Primary, PrimaryError, primary::PrimaryKind};

tokio::task_local! {
    /// The databases, by address.
    static OPEN: Vec<usize>;
}

fn address(primary: &Arc<dyn Primary>) -> usize {
    Arc::as_ptr(primary).cast::<()>().addr()
}

/// Runs the closure of a transaction on this database.
pub(super) async fn scope<F: Future>(primary: &Arc<dyn Primary>, run: F) -> F::Output {
    let mut open = OPEN.try_with(Vec::clone).unwrap_or_default();
    open.push(address(primary));
    OPEN.scope(open, run).await
}

/// Refuses what would wait for this task itself.
pub(super) fn refuse(
    primary: &Arc<dyn Primary>,
    operation: &'static str,
) -> Result<(), PrimaryError> {
    let is_open = || OPEN.try_with(|open| open.contains(&address(primary)));
    if primary.kind() == PrimaryKind::Sqlite && is_open().unwrap_or(false) {
        let reason = "this task has a transaction open, and SQLite has one writer: call it on the `tx` \
                      that the closure was given";
        return Err(fail::invalid_statement(operation, reason));
    }
    Ok(())
}
