//! Creating and dropping collections and indexes, inside of the caller's transaction.

use std::collections::HashSet;
use std::fmt::Write as _;

use bson::RawDocument;
use rusqlite::{Connection, ErrorCode, params};

use super::{Collection, Definition, Index, lookup};
use crate::entries::{EntryTable, Extract};
use crate::path::{Entries, NoEntries, Path, traverses_array};
use crate::request::{Direction, IndexSpec};
use crate::store::{column, failure};
use crate::text::{self, NoTexts, TextTable};
use crate::value::Order;
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
        let definition = Definition::new(spec)?;
        if !named.insert(&spec.name) {
            return Err(invalid(&definition, "the name is given twice"));
        }
        let mut existing = collection.indexes.iter().map(|index| &index.definition);
        match existing.find(|existing| existing.name == spec.name) {
            Some(existing) if *existing == definition => {}
            Some(_) => {
                return Err(invalid(
                    &definition,
                    "an index with this name and another definition exists; drop it first, or give this one another name",
                ));
            }
            None => {
                if definition.text.is_some() && collection.text().is_some() {
                    return Err(invalid(
                        &definition,
                        "the collection has a text index, and can have one only",
                    ));
                }
                let index = build(connection, name, collection.id, definition)?;
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
    for index in &collection.indexes {
        remove(connection, collection.id, index)?;
    }
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
    let mut indexes = collection.indexes.iter();
    let Some(index) = indexes.find(|index| index.definition.name == name) else {
        return Ok(false);
    };
    remove(connection, collection.id, index)?;
    Ok(true)
}

pub(super) fn remove(
    connection: &Connection,
    collection: i64,
    index: &Index,
) -> rusqlite::Result<()> {
    connection.execute("delete from indexes where id = ?", [index.id])?;
    drop_form(connection, collection, index)
}

/// Drops what holds the keys: the table of entries, or the index of SQLite's.
fn drop_form(connection: &Connection, collection: i64, index: &Index) -> rusqlite::Result<()> {
    let form = if index.has_entries() || index.definition.text.is_some() {
        "table"
    } else {
        "index"
    };
    connection.execute_batch(&format!(
        "drop {form} if exists {}",
        sql::index(collection, index.id)
    ))
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

fn build(
    connection: &Connection,
    name: &str,
    collection: i64,
    definition: Definition,
) -> Result<Index, Error> {
    let bytes = definition.to_bytes().map_err(decode)?;
    connection
        .execute(
            "insert into indexes (collection, name, keys, is_unique) values (?, ?, ?, ?)",
            params![collection, definition.name, bytes, definition.unique],
        )
        .map_err(failure(OPERATION))?;
    let mut index = Index {
        id: connection.last_insert_rowid(),
        definition,
        multikey: 0,
    };
    if index.definition.text.is_some() {
        fill_text(connection, collection, &index)?;
        return Ok(index);
    }
    index.multikey = arrays(connection, collection, &index)?;
    let duplicates = || Error::Duplicates {
        collection: name.to_owned(),
        index: index.definition.name.clone(),
    };
    if index.has_entries() {
        if !fill(connection, collection, &index)? {
            return Err(duplicates());
        }
        save(connection, &index).map_err(failure(OPERATION))?;
    } else {
        let create = definition_sql(collection, &index).map_err(decode)?;
        connection
            .execute_batch(&create)
            .map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) if index.definition.unique => duplicates(),
                _ => failure(OPERATION)(error),
            })?;
    }
    Ok(index)
}

/// From now on the index is a table of entries, with these arrays: the first document with an array comes.
pub(crate) fn hold_entries(
    connection: &Connection,
    collection: i64,
    index: &mut Index,
    arrays: u32,
) -> Result<(), Error> {
    drop_form(connection, collection, index).map_err(failure(OPERATION))?;
    index.multikey |= arrays;
    // The documents that are stored have no arrays and no duplicates.
    fill(connection, collection, index)?;
    save(connection, index).map_err(failure(OPERATION))
}

