//! From an operator's filter to SQL, shaped so that an index serves it.
//!
//! | events | index | order |
//! |---|---|---|
//! | pending | `"Outbox_pending"`, each partition by itself | `seq` |
//! | retrying, failed | `"Outbox_charged"`, read whole: it has nothing else | `seq` |
//! | applied | `"Outbox_done"` | when it was done, `seq` |
//! | discarded | `"Outbox_discarded"` | when it was, `seq` |
//! | named by id | the unique one of `id` | as above |
//!
//! Other fields are compared in each row on the way; over a long history the timeout of statements
//! bounds that. SQLite is told the index, because it chooses without statistics.

use jiff::Timestamp;
use twinbase_core::{
    Key, Partition, Value,
    primary::{EventCursor, EventFilter, EventStatus, PAYLOAD_SHOWN, PrimaryKind},
};

use super::sql::Sql;

/// What a record is read from. The status is decided in the words of the indexes' own conditions.
const RECORD: &str = "o.\"partition\", o.seq, o.id, o.event_type, o.aggregate_type, o.aggregate_id, \
    o.version, o.retry_count, o.created_at, o.next_attempt_at, o.failed_at, o.last_error, o.error_key, \
    o.discard_reason, o.traceparent, \
    case when o.processed then coalesce(o.discarded_at, o.processed_at, o.created_at) end as done_at, \
    case when o.processed and o.discarded_at is null then 'applied' when o.processed then 'discarded' \
    when o.retry_count > 5 then 'failed' \
    when o.retry_count > 0 and o.next_attempt_at is not null then 'retrying' else 'pending' end as status";

/// A page of a list, the newest first.
pub(crate) fn list(
    kind: PrimaryKind,
    filter: &EventFilter,
    statuses: &[EventStatus],
    after: Option<&EventCursor>,
    limit: u32,
) -> Sql {
    let mut sql = Sql::new(kind);
    sql.push("select * from (");
    branches(&mut sql, statuses, filter, |sql, branch| {
        sql.push("select * from (select ").push(RECORD);
        branch.rows(sql, filter);
        if let Some(after) = after {
            branch.after(sql, after);
        }
        branch.end(sql, " desc", limit);
        sql.push(") as e");
    });
    sql.push(") as o order by ");
    if statuses.iter().any(|status| order(*status).2) {
        sql.push("o.done_at desc, ");
    }
    sql.push("o.seq desc limit ").value(i64::from(limit).into());
    sql
}

/// The events of one aggregate, the newest version first: what is done by its own index, the rest as in lists.
pub(crate) fn history(kind: PrimaryKind, of: &Key, limit: u32) -> Sql {
    let filter = EventFilter {
        aggregate_type: Some(of.aggregate_type.to_string()),
        aggregate_id: Some(of.id.to_string()),
        ..EventFilter::default()
    };
    let mut sql = Sql::new(kind);
    sql.push("select * from (select * from (select ")
        .push(RECORD);
    sql.push(" from \"Outbox\" as o");
    indexed_by(&mut sql, "Outbox_history");
    sql.push(" where o.processed = true and o.aggregate_id = ")
        .value(of.id.as_str().into())
        .push(" and o.aggregate_type = ")
        .value(of.aggregate_type.as_ref().into())
        .push(" order by o.version desc limit ")
        .value(i64::from(limit).into())
        .push(") as e union all ");
    let open = [
        EventStatus::Pending,
        EventStatus::Retrying,
        EventStatus::Failed,
    ];
    branches(&mut sql, &open, &filter, |sql, branch| {
        sql.push("select * from (select ").push(RECORD);
        branch.rows(sql, &filter);
        branch.end(sql, " desc", limit);
        sql.push(") as e");
    });
    sql.push(") as o order by o.version desc, o.seq desc limit ")
        .value(i64::from(limit).into());
    sql
}

/// One event with its payload.
pub(crate) fn show(kind: PrimaryKind, id: &str) -> Sql {
    let mut sql = Sql::new(kind);
    sql.push("select ")
        .push(RECORD)
        .push(", cast(o.payload as text) as payload from \"Outbox\" as o where o.id = ")
        .value(clean(id));
    sql
}

/// What was applied after a cursor, the oldest first.
pub(crate) fn applied_after(kind: PrimaryKind, after: &EventCursor, limit: u32) -> Sql {
    let mut sql = applied(kind);
    let (_, done_at, _) = order(EventStatus::Applied);
    // Together they are one range of the index, and the first alone is one for every planner.
    let at = after.processed_at.unwrap_or(Timestamp::UNIX_EPOCH);
    sql.push(" and ")
        .push(done_at)
        .push(" >= ")
        .value(at.into());
    sql.push(" and (").push(done_at).push(", o.seq) > (");
    sql.value(at.into()).push(", ").value(after.seq.into());
    sql.push(")");
    BRANCH_OF_APPLIED.end(&mut sql, "", limit);
    sql
}

