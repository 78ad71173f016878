//! A small application to be tortured: counters, and notes that are written together with them.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counter {
    pub(crate) id: AggregateId,
    pub(crate) value: i32,
}

impl Counter {
    pub(crate) const ID: Column<Counter, AggregateId> = Column::new("id");
    pub(crate) const VALUE: Column<Counter, i32> = Column::new("value");
}

impl Aggregate for Counter {
    const SCHEMA: &'static Schema = &Schema::new(
        "counter",
        Table::new(
            "counters",
            &[Field::key("id"), Field::new("value", "value", Kind::Int32)],
        ),
        "counters",
    );
}

impl NewRow for Counter {
    type Aggregate = Counter;
    fn row(&self) -> Vec<Assignment> {
        vec![Self::ID.set(self.id.clone()), Self::VALUE.set(self.value)]
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) id: AggregateId,
    pub(crate) text: String,
}

impl Note {
    pub(crate) const ID: Column<Note, AggregateId> = Column::new("id");
    pub(crate) const TEXT: Column<Note, String> = Column::new("text");
}

impl Aggregate for Note {
    const SCHEMA: &'static Schema = &Schema::new(
        "note",
        Table::new(
            "notes",
            &[Field::key("id"), Field::new("text", "text", Kind::Text)],
        ),
        "notes",
    );
}

impl NewRow for Note {
    type Aggregate = Note;
    fn row(&self) -> Vec<Assignment> {
        vec![
            Self::ID.set(self.id.clone()),
            Self::TEXT.set(self.text.as_str()),
        ]
    }
}

/// The application, without its databases.
pub(crate) fn builder() -> twinbase::Builder {
    Twinbase::builder()
        .aggregate::<Counter>()
        .aggregate::<Note>()
        .migrations(MigrationSet {
            name: "torture",
            migrations: vec![Migration {
                number: 1,
                name: "counters_and_notes",
                sql: |_| {
                    "create table if not exists counters (id text primary key, value integer not null);
                    create table if not exists notes (id text primary key, text text not null);"
                },
            }],
        })
}

/// The application on these databases.
pub(crate) async fn open(primary: &str, replica: &str) -> anyhow::Result<Twinbase> {
    Ok(builder().primary(primary).replica(replica).open().await?)
}
