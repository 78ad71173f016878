//! An embedded document store: MongoDB filters and pipelines over SQLite.

mod apply;
mod catalog;
mod error;
mod expression;
mod fault;
mod filter;
mod functions;
mod options;
mod path;
mod pipeline;
mod projection;
mod request;
mod sort;
mod sql;
mod store;
mod value;

pub use error::{Error, ErrorKind};
pub use options::{Durability, Options};
pub use request::{Direction, Find, IndexSpec, Outcome, Put, Stored};
pub use store::Store;
