//! Reads pending events, in batches whose size adapts to what was read before.

use std::{collections::HashSet, sync::Arc};

use tokio::time::Instant;
use twinbase_core::{
    Event, Partition, PrimaryError,
    primary::{Pending, PendingRequest},
};

use super::{WorkerOptions, cursors::Cursors, metrics, shared::Shared};

/// A batch is at most so many times as long as its options say when most of its
/// events are superseded: what counts is how many documents are written.
const WIDEST: usize = 8;

/// Where to read next, and how much.
pub(crate) struct Reader {
    shared: Arc<Shared>,
    pub(crate) cursors: Cursors,
    /// How many events the next batch has at most.
    limit: u32,
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>, now: Instant) -> Self {
        Self {
            limit: shared.options.batch_events,
            cursors: Cursors::new(now),
            shared,
        }
    }

    /// Reads pending events that are not in flight, except those of some types.
    pub(crate) async fn read(
        &mut self,
        held: &[Partition],
        except: Vec<&'static str>,
    ) -> Result<Pending, PrimaryError> {
        let options = &self.shared.options;
        let quarter = self.limit.div_ceil(16).saturating_mul(4);
        let wanted = PendingRequest {
            cursors: Vec::new(),
            limit: self.limit,
            // A quarter of the batch: uneven partitions still fill it, one alone does not own it. But
            // where few keys change often, a deep read of one partition coalesces most.
            per_partition: if self.limit > options.batch_events {
                self.limit
            } else {
                quarter.min(self.limit)
            },
            max_bytes: options.batch_bytes,
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
        if !events.is_empty() {
            self.limit = next_limit(&events, options);
            let count = events.len() as u64;
            self.shared
                .status
                .send_modify(|status| status.read += count);
        }
        Ok(Pending { events, cut })
    }
}

/// Sizes the next batch by the payloads and the documents of this one.
fn next_limit(events: &[Event], options: &WorkerOptions) -> u32 {
    let payloads = events.iter().filter_map(|event| event.payload.as_ref());
    let bytes: usize = payloads.map(String::len).sum();
    let mean = (bytes / events.len()).max(1);
    let keys: HashSet<_> = events
        .iter()
        .map(|event| (&*event.aggregate_type, &*event.aggregate_id))
        .collect();
    let each = options.batch_events as usize;
    let wide = (each * events.len() / keys.len()).min(each * WIDEST);
    let fitting = wide.min(options.batch_bytes / mean).max(1);
    u32::try_from(fitting).unwrap_or(u32::MAX)
}
