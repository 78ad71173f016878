//! The reads, each inside of one snapshot.

use std::ops::ControlFlow;

use bson::{Document, RawDocument};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::column::{self, is_deleted, version};
use super::failure;
use super::readers::Snapshot;
use crate::catalog::{Collection, lookup};
use crate::pipeline::{Plan, Query, Select};
use crate::request_depth;
use crate::sql::{sized, table};
use crate::{Error, Find, IndexSpec, Options, Stored, filter};

/// Gets each document in turn.
pub(super) type Visit<'v> = &'v mut dyn FnMut(&RawDocument) -> Result<ControlFlow<()>, Error>;

pub(super) fn get(
    snapshot: &Snapshot<'_>,
    collection: &str,
    id: &str,
) -> Result<Option<Document>, Error> {
    const OPERATION: &str = "reading a document";
    let Some(collection) = existing(snapshot.connection(), collection)? else {
        return Ok(None);
    };
    let bytes: Option<Vec<u8>> = snapshot
        .connection()
        .prepare_cached(&format!(
            "select doc from {} where _id = ? and deleted = 0",
            table(collection.id)
        ))
        .and_then(|mut statement| {
            let bytes = |row: &Row<'_>| Ok(column::bytes(row, 0)?.map(<[u8]>::to_vec));
            statement.query_row([id], bytes).optional()
        })
        .map_err(failure(OPERATION))?
        .flatten();
    bytes.as_deref().map(decode).transpose()
}

pub(super) fn find(
    snapshot: &Snapshot<'_>,
    collection: &str,
    query: &Find,
    options: &Options,
    visit: Visit<'_>,
) -> Result<(), Error> {
    let existing = existing(snapshot.connection(), collection)?;
    run(
        &plan(existing.as_ref(), query, options)?,
        snapshot,
        options,
        visit,
    )
}

pub(super) fn aggregate(
    snapshot: &Snapshot<'_>,
    collection: &str,
    stages: &[Document],
    options: &Options,
    visit: Visit<'_>,
) -> Result<(), Error> {
    request_depth::check(stages)?;
    let existing = existing(snapshot.connection(), collection)?;
    let plan = Plan::of_pipeline(existing.as_ref(), stages, options)?;
    run(&plan, snapshot, options, visit)
}

fn plan(collection: Option<&Collection>, query: &Find, options: &Options) -> Result<Plan, Error> {
    request_depth::check([&query.filter, &query.sort, &query.projection])?;
    Plan::of_find(collection, query, options)
}

fn run(
    plan: &Plan,
    snapshot: &Snapshot<'_>,
    options: &Options,
    visit: Visit<'_>,
) -> Result<(), Error> {
    let query = Query::new(snapshot.connection(), options, snapshot.clock());
    plan.run(&query, &mut |document| Ok(visit(&document)?))?;
    Ok(())
}

pub(super) fn count(
    snapshot: &Snapshot<'_>,
    collection: &str,
    filter: &Document,
    options: &Options,
) -> Result<u64, Error> {
    request_depth::check([filter])?;
    let existing = existing(snapshot.connection(), collection)?;
    let mut select = Select::new(existing.as_ref(), &options.order);
    select.filter(&filter::parse(filter, options)?);
    let Some(counted) = select.count()? else {
        return Ok(0);
    };
    let (sql, params) = sized(counted)?;
    let count: i64 = snapshot
        .connection()
        .prepare_cached(&sql)
        .and_then(|mut statement| {
            let count = statement.parameter_count();
            statement.query_row(params_from_iter(params.values(count)), |row| row.get(0))
        })
        .map_err(failure("counting documents"))?;
    Ok(count.unsigned_abs())
}

pub(super) fn indexes(
    snapshot: &Snapshot<'_>,
    collection: &str,
) -> Result<Option<Vec<IndexSpec>>, Error> {
    let existing = existing(snapshot.connection(), collection)?;
    Ok(existing.map(|collection| {
        collection
            .indexes
            .into_iter()
            .map(|index| IndexSpec::from(index.definition))
            .collect()
    }))
}

pub(super) fn explain(
    snapshot: &Snapshot<'_>,
    collection: &str,
    query: &Find,
    options: &Options,
) -> Result<Vec<String>, Error> {
    let existing = existing(snapshot.connection(), collection)?;
    let query_of = Query::new(snapshot.connection(), options, snapshot.clock());
    plan(existing.as_ref(), query, options)?.explain(&query_of)
}

pub(super) fn explain_pipeline(
    snapshot: &Snapshot<'_>,
    collection: &str,
    stages: &[Document],
    options: &Options,
) -> Result<Vec<String>, Error> {
    request_depth::check(stages)?;
    let existing = existing(snapshot.connection(), collection)?;
    let query = Query::new(snapshot.connection(), options, snapshot.clock());
    Plan::of_pipeline(existing.as_ref(), stages, options)?.explain(&query)
}

