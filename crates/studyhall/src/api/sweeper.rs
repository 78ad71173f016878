//! What is done from time to time: deleting idempotency keys, sessions and kept names whose time is over, giving keys of
//! names to users who have none, and erasing those who have left.

use twinbase::Twinbase;
use twinbase_web::{idempotency, now};

use crate::domain::{Error, erase_those_who_left, give_missing_keys, sweep_names, sweep_sessions};

/// Sweeps until it is dropped, which is always safe.
pub async fn sweep_forever(twin: &Twinbase) {
    twinbase_web::sweep_forever(async || sweep_batch(twin).await).await;
}

/// Does a batch of each; returns whether there may be more.
pub async fn sweep_batch(twin: &Twinbase) -> Result<bool, Error> {
    let now = now(twin);
    erase_those_who_left(twin).await?;
    let more = [
        idempotency::sweep(twin).await?,
        sweep_sessions(twin, now).await?,
        sweep_names(twin, now).await?,
        give_missing_keys(twin).await?,
    ];
    Ok(more.contains(&true))
}
