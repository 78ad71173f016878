//! Whether the primary takes a write now, tried with a row that is nobody's key.
//!
//! A primary may answer and still refuse every write: read-only after a failover, or its disk is full.

use twinbase::prelude::*;

use super::table::{BODY, CREATED_AT, FINGERPRINT, REQUEST_KEY, SCOPE, STATUS, TABLE, UNANSWERED};
use crate::now;

/// No route has this scope.
const NOBODY: &str = "health";

/// Replaces the row, so that something is written each time.
pub async fn probe_writes(twin: &Twinbase) -> Result<(), PrimaryError> {
    twin.delete_plain(&TABLE, vec![SCOPE.eq(NOBODY)]).await?;
    let row = vec![
        SCOPE.set(NOBODY),
        REQUEST_KEY.set(NOBODY),
        FINGERPRINT.set(""),
        STATUS.set(UNANSWERED),
        BODY.set(""),
        CREATED_AT.set(now(twin)),
    ];
    twin.insert_plain(&TABLE, row, OnConflict::Ignore).await?;
    Ok(())
}
