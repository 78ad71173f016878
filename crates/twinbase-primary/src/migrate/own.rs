//! Twinbase's own migrations.
//!
//! Each exists in the dialect of each primary and does the same there. A
//! number that has been released never changes.

use twinbase_core::primary::{Migration, MigrationSet, PrimaryKind};

macro_rules! migration {
    ($number:literal, $name:literal) => {
        Migration {
            number: $number,
            name: $name,
            sql: |kind| match kind {
                PrimaryKind::Postgres => include_str!(concat!(
                    "../../migrations/postgres/V",
                    $number,
                    "__",
                    $name,
                    ".sql"
                )),
                PrimaryKind::Cockroach => include_str!(concat!(
                    "../../migrations/cockroach/V",
                    $number,
                    "__",
                    $name,
                    ".sql"
                )),
                PrimaryKind::Sqlite => include_str!(concat!(
                    "../../migrations/sqlite/V",
                    $number,
                    "__",
                    $name,
                    ".sql"
                )),
            },
        }
    };
}

/// The set `twinbase`.
pub(super) fn set() -> MigrationSet {
    MigrationSet {
        name: "twinbase",
        migrations: vec![
            migration!(1, "outbox"),
            migration!(2, "aggregate_version"),
            migration!(3, "aggregate_field"),
            migration!(4, "outbox_pending_index"),
            migration!(5, "outbox_charged_index"),
            migration!(6, "outbox_complete_function"),
            migration!(7, "outbox_complete_trigger"),
            migration!(8, "outbox_operator_columns"),
            migration!(9, "outbox_done_index"),
            migration!(10, "twinbase_worker"),
            migration!(11, "twinbase_lease"),
            migration!(12, "twinbase_started"),
            migration!(13, "twinbase_pause"),
            migration!(14, "twinbase_heartbeat"),
            migration!(15, "outbox_time_ordered_ids"),
        ],
    }
}
