//! An operation as whoever started it, or looks at it, holds it.

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use twinbase_core::{Clock, primary::EventFilter};

use super::{Phase, Progress, Rate, Verb};

/// The id of an operation: a UUID of version 7, so that later ones sort later.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(Arc<str>);

impl OperationId {
    pub(super) fn new(clock: &dyn Clock) -> Self {
        Self(clock.new_id().as_str().into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A verb at work. Cheap to clone; dropping it does not stop anything.
#[derive(Clone)]
pub struct Operation {
    inner: Arc<Inner>,
}

struct Inner {
    id: OperationId,
    verb: Verb,
    filter: EventFilter,
    rate: Rate,
    started_at: Timestamp,
    progress: watch::Sender<Progress>,
    cancel: CancellationToken,
}

impl Operation {
    pub(super) fn new(verb: Verb, filter: EventFilter, rate: Rate, clock: &dyn Clock) -> Self {
        Self {
            inner: Arc::new(Inner {
                id: OperationId::new(clock),
                verb,
                filter,
                rate,
                started_at: clock.now(),
                progress: watch::Sender::new(Progress::starting()),
                cancel: CancellationToken::new(),
            }),
        }
    }

    /// Its id.
    pub fn id(&self) -> &OperationId {
        &self.inner.id
    }

    /// What it does.
    pub fn verb(&self) -> &Verb {
        &self.inner.verb
    }

    /// Which events it acts on; `as_of` is always there.
    pub fn filter(&self) -> &EventFilter {
        &self.inner.filter
    }

    /// How fast it goes.
    pub fn rate(&self) -> Rate {
        self.inner.rate
    }

    /// When it began, by the clock of this process.
    pub fn started_at(&self) -> Timestamp {
        self.inner.started_at
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.inner.progress.borrow().clone()
    }

    /// How far it is, as it changes.
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.inner.progress.subscribe()
    }

    /// Ends it after the chunk in hand. Answers whether it was running; what it
    /// has done stays done.
    pub fn cancel(&self) -> bool {
        let running = !self.progress().state.is_over();
        self.inner.cancel.cancel();
        self.update(|progress| {
            if !progress.state.is_over() {
                progress.phase = Phase::Cancelling;
            }
        });
        running
    }

    /// Waits until it has ended; answers how.
    pub async fn wait(&self) -> Progress {
        let mut progress = self.watch();
        let ended = progress.wait_for(|progress| progress.state.is_over()).await;
        // The sender is ours and alive.
        ended.map_or_else(|_| self.progress(), |progress| progress.clone())
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut Progress)) {
        self.inner.progress.send_modify(change);
    }

    pub(super) fn cancelled(&self) -> &CancellationToken {
        &self.inner.cancel
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("id", &self.inner.id)
            .field("verb", &self.inner.verb)
            .field("state", &self.progress().state)
            .finish_non_exhaustive()
    }
}
