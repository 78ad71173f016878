//! The few pieces of SQL text that are made at run time. Names come from numbers, paths are written as hexadecimal blobs,
//! and everything else is bound: nothing that a caller writes becomes SQL.

use std::fmt::Write as _;

use rusqlite::types::Value;

use crate::Error;
use crate::catalog::Definition;
use crate::path::Path;
use crate::value::Order;

/// SQLite's own limits, as it is built here.
const MAX_VALUES: usize = 32_766;
const MAX_BYTES: usize = 1_000_000;

/// Parameters by number, so that pieces of SQL can be put together in any order; and the order of strings by which the statement
/// compares.
#[derive(Debug)]
pub(crate) struct Params {
    values: Vec<Value>,
    order: Order,
}

impl Params {
    pub(crate) fn new(order: Order) -> Self {
        Self {
            values: Vec::new(),
            order,
        }
    }

    pub(crate) fn order(&self) -> &Order {
        &self.order
    }

    /// Binds a value and returns its placeholder.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// The values of a statement that has `count` parameters. A sort that a later stage made needless leaves values behind
    /// that no placeholder names; where they are the last ones, SQLite knows of fewer.
    pub(crate) fn values(&self, count: usize) -> &[Value] {
        &self.values[..count.min(self.values.len())]
    }
}

/// Refuses a statement that SQLite would refuse for its size, which a query within its own limits can reach by many stages
/// or by long paths.
pub(crate) fn sized((sql, params): (String, Params)) -> Result<(String, Params), Error> {
    if params.values.len() > MAX_VALUES {
        return Err(Error::QueryTooLarge {
            what: "values",
            limit: MAX_VALUES,
        });
    }
    if sql.len() > MAX_BYTES {
        return Err(Error::QueryTooLarge {
            what: "bytes as SQL",
            limit: MAX_BYTES,
        });
    }
    Ok((sql, params))
}

/// The expression whose value orders documents by a path; indexes are built on exactly this text.
pub(crate) fn key_expression(path: &Path, order: &Order) -> String {
    call("doc_key", path.text().as_bytes(), order)
}

/// The same where every document has one key: the `_id` is a string and a column, in the order of bytes.
pub(crate) fn order_expression(path: &Path, order: &Order) -> String {
    if path.text() == "_id" && order.is_simple() {
        "_id".to_owned()
    } else {
        key_expression(path, order)
    }
}

/// The same for a descending sort, which differs where a document has arrays.
pub(crate) fn largest_key_expression(path: &Path, order: &Order) -> String {
    call("doc_key_max", path.text().as_bytes(), order)
}

/// The expression that says whether a document is in a sparse or partial index; the index is built on exactly this text, and
/// SQLite uses it where a query says the same. `None` where every document is in it.
pub(crate) fn in_index(definition: &Definition) -> Result<Option<String>, bson::error::Error> {
    let condition = definition.condition_document();
    let bytes = condition.map(|condition| condition.to_vec()).transpose()?;
    Ok(bytes.map(|bytes| call("doc_indexed", &bytes, &definition.order)))
}

/// The call of a function with a bound argument.
pub(crate) fn call_bound(function: &str, argument: Vec<u8>, params: &mut Params) -> String {
    let argument = params.bind(argument);
    call_with(function, &argument, params.order())
}

fn call(function: &str, constant: &[u8], order: &Order) -> String {
    call_with(function, &hexadecimal(constant), order)
}

/// A collation is a third argument, so that the planner sees by it whether an index has the same one.
fn call_with(function: &str, argument: &str, order: &Order) -> String {
    match order.to_bytes() {
        Some(collation) => format!("{function}(doc, {argument}, {})", hexadecimal(&collation)),
        None => format!("{function}(doc, {argument})"),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut sql = String::from("x'");
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(sql, "{byte:02x}");
    }
    sql.push('\'');
    sql
}

/// The table of a collection.
pub(crate) fn table(collection: i64) -> String {
    format!("c{collection}")
}

/// An index of a collection.
pub(crate) fn index(collection: i64, index: i64) -> String {
    format!("c{collection}_i{index}")
}

/// The end of a statement that leaves some rows out and gives a number of them at most.
///
/// The limit is written such that SQLite's planner does not read it: from a small one it concludes that sorting every row for
/// the first few is cheaper than to walk an index that gives the order up to small groups, which then would end at once.
pub(crate) fn cut(limit: Option<u64>, skip: u64) -> String {
    // SQLite counts in signed numbers, where -1 is no limit; nobody stores more documents than fit.
    let limit = limit.map_or(-1, signed);
    format!(" limit {limit} + 0 offset {}", signed(skip))
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
