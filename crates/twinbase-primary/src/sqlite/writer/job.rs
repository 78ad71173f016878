//! One piece of work for the writer's thread, and the answer to whoever asked.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use rusqlite::Connection;
use tokio::sync::oneshot;
use twinbase_core::PrimaryError;

use crate::fail;
use crate::sqlite::{error::translate, ticket::Ticket};

pub(super) type Reply<T> = oneshot::Sender<Result<T, PrimaryError>>;

/// Work inside of an open transaction.
pub(super) trait Job: Send {
    /// Whether its caller still waits.
    fn ticket(&self) -> &Ticket;

    /// Does the work and keeps the result; returns whether it succeeded. May be
    /// called again after what it did was rolled back.
    fn run(&mut self, connection: &Connection) -> bool;

    /// Sends the result, or the error of the transaction around the work; called once what the work
    /// did is committed or rolled back.
    fn answer(self: Box<Self>, error: Option<&rusqlite::Error>);
}

pub(super) struct Task<T, F> {
    pub(super) operation: &'static str,
    pub(super) ticket: Ticket,
    pub(super) work: F,
    pub(super) result: Option<Result<T, PrimaryError>>,
    pub(super) reply: Reply<T>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnMut(&Connection) -> Result<T, PrimaryError> + Send,
{
    fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let work = AssertUnwindSafe(|| (self.work)(connection));
        let result =
            catch_unwind(work).unwrap_or_else(|panic| Err(panicked(self.operation, &*panic)));
        let succeeded = result.is_ok();
        self.result = Some(result);
        succeeded
    }

    fn answer(self: Box<Self>, error: Option<&rusqlite::Error>) {
        let failed = error.map(|error| Err(translate(self.operation, error)));
        if let Some(result) = failed.or(self.result) {
            // A caller that has gone wants no answer.
            let _gone = self.reply.send(result);
        }
    }
}

/// What a caller is told whose work panicked. What it did is rolled back as after any error.
fn panicked(operation: &'static str, panic: &(dyn Any + Send)) -> PrimaryError {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message");
    tracing::error!(operation, panic = text, "the writer of SQLite panicked");
    fail::invalid_statement(operation, format!("the writer panicked: {text}"))
}
