//! A small application to be tortured: counters, and notes that are written together with them.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[aggregate(name = "counter", table = "counters")]
pub(crate) struct Counter {
    #[key]
    pub(crate) id: AggregateId,
    pub(crate) value: i32,
}

#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[aggregate(name = "note", table = "notes")]
pub(crate) struct Note {
    #[key]
    pub(crate) id: AggregateId,
    pub(crate) text: String,
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
