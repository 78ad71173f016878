//! What has been applied lately, by the worker of whichever process: for pages that update themselves, for caches, for
//! anything that wants to know when a read of the replica has something new.
//!
//! *Source.* The events of `"Outbox"` in the order in which they were applied: one query of an index for each poll,
//! however many listen to one [`Changes`]. A poll follows at once when a worker of this process has applied something,
//! and every second otherwise, which finds what workers of other processes have applied.
//!
//! *What holds.* An event that is returned has been applied, so an eventual read from then on has its effect or a later one.
//! Each is returned once. A worker marks events by a statement that takes a moment to commit, so each regular poll goes
//! two seconds back; an event whose mark takes longer than that to commit is not returned. So these are hints to look
//! again, not a log to build state from: that is what the replica is for.
//!
//! *Where.* `PostgreSQL` and `SQLite`. `CockroachDB` has no index for it, and refuses.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};
use twinbase_core::{
    AggregateId, HEARTBEAT, Primary, PrimaryError, Version,
    primary::{EventCursor, EventRecord},
};

/// Between two regular polls.
const EVERY: Duration = Duration::from_secs(1);
/// What is applied in this time after something else is found with it.
const GATHER: Duration = Duration::from_millis(50);
/// Far longer than the commit of a mark takes.
const OVERLAP: Duration = Duration::from_secs(2);
/// Events of one query, and about as many as one call returns.
const PAGE: u32 = 200;

/// An event that has been applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its type, such as `todo.created`.
    pub event_type: String,
    /// The type of its aggregate.
    pub aggregate_type: String,
    /// Which one.
    pub id: AggregateId,
    /// The version that it made.
    pub version: Version,
    /// What the event says, as JSON text: the document, or the id alone of what was deleted. A foreign writer may have
    /// left out anything. `None` when it is longer than [`PAYLOAD_SHOWN`](twinbase_core::primary::PAYLOAD_SHOWN).
    pub payload: Option<String>,
}

/// What is applied from a moment on.
pub struct Changes {
    primary: Arc<dyn Primary>,
    progress: watch::Receiver<u64>,
    /// What was applied by then had its effect when this was made.
    begin: EventCursor,
    cursor: EventCursor,
    /// What was found of the last [`OVERLAP`].
    seen: BTreeSet<(Option<Timestamp>, i64)>,
    /// What was found and not yet returned: a call that is dropped loses nothing.
    found: Vec<Applied>,
    /// When the next regular poll is.
    due: Instant,
}

impl Changes {
    /// From now on; `progress` changes when a worker of this process has applied something.
    pub async fn from_now(
        primary: Arc<dyn Primary>,
        mut progress: watch::Receiver<u64>,
    ) -> Result<Self, PrimaryError> {
        progress.mark_unchanged();
        let start = EventCursor {
            processed_at: Some(Timestamp::UNIX_EPOCH),
            seq: 0,
        };
        let last = primary.applied(None, 1).await?;
        let begin = last.first().map_or(start, |(last, _)| last.cursor());
        Ok(Self {
            primary,
            progress,
            begin,
            cursor: begin,
            seen: BTreeSet::new(),
            found: Vec::new(),
            due: Instant::now() + EVERY,
        })
    }

    /// Waits for what is applied next; never returns nothing. It can be dropped at any time and called again, also after an
    /// error.
    pub async fn next(&mut self) -> Result<Vec<Applied>, PrimaryError> {
        loop {
            self.poll().await?;
            if !self.found.is_empty() {
                return Ok(std::mem::take(&mut self.found));
            }
            tokio::select! {
                changed = self.progress.changed() => match changed {
                    Ok(()) => sleep(GATHER).await,
                    Err(_) => sleep_until(self.due).await,
                },
                () = sleep_until(self.due) => {}
            }
        }
    }

    async fn poll(&mut self) -> Result<(), PrimaryError> {
        let started = Instant::now();
        let is_regular = started >= self.due;
        let mut from = if is_regular {
            self.begin_of_overlap()
        } else {
            self.cursor
        };
        while self.found.len() < PAGE as usize {
            let page = self.primary.applied(Some(&from), PAGE).await?;
            let is_end = page.len() < PAGE as usize;
            for (event, payload) in page {
                from = event.cursor();
                if self.seen.insert(order(from)) {
                    self.found.extend(applied(event, payload));
                }
            }
            if order(from) > order(self.cursor) {
                self.cursor = from;
            }
            if is_end {
                if is_regular {
                    self.due = started + EVERY;
                }
                break;
            }
        }
        let begin = order(self.begin_of_overlap());
        self.seen = self.seen.split_off(&begin);
        Ok(())
    }

    fn begin_of_overlap(&self) -> EventCursor {
        let at = self.cursor.processed_at.unwrap_or_default();
        let back = EventCursor {
            processed_at: Some(at.checked_sub(OVERLAP).unwrap_or(at)),
            seq: 0,
        };
        if order(back) > order(self.begin) {
            back
        } else {
            self.begin
        }
    }
}

const fn order(cursor: EventCursor) -> (Option<Timestamp>, i64) {
    (cursor.processed_at, cursor.seq)
}

/// The heartbeat is nobody's change.
fn applied(event: EventRecord, payload: Option<String>) -> Option<Applied> {
    if event.aggregate_type == HEARTBEAT.aggregate_type {
        return None;
    }
    Some(Applied {
        id: AggregateId::new(event.aggregate_id).ok()?,
        event_type: event.event_type,
        aggregate_type: event.aggregate_type,
        version: event.version,
        payload,
    })
}

impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Changes")
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}
