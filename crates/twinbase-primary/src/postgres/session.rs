//! One connection of the pool in use: every call bounded in time, no call left behind.
//!
//! A connection goes back to the pool only when the server has answered
//! everything; one that was given up on, or whose caller was cancelled, is closed.

use std::{ops::ControlFlow, pin::pin, time::Duration};

use deadpool_postgres::Object;
use futures_util::TryStreamExt as _;
use tokio::{join, time::timeout};
use tokio_postgres::{Error, Row, error::SqlState, types::ToSql};
use twinbase_core::{PrimaryError, primary::PrimaryKind};

use super::{bind::Bound, distrust::Distrust, error::translate};
use crate::fail;
use crate::render::Sql;

/// Free-form texts beyond so many are not kept prepared: an application that
/// puts values into its texts would fill the memory of both sides.
const KEPT_STATEMENTS: usize = 512;

pub(super) struct Session {
    pub(super) object: Option<Object>,
    pub(super) kind: PrimaryKind,
    pub(super) timeout: Duration,
    pub(super) distrust: Distrust,
    /// Whether a response is outstanding.
    pub(super) busy: bool,
    /// Whether a statement cannot be sent again by itself.
    pub(super) in_transaction: bool,
}

/// Parameters of a fixed statement.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Session {
    /// Sends a rendered statement.
    pub(super) async fn rendered(
        &mut self,
        operation: &'static str,
        sql: &Sql,
    ) -> Result<Vec<Row>, PrimaryError> {
        let bound: Vec<Bound<'_>> = sql.params.iter().map(Bound).collect();
        self.query(operation, &sql.text, &references(&bound)).await
    }

    /// Sends a rendered statement that returns no rows; how many it changed.
    pub(super) async fn changed(
        &mut self,
        operation: &'static str,
        sql: &Sql,
    ) -> Result<u64, PrimaryError> {
        let bound: Vec<Bound<'_>> = sql.params.iter().map(Bound).collect();
        self.execute(operation, &sql.text, &references(&bound))
            .await
    }

    /// Sends the text of an application where it can change nothing: in a read-only transaction, or
    /// in a read-only part of the open one. All of it is one round trip.
    pub(super) async fn read_only(
        &mut self,
        operation: &'static str,
        sql: &Sql,
    ) -> Result<Vec<Row>, PrimaryError> {
        let (begin, end) = match (self.in_transaction, self.kind) {
            (false, _) => ("begin read only", "commit"),
            // CockroachDB has no read-only part of a transaction: there the text alone is checked.
            (true, PrimaryKind::Cockroach) => ("", ""),
            (true, _) => (
                "savepoint twinbase_query; set transaction read only",
                "release savepoint twinbase_query",
            ),
        };
        let bound: Vec<Bound<'_>> = sql.params.iter().map(Bound).collect();
        let params = references(&bound);
        for last in [false, true] {
            self.busy = true;
            let object = self.object(operation)?;
            if object.statement_cache.size() >= KEPT_STATEMENTS {
                object.statement_cache.clear();
            }
            let work = async {
                let statement = object.prepare_cached(&sql.text).await?;
                let (opened, rows, ended) = join!(
                    biased;
                    object.batch_execute(begin),
                    object.query(&statement, &params),
                    object.batch_execute(end)
                );
                opened?;
                let rows = rows?;
                ended?;
                Ok::<_, Error>(rows)
            };
            let outcome = timeout(self.timeout, work).await;
            if matches!(&outcome, Ok(Err(error)) if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION))
            {
                self.busy = false;
                return Err(fail::invalid_statement(operation, "it changes something"));
            }
            if let Some(rows) = self.settle(operation, outcome, last)? {
                return Ok(rows);
            }
        }
        Err(gone(operation))
    }

    /// Sends a prepared statement.
    pub(super) async fn query(
        &mut self,
        operation: &'static str,
        text: &str,
        params: Params<'_>,
    ) -> Result<Vec<Row>, PrimaryError> {
        let mut rows = Vec::new();
        let take = |row| {
            rows.push(row);
            Ok(ControlFlow::Continue(()))
        };
        self.stream(operation, text, params, take).await?;
        Ok(rows)
    }

    /// Sends a prepared statement that returns no rows; how many it changed.
    pub(super) async fn execute(
        &mut self,
        operation: &'static str,
        text: &str,
        params: Params<'_>,
    ) -> Result<u64, PrimaryError> {
        let none = |_| Ok(ControlFlow::Continue(()));
        self.stream(operation, text, params, none).await
    }

    /// Sends a prepared statement and hands its rows over one by one as they
    /// come, until there are enough; how many rows it changed. The driver takes no more from the
    /// network than is asked for, so what is held in memory is up to the taker.
    pub(super) async fn stream(
        &mut self,
        operation: &'static str,
        text: &str,
        params: Params<'_>,
        mut take: impl FnMut(Row) -> Result<ControlFlow<()>, Error>,
    ) -> Result<u64, PrimaryError> {
        for last in [false, true] {
            self.busy = true;
            let object = self.object(operation)?;
            let work = async {
                let statement = object.prepare_cached(text).await?;
                let rows = object.query_raw(&statement, params.iter().copied()).await?;
                let mut rows = pin!(rows);
                while let Some(row) = rows.try_next().await? {
                    if take(row)?.is_break() {
                        // What is still under way is read past, unseen, before the next answer.
                        break;
                    }
                }
                Ok(rows.rows_affected().unwrap_or(0))
            };
            let outcome = timeout(self.timeout, work).await;
            if let Some(changed) = self.settle(operation, outcome, last)? {
                return Ok(changed);
            }
        }
        Err(gone(operation))
    }

    /// Sends statements without parameters or answer.
    pub(super) async fn batch(
        &mut self,
        operation: &'static str,
        text: &str,
    ) -> Result<(), PrimaryError> {
        self.busy = true;
        let outcome = timeout(self.timeout, self.object(operation)?.batch_execute(text)).await;
        self.settle(operation, outcome, true).map(|_| ())
    }

    /// Rolls back without being waited for, and gives the connection back after that.
    pub(super) fn roll_back_in_background(&mut self) {
        let Some(object) = self.object.take() else {
            return;
        };
        let runtime = match tokio::runtime::Handle::try_current() {
            Ok(runtime) if !self.busy => runtime,
            // The server rolls back when the connection is closed.
            _ => {
                drop(Object::take(object));
                return;
            }
        };
        let limit = self.timeout;
        runtime.spawn(async move {
            let ended = timeout(limit, object.batch_execute("rollback")).await;
            if !matches!(ended, Ok(Ok(()))) {
                drop(Object::take(object));
            }
        });
    }

    /// What came back; `None` when the statement has to be prepared again and sent once more.
    fn settle<T>(
        &mut self,
        operation: &'static str,
        outcome: Result<Result<T, Error>, tokio::time::error::Elapsed>,
        last: bool,
    ) -> Result<Option<T>, PrimaryError> {
        let Ok(answer) = outcome else {
            // Still busy: the connection is closed when this session ends.
            let reason = "the server did not answer in time";
            return Err(fail::unavailable(operation, reason));
        };
        self.busy = false;
        let error = match answer {
            Ok(answer) => return Ok(Some(answer)),
            Err(error) => error,
        };
        if error.code().is_some_and(|code| self.distrust.hears(code)) {
            // As if a response were outstanding: the connection is closed when this session ends.
            self.busy = true;
        }
        if !is_outdated(&error) {
            return Err(translate(operation, error));
        }
        if let Some(object) = &self.object {
            // Whatever made one of them so did it to all.
            object.statement_cache.clear();
        }
        if self.in_transaction {
            // The transaction is lost; run again, it finds the statement prepared anew.
            return Err(fail::contention(operation, error));
        }
        if last {
            return Err(translate(operation, error));
        }
        Ok(None)
    }

    fn object(&self, operation: &'static str) -> Result<&Object, PrimaryError> {
        self.object.as_ref().ok_or_else(|| gone(operation))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(object) = self.object.take()
            && self.busy
        {
            drop(Object::take(object));
        }
    }
}

pub(super) fn references<'a>(bound: &'a [Bound<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    bound.iter().map(|param| param as _).collect()
}

/// Whether a migration changed what a prepared statement returns, or the server forgot it.
fn is_outdated(error: &Error) -> bool {
    error.as_db_error().is_some_and(|answer| {
        *answer.code() == SqlState::INVALID_SQL_STATEMENT_NAME
            || (*answer.code() == SqlState::FEATURE_NOT_SUPPORTED
                && answer.message().contains("cached plan"))
    })
}

fn gone(operation: &'static str) -> PrimaryError {
    fail::unavailable(operation, "the connection is gone")
}
