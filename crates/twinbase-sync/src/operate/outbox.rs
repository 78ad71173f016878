//! The outbox as an operator sees and handles it.

use jiff::Timestamp;
use twinbase_core::{
    OutboxStatus, PrimaryError,
    primary::{EventCursor, EventFilter, EventGroup, EventRecord},
};

use super::{
    EventDetail, OperateError, Operation, Operations, Rate, Verb, detail, operation::Ask, scope,
};
use crate::{
    Sides,
    worker::{Notifier, Signals},
};

/// The largest page.
const MAX_PAGE: u32 = 1_000;

/// The events of one application, and the verbs on them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbox {
    sides: Sides,
    /// Wakes the workers of this process.
    wake: Notifier,
    operations: Operations,
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
    pub fn new(sides: Sides, signals: &Signals) -> Self {
        Self {
            sides,
            wake: signals.wake.clone(),
            operations: Operations::default(),
        }
    }

    /// The operations that were started in this process.
    pub const fn operations(&self) -> &Operations {
        &self.operations
    }

    /// Has the workers of all processes poll the outbox now.
    pub async fn wake_workers(&self) -> Result<(), PrimaryError> {
        self.wake.notify();
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

    /// One event with its payload and its document as it is now; `None` when there is no such event.
    pub async fn show(&self, id: &str) -> Result<Option<EventDetail>, OperateError> {
        if scope::name("id", id).is_err() {
            return Ok(None);
        }
        Ok(detail::show(&self.sides, id).await?)
    }

    /// Failed and retrying events by their cause, the largest group first, at most `limit` groups.
    /// One more than a page may have is allowed: it shows whether there are more.
    pub async fn groups(&self, limit: u32) -> Result<Vec<EventGroup>, OperateError> {
        let primary = &self.sides.primary;
        Ok(primary.event_groups(limit.clamp(1, MAX_PAGE + 1)).await?)
    }

    /// How many events a filter names, counted up to [`OutboxStatus::COUNT_LIMIT`].
    pub async fn count(&self, filter: &EventFilter) -> Result<u64, OperateError> {
        scope::check(filter)?;
        Ok(self.sides.primary.count_events(filter).await?)
    }

    /// What a verb would act on now, and the moment to give it as `as_of`.
    pub async fn preview(
        &self,
        verb: &Verb,
        filter: &EventFilter,
    ) -> Result<Preview, OperateError> {
        let statuses = scope::targets(verb, filter)?;
        let mut filter = self.as_of_now(filter).await?;
        let (mut count, mut is_least) = (0, false);
        for status in statuses {
            filter.status = Some(status);
            let of_status = self.sides.primary.count_events(&filter).await?;
            count += of_status;
            is_least |= of_status >= OutboxStatus::COUNT_LIMIT;
        }
        Ok(Preview {
            count,
            is_least,
            as_of: filter.as_of.unwrap_or_default(),
        })
    }

    /// Has failed and retrying events tried again, from their current rows. Other
    /// statuses are refused. See [`Outbox::start`].
    pub async fn retry(&self, filter: &EventFilter, rate: Rate) -> Result<Operation, OperateError> {
        self.start(Verb::Retry, filter, rate).await
    }

    /// Sets events aside: failed ones, or with a status in the filter pending and
    /// retrying ones too. They are kept with the reason, and can be restored. See [`Outbox::start`].
    pub async fn discard(
        &self,
        filter: &EventFilter,
        reason: &str,
    ) -> Result<Operation, OperateError> {
        let reason = reason.into();
        self.start(Verb::Discard { reason }, filter, Rate::AtOnce)
            .await
    }

    /// Makes discarded events pending again. See [`Outbox::start`].
    pub async fn restore(
        &self,
        filter: &EventFilter,
        rate: Rate,
    ) -> Result<Operation, OperateError> {
        self.start(Verb::Restore, filter, rate).await
    }

    /// Starts a verb on what a filter names as of now, or as of its own earlier
    /// moment. It runs by itself on the current runtime, in small chunks; the
    /// operation reports how far it is, can be cancelled, and can be waited for.
    pub async fn start(
        &self,
        verb: Verb,
        filter: &EventFilter,
        rate: Rate,
    ) -> Result<Operation, OperateError> {
        let verb = match verb {
            Verb::Discard { reason } => Verb::Discard {
                reason: scope::reason(&reason)?.into(),
            },
            verb @ (Verb::Retry | Verb::Restore) => verb,
        };
        let statuses = scope::targets(&verb, filter)?;
        let filter = self.as_of_now(filter).await?;
        let sides = &self.sides;
        let operation = Operation::new(verb, filter, rate, &*sides.clock);
        self.operations.add(operation.clone())?;
        let ask = self.ask(&operation);
        tokio::spawn(operation.clone().run(statuses, ask, sides.clock.clone()));
        Ok(operation)
    }

    /// What an operation asks of the primary.
    fn ask(&self, operation: &Operation) -> Ask {
        let (outbox, operation) = (self.clone(), operation.clone());
        Box::new(move |status, limit| {
            let (outbox, operation) = (outbox.clone(), operation.clone());
            Box::pin(async move {
                let (primary, verb) = (&*outbox.sides.primary, operation.verb());
                let filter = EventFilter {
                    status: Some(status),
                    ..operation.filter().clone()
                };
                let Some(limit) = limit else {
                    return primary.count_events(&filter).await;
                };
                let changed = verb.apply(primary, &filter, limit).await?;
                // A hint that is lost costs a poll's delay.
                if changed > 0
                    && verb.makes_work()
                    && let Err(error) = outbox.wake_workers().await
                {
                    tracing::debug!(%error, "workers of other processes were not notified of retried events");
                }
                Ok(changed)
            })
        })
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
