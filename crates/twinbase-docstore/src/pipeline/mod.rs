//! Queries at work: SQLite finds, orders and cuts by its indexes, and everything after that is a stage on the stream of documents.

mod accumulator;
mod deviation;
mod plan;
mod select;
mod stage;
mod stream;
mod sum;
mod whole;

pub(crate) use deviation::Deviation;
pub(crate) use plan::Plan;
pub(crate) use select::{Columns, Select};
pub(crate) use stream::Query;
pub(crate) use sum::Sum;
use whole::whole;
