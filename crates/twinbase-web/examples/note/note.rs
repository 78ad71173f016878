//! The aggregate: a note of an author, which its readers never see the draft of.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

twinbase_web::text! {
    /// Up to 500 characters.
    pub(crate) struct Words: Rules::of(1, 500);
}

#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(name = "note", table = "notes", index(newest = [author, created_at desc, id desc]))]
pub(crate) struct Note {
    #[key]
    pub(crate) id: AggregateId,
    #[fixed]
    pub(crate) author: Words,
    pub(crate) text: Words,
    #[serde(skip)]
    pub(crate) draft: Private<Option<String>>,
    #[created]
    pub(crate) created_at: Timestamp,
    #[updated]
    pub(crate) updated_at: Timestamp,
}

pub(crate) fn migrations() -> MigrationSet {
    let sql = |_| {
        "create table if not exists notes (
            id text primary key, author text not null, text text not null, draft text,
            created_at {time} not null, updated_at {time} not null
        )"
    };
    let first = Migration {
        number: 1,
        name: "notes",
        sql,
    };
    MigrationSet {
        name: "notes",
        migrations: vec![first],
    }
}
