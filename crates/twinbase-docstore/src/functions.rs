//! The SQL functions that read documents. Every connection has them: the indexes are built on `doc_key`, and a statement
//! binds predicates as BSON that is compiled once per execution.
//!
//! `doc_key` is a part of the stored format: what it returns for a document must never change within one format version.

use std::panic::UnwindSafe;

use bson::RawDocument;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSql, ValueRef};
use rusqlite::{Connection, Result};

use crate::expression::is_true;
use crate::fault::Fault;
use crate::filter::{self, Predicate};
use crate::path::{Path, largest_key, smallest_key};
use crate::sort::Compound;
use crate::store::Clock;

const FLAGS: FunctionFlags = FunctionFlags::SQLITE_UTF8
    .union(FunctionFlags::SQLITE_DETERMINISTIC)
    .union(FunctionFlags::SQLITE_INNOCUOUS);

/// What functions are registered with.
struct Functions<'c> {
    connection: &'c Connection,
    clock: &'c Clock,
}

impl Functions<'_> {
    /// Each call asks the clock first.
    fn scalar<T: ToSql>(
        &self,
        name: &str,
        arguments: i32,
        run: impl Fn(&Context<'_>, &Clock) -> Result<T> + Send + UnwindSafe + 'static,
    ) -> Result<()> {
        let clock = self.clock.clone();
        self.connection
            .create_scalar_function(name, arguments, FLAGS, move |context| {
                clock.ask()?;
                run(context, &clock)
            })
    }
}

/// Registers the functions on a connection whose reads obey the clock.
pub(crate) fn register(connection: &Connection, clock: &Clock) -> Result<()> {
    let functions = Functions { connection, clock };
    functions.scalar("doc_key", 2, |context, _| {
        // A tombstone has no key. NULL differs from itself in a unique index, so tombstones collide with nothing.
        if context.get_raw(0) == ValueRef::Null {
            return Ok(None);
        }
        let path = context.get_or_create_aux(1, path)?;
        Ok(Some(
            smallest_key(document(context)?, path.parts()).map_err(Fault::from)?,
        ))
    })?;
    functions.scalar("doc_key_max", 2, |context, _| {
        let path = context.get_or_create_aux(1, path)?;
        Ok(largest_key(document(context)?, path.parts()).map_err(Fault::from)?)
    })?;
    functions.scalar("doc_sort_key", 2, |context, _| {
        let sort = context.get_or_create_aux(1, |value| Compound::from_bytes(blob(value)?))?;
        Ok(sort.key(document(context)?)?)
    })?;
    functions.scalar("doc_matches", 2, |context, _| {
        let predicate =
            context.get_or_create_aux(1, |value| Predicate::from_bytes(blob(value)?))?;
        Ok(predicate.matches(document(context)?)?)
    })?;
    functions.scalar("doc_holds", 2, |context, clock| {
        let condition = context.get_or_create_aux(1, |value| filter::condition(blob(value)?))?;
        Ok(is_true(
            condition.evaluate(document(context)?, clock)?.as_ref(),
        ))
    })
}

/// The document that a function is called with.
pub(crate) fn document<'c>(context: &'c Context<'_>) -> Result<&'c RawDocument, Fault> {
    Ok(RawDocument::from_bytes(blob(context.get_raw(0))?)?)
}

pub(crate) fn blob(value: ValueRef<'_>) -> Result<&[u8], Fault> {
    // Only this library calls the functions; anything but a blob means a file that somebody else changed.
    Ok(value
        .as_blob()
        .map_err(|_| bson::error::Error::from(std::io::Error::other("not a document")))?)
}

fn path(value: ValueRef<'_>) -> Result<Path, Fault> {
    let text = String::from_utf8_lossy(blob(value)?);
    Ok(Path::parse(&text, "an index")?)
}
