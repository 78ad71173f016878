//! The partition of an aggregate, as `"Outbox"` computes it: for reading one aggregate's events.

use twinbase_core::Partition;

/// The hash of migration `V1__outbox.sql`.
pub(super) fn partition_of(aggregate_id: &str) -> Partition {
    // SQLite's `substr` takes NUL for the end of a text.
    let text = aggregate_id.split('\0').next().unwrap_or_default();
    let hash: u32 = text
        .chars()
        .rev()
        .zip([1, 3, 5, 7])
        .map(|(character, weight)| weight * u32::from(character))
        .sum();
    let count = u32::from(Partition::COUNT.unsigned_abs());
    Partition(i16::try_from(hash % count).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::sqlite::migrate;

    #[test]
    fn it_is_the_one_that_the_table_computes() {
        let connection = Connection::open_in_memory().unwrap();
        migrate::run(&connection, &[]).unwrap();
        let mut insert = connection
            .prepare(
                "insert into \"Outbox\" (event_type, aggregate_type, aggregate_id, payload, version)
                 values ('a.created', 'a', ?1, '{}', 1) returning \"partition\"",
            )
            .unwrap();
        for id in [
            "",
            "a",
            "abc",
            "user-1234",
            "01978c3e-7a2b-7c3d-8e4f-5a6b7c8d9e0f",
            "größe",
            "\u{10ffff}\u{10fffe}\u{10fffd}\u{10fffc}",
            "日本語",
            "a\0bc",
        ] {
            let computed: i16 = insert.query_row([id], |row| row.get(0)).unwrap();
            assert_eq!(partition_of(id), Partition(computed), "{id:?}");
        }
    }
}
