//! From statements as data to the SQL of each dialect.
//!
//! Everything that depends on the *shape* of a table is rendered here; what does
//! not is an `.sql` file. Rendered texts depend on columns and conditions only,
//! never on values, so that prepared statements are found again. Does no IO.

mod change;
mod check;
mod condition;
mod expected;
pub(crate) mod filter;
mod payload;
mod query;
mod recordset;
mod select;
mod sql;
mod time;
mod write;

pub(crate) use change::{change, is_nothing, operation};
pub(crate) use expected::Expected;
pub(crate) use payload::returning;
pub(crate) use query::{QUERY, query};
pub(crate) use recordset::json;
pub(crate) use select::{SELECT, lock, select, states_after, states_of};
pub(crate) use sql::{Param, Sql};
pub(crate) use time::SQLITE_TIME_IN_ORDER;
pub(crate) use write::write;
