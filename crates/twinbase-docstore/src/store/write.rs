//! The writes: each one transaction on the writer connection.

use rusqlite::{Transaction, TransactionBehavior, params};

use super::failure;
use super::file::Writer;
use crate::apply::Batch;
use crate::catalog::{self, lookup};
use crate::sql::table;
use crate::{Error, IndexSpec, Outcome, Put};

impl Writer {
    pub(super) fn ensure_collection(
        &mut self,
        name: &str,
        indexes: &[IndexSpec],
    ) -> Result<(), Error> {
        self.transact("creating a collection", |transaction| {
            catalog::ensure(transaction, name, indexes).map(|_| ())
        })
    }

    pub(super) fn drop_collection(&mut self, name: &str) -> Result<bool, Error> {
        const OPERATION: &str = "dropping a collection";
        self.transact(OPERATION, |transaction| {
            catalog::drop_collection(transaction, name).map_err(failure(OPERATION))
        })
    }

    pub(super) fn drop_index(&mut self, collection: &str, name: &str) -> Result<bool, Error> {
        const OPERATION: &str = "dropping an index";
        self.transact(OPERATION, |transaction| {
            catalog::drop_index(transaction, collection, name).map_err(failure(OPERATION))
        })
    }

    pub(super) fn apply(&mut self, collection: &str, puts: &[Put]) -> Result<Vec<Outcome>, Error> {
        self.transact("applying a batch", |transaction| {
            let collection = catalog::ensure(transaction, collection, &[])?;
            Batch::new(transaction, collection)?.apply(puts)
        })
    }

    pub(super) fn sweep_tombstones(
        &mut self,
        collection: &str,
        before_ms: i64,
        limit: usize,
    ) -> Result<usize, Error> {
        const OPERATION: &str = "sweeping tombstones";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.transact(OPERATION, |transaction| {
            let Some(collection) = lookup(transaction, collection).map_err(failure(OPERATION))?
            else {
                return Ok(0);
            };
            let table = table(collection.id);
            let sql = format!(
                "delete from {table} where rowid in
                 (select rowid from {table} where deleted = 1 and at < ? order by at limit ?)"
            );
            transaction
                .prepare_cached(&sql)
                .and_then(|mut statement| statement.execute(params![before_ms, limit]))
                .map_err(failure(OPERATION))
        })
    }

    /// Merges the parts of each index of words: until then a part has the words of what was deleted since it was written.
    pub(super) fn merge_words(&mut self) -> Result<(), Error> {
        const OPERATION: &str = "merging indexes of words";
        let tables =
            "select name from sqlite_schema where type = 'table' and sql like '% using fts5(%'";
        self.transact(OPERATION, |transaction| {
            let merge = || {
                let mut tables = transaction.prepare_cached(tables)?;
                let names = tables.query_map([], |row| row.get::<_, String>(0))?;
                for name in names.collect::<Result<Vec<_>, _>>()? {
                    let merge = format!("insert into {name} ({name}) values ('optimize')");
                    transaction.execute(&merge, [])?;
                }
                Ok(())
            };
            merge().map_err(failure(OPERATION))
        })
    }

    /// Takes the write lock at the start, so that waiting for another process happens before anything is done.
    fn transact<T>(
        &mut self,
        operation: &'static str,
        run: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.place.check()?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failure(operation))?;
        let result = run(&transaction)?;
        transaction.commit().map_err(failure(operation))?;
        Ok(result)
    }
}
