//! SQLite as the primary: one file, any number of readers, one writer at a time.
//!
//! - `writer` gives everyone who writes a turn on the one connection that
//!   writes, on a thread of its own; `readers` are a few read-only connections
//!   that never wait for it (write-ahead log).
//! - `transaction` is what a caller holds; what makes a change, its head and its event is rendered elsewhere.
//! - `outbox` is the sync engine's side; its statements lie in `sql/`. What workers and operators do
//!   with the other tables is in `crate::queue`.
//!
//! Another process may use the same file: its lock is waited for, and then it is
//! contention. That a data folder belongs to one application is not decided here.

mod add_column;
mod adopt;
mod bind;
mod connect;
mod copy;
mod error;
mod heads;
mod identity;
mod migrate;
mod object;
mod options;
mod outbox;
mod pending;
mod read;
mod readers;
mod sql;
mod ticket;
mod transaction;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Connection;
use twinbase_core::{
    AggregateId, Name, PrimaryError, Row, Schema, State, StatePage, StateRows, Value,
    primary::{
        Hints, MigrationReport, MigrationSet, PrimaryKind, Store, Transaction, Wake, Written,
    },
    write::{Select, Write},
};

pub use self::bind::Native;
pub(crate) use self::error::by_code;
pub use self::options::Options;
pub(crate) use self::sql::{BUMP_HEAD, INSERT_EVENT};

use self::{
    error::During, identity::Opened, object::Object, readers::Readers,
    transaction::SqliteTransaction, writer::Writer,
};

use crate::fail;
use crate::{
    queue::{self, Run},
    render::{self, QUERY, Rendered, SELECT, Sql},
};

/// Makes one change in an open transaction.
pub(crate) fn write(connection: &Connection, write: &Write) -> Result<Written, PrimaryError> {
    change(write)?(connection)
}

/// What makes one change in an open transaction; run again after a rollback, it begins again.
fn change(
    write: &Write,
) -> Result<impl FnMut(&Connection) -> Result<Written, PrimaryError> + Send + 'static, PrimaryError>
{
    let mut rendered = Rendered::new(PrimaryKind::Sqlite, write)?;
    Ok(move |connection: &Connection| {
        rendered.restart();
        while let Some(statement) = rendered.statement() {
            let rows = read::answer(connection, statement)?;
            rendered.answer(rows)?;
        }
        Ok(rendered.written())
    })
}

/// An SQLite file as the primary.
pub struct Sqlite {
    path: PathBuf,
    opened: Opened,
    options: Options,
    writer: Writer,
    readers: Readers,
}

impl Sqlite {
    /// Opens a file, or creates it; its folder has to exist.
    pub async fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, PrimaryError> {
        let path = path.as_ref().to_owned();
        tokio::task::spawn_blocking(move || Self::open_here(path, &options))
            .await
            .map_err(|error| fail::unavailable("open the database", error))?
    }

    fn open_here(path: PathBuf, options: &Options) -> Result<Self, PrimaryError> {
        let connection = connect::writer(&path, options)?;
        let opened = Opened::new(&path);
        Ok(Self {
            readers: Readers::open(&path, options)?,
            writer: Writer::start(connection, opened.clone(), options)?,
            opened,
            options: options.clone(),
            path,
        })
    }
}

#[async_trait]
impl Store for Sqlite {
    fn kind(&self) -> PrimaryKind {
        PrimaryKind::Sqlite
    }

    fn location(&self) -> String {
        self.path.display().to_string()
    }

