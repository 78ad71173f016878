//! A change of an aggregate with its head and its event, as one statement of PostgreSQL and CockroachDB.
//!
//! ```sql
//! with row as (<the change> returning .. as id, .. as payload),
//!      head as (<one version more for each of row> returning ..),
//!      event as (<one "Outbox" row for each of row>)
//! select id, version, payload
//! ```
//!
//! The last parameter is the trace context of the events, null without one: the
//! text does not depend on whether there is one.
//!
//! Locks are taken in one order by every writer: the row, then its head. The
//! head stays locked until the transaction ends, so version order is commit
//! order. A CTE that changes data always runs to its end, read or not.

use twinbase_core::{
    Operation, PrimaryError, Schema, Version,
    primary::PrimaryKind,
    write::{Target, Write},
};

use super::{change, expected::Expected, payload, sql::Sql};

/// Renders a write. The statement returns `id`, `version` and `payload` for an
/// aggregate, nothing for a plain table. The order of rows is not kept.
pub(crate) fn write(kind: PrimaryKind, write: &Write) -> Result<Sql, PrimaryError> {
    let change = change::change(kind, write)?;
    let expected = Expected::of(kind, write)?;
    let Target::Aggregate(schema) = &write.target else {
        return Ok(change);
    };
    let Some(expected) = expected else {
        return Ok(with_events("with ", schema, write, change));
    };
    let (guard, change) = guarded(schema, change, &expected);
    Ok(with_events(&guard, schema, write, change))
}

/// The change, the head, the event and the answer, after the CTEs in `before`.
fn with_events(before: &str, schema: &Schema, write: &Write, change: Sql) -> Sql {
    let operation = write.action.operation();
    let mut sql = Sql::new(change.kind);
    sql.params = change.params;
    sql.push(before).push("row as (").push(&change.text);
    payload::returning(&mut sql, schema);
    sql.push(
        "), head as (insert into aggregate_version (aggregate_type, aggregate_id, version) select ",
    )
    .literal(&schema.aggregate_type)
    .push(", row.id, ")
    .floor()
    .push(
        " + 1 from row on conflict (aggregate_type, aggregate_id) \
         do update set version = greatest(aggregate_version.version + 1, excluded.version) \
         returning aggregate_id, version), \
         event as (insert into \"Outbox\" \
         (event_type, aggregate_type, aggregate_id, payload, version, mapping, traceparent) select ",
    )
    .literal(&schema.event_type(operation))
    .push(", ")
    .literal(&schema.aggregate_type)
    .push(", row.id, ")
    .push(match operation {
        Operation::Created | Operation::Updated => "row.payload",
        Operation::Deleted => "jsonb_build_object('id', row.id)",
    })
    .push(", head.version, ")
    .push(&schema.mapping_hash().to_string())
    .push(", ")
    .value(write.traceparent.as_deref().into())
    .push(
        "::text from row join head on head.aggregate_id = row.id) \
         select row.id, head.version, row.payload::text as payload \
         from row join head on head.aggregate_id = row.id",
    );
    sql
}

/// `with locked as (..), guard as (..), ` and the change limited to the guard:
/// first the row is locked, then its head when it is at the expected version.
///
/// A concurrent change is waited for at the row. The head is then read as that
/// change left it, because it is locked too: a change that came first cannot be overwritten.
fn guarded(schema: &Schema, mut sql: Sql, expected: &Expected) -> (String, Sql) {
    let table = &schema.table.name;
    let column = &schema.key().column;
    sql.push(" and ").column(table, column);
    sql.push(" in (select guard.id from guard)");
    let mut guard = Sql::new(sql.kind);
    guard.params = sql.params;
    guard
        .push("with locked as materialized (select ")
        .name(column);
    guard.push(" as id from ").name(table).push(" where ");
    guard
        .name(column)
        .push(" = ")
        .value((&expected.key.id).into());
    guard.push(" for update), guard as materialized (select locked.id from locked ");
    if expected.version == Version::NONE {
        guard
            .push(
                "where not exists (select 1 from aggregate_version as v where v.aggregate_type = ",
            )
            .literal(&schema.aggregate_type)
            .push(" and v.aggregate_id = ");
        locked_id(&mut guard).push(")");
    } else {
        guard
            .push("join aggregate_version as v on v.aggregate_type = ")
            .literal(&schema.aggregate_type)
            .push(" and v.aggregate_id = ");
        locked_id(&mut guard)
            .push(" where v.version = ")
            .value(expected.version.into())
            .push(" for update of v");
    }
    guard.push("), ");
    sql.params = guard.params;
    (guard.text, sql)
}

