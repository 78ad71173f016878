//! Twinbase's own migrations: one text each for all dialects. A number that has been released never changes.

use std::sync::OnceLock;

use twinbase_core::primary::{Migration, MigrationSet, PrimaryKind};

use super::template;

macro_rules! migration {
    ($number:literal, $name:literal) => {
        Migration {
            number: $number,
            name: $name,
            sql: |kind| {
                static TEXTS: [OnceLock<String>; 3] = [const { OnceLock::new() }; 3];
                let at = match kind {
                    PrimaryKind::Postgres => 0,
                    PrimaryKind::Cockroach => 1,
                    PrimaryKind::Sqlite => 2,
                };
                TEXTS[at].get_or_init(|| {
                    let text =
                        include_str!(concat!("../../migrations/V", $number, "__", $name, ".sql"));
                    template::render(text, kind)
                })
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
            migration!(2, "heads"),
            migration!(3, "completion"),
            migration!(4, "workers"),
            migration!(5, "heartbeat"),
        ],
    }
}