/// The event that was applied last.
pub(crate) fn applied_last(kind: PrimaryKind) -> Sql {
    let mut sql = applied(kind);
    BRANCH_OF_APPLIED.end(&mut sql, " desc", 1);
    sql
}

const BRANCH_OF_APPLIED: Branch = Branch {
    status: EventStatus::Applied,
    partition: None,
    by_id: false,
};

fn applied(kind: PrimaryKind) -> Sql {
    let mut sql = Sql::new(kind);
    sql.push("select ").push(RECORD);
    sql.push(", case when length(cast(o.payload as text)) <= ")
        .push(&PAYLOAD_SHOWN.to_string())
        .push(" then cast(o.payload as text) end as payload");
    BRANCH_OF_APPLIED.rows(&mut sql, &EventFilter::default());
    sql
}

/// How many there are, counted up to a limit.
pub(crate) fn count(
    kind: PrimaryKind,
    filter: &EventFilter,
    statuses: &[EventStatus],
    limit: u64,
) -> Sql {
    let mut sql = Sql::new(kind);
    sql.push("select count(*) as n from (");
    branches(&mut sql, statuses, filter, |sql, branch| {
        sql.push("select 1 as one");
        branch.rows(sql, filter);
    });
    sql.push(" limit ")
        .value(i64::try_from(limit).unwrap_or(i64::MAX).into())
        .push(") as e");
    sql
}

/// The ids of the oldest events, at most `limit`. Takes no lock.
pub(crate) fn pick(
    kind: PrimaryKind,
    filter: &EventFilter,
    statuses: &[EventStatus],
    limit: u32,
) -> Sql {
    let mut sql = Sql::new(kind);
    sql.push("select o.id from (");
    branches(&mut sql, statuses, filter, |sql, branch| {
        sql.push("select * from (select o.id, o.seq");
        branch.rows(sql, filter);
        branch.end(sql, "", limit);
        sql.push(") as e");
    });
    sql.push(") as o order by o.seq limit ")
        .value(i64::from(limit).into());
    sql
}

/// Changes those of the picked events that still have one of the statuses. They are locked in the
/// order in which workers lock them.
pub(crate) fn change(
    kind: PrimaryKind,
    picked: &[String],
    statuses: &[EventStatus],
    set: impl FnOnce(&mut Sql),
) -> Sql {
    let mut sql = Sql::new(kind);
    let locks = kind != PrimaryKind::Sqlite;
    if locks {
        sql.push("with held as materialized (select o.id from \"Outbox\" as o where ");
        one_of(&mut sql, picked);
        sql.push(" and ");
        any_status(&mut sql, statuses);
        sql.push(" order by o.\"partition\", o.seq for update) ");
    }
    sql.push("update \"Outbox\" as o set ");
    set(&mut sql);
    if locks {
        sql.push(" from held where o.id = held.id and ");
    } else {
        sql.push(" where ");
        one_of(&mut sql, picked);
        sql.push(" and ");
    }
    any_status(&mut sql, statuses);
    sql
}

/// Failed and retrying events by their cause, the largest group first, at most `limit` groups.
pub(crate) fn groups(kind: PrimaryKind, limit: u32) -> Sql {
    let mut sql = Sql::new(kind);
    sql.push(
        "with cause as (select coalesce(o.error_key, '') as error_key, \
         sum(case when o.retry_count > 5 then 1 else 0 end) as failed, \
         sum(case when o.retry_count > 5 then 0 else 1 end) as retrying, \
         min(o.created_at) as oldest, max(o.failed_at) as last_failed_at, max(o.id) as sample_id \
         from \"Outbox\" as o",
    );
    indexed_by(&mut sql, "Outbox_charged");
    sql.push(" where o.processed = false and o.retry_count > 0 and ");
    any_status(&mut sql, &[EventStatus::Failed, EventStatus::Retrying]);
    sql.push(" group by 1 order by count(*) desc, 1 limit ")
        .value(i64::from(limit).into())
        .push(
            ") select c.*, coalesce((select o.last_error from \"Outbox\" as o where o.id = c.sample_id), '') \
             as sample_error from cause as c order by c.failed + c.retrying desc, c.error_key",
        );
    sql
}

/// Events of one status in one range of one index.
struct Branch {
    status: EventStatus,
    partition: Option<Partition>,
    by_id: bool,
}

/// Appends the branches of all statuses, joined by `union all`.
fn branches(
    sql: &mut Sql,
    statuses: &[EventStatus],
    filter: &EventFilter,
    each: impl FnMut(&mut Sql, Branch),
) {
    let by_id = !filter.ids.is_empty();
    let of = |status: &EventStatus| -> Vec<Branch> {
        let branch = |partition| Branch {
            status: *status,
            partition,
            by_id,
        };
        match status {
            EventStatus::Pending if !by_id => Partition::all().map(Some).map(branch).collect(),
            _ => vec![branch(None)],
        }
    };
    sql.list(" union all ", statuses.iter().flat_map(of), each);
}

