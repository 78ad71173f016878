//! Keeping other processes out while one migrates.
//!
//! PostgreSQL has advisory locks, which end with the connection. CockroachDB has
//! none: there a row names the holder until a time after which it counts as dead.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, Error, SimpleQueryMessage};
use twinbase_core::{PrimaryError, primary::PrimaryKind};

use super::error::translate;

/// Any number that nobody else uses for an advisory lock: "twinbase" in ASCII.
const ADVISORY_KEY: i64 = 0x7477_696e_6261_7365;

const OPERATION: &str = "wait for another process that migrates";

/// How often a lock row is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

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
        match take_row(client, wait).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) => match translate(OPERATION, error) {
                PrimaryError::Contention { .. } => {}
                other => return Err(other),
            },
        }
        if Instant::now() >= deadline {
            return Err(PrimaryError::Contention {
                operation: OPERATION,
                source: "it did not finish in time".into(),
            });
        }
        sleep(LOOK_EVERY).await;
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
            hold.as_secs().max(1)
        ))
        .await?;
    Ok(taken
        .iter()
        .any(|message| matches!(message, SimpleQueryMessage::CommandComplete(1))))
}
