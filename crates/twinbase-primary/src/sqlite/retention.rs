//! What is old goes: events that are done, and the heads of aggregates that are gone.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use twinbase_core::{AggregateId, Key, Operation, Version, primary::Retired};

use super::{
    bind::time,
    pending::{text, whole},
    sql,
};

/// Removes events, and returns which aggregates ended with one of them.
pub(super) fn retire(
    connection: &Connection,
    before: Timestamp,
    limit: u32,
) -> rusqlite::Result<Retired> {
    let mut retired = Retired::default();
    let mut deletions = Vec::new();
    let mut statement = connection.prepare_cached(sql::RETIRE)?;
    let mut rows = statement.query((time(before), limit))?;
    while let Some(row) = rows.next()? {
        retired.removed += 1;
        if Operation::is_delete(text(row, 0)?, text(row, 1)?)
            && let Ok(id) = AggregateId::new(text(row, 2)?)
        {
            let key = Key::new(text(row, 1)?, id);
            deletions.push((key, Version::new(whole(row, 3)?)));
        }
    }
    let mut head = connection.prepare_cached(sql::HEAD)?;
    for (key, version) in deletions {
        let now = head
            .query_row((&key.aggregate_type, key.id.as_str()), |row| row.get(0))
            .optional()?;
        if now == Some(version.get()) {
            retired.deleted.push((key, version));
        }
    }
    Ok(retired)
}

/// Removes heads that nothing has happened to and nothing waits for.
pub(super) fn forget(connection: &Connection, heads: &[(Key, Version)]) -> rusqlite::Result<u64> {
    let head = |(key, version): &(Key, Version)| {
        serde_json::json!([&*key.aggregate_type, key.id.as_str(), version.get()])
    };
    let heads: serde_json::Value = heads.iter().map(head).collect();
    let mut forget = connection.prepare_cached(sql::FORGET_HEAD)?;
    Ok(forget.execute([heads.to_string()])? as u64)
}
