//! The heads of a page of rows. Those of one type are in the order of ids, as rows mostly are: read along with them they take a third of
//! what finding each takes.

use rusqlite::{Connection, OptionalExtension as _};
use twinbase_core::{PrimaryError, State, Version};

use super::{error::During, sql};
use crate::render::SELECT;

/// Heads that are passed for each row, those of deleted rows mostly, before each row's is looked for.
const PASSED: usize = 4;

/// Gives each row of a type its version; without a head it keeps the one that it has. Both have to be of one snapshot.
pub(super) fn add(
    connection: &Connection,
    aggregate_type: &str,
    rows: &mut [State],
) -> Result<(), PrimaryError> {
    let is_sorted = rows.is_sorted_by(|one, next| one.id < next.id);
    let found = if is_sorted {
        along(connection, aggregate_type, rows).during(SELECT)?
    } else {
        0
    };
    let rest = rows.iter_mut().skip(found);
    each(connection, aggregate_type, rest).during(SELECT)
}

/// For how many of the first rows it is known now.
fn along(
    connection: &Connection,
    aggregate_type: &str,
    rows: &mut [State],
) -> rusqlite::Result<usize> {
    let all = rows.len();
    let Some(first) = rows.first().map(|row| row.id.to_string()) else {
        return Ok(0);
    };
    let mut statement = connection.prepare_cached(sql::HEADS)?;
    let mut heads = statement.query((aggregate_type, first))?;
    let mut rows = rows.iter_mut().peekable();
    let mut left = PASSED * all;
    while rows.len() > 0 {
        let Some(head) = heads.next()? else {
            return Ok(all);
        };
        let id = head.get_ref(0)?.as_str()?;
        while rows.next_if(|row| row.id.as_str() < id).is_some() {}
        match rows.next_if(|row| row.id.as_str() == id) {
            Some(row) => row.version = Version::new(head.get(1)?),
            None if left == 0 => break,
            None => left -= 1,
        }
    }
    Ok(all - rows.len())
}

fn each<'a>(
    connection: &Connection,
    aggregate_type: &str,
    rows: impl Iterator<Item = &'a mut State>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql::HEAD)?;
    for row in rows {
        let head = statement.query_row((aggregate_type, row.id.as_str()), |head| head.get(0));
        row.version = head.optional()?.map_or(row.version, Version::new);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use twinbase_core::AggregateId;

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
        let row = |id: &&str| State {
            id: AggregateId::new(*id).unwrap(),
            version: Version::NONE,
            payload: None,
        };
        let mut rows: Vec<_> = ids.iter().map(row).collect();
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
