//! From an operator's filter to SQL, shaped so that an index serves it.
//!
//! | events | index | order |
//! |---|---|---|
//! | pending | `"Outbox_pending"`, each partition from its end | `seq` |
//! | retrying, failed | `"Outbox_charged"`, read whole: it has nothing else | `seq` |
//! | applied | `"Outbox_done"` | when it was done, `seq` |
//! | discarded | `"Outbox_discarded"` | when it was, `seq` |
//! | named by id | the primary key | as above |
//!
//! Other fields are looked at in each row met on the way; over a long history
//! the statement timeout bounds that.

use twinbase_core::{
    Value,
    primary::{EventCursor, EventFilter, EventStatus, PrimaryKind},
};

use super::record::COLUMNS;
use crate::render::{Param, Sql};

/// Events that one condition over one index finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Pending and retrying ones.
    Waiting,
    /// Waiting, but for no time.
    Pending,
    /// Waiting for a time.
    Retrying,
    /// Without tries left.
    Failed,
    /// Retrying and failed ones.
    Charged,
    /// Done and not discarded.
    Applied,
    /// Set aside.
    Discarded,
}

/// Which end of a list comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// As lists are shown.
    NewestFirst,
    /// As they are worked off.
    OldestFirst,
}

impl Direction {
    const fn sql(self) -> &'static str {
        match self {
            Self::NewestFirst => " desc",
            Self::OldestFirst => "",
        }
    }
}

impl Class {
    const fn of(status: Option<EventStatus>) -> &'static [Self] {
        match status {
            None => &[Self::Waiting, Self::Failed],
            Some(EventStatus::Pending) => &[Self::Pending],
            Some(EventStatus::Retrying) => &[Self::Retrying],
            Some(EventStatus::Failed) => &[Self::Failed],
            Some(EventStatus::Applied) => &[Self::Applied],
            Some(EventStatus::Discarded) => &[Self::Discarded],
        }
    }

    const fn condition(self) -> &'static str {
        match self {
            Self::Waiting => "o.processed = false and o.retry_count <= 5",
            Self::Pending => {
                "o.processed = false and o.retry_count <= 5 \
                 and (o.next_attempt_at is null or o.retry_count <= 0)"
            }
            Self::Retrying => {
                "o.processed = false and o.retry_count > 0 and o.retry_count <= 5 \
                 and o.next_attempt_at is not null"
            }
            Self::Failed => "o.processed = false and o.retry_count > 0 and o.retry_count > 5",
            Self::Charged => {
                "o.processed = false and o.retry_count > 0 \
                 and (o.retry_count > 5 or o.next_attempt_at is not null)"
            }
            Self::Applied => "o.processed = true and o.discarded_at is null",
            Self::Discarded => "o.processed = true and o.discarded_at is not null",
        }
    }

    /// The time that a filter's `as_of` is compared with.
    const fn since(self) -> &'static str {
        match self {
            Self::Waiting | Self::Pending | Self::Retrying => "o.created_at",
            Self::Failed => "coalesce(o.failed_at, o.created_at)",
            Self::Charged => {
                "case when o.retry_count > 5 then coalesce(o.failed_at, o.created_at) else o.created_at end"
            }
            Self::Applied => DONE_AT,
            Self::Discarded => "o.discarded_at",
        }
    }

    /// The time by which a list of them is ordered before `seq`.
    const fn done_at(self) -> Option<&'static str> {
        match self {
            Self::Applied => Some(DONE_AT),
            Self::Discarded => Some("o.discarded_at"),
            Self::Waiting | Self::Pending | Self::Retrying | Self::Failed | Self::Charged => None,
        }
    }

    /// Whether there may be very many, in the index of what is pending.
    const fn is_by_partition(self) -> bool {
        matches!(self, Self::Waiting | Self::Pending)
    }
}

/// As the index has it.
const DONE_AT: &str = "coalesce(o.processed_at, o.created_at)";

/// A page of a list.
pub(super) fn list(
    kind: PrimaryKind,
    filter: &EventFilter,
    after: Option<&EventCursor>,
    limit: u32,
) -> Sql {
    let mut sql = Sql::new(kind);
    let classes = Class::of(filter.status);
    sql.push("select o.* from (");
    sql.list(" union all ", classes, |sql, class| {
        let bounds = Bounds {
            after,
            limit,
            direction: Direction::NewestFirst,
        };
        branch(sql, COLUMNS, *class, filter, &bounds);
    });
    sql.push(") as o order by ");
    if classes.iter().any(|class| class.done_at().is_some()) {
        sql.push("o.processed_at desc, ");
    }
    sql.push("o.seq desc limit ").value(i64::from(limit).into());
    sql
}

