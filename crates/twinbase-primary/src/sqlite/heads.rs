//! The heads of a page of rows. Those of one type are in the order of ids, as rows mostly are: read along with them they take a third of
//! what finding each takes.

use std::cmp::Ordering;

use rusqlite::{Connection, OptionalExtension as _};
use twinbase_core::{Packed, PrimaryError, Version};

use super::{error::During, sql};
use crate::render::SELECT;

/// Heads that are passed for each row, those of deleted rows mostly, before each row's is looked for.
const PASSED: usize = 4;

/// Gives each row of a type its version; without a head it keeps the one that it has. Both have to be of one snapshot.
pub(super) fn add(
    connection: &Connection,
    aggregate_type: &str,
    rows: &mut Packed<String>,
) -> Result<(), PrimaryError> {
    let is_sorted = rows.iter().is_sorted_by(|one, next| one.id < next.id);
    let found = if is_sorted {
        along(connection, aggregate_type, rows).during(SELECT)?
    } else {
        0
    };
    each(connection, aggregate_type, rows, found).during(SELECT)
}

/// For how many of the first rows it is known now.
fn along(
    connection: &Connection,
    aggregate_type: &str,
    rows: &mut Packed<String>,
) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(sql::HEADS)?;
    let mut heads = statement.query((aggregate_type, rows.get(0).map(|row| row.id)))?;
    let mut left = PASSED * rows.len();
    let mut at = 0;
    while let Some(row) = rows.get(at) {
        let Some(head) = heads.next()? else {
            return Ok(rows.len());
        };
        let id = head.get_ref(0)?.as_str()?;
        let mut order = row.id.cmp(id);
        while order.is_lt() {
            at += 1;
            order = rows.get(at).map_or(Ordering::Greater, |row| row.id.cmp(id));
        }
        if order.is_eq() {
            rows.set_version(at, Version::new(head.get(1)?));
            at += 1;
        } else if left == 0 {
            break;
        } else {
            left -= 1;
        }
    }
    Ok(at)
}

/// Of the rows from a place on.
fn each(
    connection: &Connection,
    aggregate_type: &str,
    rows: &mut Packed<String>,
    from: usize,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql::HEAD)?;
    for at in from..rows.len() {
        let id = rows.get(at).map(|row| row.id);
        let head = statement.query_row((aggregate_type, id), |head| head.get(0));
        if let Some(version) = head.optional()? {
            rows.set_version(at, Version::new(version));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use twinbase_core::StateRows;

    use super::*;

    fn versions(heads: &[(&str, i64)], ids: &[&str]) -> Vec<i64> {
        let db = Connection::open_in_memory().unwrap();
        let table = "create table aggregate_version (aggregate_type text, aggregate_id text, version integer,
            primary key (aggregate_type, aggregate_id)) without rowid;
            insert into aggregate_version values ('another', 'a', 99), ('type', 'a', 99)";
        db.execute_batch(table).unwrap();
        for head in heads {
            let sql = "insert into aggregate_version values ('todo', ?1, ?2)";
            db.execute(sql, *head).unwrap();
        }
        let mut rows = StateRows::all();
        for id in ids {
            let _ = rows.take(id, Version::NONE, None);
        }
        let mut rows = rows.page().states;
        add(&db, "todo", &mut rows).unwrap();
        rows.iter().map(|row| row.version.get()).collect()
    }

    #[test]
    fn rows_have_their_heads_in_any_order_and_among_any_others() {
        let heads = [("a", 1), ("b", 2), ("d", 4), ("e", 5)];
        assert!(versions(&heads, &[]).is_empty());
        assert_eq!(versions(&heads, &["a", "b", "c", "d"]), [1, 2, 0, 4]);
        assert_eq!(
            versions(&heads, &["0", "c", "e", "f", "g"]),
            [0, 0, 5, 0, 0]
        );
        assert_eq!(
            versions(&heads, &["e", "a", "c"]),
            [5, 1, 0],
            "another order"
        );
        let deleted: Vec<_> = (0..100).map(|n| format!("b{n:02}")).collect();
        let mut many: Vec<_> = deleted.iter().map(|id| (id.as_str(), 7)).collect();
        many.extend(heads);
        assert_eq!(
            versions(&many, &["a", "b", "c", "d"]),
            [1, 2, 0, 4],
            "many without a row between"
        );
        assert_eq!(versions(&many, &["a", "b99", "z"]), [1, 7, 0]);
    }
}
