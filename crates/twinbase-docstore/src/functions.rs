//! The SQL functions that read documents. Every connection has them: the indexes are built on `doc_key`, and a statement
//! binds predicates as BSON that is compiled once per execution.
//!
//! `doc_key` and `doc_indexed` are a part of the stored format: what they return for a document must never change within one
//! format version.

use std::panic::UnwindSafe;
use std::sync::Arc;

use bson::{Document, RawDocument};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSql, ValueRef};
use rusqlite::{Connection, Result};

use crate::Options;
use crate::fault::Fault;
use crate::filter::{self, Compiled};
use crate::path::{Path, largest_key, smallest_key};
use crate::sort::Compound;
use crate::store::Clock;
use crate::text::Phrases;
use crate::value::Order;

const FLAGS: FunctionFlags = FunctionFlags::SQLITE_UTF8
    .union(FunctionFlags::SQLITE_DETERMINISTIC)
    .union(FunctionFlags::SQLITE_INNOCUOUS);

/// Two arguments, and a collation as a third one where strings are not compared by their bytes.
const ANY: i32 = -1;

/// What functions are registered with.
struct Functions<'c> {
    connection: &'c Connection,
    clock: &'c Clock,
}

impl Functions<'_> {
    /// Each call asks the clock first. Of a tombstone, which has no document, everything is NULL: SQLite may ask before it has
    /// looked whether a row is one, and in a unique index NULL differs from itself, so that tombstones collide with nothing.
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
                if context.get_raw(0) == ValueRef::Null {
                    return Ok(None);
                }
                run(context, &clock).map(Some)
            })
    }
}

/// What the functions of indexes say of a document that cannot be read.
#[derive(Clone, Copy)]
enum Damaged {
    IsAnError,
    /// NULL, as of a tombstone.
    IsNothing,
}

impl Damaged {
    fn or<T>(self, of: std::result::Result<T, Fault>) -> Result<Option<T>> {
        match (self, of) {
            (Self::IsNothing, Err(Fault::Damaged(_))) => Ok(None),
            (_, of) => Ok(Some(of?)),
        }
    }
}

/// Does something on a connection while no index has anything of a document that cannot be read, so that it can be replaced.
pub(crate) fn without_damaged<T>(connection: &Connection, run: impl FnOnce() -> T) -> Result<T> {
    let functions = Functions {
        connection,
        clock: &Clock::new(),
    };
    of_indexes(&functions, Damaged::IsNothing)?;
    let done = run();
    of_indexes(&functions, Damaged::IsAnError)?;
    Ok(done)
}

fn of_indexes(functions: &Functions<'_>, damaged: Damaged) -> Result<()> {
    functions.scalar("doc_key", ANY, move |context, _| {
        let (path, order) = (context.get_or_create_aux(1, path)?, order(context)?);
        let key = document(context);
        damaged.or(key.and_then(|document| Ok(smallest_key(document, path.parts(), &order)?)))
    })?;
    functions.scalar("doc_indexed", ANY, move |context, clock| {
        let order = order(context)?;
        let condition =
            context.get_or_create_aux(1, |value| condition_of_index(blob(value)?, &order))?;
        let document = document(context);
        damaged.or(document.and_then(|document| condition.matches(document, clock)))
    })?;
    functions.scalar("doc_key_max", ANY, move |context, _| {
        let (path, order) = (context.get_or_create_aux(1, path)?, order(context)?);
        let key = document(context);
        damaged.or(key.and_then(|document| Ok(largest_key(document, path.parts(), &order)?)))
    })
}

/// Registers the functions on a connection whose reads obey the clock.
pub(crate) fn register(connection: &Connection, clock: &Clock) -> Result<()> {
    let functions = Functions { connection, clock };
    of_indexes(&functions, Damaged::IsAnError)?;
    functions.scalar("doc_sort_key", ANY, |context, _| {
        let sort = context.get_or_create_aux(1, |value| Compound::from_bytes(blob(value)?))?;
        Ok(sort.key(document(context)?, &*order(context)?)?)
    })?;
    functions.scalar("doc_matches", ANY, |context, clock| {
        let order = order(context)?;
        let filter =
            context.get_or_create_aux(1, |value| Compiled::from_bytes(blob(value)?, &order))?;
        Ok(filter.matches(document(context)?, clock)?)
    })?;
    functions.scalar("doc_says", 2, |context, _| {
        let phrases = context.get_or_create_aux(1, |value| Phrases::from_bytes(blob(value)?))?;
        Ok(phrases.hold(document(context)?)?)
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

/// The condition of a sparse or partial index, as its definition has it.
fn condition_of_index(bytes: &[u8], order: &Order) -> std::result::Result<Compiled, Fault> {
    let condition = Document::from_reader(bytes)?;
    Compiled::new(&filter::parse(&condition, &Options::default())?, order)
}

/// The order of strings that a function is called with.
fn order(context: &Context<'_>) -> Result<Arc<Order>> {
    if context.len() < 3 {
        return Ok(Arc::default());
    }
    context.get_or_create_aux(2, |value| Order::from_bytes(blob(value)?))
}

fn path(value: ValueRef<'_>) -> Result<Path, Fault> {
    let text = String::from_utf8_lossy(blob(value)?);
    Ok(Path::parse(&text, "an index")?)
}