/// One event with its payload.
pub(super) fn show(kind: PrimaryKind, id: &str) -> Sql {
    let mut sql = Sql::new(kind);
    sql.push("select ").push(COLUMNS);
    sql.push(", o.payload::text as payload from \"Outbox\" as o where o.id = ");
    sql.value(id.replace('\0', "").into());
    sql
}

/// How many there are, counted up to a limit.
pub(super) fn count(kind: PrimaryKind, filter: &EventFilter, limit: u64) -> Sql {
    let mut sql = Sql::new(kind);
    sql.push("select count(*) from (select 1 from (");
    sql.list(
        " union all ",
        Class::of(filter.status),
        |sql, class: &Class| {
            sql.push("select 1 from \"Outbox\" as o where ");
            conditions(sql, *class, filter);
        },
    );
    sql.push(") as e limit ")
        .value(i64::try_from(limit).unwrap_or(i64::MAX).into())
        .push(") as c");
    sql
}

/// Changes the oldest events of one class, at most `limit`. They are picked without a lock, locked in
/// the order in which workers lock them, and looked at again.
pub(super) fn change(
    kind: PrimaryKind,
    filter: &EventFilter,
    class: Class,
    limit: u32,
    set: impl FnOnce(&mut Sql),
) -> Sql {
    let mut sql = Sql::new(kind);
    let bounds = Bounds {
        after: None,
        limit,
        direction: Direction::OldestFirst,
    };
    sql.push("with picked as materialized (select o.id from (");
    branch(&mut sql, "o.id, o.seq", class, filter, &bounds);
    sql.push(") as o order by o.seq limit ")
        .value(i64::from(limit).into())
        .push("), held as materialized (select o.id from \"Outbox\" as o where o.id in (select p.id from picked as p) and ")
        .push(class.condition())
        .push(" order by o.\"partition\", o.seq for update) update \"Outbox\" as o set ");
    set(&mut sql);
    sql.push(" from held where o.id = held.id and ")
        .push(class.condition());
    sql
}

/// Where a list begins and ends.
struct Bounds<'a> {
    after: Option<&'a EventCursor>,
    limit: u32,
    direction: Direction,
}

/// Events of one class in parentheses, no more than are wanted.
fn branch(sql: &mut Sql, columns: &str, class: Class, filter: &EventFilter, bounds: &Bounds<'_>) {
    let by_partition = class.is_by_partition() && filter.ids.is_empty();
    sql.push("(");
    if by_partition {
        sql.push("select e.* from generate_series(0, 15) as p(n) cross join lateral (");
    }
    sql.push("select ").push(columns);
    sql.push(" from \"Outbox\" as o where ");
    if by_partition {
        sql.push("o.\"partition\" = p.n::int2 and ");
    }
    conditions(sql, class, filter);
    if let Some(after) = bounds.after {
        keyset(sql, class, *after);
    }
    sql.push(" order by ");
    let end = bounds.direction.sql();
    if let Some(done_at) = class.done_at() {
        sql.push(done_at).push(end).push(", ");
    }
    sql.push("o.seq").push(end).push(" limit ");
    sql.value(i64::from(bounds.limit).into());
    if by_partition {
        sql.push(") as e");
    }
    sql.push(")");
}

fn keyset(sql: &mut Sql, class: Class, after: EventCursor) {
    match (class.done_at(), after.processed_at) {
        (Some(done_at), Some(at)) => {
            sql.push(" and (").push(done_at).push(", o.seq) < (");
            sql.value(at.into()).push(", ").value(after.seq.into());
            sql.push(")");
        }
        _ => {
            sql.push(" and o.seq < ").value(after.seq.into());
        }
    }
}

fn conditions(sql: &mut Sql, class: Class, filter: &EventFilter) {
    sql.push(class.condition());
    let clean = |text: &String| Value::from(text.replace('\0', ""));
    if !filter.ids.is_empty() {
        sql.push(" and o.id = any(")
            .param(Param::Array(filter.ids.iter().map(clean).collect()))
            .push("::text[])");
    }
    for (column, wanted) in [
        ("coalesce(o.error_key, '')", &filter.error_key),
        ("o.aggregate_type", &filter.aggregate_type),
        ("o.aggregate_id", &filter.aggregate_id),
        ("o.event_type", &filter.event_type),
    ] {
        if let Some(wanted) = wanted {
            sql.push(" and ")
                .push(column)
                .push(" = ")
                .value(clean(wanted));
        }
    }
    if let Some(at) = filter.as_of {
        sql.push(" and ").push(class.since()).push(" <= ");
        sql.value(at.into());
    }
}
