//! The thread that owns the writing connection and gives everyone a turn.
//!
//! Writes that commit by themselves and wait at the same time share one
//! transaction (`inbox` says which, `group` how). A transaction of a caller has
//! the connection alone until it ends.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

use rusqlite::Connection;

use super::{
    inbox::Inbox,
    job::{Job, Reply},
};
use crate::sqlite::{error::During, readers::INSTRUCTIONS_PER_CHECK, ticket::Ticket};

/// What the thread can be asked for, served in the order of asking.
pub(super) enum Message {
    /// A write that commits by itself.
    Write(Box<dyn Job>),
    /// A caller's transaction: its first call, and where the others come from.
    Transaction(Box<dyn Job>, Receiver<Call>),
    Close(tokio::sync::oneshot::Sender<()>),
}

/// What a caller's open transaction is asked for.
pub(super) enum Call {
    Run(Box<dyn Job>),
    Commit(Reply<()>),
    RollBack(Reply<()>),
}

pub(super) struct Thread {
    pub(super) connection: Connection,
    pub(super) idle_timeout: Duration,
}

impl Thread {
    /// Serves until everyone who could ask has gone, or one asks to close.
    pub(super) fn serve(self, queue: &Receiver<Message>) {
        let mut inbox = Inbox::new(queue);
        while let Some(message) = inbox.next() {
            match message {
                Message::Write(first) => {
                    if first.ticket().claim() {
                        self.commit_group(first, &mut inbox);
                    }
                }
                Message::Transaction(first, calls) => self.transaction(first, &calls),
                Message::Close(done) => {
                    self.close();
                    let _gone = done.send(());
                    return;
                }
            }
        }
        self.close();
    }

    fn transaction(&self, first: Box<dyn Job>, calls: &Receiver<Call>) {
        if !first.ticket().claim() {
            return;
        }
        if let Err(error) = self.begin() {
            return first.answer(Some(&error));
        }
        if !self.call(first) {
            return;
        }
        loop {
            match calls.recv_timeout(self.idle_timeout) {
                Ok(Call::Run(job)) => {
                    if !job.ticket().claim() {
                        return self.roll_back();
                    }
                    if !self.call(job) {
                        return;
                    }
                }
                Ok(Call::Commit(reply)) => {
                    let result = self.commit().during("commit");
                    if result.is_err() {
                        self.roll_back();
                    }
                    let _gone = reply.send(result);
                    return;
                }
                Ok(Call::RollBack(reply)) => {
                    self.roll_back();
                    let _gone = reply.send(Ok(()));
                    return;
                }
                Err(RecvTimeoutError::Disconnected) => return self.roll_back(),
                Err(RecvTimeoutError::Timeout) => {
                    tracing::warn!("an idle transaction was rolled back, as others wait for it");
                    return self.roll_back();
                }
            }
        }
    }

    /// One call of a transaction. A failed one ends it: a change without its
    /// event must not be committed by whoever passes over the error.
    fn call(&self, mut job: Box<dyn Job>) -> bool {
        self.watch(job.ticket());
        let succeeded = job.run(&self.connection);
        if !succeeded {
            self.roll_back();
        }
        job.answer(None);
        succeeded
    }

    pub(super) fn begin(&self) -> rusqlite::Result<()> {
        self.execute("begin immediate")
    }

    pub(super) fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.raw_execute())
            .map(drop)
    }

    pub(super) fn commit(&self) -> rusqlite::Result<()> {
        // Nobody may interrupt a commit: it would be neither done nor not.
        self.unwatch();
        self.execute("commit")
    }

    pub(super) fn roll_back(&self) {
        self.unwatch();
        // Severe errors (a full disk) have rolled back already.
        if !self.connection.is_autocommit()
            && let Err(error) = self.execute("rollback")
        {
            tracing::warn!(%error, "rolling back failed");
        }
    }

    /// Interrupts what runs when its caller goes away.
    pub(super) fn watch(&self, ticket: &Ticket) {
        let ticket = ticket.clone();
        let stop = move || ticket.is_abandoned();
        self.set_handler(Some(stop));
    }

    fn unwatch(&self) {
        self.set_handler(None::<fn() -> bool>);
    }

    fn set_handler(&self, handler: Option<impl FnMut() -> bool + Send + 'static>) {
        if let Err(error) = self
            .connection
            .progress_handler(INSTRUCTIONS_PER_CHECK, handler)
        {
            tracing::warn!(%error, "statements cannot be interrupted");
        }
    }

    /// Leaves one file behind: the write-ahead log is moved into it.
    fn close(self) {
        let checkpoint = self
            .connection
            .query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()));
        if let Err(error) = checkpoint {
            tracing::debug!(%error, "the write-ahead log stays for the next start");
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "closing the database failed");
        }
    }
}
