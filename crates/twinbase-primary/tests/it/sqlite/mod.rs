//! What is true of SQLite alone: one file, one writer at a time, other programs beside us.

use std::sync::LazyLock;

mod adopting;
mod changes;
mod conformance;
mod foreign_writers;
mod leases;
mod leaving;
mod opening;
mod outbox;
mod statements;
mod turns;

use std::{path::PathBuf, time::Duration};

use tempfile::TempDir;
use twinbase_core::{
    AggregateId, Field, Kind, Schema, SharedSchema, SharedTable, Table, Value,
    primary::{Migration, MigrationSet, Store},
    write::{Action, Assignment, Comparison, Condition, OnConflict, Select, Target, Write},
};
use twinbase_primary::sqlite::{Options, Sqlite};

/// Long enough for a loaded machine, short enough to notice that nothing happens.
const DEADLINE: Duration = Duration::from_mins(1);

static NOTE: SharedSchema = LazyLock::new(|| {
    Schema::new(
        "note",
        Table::new(
            "notes",
            &[
                Field::key("id"),
                Field::new("title", "title", Kind::Text),
                Field::new("done", "done", Kind::Bool).nullable(),
                Field::new("points", "points", Kind::Int32),
                Field::new("due_at", "dueAt", Kind::Timestamp).nullable(),
                Field::new("extra", "extra", Kind::Json).nullable(),
                Field::private("secret", Kind::Text).nullable(),
            ],
        ),
        "notes",
    )
    .into()
});

static LABELS: SharedTable = LazyLock::new(|| {
    Table::new(
        "labels",
        &[
            Field::key("name"),
            Field::new("note_id", "noteId", Kind::Text),
        ],
    )
    .into()
});

fn tables() -> MigrationSet {
    MigrationSet {
        name: "notebook",
        migrations: vec![Migration {
            number: 1,
            name: "notes",
            sql: |_| {
                "create table if not exists notes (
                   id text primary key, title text not null unique, done boolean,
                   points integer not null default 0 check (points >= 0),
                   due_at text, extra text, secret text
                 );
                 create table if not exists labels (
                   name text primary key,
                   note_id text not null references notes (id) on delete cascade
                     deferrable initially deferred
                 );"
            },
        }],
    }
}

/// A migrated database in a folder of its own.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("primary.db")
    }

    async fn open(&self) -> Sqlite {
        self.open_with(Options::default()).await
    }

    async fn open_with(&self, options: Options) -> Sqlite {
        let sqlite = Sqlite::open(self.file(), options).await.unwrap();
        sqlite.migrate(&[tables()]).await.unwrap();
        sqlite.register(std::slice::from_ref(&*NOTE)).await.unwrap();
        sqlite
    }

    /// Another program: plain SQLite.
    fn raw(&self) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.file()).unwrap();
        connection.busy_timeout(DEADLINE).unwrap();
        connection
    }
}

/// Waits too short for a person, long enough to see that a wait ends.
fn impatient() -> Options {
    Options {
        busy_timeout: Duration::from_millis(50),
        turn_timeout: Duration::from_millis(100),
        ..Options::default()
    }
}

fn write(action: Action) -> Write {
    Write {
        target: Target::Aggregate(NOTE.clone()),
        action,
        expected: None,
        traceparent: None,
    }
}

fn insert(id: &str) -> Write {
    insert_all(&[id])
}

fn insert_all(ids: &[&str]) -> Write {
    write(Action::Insert {
        columns: ["id", "title"].map(Into::into).to_vec(),
        rows: ids
            .iter()
            .map(|id| vec![Value::from(*id), Value::from(format!("title of {id}"))])
            .collect(),
        on_conflict: OnConflict::Fail,
    })
}

fn by_id(id: &str) -> Vec<Condition> {
    vec![Condition::compare("id", Comparison::Equal, id.into())]
}

fn add_point(id: &str) -> Write {
    write(Action::Update {
        set: vec![Assignment::add("points", 1.into())],
        filter: by_id(id),
    })
}

fn delete(id: &str) -> Write {
    write(Action::Delete { filter: by_id(id) })
}

fn id(text: &str) -> AggregateId {
    AggregateId::new(text).unwrap()
}

async fn count(sqlite: &Sqlite, of: &str) -> i64 {
    let rows = sqlite
        .query(&format!("select count(*) as n from {of}"), &[])
        .await
        .unwrap();
    rows[0].get("n").unwrap()
}

async fn notes(sqlite: &Sqlite) -> Vec<twinbase_core::State> {
    sqlite.select(&Select::new(&NOTE, 1000)).await.unwrap()
}
