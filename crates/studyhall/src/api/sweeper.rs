//! What is deleted when its time is over: idempotency keys and sessions.

use twinbase::Twinbase;
use twinbase_web::{idempotency, now};

use crate::domain::{Error, sweep_sessions};

/// Sweeps until it is dropped, which is always safe.
pub async fn sweep_forever(twin: &Twinbase) {
    twinbase_web::sweep_forever(async || sweep_batch(twin).await).await;
}

/// Deletes a batch of each; returns whether there may be more.
pub async fn sweep_batch(twin: &Twinbase) -> Result<bool, Error> {
    let keys = idempotency::sweep(twin).await?;
    Ok(sweep_sessions(twin, now(twin)).await? || keys)
}
