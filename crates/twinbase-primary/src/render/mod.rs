//! From statements as data to the SQL of each dialect.
//!
//! Everything that depends on the *shape* of a table is rendered here; what does
//! not is an `.sql` file. Rendered texts depend on columns and conditions only,
//! never on values, so that prepared statements are found again. Does no IO.

mod cells;
mod change;
mod check;
mod condition;
mod expected;
pub(crate) mod filter;
mod payload;
mod query;
mod recordset;
mod rendered;
mod select;
mod sql;
mod statement;
mod time;
mod touch;
mod write;

pub(crate) use cells::Cells;
pub(crate) use change::operation;
pub(crate) use expected::Expected;
pub(crate) use payload::is_json;
pub(crate) use query::{QUERY, query};
pub(crate) use recordset::json;
pub(crate) use rendered::Rendered;
pub(crate) use select::{SELECT, lock, select, states_after, states_of};
pub use sql::Param;
pub(crate) use sql::Sql;
pub use statement::Statement;
pub(crate) use time::SQLITE_TIME_IN_ORDER;
pub(crate) use touch::touch;
