//! A caller's transaction: it takes its turn among the writers with its first
//! call and gives it back when it ends, however it ends.

use async_trait::async_trait;
use rusqlite::Connection;
use twinbase_core::{
    PrimaryError, Row, State, Value,
    primary::{PrimaryKind, Transaction, Written},
    write::{Select, Write},
};

use super::{
    read,
    writer::{Session, Writer},
};
use crate::fail;
use crate::render::{self, QUERY, SELECT};

pub(super) struct SqliteTransaction {
    writer: Writer,
    state: Progress,
}

enum Progress {
    /// Nobody waits for it yet.
    NotBegun,
    Open(Session),
    /// A call failed or was cancelled, and with it the transaction was rolled
    /// back: a change whose event may be missing cannot be committed.
    Lost,
}

impl SqliteTransaction {
    pub(super) const fn new(writer: Writer) -> Self {
        Self {
            writer,
            state: Progress::NotBegun,
        }
    }

    async fn run<T: Send + 'static>(
        &mut self,
        operation: &'static str,
        work: Result<
            impl FnMut(&Connection) -> Result<T, PrimaryError> + Send + 'static,
            PrimaryError,
        >,
    ) -> Result<T, PrimaryError> {
        // Whoever leaves early, by an error or by dropping this future, leaves
        // it lost; the session goes with it.
        let (value, session) = match std::mem::replace(&mut self.state, Progress::Lost) {
            Progress::NotBegun => self.writer.begin(operation, work?).await?,
            Progress::Open(session) => (session.run(operation, work?).await?, session),
            Progress::Lost => return Err(lost(operation)),
        };
        self.state = Progress::Open(session);
        Ok(value)
    }
}

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn write(&mut self, write: &Write) -> Result<Written, PrimaryError> {
        let work = super::change(write);
        self.run(render::operation(write), work).await
    }

    async fn select(&mut self, select: &Select) -> Result<Vec<State>, PrimaryError> {
        let sql = render::select(PrimaryKind::Sqlite, select);
        let work = sql.map(|sql| move |connection: &Connection| read::states(connection, &sql));
        self.run(SELECT, work).await
    }

    async fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        let sql = render::query(PrimaryKind::Sqlite, sql, params);
        let work = sql.map(|sql| move |connection: &Connection| read::rows(connection, &sql));
        self.run(QUERY, work).await
    }

    async fn commit(self: Box<Self>) -> Result<(), PrimaryError> {
        match self.state {
            Progress::NotBegun => Ok(()),
            Progress::Open(session) => session.commit().await,
            Progress::Lost => Err(lost("commit")),
        }
    }

    async fn rollback(self: Box<Self>) -> Result<(), PrimaryError> {
        match self.state {
            Progress::Open(session) => session.roll_back().await,
            Progress::NotBegun | Progress::Lost => Ok(()),
        }
    }
}

fn lost(operation: &'static str) -> PrimaryError {
    fail::invalid_statement(
        operation,
        "an earlier call of the transaction failed, so it was rolled back",
    )
}
