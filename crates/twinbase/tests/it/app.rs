//! A small application to test with: accounts with points, and notes of accounts.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) id: AggregateId,
    pub(crate) name: String,
    pub(crate) points: i32,
}

impl Account {
    pub(crate) const ID: Column<Account, AggregateId> = Column::new("id");
    pub(crate) const NAME: Column<Account, String> = Column::new("name");
    pub(crate) const POINTS: Column<Account, i32> = Column::new("points");
    pub(crate) const SECRET: Column<Account, String> = Column::new("secret");
}

impl Aggregate for Account {
    const SCHEMA: &'static Schema = &Schema::new(
        "account",
        Table::new(
            "accounts",
            &[
                Field::key("id"),
                Field::new("name", "name", Kind::Text),
                Field::new("points", "points", Kind::Int32),
                Field::private("secret", Kind::Text),
            ],
        ),
        "accounts",
    )
    .with_indexes(&[Index {
        name: "by_points",
        keys: &[("points", -1)],
    }]);
}

/// What an account is made of; the secret never leaves the primary.
pub(crate) struct NewAccount {
    pub(crate) id: AggregateId,
    pub(crate) name: String,
    pub(crate) points: i32,
}

pub(crate) const SECRET: &str = "s3cret-of-every-account";

impl NewRow for NewAccount {
    type Aggregate = Account;
    fn row(&self) -> Vec<Assignment> {
        vec![
            Account::ID.set(self.id.clone()),
            Account::NAME.set(self.name.as_str()),
            Account::POINTS.set(self.points),
            Account::SECRET.set(SECRET),
        ]
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Note {
    pub(crate) id: AggregateId,
    pub(crate) account_id: AggregateId,
    pub(crate) text: String,
}

impl Note {
    pub(crate) const ID: Column<Note, AggregateId> = Column::new("id");
    pub(crate) const ACCOUNT_ID: Column<Note, AggregateId> = Column::new("account_id");
    pub(crate) const TEXT: Column<Note, String> = Column::new("text");
}

impl Aggregate for Note {
    const SCHEMA: &'static Schema = &Schema::new(
        "note",
        Table::new(
            "notes",
            &[
                Field::key("id"),
                Field::new("account_id", "accountId", Kind::Text),
                Field::new("text", "text", Kind::Text),
            ],
        ),
        "notes",
    );
}

impl NewRow for Note {
    type Aggregate = Note;
    fn row(&self) -> Vec<Assignment> {
        vec![
            Note::ID.set(self.id.clone()),
            Note::ACCOUNT_ID.set(self.account_id.clone()),
            Note::TEXT.set(self.text.as_str()),
        ]
    }
}

pub(crate) fn id(text: impl AsRef<str>) -> AggregateId {
    AggregateId::new(text).unwrap()
}

pub(crate) fn account(name: &str) -> NewAccount {
    NewAccount {
        id: id(name),
        name: name.to_owned(),
        points: 0,
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
