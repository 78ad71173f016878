//! How far the repair of one collection is.

use std::time::Duration;

use twinbase_core::{AggregateId, Version};

use super::CollectionRepair;

/// How long is waited with each page once the whole wait was too short: one document that is refused holds up no other.
const MOMENT: Duration = Duration::from_secs(1);

/// How much of what was late is remembered until the end of a collection.
const MOST_LATE: usize = 10_000;

/// What became of a collection so far, and what is to be looked at once more.
#[derive(Debug, Default, Clone)]
pub(crate) struct Underway {
    pub(crate) repair: CollectionRepair,
    /// What was touched and had not come in time.
    pub(super) late: Vec<(AggregateId, Version)>,
}

impl Underway {
    pub(super) fn is_late(&mut self, late: Vec<(AggregateId, Version)>) {
        self.repair.unconfirmed += late.len() as u64;
        let room = MOST_LATE.saturating_sub(self.late.len());
        self.late.extend(late.into_iter().take(room));
    }
}

/// How long is waited from now on when that was too short; not at all once nothing came in a moment either, as where no worker runs.
pub(super) fn after_too_short(wait: Duration, something_came: bool) -> Duration {
    if something_came || wait > MOMENT {
        wait.min(MOMENT)
    } else {
        Duration::ZERO
    }
}
