//! Keeping other processes out while one migrates.
//!
//! PostgreSQL has advisory locks, which end with the connection. CockroachDB has
//! none: there a row names the holder until a time after which it counts as dead.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, Error, SimpleQueryMessage};
use twinbase_core::{PrimaryError, primary::PrimaryKind};

use super::error::translate;
use crate::fail;

/// Any number that nobody else uses for an advisory lock: "twinbase" in ASCII.
const ADVISORY_KEY: i64 = 0x7477_696e_6261_7365;

const OPERATION: &str = "wait for another process that migrates";

/// How often a lock row is polled.
const POLL_EVERY: Duration = Duration::from_millis(100);

/// Waits until no other process migrates, at most `wait`.
pub(super) async fn acquire(
    client: &Client,
    kind: PrimaryKind,
    wait: Duration,
) -> Result<(), PrimaryError> {
    match kind {
        PrimaryKind::Postgres | PrimaryKind::Sqlite => {
            let text = format!(
                "set lock_timeout = {}; select pg_advisory_lock({ADVISORY_KEY})",
                wait.as_millis()
            );
            let locked = client.batch_execute(&text).await;
            locked.map_err(|error| translate(OPERATION, error))
        }
        PrimaryKind::Cockroach => acquire_row(client, wait).await,
    }
}

/// Lets the next one in. The lock of a connection that ends goes by itself.
pub(super) async fn release(client: &Client, kind: PrimaryKind) -> Result<(), PrimaryError> {
    let text = match kind {
        PrimaryKind::Postgres | PrimaryKind::Sqlite => {
            format!("select pg_advisory_unlock({ADVISORY_KEY})")
        }
        PrimaryKind::Cockroach => "delete from twinbase_migration_lock".to_owned(),
    };
    let released = client.batch_execute(&text).await;
    released.map_err(|error| translate(OPERATION, error))
}

async fn acquire_row(client: &Client, wait: Duration) -> Result<(), PrimaryError> {
    let deadline = Instant::now() + wait;
    loop {
        // Whoever waited as long as it may still has as long to migrate.
        match take_row(client, wait * 2).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) => match translate(OPERATION, error) {
                PrimaryError::Contention { .. } => {}
                other => return Err(other),
            },
        }
        if Instant::now() >= deadline {
            return Err(fail::contention(OPERATION, "it did not finish in time"));
        }
        sleep(POLL_EVERY).await;
    }
}

/// Takes the row if it is free, or its holder has had its time.
async fn take_row(client: &Client, hold: Duration) -> Result<bool, Error> {
    client
        .batch_execute(
            "create table if not exists twinbase_migration_lock \
             (id int8 primary key, expires_at timestamptz not null)",
        )
        .await?;
    let taken = client
        .simple_query(&format!(
            "insert into twinbase_migration_lock (id, expires_at) \
             values (1, clock_timestamp() + interval '{} seconds') \
             on conflict (id) do update set expires_at = excluded.expires_at \
             where twinbase_migration_lock.expires_at < clock_timestamp()",
            hold.as_secs()
        ))
        .await?;
    Ok(taken
        .iter()
        .any(|message| matches!(message, SimpleQueryMessage::CommandComplete(1))))
}

#[cfg(test)]
mod tests {
    use tokio_postgres::NoTls;
    use twinbase_testkit::servers::postgres::{Postgres, TestDatabase};

    use super::*;

    async fn two_clients(server: &Postgres) -> (TestDatabase, Client, Client) {
        let database = server.fresh_database("lock").await;
        let client = async || {
            let (client, connection) = tokio_postgres::connect(&database.url, NoTls).await.unwrap();
            tokio::spawn(connection);
            client
        };
        let (first, other) = (client().await, client().await);
        (database, first, other)
    }

    /// Both ways on PostgreSQL: the statements of the lock row are the same on both.
    #[tokio::test]
    async fn one_process_migrates_at_a_time() {
        let Some(server) = Postgres::from_env() else {
            return;
        };
        let second = Duration::from_secs(1);
        for kind in [PrimaryKind::Postgres, PrimaryKind::Cockroach] {
            let (_database, first, other) = two_clients(&server).await;
            acquire(&first, kind, second * 60).await.unwrap();
            let error = acquire(&other, kind, POLL_EVERY).await.unwrap_err();
            assert!(matches!(error, PrimaryError::Contention { .. }), "{error}");
            release(&first, kind).await.unwrap();
            acquire(&other, kind, second).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_process_that_died_does_not_keep_others_out_for_ever() {
        let Some(server) = Postgres::from_env() else {
            return;
        };
        let (_database, first, other) = two_clients(&server).await;
        let (kind, brief) = (PrimaryKind::Cockroach, Duration::from_millis(500));
        acquire(&first, kind, brief).await.unwrap();
        drop(first);
        acquire(&other, kind, brief * 20).await.unwrap();
    }
}
