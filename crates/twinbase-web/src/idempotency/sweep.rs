//! Keys whose time is over are deleted by age, whoever sent them.

use jiff::Timestamp;
use twinbase::prelude::*;

use super::{
    claim::KEPT,
    table::{CREATED_AT, TABLE},
};
use crate::{now, sweep_older};

/// Deletes a batch of expired keys; returns whether there may be more.
pub async fn sweep(twin: &Twinbase) -> Result<bool, PrimaryError> {
    let oldest = now(twin).checked_sub(KEPT).unwrap_or(Timestamp::MIN);
    sweep_older(twin, &TABLE, CREATED_AT, oldest).await
}
