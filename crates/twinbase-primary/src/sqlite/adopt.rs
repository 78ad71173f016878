//! Adopts an `"Outbox"` that was there before. SQLite cannot add the columns that ours has, so the old
//! table steps aside, ours is made, and the rows are inserted in the order in which they were
//! written: the trigger gives them their versions. All of it is part of the migration's transaction.

use rusqlite::{Connection, Result, Row};
use twinbase_core::PrimaryError;

use super::error::During;
use crate::migrate::{Column, judge, refused};

const ADOPT: &str = "adopt the table \"Outbox\"";

/// The eight columns of the seed.
const COPY: &str = r#"
insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload, processed, retry_count, created_at)
select id, event_type, aggregate_type, aggregate_id, payload, processed, retry_count, created_at
from (select *, {time} as written from twinbase_adopted)
order by written, id;
update "Outbox" set created_at = (
  select coalesce({time}, "Outbox".created_at) from twinbase_adopted where twinbase_adopted.id = "Outbox".id
);
drop table twinbase_adopted;
"#;

/// A time in our form, whichever of SQLite's forms it has; a whole number is milliseconds since 1970.
const TIME: &str = "case
  when twinbase_adopted.created_at glob '*[^0-9]*' then strftime('%Y-%m-%dT%H:%M:%fZ', twinbase_adopted.created_at)
  else strftime('%Y-%m-%dT%H:%M:%fZ', twinbase_adopted.created_at / 1000.0, 'unixepoch')
end";

/// Puts a table that is not ours aside; whether there was one.
pub(super) fn put_aside(connection: &Connection) -> Result<bool, PrimaryError> {
    let columns = columns(connection).during(ADOPT)?;
    if columns.is_empty() || columns.iter().any(|column| column.name == "seq") {
        return Ok(false);
    }
    judge(&columns, false)?;
    if let Some(own) = columns.get(8) {
        // Its values would be lost.
        return Err(refused(&format!("has a column `{}` of its own", own.name)));
    }
    connection
        .execute_batch("alter table \"Outbox\" rename to twinbase_adopted")
        .during(ADOPT)?;
    Ok(true)
}

/// Takes the rows of the table that was put aside.
pub(super) fn take_over(connection: &Connection) -> Result<(), PrimaryError> {
    connection
        .execute_batch(&COPY.replace("{time}", TIME))
        .during(ADOPT)
}

fn columns(connection: &Connection) -> Result<Vec<Column>> {
    let sql =
        "select name, type, \"notnull\" and dflt_value is null from pragma_table_xinfo('Outbox')";
    let column = |row: &Row<'_>| {
        Ok(Column {
            name: row.get(0)?,
            kind: row.get(1)?,
            is_required: row.get(2)?,
        })
    };
    connection.prepare(sql)?.query_map([], column)?.collect()
}
