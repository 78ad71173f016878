//! Pauses. In the table the empty scope is everything.

use async_trait::async_trait;
use tokio_postgres::Row;
use twinbase_core::{
    PrimaryError,
    primary::{Controls, Pause, PauseScope},
};

use super::{Postgres, error::translate, read::Time, sql};

#[async_trait]
impl Controls for Postgres {
    async fn pauses(&self) -> Result<Vec<Pause>, PrimaryError> {
        const OPERATION: &str = "look at what is paused";
        let mut session = self.session(OPERATION).await?;
        let answer = session.query(OPERATION, sql::PAUSES, &[]).await?;
        answer
            .iter()
            .map(pause)
            .collect::<Result<_, _>>()
            .map_err(|error| translate(OPERATION, error))
    }

    async fn pause(&self, scope: &PauseScope, reason: &str) -> Result<bool, PrimaryError> {
        const OPERATION: &str = "pause";
        let (scope, reason) = (text(scope), reason.replace('\0', ""));
        let mut session = self.session(OPERATION).await?;
        loop {
            let new = session
                .execute(OPERATION, sql::PAUSE, &[&scope, &reason])
                .await?;
            if new > 0 {
                return Ok(true);
            }
            let again = session
                .execute(OPERATION, sql::PAUSE_AGAIN, &[&scope, &reason])
                .await?;
            if again > 0 {
                return Ok(false);
            }
            // Somebody ended it between the two.
        }
    }

    async fn resume(&self, scope: &PauseScope) -> Result<bool, PrimaryError> {
        const OPERATION: &str = "resume";
        let mut session = self.session(OPERATION).await?;
        let ended = session
            .execute(OPERATION, sql::RESUME, &[&text(scope)])
            .await?;
        Ok(ended > 0)
    }
}

fn text(scope: &PauseScope) -> &str {
    match scope {
        PauseScope::Everything => "",
        PauseScope::Collection(name) => name,
    }
}

fn pause(row: &Row) -> Result<Pause, tokio_postgres::Error> {
    let scope: String = row.try_get(0)?;
    Ok(Pause {
        scope: if scope.is_empty() {
            PauseScope::Everything
        } else {
            PauseScope::Collection(scope)
        },
        since: row.try_get::<_, Time>(1)?.0,
        reason: row.try_get(2)?,
    })
}
