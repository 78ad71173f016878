//! The one connection that writes, as its callers see it.
//!
//! A single write is one message to the thread and one answer; a transaction
//! takes its turn with its first call, so that beginning one costs nothing.

mod group;
mod inbox;
mod job;
mod thread;

use std::{sync::mpsc, time::Duration};

use rusqlite::Connection;
use tokio::sync::oneshot;
use twinbase_core::PrimaryError;

use self::{
    job::{Job, Task},
    thread::{Call, Message, Thread},
};
use super::{Options, error::During, identity::Opened, readers, ticket::Ticket};
use crate::fail;

/// A handle on the thread that writes. The thread ends with the last handle.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    opened: Opened,
    turn_timeout: Duration,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        opened: Opened,
        options: &Options,
    ) -> Result<Self, PrimaryError> {
        let (queue, messages) = mpsc::channel();
        let thread = Thread {
            connection,
            idle_timeout: options.idle_timeout,
        };
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || thread.serve(&messages))
            .map_err(|error| fail::unavailable("open the database", error))?;
        Ok(Self {
            queue,
            opened,
            turn_timeout: options.turn_timeout,
        })
    }

    /// Runs `work` in a transaction of its own (perhaps shared with other such
    /// work) and commits it. `work` may be run again after a rollback.
    pub(super) async fn write<R: During<Value: Send + 'static>>(
        &self,
        operation: &'static str,
        work: impl FnMut(&Connection) -> R + Send + 'static,
    ) -> Result<R::Value, PrimaryError> {
        let (job, answer) = Answer::to(operation, work);
        self.send(operation, Message::Write(job))?;
        answer.within(self.turn_timeout).await
    }

    /// Begins a transaction with its first call.
    pub(super) async fn begin<R: During<Value: Send + 'static>>(
        &self,
        operation: &'static str,
        work: impl FnMut(&Connection) -> R + Send + 'static,
    ) -> Result<(R::Value, Session), PrimaryError> {
        let (job, answer) = Answer::to(operation, work);
        let (calls, receiver) = mpsc::channel();
        self.send(operation, Message::Transaction(job, receiver))?;
        let value = answer.within(self.turn_timeout).await?;
        Ok((value, Session { calls }))
    }

    /// Waits for who is in the queue, then closes the connection.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).is_ok() {
            let _forgotten_transaction = tokio::time::timeout(self.turn_timeout, closed).await;
        }
    }

    fn send(&self, operation: &'static str, message: Message) -> Result<(), PrimaryError> {
        self.opened.is_there(operation)?;
        self.queue
            .send(message)
            .map_err(|_| readers::closed(operation))
    }
}

/// An open transaction. Dropping it rolls back and lets the next writer in.
pub(super) struct Session {
    calls: mpsc::Sender<Call>,
}

impl Session {
    pub(super) async fn run<R: During<Value: Send + 'static>>(
        &self,
        operation: &'static str,
        work: impl FnMut(&Connection) -> R + Send + 'static,
    ) -> Result<R::Value, PrimaryError> {
        let (job, answer) = Answer::to(operation, work);
        self.send(operation, Call::Run(job))?;
        // Its turn is now.
        answer.within(Duration::MAX).await
    }

    pub(super) async fn commit(self) -> Result<(), PrimaryError> {
        let (reply, answer) = oneshot::channel();
        self.send("commit", Call::Commit(reply))?;
        answer.await.map_err(|_| readers::closed("commit"))?
    }

    pub(super) async fn roll_back(self) -> Result<(), PrimaryError> {
        let (reply, answer) = oneshot::channel();
        self.send("roll back", Call::RollBack(reply))?;
        answer.await.map_err(|_| readers::closed("roll back"))?
    }

    fn send(&self, operation: &'static str, call: Call) -> Result<(), PrimaryError> {
        self.calls.send(call).map_err(|_| {
            fail::contention(
                operation,
                "the transaction was idle for too long and was rolled back",
            )
        })
    }
}

/// What a caller waits for; dropping it abandons the work.
struct Answer<T> {
    operation: &'static str,
    ticket: Ticket,
    receiver: oneshot::Receiver<Result<T, PrimaryError>>,
}

impl<T: Send + 'static> Answer<T> {
    fn to<R: During<Value = T>>(
        operation: &'static str,
        mut work: impl FnMut(&Connection) -> R + Send + 'static,
    ) -> (Box<dyn Job>, Self) {
        let ticket = Ticket::default();
        let (reply, receiver) = oneshot::channel();
        let job = Task {
            operation,
            ticket: ticket.clone(),
            work: move |connection: &Connection| work(connection).during(operation),
            result: None,
            reply,
        };
        let answer = Self {
            operation,
            ticket,
            receiver,
        };
        (Box::new(job), answer)
    }

    /// The answer, or contention when the work's turn has not come in time.
    async fn within(mut self, turn: Duration) -> Result<T, PrimaryError> {
        let _wanted = self.ticket.clone().until_dropped();
        let answer = match tokio::time::timeout(turn, &mut self.receiver).await {
            Ok(answer) => answer,
            Err(_) if self.ticket.withdraw() => {
                let reason = "other writers did not finish in time";
                return Err(fail::contention(self.operation, reason));
            }
            Err(_) => self.receiver.await,
        };
        answer.map_err(|_| readers::closed(self.operation))?
    }
}

#[cfg(test)]
mod tests;
