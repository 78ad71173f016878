//! Idempotency keys: a request that is sent again is answered again, and done once.
//!
//! The key's row commits with what the request wrote, so there is no moment in which one is there
//! without the other. A request that failed wrote nothing, not even its key: sent again, it is tried again.
//! Only third-party routes, which write in transactions of their own, have their keys reserved instead: see [`once`].

mod claim;
mod in_flight;
mod key;
mod layer;
mod reservation;
mod sweep;
mod table;

use std::time::Duration;

use twinbase::{core::RowError, prelude::*};

use crate::{Code, Problem, Reply, now};

use claim::Taken;
use in_flight::InFlight;
pub use key::{Claim, IdempotencyKey};
pub use layer::{Caller, once};
pub use sweep::sweep;
use table::{REQUEST_KEY, SCOPE, TABLE};

/// The keys of a service, in the table that [`migrations`] makes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Idempotency {
    twin: Twinbase,
    in_flight: InFlight,
    time_limit: Duration,
}

impl Idempotency {
    /// For writes of this twin, in requests that take no longer than `time_limit`.
    pub fn new(twin: Twinbase, time_limit: Duration) -> Self {
        Self {
            twin,
            in_flight: InFlight::default(),
            time_limit,
        }
    }

    /// What is written to.
    pub const fn twin(&self) -> &Twinbase {
        &self.twin
    }

    /// Runs a write, with its key when it has one. `run` may be called again; see [`Twinbase::write`].
    pub async fn write<F, Fut, E>(&self, claim: Option<Claim>, run: F) -> Result<Reply, E>
    where
        F: Fn(Tx) -> Fut + Send + Sync,
        Fut: Future<Output = Result<Reply, E>> + Send,
        E: From<Problem> + From<PrimaryError> + Send,
    {
        let Some(claim) = &claim else {
            return Ok(self.twin.write(run).await?.0);
        };
        let Some(_flight) = self.in_flight.begin(&claim.scope, &claim.key) else {
            return Err(in_progress().into());
        };
        let (now, run) = (now(&self.twin), &run);
        let (reply, _) = self
            .twin
            .write(|tx| async move {
                match claim.take(&tx, now).await? {
                    Taken::Before(reply) => Ok(reply),
                    Taken::Now => {
                        let reply = run(tx.clone()).await?;
                        claim.keep(&tx, &reply).await?;
                        Ok::<_, E>(reply)
                    }
                }
            })
            .await?;
        Ok(reply)
    }
}

/// Deletes the keys of a user who goes, with the answers that they keep, and every other key whose answer names the user.
pub async fn forget(tx: &Tx, user: &AggregateId) -> Result<(), PrimaryError> {
    let unreadable = |error: RowError| PrimaryError::InvalidStatement {
        operation: "read idempotency keys",
        reason: error.to_string(),
    };
    let sql = "select scope, request_key from idempotency_keys \
               where scope like '% ' || $1 or body like '%\"' || $1 || '\"%'";
    for row in tx.query(sql, &[user.into()]).await? {
        let scope: String = row.get("scope").map_err(unreadable)?;
        let key: String = row.get("request_key").map_err(unreadable)?;
        let one = [SCOPE.eq(scope), REQUEST_KEY.eq(key)];
        tx.delete_plain(&TABLE, one).await?;
    }
    Ok(())
}

/// The table of keys, for [`Builder::migrations`](twinbase::Builder::migrations).
pub fn migrations() -> MigrationSet {
    MigrationSet {
        name: "twinbase_web",
        migrations: vec![Migration {
            number: 1,
            name: "idempotency_keys",
            sql: |_| include_str!("../../migrations/0001_idempotency_keys.sql"),
        }],
    }
}

fn in_progress() -> Problem {
    Problem::new(
        Code::IdempotencyInProgress,
        "A request with this Idempotency-Key is still running. Try again soon.",
    )
}
