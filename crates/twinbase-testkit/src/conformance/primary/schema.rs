//! The tables of the suite: two aggregates with every kind of column, and a plain table.

use std::sync::{Arc, LazyLock};
use twinbase_core::{
    Field, Kind, Schema, SharedSchema, SharedTable, Table,
    primary::{Migration, MigrationSet, PrimaryKind},
};

/// A person: every kind of column, nullable ones, and one that stays in the primary.
pub static PERSON: SharedSchema =
    LazyLock::new(|| Schema::new("person", people(), "people").into());

fn people() -> Table {
    Table::new(
        "people",
        &[
            Field::key("id"),
            Field::new("name", "name", Kind::Text),
            Field::private("password_hash", Kind::Text),
            Field::new("active", "active", Kind::Bool),
            Field::new("points", "points", Kind::Int32),
            Field::new("big", "bigNumber", Kind::Int64),
            Field::new("ratio", "ratio", Kind::Double),
            Field::new("joined_at", "joinedAt", Kind::Timestamp),
            Field::new("settings", "settings", Kind::Json).nullable(),
            Field::new("nickname", "nickname", Kind::Text).nullable(),
        ],
    )
}

/// A note of a person.
pub static NOTE: SharedSchema = LazyLock::new(|| Schema::new("note", notes(), "notes").into());

fn notes() -> Table {
    Table::new(
        "notes",
        &[
            Field::key("id"),
            Field::new("person_id", "personId", Kind::Text),
            Field::new("text", "text", Kind::Text),
        ],
    )
}

/// A table without events.
pub static VISITS: SharedTable = LazyLock::new(|| {
    Table::new(
        "visits",
        &[
            Field::key("id"),
            Field::new("visits", "visits", Kind::Int64),
        ],
    )
    .into()
});

/// Keys of types other than text, which the schema does not know of.
pub static KEYED: LazyLock<[Arc<Schema>; 3]> =
    LazyLock::new(|| ["by_uuid", "by_int4", "by_int8"].map(|name| keyed(name).into()));

fn keyed(name: &'static str) -> Schema {
    let points = Field::new("points", "points", Kind::Int32);
    Schema::new(name, Table::new(name, [Field::key("id"), points]), name)
}

/// The migrations that make the tables.
pub fn migrations() -> MigrationSet {
    type Sql = fn(PrimaryKind) -> &'static str;
    let sql: [(&str, Sql); 4] = [
        ("people", |_| PEOPLE_SQL),
        ("notes", |_| NOTES_SQL),
        ("visits", |_| VISITS_SQL),
        ("keyed", |_| KEYED_SQL),
    ];
    let migration = |(number, (name, sql))| Migration { number, name, sql };
    MigrationSet {
        name: "conformance",
        migrations: (1..).zip(sql).map(migration).collect(),
    }
}

const NOTES_SQL: &str = "create table if not exists notes (
  id text primary key,
  person_id text not null references people (id),
  text text not null check (text <> 'forbidden')
)";

const VISITS_SQL: &str =
    "create table if not exists visits (id text primary key, visits bigint not null)";

const KEYED_SQL: &str = "
--[postgres cockroach]
create table if not exists by_uuid (id uuid primary key, points int4 not null);
create table if not exists by_int4 (id int4 primary key, points int4 not null);
create table if not exists by_int8 (id int8 primary key, points int4 not null)
--[sqlite]
create table if not exists by_uuid (id text not null primary key, points integer not null);
create table if not exists by_int4 (id integer primary key, points integer not null);
create table if not exists by_int8 (id integer primary key, points integer not null)";

const PEOPLE_SQL: &str = "create table if not exists people (
  id text primary key not null,
  name text not null unique,
  password_hash text not null,
  active {bool} not null,
  points int4 not null,
  big int8 not null,
  ratio double precision not null,
  joined_at {time} not null,
--[postgres cockroach]
  settings jsonb,
--[sqlite]
  settings text,
--[all]
  nickname text
)";
