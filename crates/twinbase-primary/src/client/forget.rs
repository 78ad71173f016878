//! Forgetting what events say: of somebody who is gone, nothing stays readable in `"Outbox"`.

use std::sync::{Arc, LazyLock};

use twinbase_core::{
    Column, Field, Kind, PrimaryError, Table,
    schema::{Assignment, Condition},
    write::{Target, Write},
};

use super::writes::{Writes, update};

/// The columns of `"Outbox"` that a statement below names.
static OUTBOX: LazyLock<Arc<Table>> = LazyLock::new(|| {
    let nullable = |name, kind| Field::private(name, kind).nullable();
    let fields = [
        Field::private("id", Kind::Text),
        Field::private("payload", Kind::Json),
        nullable("mapping", Kind::Int64),
        nullable("last_error", Kind::Text),
        nullable("discard_reason", Kind::Text),
    ];
    Table::new("Outbox", &fields).into()
});

struct Event;

const ID: Column<Event, String> = Column::new("id");
const PAYLOAD: Column<Event, serde_json::Value> = Column::new("payload");
const MAPPING: Column<Event, Option<i64>> = Column::new("mapping");
const LAST_ERROR: Column<Event, Option<String>> = Column::new("last_error");
const DISCARD_REASON: Column<Event, Option<String>> = Column::new("discard_reason");

/// Ids in one statement: far below the parameters that a database takes.
const CHUNK: usize = 500;

/// Whether this is the one table of our own that a plain change may name, because it was made here.
pub(super) fn is_ours(table: &Arc<Table>) -> bool {
    Arc::ptr_eq(table, &OUTBOX)
}

/// Blanks the events with these ids; returns how many there were.
pub(super) async fn forget(
    writes: &(impl Writes + ?Sized),
    events: &[String],
) -> Result<u64, PrimaryError> {
    let mut forgotten = 0;
    for events in events.chunks(CHUNK) {
        let filter = Condition::all([ID.is_in(events.iter().cloned())]);
        let set: [Assignment<Event>; 4] = [
            PAYLOAD.set(serde_json::json!({})),
            // A payload of this mapping would be taken as it is: a document without fields.
            MAPPING.set(None::<i64>),
            LAST_ERROR.set(None::<String>),
            DISCARD_REASON.set(None::<String>),
        ];
        let write = Write {
            target: Target::Plain(Arc::clone(&OUTBOX)),
            action: update(filter, set),
            expected: None,
            traceparent: None,
        };
        forgotten += writes.execute(write).await?.count;
    }
    Ok(forgotten)
}
