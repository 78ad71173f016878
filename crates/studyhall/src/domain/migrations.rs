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
            migration!(6, "points", "0006_points.sql"),
            migration!(7, "forms", "0007_forms.sql"),
            migration!(8, "responses", "0008_responses.sql"),
            migration!(9, "friendships", "0009_friendships.sql"),
            migration!(10, "messages", "0010_messages.sql"),
            migration!(11, "days", "0011_days.sql"),
            migration!(12, "study_sessions", "0012_study_sessions.sql"),
            migration!(13, "daily_reports", "0013_daily_reports.sql"),
        ],
    }
}
