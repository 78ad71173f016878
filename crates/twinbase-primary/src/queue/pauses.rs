//! Pauses. In the table the empty scope is everything: no collection has an empty name.

use twinbase_core::{
    PrimaryError, Row,
    primary::{Pause, PauseScope},
};

use super::{Run, record};
use crate::render::Sql;

/// Index: none, it is a short table. Lock: none.
pub(super) async fn list(database: &impl Run) -> Result<Vec<Pause>, PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    sql.push("select scope, since, reason from twinbase_pause order by scope");
    let rows = database.outbox("read what is paused", sql).await?;
    Ok(rows.iter().map(pause_of).collect())
}

/// Index: the primary key. Lock: the row.
pub(super) async fn pause(
    database: &impl Run,
    scope: &PauseScope,
    reason: &str,
) -> Result<bool, PrimaryError> {
    const OPERATION: &str = "pause";
    let reason = reason.replace('\0', "");
    loop {
        let mut insert = Sql::new(database.dialect());
        insert
            .push("insert into twinbase_pause (scope, since, reason) values (")
            .value(name(scope).into())
            .push(", ")
            .now()
            .push(", ")
            .value(reason.as_str().into())
            .push(") on conflict (scope) do nothing");
        if database.change(OPERATION, insert).await? > 0 {
            return Ok(true);
        }
        let mut update = Sql::new(database.dialect());
        update
            .push("update twinbase_pause set reason = ")
            .value(reason.as_str().into())
            .push(" where scope = ")
            .value(name(scope).into());
        if database.change(OPERATION, update).await? > 0 {
            return Ok(false);
        }
        // Somebody ended it between the two.
    }
}

/// Index: the primary key. Lock: the row.
pub(super) async fn resume(database: &impl Run, scope: &PauseScope) -> Result<bool, PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    sql.push("delete from twinbase_pause where scope = ")
        .value(name(scope).into());
    Ok(database.change("resume", sql).await? > 0)
}

fn name(scope: &PauseScope) -> &str {
    match scope {
        PauseScope::Everything => "",
        PauseScope::Collection(name) => name,
    }
}

fn pause_of(row: &Row) -> Pause {
    let scope = record::text(row, "scope");
    Pause {
        scope: if scope.is_empty() {
            PauseScope::Everything
        } else {
            PauseScope::Collection(scope)
        },
        since: record::time(row, "since").unwrap_or_default(),
        reason: record::text(row, "reason"),
    }
}
