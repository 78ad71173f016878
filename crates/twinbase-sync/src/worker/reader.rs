//! Reads pending events.

use std::sync::Arc;

use tokio::time::Instant;
use twinbase_core::{
    Name, Partition, PrimaryError,
    primary::{Pending, PendingRequest},
};

use super::{cursors::Cursors, metrics, shared::Shared, sizing::Sizing};

/// Where to read next, and how much.
pub(crate) struct Reader {
    shared: Arc<Shared>,
    pub(crate) cursors: Cursors,
    sizing: Sizing,
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>, now: Instant) -> Self {
        Self {
            sizing: Sizing::new(shared.options.batch_events, shared.options.batch_bytes),
            cursors: Cursors::new(now),
            shared,
        }
    }

    /// Reads pending events that are not in flight, except those of some types.
    pub(crate) async fn read(
        &mut self,
        held: &[Partition],
        except: Vec<Name>,
    ) -> Result<Pending, PrimaryError> {
        let per_partition = self.sizing.per_partition(held.len());
        let wanted = PendingRequest {
            cursors: Vec::new(),
            limit: self.sizing.events(),
            per_partition,
            max_bytes: self.shared.options.batch_bytes,
            now: self.shared.sides.clock.now(),
            except,
            mappings: self.shared.mappings.clone(),
        };
        let asked = Instant::now();
        let request = self.cursors.request(held, wanted, asked);
        let pending = self.shared.sides.primary.pending(&request);
        let pending = metrics::primary("read", pending).await?;
        metrics::phase("read", asked.elapsed());
        let cut = pending.cut;
        let events = self.cursors.take(pending, asked, Instant::now());
        self.sizing.learn(&events, per_partition, cut);
        let count = events.len() as u64;
        if count > 0 {
            self.shared
                .status
                .send_modify(|status| status.read += count);
        }
        Ok(Pending { events, cut })
    }
}
