//! Reads pending events, and where the documents lie that they are for.
//!
//! Where documents lie is that of the snapshot of the events, or of later: [`crate::rebuild`] has why. It seldom changes, so it is read
//! only when the sum of revisions that comes with the events is not the known one.

use std::sync::Arc;

use tokio::time::Instant;
use twinbase_core::{
    Event, Name, Partition, PrimaryError,
    primary::{Pending, PendingRequest},
};

use super::{cursors::Cursors, metrics, shared::Shared, sizing::Sizing};
use crate::generations::Generations;

/// Where to read next, and how much.
pub(crate) struct Reader {
    shared: Arc<Shared>,
    pub(crate) cursors: Cursors,
    sizing: Sizing,
    known: Known,
}

/// What was read.
pub(crate) struct Found {
    pub(crate) events: Vec<Event>,
    /// Whether a limit ended the read.
    pub(crate) cut: bool,
    /// Where their documents lie.
    pub(crate) generations: Arc<Generations>,
}

/// What is known of the records of collections.
#[derive(Default)]
struct Known {
    /// [`Pending::collections`] of the last read.
    seen: Option<i64>,
    /// The same when `generations` were read; `None` when they are not to be used any more.
    at: Option<i64>,
    generations: Arc<Generations>,
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>, now: Instant) -> Self {
        Self {
            sizing: Sizing::new(shared.options.batch_events, shared.options.batch_bytes),
            cursors: Cursors::new(now),
            known: Known::default(),
            shared,
        }
    }

    /// Reads pending events that are not in flight, except those of some types.
    pub(crate) async fn read(
        &mut self,
        held: &[Partition],
        except: Vec<Name>,
    ) -> Result<Found, PrimaryError> {
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
        let pending = metrics::primary("read", pending).await;
        let pending = match pending {
            Ok(pending) => pending,
            Err(error) => {
                // What answers next may be a database that was put back, whose revisions begin again.
                self.known.at = None;
                return Err(error);
            }
        };
        metrics::phase("read", asked.elapsed());
        let generations = self.generations(&pending).await?;
        let cut = pending.cut;
        let events = self.cursors.take(pending, asked, Instant::now());
        self.sizing.learn(&events, per_partition, cut);
        let count = events.len() as u64;
        if count > 0 {
            self.shared
                .status
                .send_modify(|status| status.read += count);
        }
        Ok(Found {
            events,
            cut,
            generations,
        })
    }

    /// Where the documents of these events lie.
    async fn generations(&mut self, pending: &Pending) -> Result<Arc<Generations>, PrimaryError> {
        let now = pending.collections;
        if self.known.seen != now {
            self.known.seen = now;
            self.shared.recorded.notify_one();
        }
        let is_current = now.is_some() && self.known.at == now;
        if !pending.events.is_empty() && !is_current {
            let generations = Generations::read(&self.shared.sides);
            let generations = metrics::primary("collections", generations).await?;
            self.known.generations = Arc::new(generations);
            self.known.at = now;
        }
        Ok(Arc::clone(&self.known.generations))
    }
}
