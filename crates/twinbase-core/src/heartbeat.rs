//! The heartbeat: one row of Twinbase's own that goes the way of every other change, so
//! that "nothing to do" can be distinguished from "the worker is dead", and lag is measured and not guessed.

use crate::{AggregateId, Field, Kind, Schema, Table};

static SCHEMA: Schema = Schema::new(
    "twinbase_heartbeat",
    Table::new(
        "twinbase_heartbeat",
        &[Field::key("id"), Field::new("at", "at", Kind::Timestamp)],
    ),
    "twinbase_heartbeat",
);

/// The heartbeat as an aggregate. Every [`crate::Registry`] knows it, and lists it only in [`crate::Registry::all`].
pub const HEARTBEAT: &Schema = &SCHEMA;

/// The id of its one row, which a migration inserts.
pub fn heartbeat_id() -> AggregateId {
    AggregateId::from_uuid(uuid::Uuid::nil())
}
