//! A small application to test with: accounts with points, and notes of accounts.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(name = "account", table = "accounts", index(by_points = [points desc]))]
pub(crate) struct Account {
    #[key]
    pub(crate) id: AggregateId,
    pub(crate) name: String,
    pub(crate) points: i32,
    #[serde(skip)]
    pub(crate) secret: Private<String>,
}

pub(crate) const SECRET: &str = "s3cret-of-every-account";

#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(name = "note", table = "notes")]
pub(crate) struct Note {
    #[key]
    pub(crate) id: AggregateId,
    #[fixed]
    pub(crate) account_id: AggregateId,
    pub(crate) text: String,
}

pub(crate) fn id(text: impl AsRef<str>) -> AggregateId {
    AggregateId::new(text).unwrap()
}

pub(crate) fn account(name: &str) -> Account {
    Account {
        id: id(name),
        name: name.to_owned(),
        points: 0,
        secret: SECRET.to_owned().into(),
    }
}

pub(crate) fn note(name: &str, of: &AggregateId) -> Note {
    Note {
        id: id(name),
        account_id: of.clone(),
        text: "text".to_owned(),
    }
}

/// The application's own tables.
pub(crate) fn migrations() -> MigrationSet {
    MigrationSet {
        name: "app",
        migrations: vec![Migration {
            number: 1,
            name: "accounts_and_notes",
            sql: |_| {
                "create table if not exists accounts (
                    id text primary key, name text not null, points integer not null, secret text not null
                );
                create table if not exists notes (
                    id text primary key, account_id text not null, text text not null
                );"
            },
        }],
    }
}
