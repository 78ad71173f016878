//! The verbs that change many events.

use std::{fmt, sync::Arc};

use twinbase_core::{
    PrimaryError,
    primary::{EventFilter, EventStatus, Events},
};

/// What an operation does with the events it finds.
#[derive(Clone, PartialEq, Eq)]
pub enum Verb {
    /// Has failed and retrying ones tried again now.
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

    /// The statuses that it acts on, one after the other; none when it does nothing with this one.
    pub(super) fn statuses(&self, asked: Option<EventStatus>) -> Vec<EventStatus> {
        use EventStatus::{Discarded, Failed, Pending, Retrying};
        let (usual, possible): (&[_], &[_]) = match self {
            Self::Retry => (&[Failed, Retrying], &[Failed, Retrying]),
            // Without a status, only what has failed for good: the rest may still heal by itself.
            Self::Discard { .. } => (&[Failed], &[Pending, Retrying, Failed]),
            Self::Restore => (&[Discarded], &[Discarded]),
        };
        match asked {
            None => usual.to_vec(),
            Some(status) if possible.contains(&status) => vec![status],
            Some(_) => Vec::new(),
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
