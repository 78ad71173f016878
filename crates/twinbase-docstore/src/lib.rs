//! An embedded document store: MongoDB filters and pipelines over SQLite.

mod error;
mod options;
mod request;
mod store;

pub use error::{Error, ErrorKind};
pub use options::{Durability, Options};
pub use request::{Direction, Find, IndexSpec, Outcome, Put, Stored};
pub use store::Store;