pub(super) fn versions<S: AsRef<str>>(
    snapshot: &Snapshot<'_>,
    collection: &str,
    ids: &[S],
) -> Result<Vec<(String, i64, bool)>, Error> {
    let Some(collection) = existing(snapshot.connection(), collection)? else {
        return Ok(Vec::new());
    };
    let select = || {
        let sql = format!(
            "select v, deleted from {} where _id = ?",
            table(collection.id)
        );
        let mut statement = snapshot.connection().prepare_cached(&sql)?;
        let mut found = Vec::new();
        for id in ids {
            let id = id.as_ref();
            let version = statement
                .query_row([id], |row| Ok((version(row, 0)?, is_deleted(row, 1)?)))
                .optional()?;
            found.extend(version.map(|(version, deleted)| (id.to_owned(), version, deleted)));
        }
        Ok(found)
    };
    select().map_err(failure("reading versions"))
}

pub(super) fn get_many<S: AsRef<str>>(
    snapshot: &Snapshot<'_>,
    collection: &str,
    ids: &[S],
) -> Result<Vec<Stored>, Error> {
    const OPERATION: &str = "reading documents";
    let Some(collection) = existing(snapshot.connection(), collection)? else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "select v, deleted, doc from {} where _id = ?",
        table(collection.id)
    );
    let mut statement = snapshot
        .connection()
        .prepare_cached(&sql)
        .map_err(failure(OPERATION))?;
    let mut found = Vec::new();
    for id in ids.iter().map(AsRef::as_ref) {
        let mut rows = statement.query([id]).map_err(failure(OPERATION))?;
        let Some(row) = rows.next().map_err(failure(OPERATION))? else {
            continue;
        };
        let columns = || {
            let bytes = column::found(row, (0, 1, 2))?;
            Ok((version(row, 0)?, is_deleted(row, 1)?, bytes))
        };
        let (version, deleted, bytes) = columns().map_err(failure(OPERATION))?;
        found.push(Stored {
            id: id.to_owned(),
            version,
            deleted,
            document: bytes.map(decode).transpose()?,
        });
    }
    Ok(found)
}

pub(super) fn scan(
    snapshot: &Snapshot<'_>,
    collection: &str,
    after_id: Option<&str>,
    limit: usize,
) -> Result<Vec<(String, i64, bool)>, Error> {
    let Some(collection) = existing(snapshot.connection(), collection)? else {
        return Ok(Vec::new());
    };
    let condition = if after_id.is_some() {
        "where _id > ?1"
    } else {
        ""
    };
    let sql = format!(
        "select _id, v, deleted from {} {condition} order by _id limit ?2",
        table(collection.id)
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    snapshot
        .connection()
        .prepare_cached(&sql)
        .and_then(|mut statement| {
            let row = |row: &Row<'_>| {
                Ok((
                    column::id(row, 0)?.into_owned(),
                    version(row, 1)?,
                    is_deleted(row, 2)?,
                ))
            };
            statement
                .query_map(params![after_id.map(column::bound), limit], row)?
                .collect()
        })
        .map_err(failure("scanning"))
}

/// Gives documents as they are stored, until no more are wanted.
pub(super) fn documents_after(
    snapshot: &Snapshot<'_>,
    collection: &str,
    after_id: Option<&str>,
    limit: usize,
    mut visit: impl FnMut(&str, i64, Option<&[u8]>) -> ControlFlow<()>,
) -> Result<(), Error> {
    const OPERATION: &str = "reading documents";
    let Some(collection) = existing(snapshot.connection(), collection)? else {
        return Ok(());
    };
    let condition = if after_id.is_some() {
        "where _id > ?1"
    } else {
        ""
    };
    let sql = format!(
        "select _id, v, deleted, doc from {} {condition} order by _id limit ?2",
        table(collection.id)
    );
    let mut statement = snapshot
        .connection()
        .prepare_cached(&sql)
        .map_err(failure(OPERATION))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement
        .query(params![after_id.map(column::bound), limit])
        .map_err(failure(OPERATION))?;
    while let Some(row) = rows.next().map_err(failure(OPERATION))? {
        let columns = || {
            let bytes = column::found(row, (1, 2, 3))?;
            Ok((column::id(row, 0)?, version(row, 1)?, bytes))
        };
        let (id, version, bytes) = columns().map_err(failure(OPERATION))?;
        if visit(&id, version, bytes).is_break() {
            break;
        }
    }
    Ok(())
}

/// Gathers documents up to a number of bytes.
pub(super) fn collect(
    limit_bytes: usize,
    run: impl FnOnce(Visit<'_>) -> Result<(), Error>,
) -> Result<Vec<Document>, Error> {
    let (mut documents, mut size) = (Vec::new(), 0_usize);
    run(&mut |document| {
        size += document.as_bytes().len();
        if size > limit_bytes {
            return Err(Error::ResultTooLarge { limit_bytes });
        }
        documents.push(decode(document.as_bytes())?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(documents)
}

pub(super) fn decode(bytes: &[u8]) -> Result<Document, Error> {
    Document::from_reader(bytes).map_err(|source| Error::Decode {
        operation: "reading a document",
        source,
    })
}

fn existing(connection: &Connection, collection: &str) -> Result<Option<Collection>, Error> {
    lookup(connection, collection).map_err(failure("looking a collection up"))
}