impl Branch {
    /// Appends ` from .. where ..`.
    fn rows(&self, sql: &mut Sql, filter: &EventFilter) {
        sql.push(" from \"Outbox\" as o");
        if !self.by_id {
            indexed_by(sql, order(self.status).0);
        }
        sql.push(" where ").push(condition(self.status));
        if let Some(partition) = self.partition {
            sql.push(" and o.\"partition\" = ")
                .push(&partition.0.to_string());
        }
        if self.by_id {
            sql.push(" and ");
            one_of(sql, &filter.ids);
        }
        for (column, wanted) in [
            ("coalesce(o.error_key, '')", &filter.error_key),
            ("o.aggregate_type", &filter.aggregate_type),
            ("o.aggregate_id", &filter.aggregate_id),
            ("o.event_type", &filter.event_type),
        ] {
            if let Some(wanted) = wanted {
                sql.push(" and ").push(column).push(" = ");
                sql.value(clean(wanted));
            }
        }
        if filter.is_deferred && self.status == EventStatus::Pending {
            sql.push(" and o.next_attempt_at > ").now();
        }
        let (_, time, _) = order(self.status);
        for (compared, at) in [(" <= ", filter.as_of), (" >= ", filter.since)] {
            if let Some(at) = at {
                sql.push(" and ").push(time).push(compared).value(at.into());
            }
        }
    }

    /// Appends the condition that continues a list, the newest first.
    fn after(&self, sql: &mut Sql, place: &EventCursor) {
        match (order(self.status), place.processed_at) {
            ((_, done_at, true), Some(at)) => {
                // The first condition says where an index begins; the second alone reads it from its end.
                sql.push(" and ")
                    .push(done_at)
                    .push(" <= ")
                    .value(at.into());
                sql.push(" and (").push(done_at).push(", o.seq) < (");
                sql.value(at.into()).push(", ").value(place.seq.into());
                sql.push(")");
            }
            _ => {
                sql.push(" and o.seq < ").value(place.seq.into());
            }
        }
    }

    /// Appends ` order by .. limit ..`.
    fn end(&self, sql: &mut Sql, direction: &str, limit: u32) {
        sql.push(" order by ");
        if let (_, done_at, true) = order(self.status) {
            sql.push(done_at).push(direction).push(", ");
        }
        sql.push("o.seq").push(direction).push(" limit ");
        sql.value(i64::from(limit).into());
    }
}

/// In the words of the indexes' own conditions.
const fn condition(status: EventStatus) -> &'static str {
    match status {
        EventStatus::Pending => {
            "o.processed = false and o.retry_count <= 5 \
             and (o.retry_count <= 0 or o.next_attempt_at is null)"
        }
        EventStatus::Retrying => {
            "o.processed = false and o.retry_count > 0 and o.retry_count <= 5 \
             and o.next_attempt_at is not null"
        }
        EventStatus::Failed => "o.processed = false and o.retry_count > 0 and o.retry_count > 5",
        EventStatus::Applied => "o.processed = true and o.discarded_at is null",
        EventStatus::Discarded => "o.processed = true and o.discarded_at is not null",
    }
}

/// The index of a status, the time that `as_of` compares, and whether lists are ordered by it before `seq`.
const fn order(status: EventStatus) -> (&'static str, &'static str, bool) {
    match status {
        EventStatus::Pending => ("Outbox_pending", "o.created_at", false),
        // What is retried and fails again does not match the same filter again.
        EventStatus::Retrying | EventStatus::Failed => (
            "Outbox_charged",
            "coalesce(o.failed_at, o.created_at)",
            false,
        ),
        // As the index has it: who marks events by hand gives no time.
        EventStatus::Applied => (
            "Outbox_done",
            "coalesce(o.processed_at, o.created_at)",
            true,
        ),
        EventStatus::Discarded => ("Outbox_discarded", "o.discarded_at", true),
    }
}

fn any_status(sql: &mut Sql, statuses: &[EventStatus]) {
    sql.push("((")
        .list(") or (", statuses, |sql, status| {
            sql.push(condition(*status));
        })
        .push("))");
}

fn indexed_by(sql: &mut Sql, index: &str) {
    if sql.kind == PrimaryKind::Sqlite {
        sql.push(" indexed by ").name(index);
    }
}

fn one_of(sql: &mut Sql, ids: &[String]) {
    sql.push("o.id").any(ids.iter().map(|id| clean(id)));
}

/// PostgreSQL stores no NUL, and what a person looks for may have one.
fn clean(text: &str) -> Value {
    text.replace('\0', "").into()
}
