//! Forgetting what events and operations say: of somebody who is gone, nothing stays readable in tables of our own.

use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use twinbase_core::{
    AggregateId, Column, Field, Kind, PrimaryError, Table,
    schema::{Assignment, Condition},
};

use super::writes::{Writes, plain, update};

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

/// The columns of `twinbase_operation` that a statement below names.
static OPERATIONS: LazyLock<Arc<Table>> = LazyLock::new(|| {
    let text = |name| Field::private(name, Kind::Text);
    let fields = [
        text("id"),
        text("done_by"),
        text("request"),
        text("state"),
        text("progress"),
        Field::private("finished_at", Kind::Timestamp).nullable(),
    ];
    Table::new("twinbase_operation", &fields).into()
});

struct Operation;

const OPERATION_ID: Column<Operation, String> = Column::new("id");
const DONE_BY: Column<Operation, String> = Column::new("done_by");
const REQUEST: Column<Operation, String> = Column::new("request");
const STATE: Column<Operation, String> = Column::new("state");
const PROGRESS: Column<Operation, String> = Column::new("progress");
const FINISHED_AT: Column<Operation, Option<Timestamp>> = Column::new("finished_at");

/// The columns of `twinbase_pause` that a statement below names.
static PAUSES: LazyLock<Arc<Table>> = LazyLock::new(|| {
    let fields = [Field::private("reason", Kind::Text)];
    Table::new("twinbase_pause", &fields).into()
});

struct Pause;

const REASON: Column<Pause, String> = Column::new("reason");

/// Stands where the name of whoever did something stood.
const GONE: &str = "somebody who left";

/// Ids in one statement: far below the parameters that a database takes.
const CHUNK: usize = 500;

/// Whether this is a table of our own that a plain change may name, because it was made here.
pub(super) fn is_ours(table: &Arc<Table>) -> bool {
    let ours = [&OUTBOX, &OPERATIONS, &PAUSES];
    ours.into_iter().any(|own| Arc::ptr_eq(table, own))
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
        forgotten += plain(writes, &OUTBOX, update(filter, set)).await?;
    }
    Ok(forgotten)
}

/// Blanks the operations that somebody had done, under this name, and those that name them by their id; what of them runs is cancelled,
/// for nobody may go on with a request that says nothing. Returns how many there were.
pub(super) async fn forget_operator(
    writes: &(impl Writes + ?Sized),
    name: &str,
    id: &AggregateId,
) -> Result<u64, PrimaryError> {
    let sql = "select id, request, done_by from twinbase_operation \
               where done_by = $1 or request like '%' || cast($2 as text) || '%' \
               or progress like '%' || cast($2 as text) || '%'";
    let (mut theirs, mut named, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    for row in writes.query(sql, &[name.into(), id.into()]).await? {
        let text = |column| row.get::<String>(column).unwrap_or_default();
        if text("done_by") == name {
            theirs.push(text("id"));
            let request = serde_json::from_str::<serde_json::Value>(&text("request"));
            let request = request.unwrap_or_default();
            reasons.extend(request["reason"].as_str().map(str::to_owned));
        }
        named.push(text("id"));
    }
    let running = [
        OPERATION_ID.is_in(named.iter().cloned()),
        STATE.eq("running".to_owned()),
    ];
    let cancel = [
        STATE.set("cancelled".to_owned()),
        FINISHED_AT.set(Some(writes.now())),
    ];
    let cancel = update(Condition::all(running), cancel);
    let blank = [REQUEST.set("{}".to_owned()), PROGRESS.set(String::new())];
    let blank = update(
        Condition::all([OPERATION_ID.is_in(named.iter().cloned())]),
        blank,
    );
    let gone = update(
        Condition::all([OPERATION_ID.is_in(theirs)]),
        [DONE_BY.set(GONE.to_owned())],
    );
    for action in [cancel, blank, gone] {
        plain(writes, &OPERATIONS, action).await?;
    }
    // A pause goes on without the words of whoever began it.
    let theirs = Condition::all([REASON.is_in(reasons)]);
    let blank = update(theirs, [REASON.set(String::new())]);
    plain(writes, &PAUSES, blank).await?;
    Ok(u64::try_from(named.len()).unwrap_or(u64::MAX))
}

/// Operations have the name that somebody has now.
pub(super) async fn rename_operator(
    writes: &(impl Writes + ?Sized),
    from: &str,
    to: &str,
) -> Result<u64, PrimaryError> {
    let filter = Condition::all([DONE_BY.eq(from.to_owned())]);
    let rename = update(filter, [DONE_BY.set(to.to_owned())]);
    plain(writes, &OPERATIONS, rename).await
}
