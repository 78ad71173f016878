//! The tables of Studyhall, for every primary.

use twinbase::prelude::*;

/// The SQL of one migration for each kind of primary, from its three files.
macro_rules! sql {
    ($file:literal) => {
        |kind| match kind {
            PrimaryKind::Postgres => include_str!(concat!("../../migrations/postgres/", $file)),
            PrimaryKind::Cockroach => include_str!(concat!("../../migrations/cockroach/", $file)),
            PrimaryKind::Sqlite => include_str!(concat!("../../migrations/sqlite/", $file)),
        }
    };
}

/// All migrations of Studyhall, in order.
pub fn migrations() -> MigrationSet {
    let migration = |number, name, sql| Migration { number, name, sql };
    MigrationSet {
        name: "studyhall",
        migrations: vec![
            migration(1, "users", sql!("0001_users.sql")),
            migration(2, "todos", sql!("0002_todos.sql")),
            migration(3, "auth_sessions", sql!("0003_auth_sessions.sql")),
            migration(4, "idempotency_keys", sql!("0004_idempotency_keys.sql")),
            migration(5, "operators", sql!("0005_operators.sql")),
        ],
    }
}
