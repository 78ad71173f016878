//! The heartbeat: one row of Twinbase's own that goes the way of every other change, so
//! that "nothing to do" can be distinguished from "the worker is dead", and lag is measured and not guessed.

use std::sync::LazyLock;

use crate::{AggregateId, Field, Kind, Schema, SharedSchema, Table};

/// The heartbeat as an aggregate. Every [`crate::Registry`] knows it, and lists it only in [`crate::Registry::all`].
pub static HEARTBEAT: SharedSchema = LazyLock::new(|| {
    const NAME: &str = "twinbase_heartbeat";
    let fields = [
        Field::key("id"),
        Field::new("at", "at", Kind::Timestamp),
        Field::new(TWIN, TWIN, Kind::Text).nullable(),
    ];
    Schema::new(NAME, Table::new(NAME, fields), NAME).into()
});

/// The field that has the number of the primary: a replica in which it has another one belongs to another primary. A heartbeat of
/// a version before has none.
pub const TWIN: &str = "twin";

/// The id of its one row, which a migration inserts.
pub fn heartbeat_id() -> AggregateId {
    AggregateId::from_uuid(uuid::Uuid::nil())
}
