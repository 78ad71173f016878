//! The tables of Studyhall: one text each for every primary.

use twinbase::prelude::*;

macro_rules! migration {
    ($number:literal, $name:literal, $file:literal) => {
        Migration {
            number: $number,
            name: $name,
            sql: |_| include_str!(concat!("../../migrations/", $file)),
        }
    };
}

/// All migrations of Studyhall, in order.
pub(super) fn migrations() -> MigrationSet {
    MigrationSet {
        name: "studyhall",
        migrations: vec![
            migration!(1, "users", "0001_users.sql"),
            migration!(2, "todos", "0002_todos.sql"),
            migration!(3, "auth_sessions", "0003_auth_sessions.sql"),
            migration!(4, "operators", "0004_operators.sql"),
            migration!(5, "todos_in_order", "0005_todos_in_order.sql"),
            migration!(6, "days", "0006_days.sql"),
            migration!(7, "study_sessions", "0007_study_sessions.sql"),
            migration!(8, "daily_reports", "0008_daily_reports.sql"),
        ],
    }
}
