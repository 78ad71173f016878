//! The verbs that change many events.

use std::{fmt, sync::Arc};

use twinbase_core::{
    PrimaryError,
    primary::{EventFilter, EventStatus, Events},
};

/// What an operation does with the events it finds.
#[derive(Clone, PartialEq, Eq)]
pub enum Verb {
    /// Has failed and retrying ones tried again now; named by id or by their status, pending ones too that wait for later.
    Retry,
    /// Sets aside what is not done, for this reason.
    Discard {
        /// Why, in the operator's words.
        reason: Arc<str>,
    },
    /// Makes discarded ones pending again.
    Restore,
}

/// The reason is the operator's and may name people.
impl fmt::Debug for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Verb {
    /// The name that people, SQL and APIs use.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Discard { .. } => "discard",
            Self::Restore => "restore",
        }
    }

    /// Whether what it changes is applied by the worker afterwards.
    pub(super) const fn makes_work(&self) -> bool {
        match self {
            Self::Retry | Self::Restore => true,
            Self::Discard { .. } => false,
        }
    }

    /// The statuses that it acts on, one after the other; none when it does nothing with the filter's.
    pub(super) fn statuses(&self, filter: &EventFilter) -> Vec<EventStatus> {
        use EventStatus::{Discarded, Failed, Pending, Retrying};
        let (usual, possible): (&[_], &[_]) = match self {
            // To find them without ids reads all that is pending.
            Self::Retry if filter.ids.is_empty() => {
                (&[Failed, Retrying], &[Failed, Retrying, Pending])
            }
            Self::Retry => (&[Failed, Retrying, Pending], &[Failed, Retrying, Pending]),
            // Without a status, only what has failed for good: the rest may still heal by itself.
            Self::Discard { .. } => (&[Failed], &[Pending, Retrying, Failed]),
            Self::Restore => (&[Discarded], &[Discarded]),
        };
        match filter.status {
            None => usual.to_vec(),
            Some(status) if possible.contains(&status) => vec![status],
            Some(_) => Vec::new(),
        }
    }

    /// The filter for events of one status that it acts on.
    pub(super) fn filter(&self, filter: &EventFilter, status: EventStatus) -> EventFilter {
        EventFilter {
            status: Some(status),
            is_deferred: matches!(self, Self::Retry) && status == EventStatus::Pending,
            ..filter.clone()
        }
    }

    /// Changes at most `limit` events; returns how many changed.
    pub(super) async fn apply(
        &self,
        events: &(impl Events + ?Sized),
        filter: &EventFilter,
        limit: u32,
    ) -> Result<u64, PrimaryError> {
        match self {
            Self::Retry => events.retry(filter, limit).await,
            Self::Discard { reason } => events.discard(filter, reason, limit).await,
            Self::Restore => events.restore(filter, limit).await,
        }
    }
}
