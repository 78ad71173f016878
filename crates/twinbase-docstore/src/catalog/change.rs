//! Creating and dropping collections and indexes, inside of the caller's transaction.

use std::collections::HashSet;

use rusqlite::{Connection, ErrorCode, params};

use super::{Collection, Index, keys_to_bytes, lookup};
use crate::path::{Path, traverses_array};
use crate::request::{Direction, IndexSpec};
use crate::sort::sortable;
use crate::store::failure;
use crate::{Error, sql};

const OPERATION: &str = "creating a collection";

/// Creates what is missing and returns the collection as it is then.
pub(crate) fn ensure(
    connection: &Connection,
    name: &str,
    specs: &[IndexSpec],
) -> Result<Collection, Error> {
    let mut collection = match lookup(connection, name).map_err(failure(OPERATION))? {
        Some(collection) => collection,
        None => create(connection, name).map_err(failure(OPERATION))?,
    };
    let mut named = HashSet::new();
    for spec in specs {
        if !named.insert(&spec.name) {
            return Err(invalid(spec, "the name is given twice"));
        }
        let keys = check(spec)?;
        match collection
            .indexes
            .iter()
            .find(|index| index.name == spec.name)
        {
            Some(index) if index.keys == keys && index.unique == spec.unique => {}
            Some(_) => {
                return Err(invalid(
                    spec,
                    "an index with this name and another definition exists",
                ));
            }
            None => {
                let index = build(connection, name, &collection, spec, keys)?;
                collection.indexes.push(index);
            }
        }
    }
    Ok(collection)
}

/// Drops a collection with its indexes; false when there is none.
pub(crate) fn drop_collection(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let Some(collection) = lookup(connection, name)? else {
        return Ok(false);
    };
    connection.execute("delete from indexes where collection = ?", [collection.id])?;
    connection.execute("delete from collections where id = ?", [collection.id])?;
    connection.execute_batch(&format!("drop table {}", sql::table(collection.id)))?;
    Ok(true)
}

/// Drops an index; false when there is none of this name.
pub(crate) fn drop_index(
    connection: &Connection,
    collection: &str,
    name: &str,
) -> rusqlite::Result<bool> {
    let Some(collection) = lookup(connection, collection)? else {
        return Ok(false);
    };
    let Some(index) = collection.indexes.iter().find(|index| index.name == name) else {
        return Ok(false);
    };
    connection.execute("delete from indexes where id = ?", [index.id])?;
    let index = sql::index(collection.id, index.id);
    connection.execute_batch(&format!("drop index {index}"))?;
    Ok(true)
}

fn create(connection: &Connection, name: &str) -> rusqlite::Result<Collection> {
    connection.execute("insert into collections (name) values (?)", [name])?;
    let id = connection.last_insert_rowid();
    let table = sql::table(id);
    // Neither strict nor `not null`, although every value is set and has its type: a check that can fail makes SQLite keep a
    // journal of each statement, and that halves the speed of an upsert.
    connection.execute_batch(&format!(
        "create table {table} (_id text primary key, v integer, deleted integer, at integer, doc blob);
         create index {table}_tombstones on {table} (at) where deleted = 1;"
    ))?;
    Ok(Collection {
        id,
        indexes: Vec::new(),
    })
}

fn check(spec: &IndexSpec) -> Result<Vec<(Path, Direction)>, Error> {
    if spec.name.is_empty() || spec.name.contains('\0') {
        return Err(invalid(spec, "an index needs a name without NUL"));
    }
    if spec.keys.is_empty() || spec.keys.len() > 32 {
        return Err(invalid(spec, "an index has 1 to 32 keys"));
    }
    let mut seen = HashSet::new();
    let mut keys = Vec::new();
    for (path, direction) in &spec.keys {
        if path == "_id" && spec.keys.len() == 1 {
            return Err(invalid(spec, "_id is always indexed by itself"));
        }
        if !seen.insert(path) {
            return Err(invalid(spec, &format!("{path:?} is given twice")));
        }
        let path = sortable(path).map_err(|error| invalid(spec, &error.to_string()))?;
        keys.push((path, *direction));
    }
    Ok(keys)
}

fn build(
    connection: &Connection,
    name: &str,
    collection: &Collection,
    spec: &IndexSpec,
    keys: Vec<(Path, Direction)>,
) -> Result<Index, Error> {
    let has_arrays = finds_arrays(connection, collection, &keys)?;
    if has_arrays && spec.unique {
        return Err(invalid(
            spec,
            "a unique index cannot be built over stored arrays",
        ));
    }
    let bytes = keys_to_bytes(spec).map_err(|source| Error::Decode {
        operation: OPERATION,
        source,
    })?;
    connection
        .execute(
            "insert into indexes (collection, name, keys, is_unique, has_arrays) values (?, ?, ?, ?, ?)",
            params![collection.id, spec.name, bytes, spec.unique, has_arrays],
        )
        .map_err(failure(OPERATION))?;
    let id = connection.last_insert_rowid();
    let columns: Vec<String> = keys
        .iter()
        .map(|(path, direction)| column(path, *direction))
        .collect();
    let create = format!(
        "create {} index {} on {} ({})",
        if spec.unique { "unique" } else { "" },
        sql::index(collection.id, id),
        sql::table(collection.id),
        columns.join(", "),
    );
    connection
        .execute_batch(&create)
        .map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) if spec.unique => Error::Duplicates {
                collection: name.to_owned(),
                index: spec.name.clone(),
            },
            _ => failure(OPERATION)(error),
        })?;
    Ok(Index {
        id,
        name: spec.name.clone(),
        keys,
        unique: spec.unique,
        has_arrays,
    })
}

fn column(path: &Path, direction: Direction) -> String {
    let order = match direction {
        Direction::Ascending => "asc",
        Direction::Descending => "desc",
    };
    format!("{} {order}", sql::order_expression(path))
}

/// Whether a stored document has an array on one of the paths.
fn finds_arrays(
    connection: &Connection,
    collection: &Collection,
    keys: &[(Path, Direction)],
) -> Result<bool, Error> {
    let select = format!(
        "select doc from {} where deleted = 0",
        sql::table(collection.id)
    );
    let mut statement = connection.prepare(&select).map_err(failure(OPERATION))?;
    let mut rows = statement.query([]).map_err(failure(OPERATION))?;
    while let Some(row) = rows.next().map_err(failure(OPERATION))? {
        let bytes = row
            .get_ref(0)
            .and_then(|v| Ok(v.as_blob()?))
            .map_err(failure(OPERATION))?;
        let decode = |source| Error::Decode {
            operation: OPERATION,
            source,
        };
        let document = bson::RawDocument::from_bytes(bytes).map_err(decode)?;
        for (path, _) in keys {
            if traverses_array(document, path.parts()).map_err(decode)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn invalid(spec: &IndexSpec, reason: &str) -> Error {
    Error::InvalidIndex {
        index: spec.name.clone(),
        reason: reason.to_owned(),
    }
}