    async fn ping(&self) -> Result<(), PrimaryError> {
        const OPERATION: &str = "reach the database";
        self.opened.is_there(OPERATION)?;
        self.readers
            .run(OPERATION, |connection| {
                connection.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))
            })
            .await
    }

    async fn scrub(&self) -> Result<bool, PrimaryError> {
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || connect::empty_log(&path))
            .await
            .map_err(|error| fail::unavailable("empty the write-ahead log", error))?
    }

    async fn now(&self) -> Result<Timestamp, PrimaryError> {
        queue::now(self).await
    }

    async fn migrate(&self, sets: &[MigrationSet]) -> Result<MigrationReport, PrimaryError> {
        let sets = sets.to_vec();
        let work = move |connection: &Connection| migrate::run(connection, &sets);
        self.writer.write("migrate the database", work).await
    }

    async fn pending_migrations(
        &self,
        sets: &[MigrationSet],
    ) -> Result<MigrationReport, PrimaryError> {
        let sets = sets.to_vec();
        let work = move |connection: &Connection| migrate::pending(connection, &sets);
        self.readers.run("list pending migrations", work).await
    }

    async fn register(&self, schemas: &[Arc<Schema>]) -> Result<(), PrimaryError> {
        queue::register(self, schemas).await
    }

    async fn outdated(&self, mappings: &[(Name, i64)]) -> Result<Vec<String>, PrimaryError> {
        queue::outdated(self, mappings).await
    }

    async fn backup(&self, file: &Path, pending_from: i64) -> Result<bool, PrimaryError> {
        let (from, options, to) = (self.path.clone(), self.options.clone(), file.to_owned());
        let copy = move || copy::copy(&from, &options, &to, pending_from);
        let copied = tokio::task::spawn_blocking(copy).await;
        copied.map_err(|error| fail::unavailable("copy the database", error))??;
        Ok(true)
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn write(&self, write: &Write) -> Result<Written, PrimaryError> {
        self.writer
            .write(render::operation(write), change(write)?)
            .await
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, PrimaryError> {
        if self.readers.is_closed() {
            return Err(readers::closed("begin a transaction"));
        }
        Ok(Box::new(SqliteTransaction::new(self.writer.clone())))
    }

    async fn select(&self, select: &Select) -> Result<Vec<State>, PrimaryError> {
        let sql = render::select(PrimaryKind::Sqlite, select)?;
        let work = move |connection: &Connection| read::states(connection, &sql);
        self.readers.run(SELECT, work).await
    }

    async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        let sql = render::query(PrimaryKind::Sqlite, sql, params)?;
        let work = move |connection: &Connection| read::rows(connection, &sql);
        self.readers.run(QUERY, work).await
    }

    async fn states_after(
        &self,
        schema: &Schema,
        after: Option<&str>,
        until: Option<&str>,
        limit: u32,
    ) -> Result<StatePage, PrimaryError> {
        let sql = render::states_after(PrimaryKind::Sqlite, schema, after, until, limit);
        let (of, object) = (schema.aggregate_type.clone(), Object::of(schema));
        let work = move |connection: &Connection| {
            let snapshot = connection.unchecked_transaction().during(SELECT)?;
            let rows = StateRows::page_of(limit);
            let mut page = read::values(connection, &sql, (&object, rows))?.page();
            heads::add(connection, &of, &mut page.states)?;
            snapshot.finish().during(SELECT)?;
            Ok::<_, PrimaryError>(page)
        };
        self.readers.run(SELECT, work).await
    }

    async fn states_of(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<State>, PrimaryError> {
        let sql = render::states_of(PrimaryKind::Sqlite, schema, ids);
        let object = Object::of(schema);
        let work = move |connection: &Connection| {
            let rows = read::values(connection, &sql, (&object, StateRows::all()));
            rows.map(StateRows::states)
        };
        self.readers.run(SELECT, work).await
    }
}

/// SQLite has no notifications, and one process has the file to itself nearly always.
#[async_trait]
impl Wake for Sqlite {
    async fn notify(&self) -> Result<(), PrimaryError> {
        Ok(())
    }

    async fn listen(&self) -> Result<Option<Hints>, PrimaryError> {
        Ok(None)
    }
}

impl Run for Sqlite {
    fn dialect(&self) -> PrimaryKind {
        PrimaryKind::Sqlite
    }

    async fn read(&self, operation: &'static str, sql: Sql) -> Result<Vec<Row>, PrimaryError> {
        let work = move |connection: &Connection| read::readable(operation, connection, &sql);
        self.readers.run(operation, work).await
    }

    async fn outbox(&self, operation: &'static str, sql: Sql) -> Result<Vec<Row>, PrimaryError> {
        self.read(operation, sql).await
    }

    async fn identity(&self) -> Result<Option<String>, PrimaryError> {
        let path = self.path.clone();
        let number = tokio::task::spawn_blocking(move || identity::of_file(&path)).await;
        Ok(number.ok().flatten())
    }

    async fn change(&self, operation: &'static str, sql: Sql) -> Result<u64, PrimaryError> {
        self.writer
            .write(operation, move |connection| {
                let mut statement = bind::prepare(connection, sql.statement(operation))?;
                let changed = statement.raw_execute().during(operation);
                changed.map(|rows| rows as u64)
            })
            .await
    }

    async fn change_returning(
        &self,
        operation: &'static str,
        sql: Sql,
    ) -> Result<Vec<Row>, PrimaryError> {
        let work = move |connection: &Connection| read::readable(operation, connection, &sql);
        self.writer.write(operation, work).await
    }
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
