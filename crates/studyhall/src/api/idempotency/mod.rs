//! Idempotency keys: a request that is sent again is answered again, and done once.
//!
//! The key's row commits with what the request wrote, so there is no moment in which one is there
//! without the other. A request that failed wrote nothing, not even its key: sent again, it is tried again.
//! Only third-party routes, which write in transactions of their own, have their keys reserved instead: see [`once`].

mod claim;
mod key;
mod layer;
mod probe;
mod reservation;
mod sweep;
mod table;

use twinbase::prelude::*;

use super::{AppState, Code, Problem, reply::Reply};

use claim::Taken;
pub(super) use key::{Claim, IdempotencyKey};
pub(super) use layer::once;
pub use probe::probe_writes;
pub(super) use sweep::sweep;

/// Runs a write, with its key when it has one. `run` may be called again; see [`Twinbase::write`].
pub(super) async fn write<F, Fut>(
    state: &AppState,
    claim: Option<Claim>,
    run: F,
) -> Result<Reply, Problem>
where
    F: Fn(Tx) -> Fut + Send + Sync,
    Fut: Future<Output = Result<Reply, Problem>> + Send,
{
    let Some(claim) = &claim else {
        return Ok(state.twin().write(run).await?.0);
    };
    let Some(_flight) = state.in_flight().begin(&claim.scope, &claim.key) else {
        return Err(in_progress());
    };
    let (now, run) = (state.now(), &run);
    let (reply, _) = state
        .twin()
        .write(|tx| async move {
            match claim.take(&tx, now).await? {
                Taken::Before(reply) => Ok(reply),
                Taken::Now => {
                    let reply = run(tx.clone()).await?;
                    claim.keep(&tx, &reply).await?;
                    Ok::<_, Problem>(reply)
                }
            }
        })
        .await?;
    Ok(reply)
}

fn in_progress() -> Problem {
    Problem::new(
        Code::IdempotencyInProgress,
        "A request with this Idempotency-Key is still running. Try again soon.",
    )
}
