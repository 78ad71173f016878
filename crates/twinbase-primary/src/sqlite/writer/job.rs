//! One piece of work for the writer's thread, and the answer to whoever asked.

use rusqlite::Connection;
use tokio::sync::oneshot;
use twinbase_core::PrimaryError;

use crate::sqlite::{error::Failure, ticket::Ticket};

/// What a caller waits for.
pub(super) type Reply<T> = oneshot::Sender<Result<T, PrimaryError>>;

/// Work inside of an open transaction.
pub(super) trait Job: Send {
    /// Whether its caller still waits.
    fn ticket(&self) -> &Ticket;

    /// Does the work and keeps the answer; tells whether it succeeded. May be
    /// called again after what it did was rolled back.
    fn run(&mut self, connection: &Connection) -> bool;

    /// Gives the answer; called once what the work did is committed (or rolled
    /// back, when it failed).
    fn answer(self: Box<Self>);

    /// Answers that the transaction around the work failed.
    fn fail(self: Box<Self>, failure: &Failure);
}

/// The job that runs a closure.
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
        let result = (self.work)(connection);
        let succeeded = result.is_ok();
        self.result = Some(result);
        succeeded
    }

    fn answer(self: Box<Self>) {
        if let Some(result) = self.result {
            // A caller that has gone wants no answer.
            let _gone = self.reply.send(result);
        }
    }

    fn fail(self: Box<Self>, failure: &Failure) {
        let _gone = self.reply.send(Err(failure.during(self.operation)));
    }
}
