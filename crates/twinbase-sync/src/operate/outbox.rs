//! The outbox as an operator sees and handles it.

use std::{num::NonZeroU32, sync::Arc};

use jiff::Timestamp;
use twinbase_core::{
    OutboxStatus, PrimaryError,
    primary::{EventCursor, EventFilter, EventGroup, EventRecord},
};

use super::{OperateError, Operation, Operations, Task, Verb, scope};
use crate::{Sides, repair::RepairOptions, verify::VerifyOptions, worker::Signals};

/// The largest page.
const MAX_PAGE: u32 = 1_000;

/// The events of one application, the verbs on them, and pauses. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbox {
    pub(crate) sides: Sides,
    /// Those of the workers of this process.
    pub(crate) signals: Signals,
    /// What people had done.
    pub operations: Operations,
    /// For whom.
    pub(crate) by: Arc<str>,
}

/// A part of a list of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The events.
    pub items: Vec<EventRecord>,
    /// Where the next part begins; `None` when there is no more.
    pub next: Option<EventCursor>,
}

/// What a verb would act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preview {
    /// How many events.
    pub count: u64,
    /// Whether there are more: counting stops at a limit.
    pub is_least: bool,
    /// The moment as of which they were counted. A filter with it acts on no event that fails later.
    pub as_of: Timestamp,
}

impl Outbox {
    /// The outbox of these databases, whose worker in this process listens to `signals`.
    pub fn new(sides: Sides, signals: Signals) -> Self {
        Self {
            operations: Operations::new(sides.clone(), signals.clone()),
            sides,
            signals,
            by: Arc::default(),
        }
    }

    /// This outbox for somebody: what is done with it is kept as done by them.
    #[must_use]
    pub fn by(&self, who: &str) -> Self {
        Self {
            by: who.into(),
            ..self.clone()
        }
    }

    /// Compares a scope, or all of it, as an operation.
    pub async fn verify(&self, options: VerifyOptions) -> Result<Arc<Operation>, OperateError> {
        self.operations.start(Task::Verify(options), &self.by).await
    }

    /// Compares a scope, or all of it, and has workers make anew what is wrong, as an operation.
    pub async fn repair(&self, options: RepairOptions) -> Result<Arc<Operation>, OperateError> {
        self.operations.start(Task::Repair(options), &self.by).await
    }

    /// Has the workers of all processes poll the outbox now.
    pub async fn wake_workers(&self) -> Result<(), PrimaryError> {
        self.signals.wake.notify();
        self.sides.primary.notify().await
    }

    /// A page of events after a cursor, at most `limit` (1 to 1,000). What is not done
    /// comes newest first; lists of what is applied or discarded with the last one done first.
    pub async fn list(
        &self,
        filter: &EventFilter,
        after: Option<&EventCursor>,
        limit: u32,
    ) -> Result<Page, OperateError> {
        scope::check(filter)?;
        let limit = limit.clamp(1, MAX_PAGE);
        let primary = &self.sides.primary;
        let mut items = primary.events(filter, after, limit + 1).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(EventRecord::cursor);
        Ok(Page { items, next })
    }

    /// Failed and retrying events by their cause, the largest group first, at most `limit` groups.
    /// One more than a page may have is allowed: it shows whether there are more.
    pub async fn groups(&self, limit: u32) -> Result<Vec<EventGroup>, OperateError> {
        let primary = &self.sides.primary;
        Ok(primary.event_groups(limit.clamp(1, MAX_PAGE + 1)).await?)
    }

    /// What a verb would act on now, and the moment to give it as `as_of`.
    pub async fn preview(
        &self,
        verb: &Verb,
        filter: &EventFilter,
    ) -> Result<Preview, OperateError> {
        let statuses = scope::targets(verb, filter)?;
        let filter = self.as_of_now(filter).await?;
        let (mut count, mut is_least) = (0, false);
        for status in statuses {
            let of_status = verb.filter(&filter, status);
            let of_status = self.sides.primary.count_events(&of_status).await?;
            count += of_status;
            is_least |= of_status >= OutboxStatus::COUNT_LIMIT;
        }
        Ok(Preview {
            count,
            is_least,
            as_of: filter.as_of.unwrap_or_default(),
        })
    }

    /// Starts a verb on what a filter names as of now, or as of its own earlier
    /// moment, at most so many events a second. It runs by itself on the current runtime, in small chunks; the
    /// operation reports how far it is, can be cancelled, and can be waited for.
    pub async fn start(
        &self,
        verb: Verb,
        filter: &EventFilter,
        rate: Option<NonZeroU32>,
    ) -> Result<Arc<Operation>, OperateError> {
        let verb = match verb {
            Verb::Discard { reason } => Verb::Discard {
                reason: scope::reason(&reason)?.into(),
            },
            verb @ (Verb::Retry | Verb::Restore) => verb,
        };
        scope::targets(&verb, filter)?;
        let filter = self.as_of_now(filter).await?;
        let task = Task::Events { verb, filter, rate };
        self.operations.start(task, &self.by).await
    }

    /// The filter as of now by the primary's clock. A moment of its own stays, when it has come.
    async fn as_of_now(&self, filter: &EventFilter) -> Result<EventFilter, OperateError> {
        let now = self.sides.primary.now().await?;
        let as_of = filter.as_of.map_or(now, |as_of| as_of.min(now));
        Ok(EventFilter {
            as_of: Some(as_of),
            ..filter.clone()
        })
    }
}