fn locked_id(guard: &mut Sql) -> &mut Sql {
    payload::as_id(guard, |sql| {
        sql.push("locked.id::text");
    })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use twinbase_core::{
        Field, SharedSchema, Table, Value,
        write::{Action, Assignment, Comparison, Condition, OnConflict},
    };

    use super::{super::sql::Param, *};

    static NOTE: SharedSchema = LazyLock::new(|| {
        Schema::new(
            "todo",
            Table::new(
                "todos",
                &[
                    Field::key("id"),
                    Field::new("title", "title", twinbase_core::Kind::Text),
                    Field::private("secret", twinbase_core::Kind::Text),
                ],
            ),
            "todos",
        )
        .into()
    });

    fn text(action: &Action, expected: Option<Version>) -> String {
        let rendered = |kind, traceparent: Option<&str>| {
            let change = Write {
                target: Target::Aggregate(NOTE.clone()),
                action: action.clone(),
                expected,
                traceparent: traceparent.map(Into::into),
            };
            write(kind, &change).unwrap()
        };
        let sql = rendered(PrimaryKind::Postgres, None);
        assert_eq!(sql.params.last(), Some(&Param::One(Value::Null)));
        let traced = rendered(PrimaryKind::Cockroach, Some("traced"));
        assert_eq!(traced.params.last(), Some(&Param::One("traced".into())));
        let floor = |kind| Sql::new(kind).floor().text.clone();
        let of_cockroach = floor(PrimaryKind::Cockroach);
        let traced = traced
            .text
            .replace(&of_cockroach, &floor(PrimaryKind::Postgres));
        let by_bytes = " collate \"default\"";
        let of_all = sql.text.replace(by_bytes, "");
        assert_eq!(of_all, traced, "one text whatever the values");
        sql.text
    }

    fn insert(rows: usize) -> Action {
        Action::Insert {
            columns: ["id", "title"].map(Into::into).to_vec(),
            rows: (0..rows)
                .map(|n| vec![n.to_string().into(), "t".into()])
                .collect(),
            on_conflict: OnConflict::Fail,
        }
    }

    #[test]
    fn row_head_and_event_are_one_statement_without_private_columns() {
        assert_eq!(
            text(&insert(1), None),
            "with row as (insert into \"todos\" (\"id\", \"title\") values ($1, $2) \
             returning cast(\"todos\".\"id\" as text) as id, \
             jsonb_build_object('id', cast(\"todos\".\"id\" as text), 'title', \"todos\".\"title\") as payload), \
             head as (insert into aggregate_version (aggregate_type, aggregate_id, version) \
             select 'todo', row.id, (select last_value from twinbase_floor where exists (select 1 from twinbase_timeline)) + 1 from row on conflict (aggregate_type, aggregate_id) \
             do update set version = greatest(aggregate_version.version + 1, excluded.version) returning aggregate_id, version), \
             event as (insert into \"Outbox\" (event_type, aggregate_type, aggregate_id, payload, version, mapping, traceparent) \
             select 'todo.created', 'todo', row.id, row.payload, head.version, -5428648435576552729, $3::text \
             from row join head on head.aggregate_id = row.id) \
             select row.id, head.version, row.payload::text as payload \
             from row join head on head.aggregate_id = row.id"
        );
    }

    #[test]
    fn the_text_is_the_same_for_any_number_of_rows_and_values() {
        assert_eq!(text(&insert(2), None), text(&insert(1000), None));
        let delete = |ids: usize| Action::Delete {
            filter: vec![Condition::is_in("id", vec!["x".into(); ids])],
        };
        assert_eq!(text(&delete(0), None), text(&delete(3), None));
    }

    #[test]
    fn each_table_is_changed_once_in_a_statement() {
        // CockroachDB allows no more, and PostgreSQL does not say which change wins.
        let action = Action::Update {
            set: vec![Assignment::set("title", "t".into())],
            filter: vec![Condition::compare("id", Comparison::Equal, "a".into())],
        };
        for expected in [None, Some(Version::NONE), Some(Version::new(3))] {
            let text = text(&action, expected);
            for change in [
                "update \"todos\"",
                "insert into aggregate_version",
                "insert into \"Outbox\"",
            ] {
                assert_eq!(text.matches(change).count(), 1, "{change} in {text}");
            }
        }
    }
}
