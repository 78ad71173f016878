//! Twinbase's own migrations: one text each for all dialects. A number that has been released never changes.

use twinbase_core::primary::{Migration, MigrationSet};

macro_rules! migration {
    ($number:literal, $name:literal) => {
        Migration {
            number: $number,
            name: $name,
            sql: |_| include_str!(concat!("../../migrations/V", $number, "__", $name, ".sql")),
        }
    };
}

pub(super) fn set() -> MigrationSet {
    MigrationSet {
        name: "twinbase",
        migrations: vec![
            migration!(1, "outbox"),
            migration!(2, "heads"),
            migration!(3, "completion"),
            migration!(4, "workers"),
            migration!(5, "heartbeat"),
            migration!(6, "timeline"),
            migration!(7, "history"),
            migration!(8, "operations"),
            migration!(9, "collections"),
            migration!(10, "walks"),
            migration!(11, "schemas"),
            migration!(12, "twin"),
        ],
    }
}
