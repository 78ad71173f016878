//! Pauses: rows of a table, so that they outlive whoever set them.

use async_trait::async_trait;
use rusqlite::Connection;
use twinbase_core::{
    PrimaryError,
    primary::{Controls, Pause, PauseScope},
};

use super::{Sqlite, bind::parse_time, error::During, pending::text, sql};

const PAUSES: &str = "read what is paused";
const PAUSE: &str = "pause";
const RESUME: &str = "resume";

#[async_trait]
impl Controls for Sqlite {
    async fn pauses(&self) -> Result<Vec<Pause>, PrimaryError> {
        self.readers()
            .run(PAUSES, |connection| pauses(connection).during(PAUSES))
            .await
    }

    async fn pause(&self, scope: &PauseScope, reason: &str) -> Result<bool, PrimaryError> {
        let (scope, reason) = (name(scope).to_owned(), reason.to_owned());
        self.writer()
            .write(PAUSE, move |connection| {
                pause(connection, &scope, &reason).during(PAUSE)
            })
            .await
    }

    async fn resume(&self, scope: &PauseScope) -> Result<bool, PrimaryError> {
        let scope = name(scope).to_owned();
        self.writer()
            .write(RESUME, move |connection| {
                connection
                    .prepare_cached(sql::RESUME)
                    .and_then(|mut statement| statement.execute([&scope]))
                    .map(|ended| ended > 0)
                    .during(RESUME)
            })
            .await
    }
}

/// A scope as its row names it: no collection has an empty name.
fn name(scope: &PauseScope) -> &str {
    match scope {
        PauseScope::Everything => "",
        PauseScope::Collection(name) => name,
    }
}

fn pauses(connection: &Connection) -> rusqlite::Result<Vec<Pause>> {
    connection
        .prepare_cached(sql::PAUSES)?
        .query_map([], |row| {
            Ok(Pause {
                scope: match text(row, 0)? {
                    "" => PauseScope::Everything,
                    name => PauseScope::Collection(name.to_owned()),
                },
                since: parse_time(text(row, 1)?).unwrap_or_default(),
                reason: text(row, 2)?.to_owned(),
            })
        })?
        .collect()
}

fn pause(connection: &Connection, scope: &str, reason: &str) -> rusqlite::Result<bool> {
    let is_new = connection
        .prepare_cached(sql::PAUSE)?
        .execute((scope, reason))?
        > 0;
    if !is_new {
        connection
            .prepare_cached(sql::PAUSE_REASON)?
            .execute((scope, reason))?;
    }
    Ok(is_new)
}
