//! Which table a foreign statement changes, as SQLite's own compiler sees it.
//!
//! A statement of SQLite changes one table directly, the first that its compiler
//! asks leave for; what follows are foreign-key actions. Changes inside of
//! triggers are the application's affair and are not looked at.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{
    Connection,
    hooks::{AuthAction, AuthContext, Authorization},
};
use twinbase_core::{Operation, PrimaryError};

use super::error::During;

const OPERATION: &str = "run a statement";

/// Texts remembered as checked; applications have a few dozen.
const REMEMBERED: usize = 512;

/// A claim about a statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Claim {
    pub(super) sql: String,
    pub(super) table: &'static str,
    /// The key column, for an aggregate.
    pub(super) key: Option<&'static str>,
    pub(super) operation: Operation,
}

/// Watches what the writing connection compiles.
#[derive(Debug, Clone, Default)]
pub(super) struct Authorizer(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The changes of the statement that is being compiled, when someone asked.
    changes: Option<Vec<Change>>,
    checked: HashSet<Claim>,
}

#[derive(Debug, PartialEq, Eq)]
enum Change {
    Insert(String),
    Update(String, String),
    Delete(String),
}

impl Authorizer {
    /// Starts watching. It stays for good: SQLite forgets all prepared
    /// statements when an authorizer is set.
    pub(super) fn watch(&self, connection: &Connection) -> Result<(), PrimaryError> {
        let watcher = self.clone();
        connection
            .authorizer(Some(move |context: AuthContext<'_>| {
                watcher.record(&context);
                Authorization::Allow
            }))
            .during("open the database")
    }

    fn record(&self, context: &AuthContext<'_>) {
        let mut state = self.lock();
        let Some(changes) = state
            .changes
            .as_mut()
            .filter(|_| context.accessor.is_none())
        else {
            return;
        };
        changes.push(match context.action {
            AuthAction::Insert { table_name } => Change::Insert(table_name.to_owned()),
            AuthAction::Update {
                table_name,
                column_name,
            } => Change::Update(table_name.to_owned(), column_name.to_owned()),
            AuthAction::Delete { table_name } => Change::Delete(table_name.to_owned()),
            _ => return,
        });
    }

    /// Refuses a statement that is not what is claimed of it.
    pub(super) fn check(&self, connection: &Connection, claim: &Claim) -> Result<(), PrimaryError> {
        if self.lock().checked.contains(claim) {
            return Ok(());
        }
        self.lock().changes = Some(Vec::new());
        // Prepared anew: a statement from the cache would not be compiled.
        let prepared = connection.prepare(&claim.sql).map(drop);
        let changes = self.lock().changes.take().unwrap_or_default();
        prepared.during(OPERATION)?;
        verdict(&changes, claim).map_err(|reason| PrimaryError::InvalidStatement {
            operation: OPERATION,
            reason,
        })?;
        let mut state = self.lock();
        if state.checked.len() >= REMEMBERED {
            state.checked.clear();
        }
        state.checked.insert(claim.clone());
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn verdict(changes: &[Change], claim: &Claim) -> Result<(), String> {
    let is_claimed = |table: &str| table.eq_ignore_ascii_case(claim.table);
    let (table, deletes) = match changes.first() {
        None => return Err("it changes nothing".into()),
        Some(Change::Insert(table) | Change::Update(table, _)) => (table, false),
        Some(Change::Delete(table)) => (table, true),
    };
    if !is_claimed(table) {
        return Err(format!("it changes `{table}`, not `{}`", claim.table));
    }
    if deletes != (claim.operation == Operation::Deleted) {
        return Err("what it does and the event that was asked for differ".into());
    }
    let changes_key = |change: &Change| {
        matches!((change, claim.key), (Change::Update(table, column), Some(key))
            if is_claimed(table) && column.eq_ignore_ascii_case(key))
    };
    if changes.iter().any(changes_key) {
        return Err("the key of an aggregate does not change".into());
    }
    Ok(())
}
