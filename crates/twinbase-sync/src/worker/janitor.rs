//! Removes old tombstones where the replica does not do that by itself.

use std::time::Duration;

use jiff::SignedDuration;
use twinbase_core::replica::TOMBSTONE_TTL;

use crate::Sides;

/// How often to look; a tombstone may live this much longer than it must.
pub(crate) const EVERY: Duration = Duration::from_secs(30);

/// The most tombstones removed from a collection at a time.
const AT_ONCE: u32 = 1_000;

/// Removes the tombstones whose time has passed. A failure is of no consequence:
/// the next look finds them again.
pub(crate) async fn sweep(sides: &Sides) {
    let ttl = SignedDuration::try_from(TOMBSTONE_TTL).unwrap_or(SignedDuration::MAX);
    let Ok(before) = sides.clock.now().checked_sub(ttl) else {
        return;
    };
    for schema in sides.registry.iter() {
        loop {
            match sides.replica.sweep(schema, before, AT_ONCE).await {
                Ok(removed) if removed >= u64::from(AT_ONCE) => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::debug!(collection = schema.collection, %error, "sweeping tombstones failed");
                    return;
                }
            }
        }
    }
}
