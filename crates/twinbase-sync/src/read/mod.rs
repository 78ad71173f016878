//! Typed reads, with the freshness that the caller chooses, from the replica or from either side.

mod admitted;
mod answer;
mod collection;
mod found;
mod page;
mod query;

pub use answer::{Answer, ReadError, Source, or_primary};
pub use collection::Collection;
pub use page::{Cursor, Page};
pub use query::Query;