/// Makes the table of entries of what is stored; false if an entry that should be unique is not.
pub(super) fn fill(connection: &Connection, collection: i64, index: &Index) -> Result<bool, Error> {
    let failed = || failure(OPERATION);
    let table = EntryTable::new(connection, collection, index);
    table.create(&index.definition).map_err(failed())?;
    let extract = Extract::new(&index.definition)?;
    let mut unique = true;
    each_document(connection, collection, |_, id, document| {
        let entries = match extract.entries(document)? {
            Ok(entries) => entries,
            Err(NoEntries::Damaged(source)) => return Err(decode(source)),
            Err(parallel @ NoEntries::Parallel(..)) => {
                return Err(invalid(
                    &index.definition,
                    &format!("{parallel}, in the document {id:?}"),
                ));
            }
        };
        if index.definition.unique {
            for entry in &entries.entries {
                unique &= !table.is_taken(entry, id).map_err(failed())?;
            }
        }
        table
            .replace(id, &Entries::default(), &entries)
            .map_err(failed())
    })?;
    Ok(unique)
}

/// Makes the table of a text index of what is stored.
fn fill_text(connection: &Connection, collection: i64, index: &Index) -> Result<(), Error> {
    let Some(definition) = &index.definition.text else {
        return Ok(());
    };
    let table = TextTable::new(connection, sql::index(collection, index.id));
    table.create(definition).map_err(failure(OPERATION))?;
    each_document(
        connection,
        collection,
        |row, id, document| match text::Row::new(definition, document) {
            Ok(Some(words)) => table.add(row, &words).map_err(failure(OPERATION)),
            Ok(None) => Ok(()),
            Err(NoTexts::Damaged(source)) => Err(decode(source)),
            Err(NoTexts::Language(reason)) => Err(invalid(
                &index.definition,
                &format!("{reason}, in the document {id:?}"),
            )),
        },
    )
}

/// On which paths the stored documents have arrays.
pub(super) fn arrays(
    connection: &Connection,
    collection: i64,
    index: &Index,
) -> Result<u32, Error> {
    let extract = Extract::new(&index.definition)?;
    let mut found = 0;
    each_document(connection, collection, |_, _, document| {
        for (position, (path, _)) in index.definition.keys.iter().enumerate() {
            if traverses_array(document, path.parts()).map_err(decode)?
                && extract.includes(document)?
            {
                found |= 1 << position;
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// Remembers on which paths of an index there are arrays.
pub(crate) fn save(connection: &Connection, index: &Index) -> rusqlite::Result<()> {
    connection
        .prepare_cached("update indexes set multikey = ? where id = ?")?
        .execute(params![index.multikey, index.id])
        .map(|_| ())
}

fn definition_sql(collection: i64, index: &Index) -> Result<String, bson::error::Error> {
    let definition = &index.definition;
    let columns: Vec<String> = definition
        .keys
        .iter()
        .map(|(path, direction)| column(path, *direction, &definition.order))
        .collect();
    let mut sql = format!(
        "create {} index {} on {} ({})",
        if definition.unique { "unique" } else { "" },
        sql::index(collection, index.id),
        sql::table(collection),
        columns.join(", "),
    );
    if let Some(condition) = sql::in_index(definition)? {
        // Writing to a string cannot fail.
        let _ = write!(sql, " where {condition}");
    }
    Ok(sql)
}

fn column(path: &Path, direction: Direction, values: &Order) -> String {
    let order = match direction {
        Direction::Ascending => "asc",
        Direction::Descending => "desc",
    };
    format!("{} {order}", sql::order_expression(path, values))
}

fn each_document(
    connection: &Connection,
    collection: i64,
    mut visit: impl FnMut(i64, &str, &RawDocument) -> Result<(), Error>,
) -> Result<(), Error> {
    let select = format!(
        "select rowid, _id, doc from {} where deleted = 0",
        sql::table(collection)
    );
    let mut statement = connection.prepare(&select).map_err(failure(OPERATION))?;
    let mut rows = statement.query([]).map_err(failure(OPERATION))?;
    while let Some(row) = rows.next().map_err(failure(OPERATION))? {
        let columns = || {
            Ok((
                row.get(0)?,
                column::id(row, 1)?.into_owned(),
                column::bytes(row, 2)?.unwrap_or_default(),
            ))
        };
        let (number, id, bytes) = columns().map_err(failure(OPERATION))?;
        visit(number, &id, RawDocument::from_bytes(bytes).map_err(decode)?)?;
    }
    Ok(())
}

fn decode(source: bson::error::Error) -> Error {
    Error::Decode {
        operation: OPERATION,
        source,
    }
}

fn invalid(definition: &Definition, reason: &str) -> Error {
    Error::InvalidIndex {
        index: definition.name.clone(),
        reason: reason.to_owned(),
    }
}
