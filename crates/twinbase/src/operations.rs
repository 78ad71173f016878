//! The operator's verbs on the handle that an application holds.

use twinbase_core::{
    PrimaryError,
    primary::{Pause, PauseScope, WorkerRecord},
};
use twinbase_sync::operate::{OperateError, Operations, Outbox};

use crate::Twinbase;

impl Twinbase {
    /// The events: lists, one event with its document, groups by cause, and the verbs
    /// retry, discard and restore, which run as operations.
    ///
    /// ```no_run
    /// # use twinbase::{prelude::*, operate::*};
    /// # async fn example(twin: &Twinbase) -> Result<(), OperateError> {
    /// let rejected = EventFilter {
    ///     error_key: Some("rejected-121".into()),
    ///     ..EventFilter::default()
    /// };
    /// let preview = twin.outbox().preview(&Verb::Retry, &rejected).await?;
    /// println!("{} events are tried again", preview.count);
    /// let operation = twin.outbox().retry(&rejected, Rate::AtOnce).await?;
    /// let end = operation.wait().await;
    /// println!("{}: {} of them", end.state.name(), end.done);
    /// # Ok(())
    /// # }
    /// ```
    pub fn outbox(&self) -> Outbox<'_> {
        self.operator().outbox()
    }

    /// The operations that were started in this process; see [`Operations`] for how long they are remembered.
    pub fn operations(&self) -> &Operations {
        self.operator().operations()
    }

    /// Has the workers of all processes poll the outbox now.
    pub async fn wake_workers(&self) -> Result<(), PrimaryError> {
        self.operator().wake_workers().await
    }

    /// All workers that are alive, in any process, and those that died within the last hour.
    pub async fn workers(&self) -> Result<Vec<WorkerRecord>, PrimaryError> {
        self.operator().workers().await
    }

    /// What is paused.
    pub async fn pauses(&self) -> Result<Vec<Pause>, PrimaryError> {
        self.operator().pauses().await
    }

    /// Pauses every worker, or one collection, until it is resumed; returns whether the pause is new.
    pub async fn pause(&self, scope: &PauseScope, reason: &str) -> Result<bool, OperateError> {
        self.operator().pause(scope, reason).await
    }

    /// Ends a pause; returns whether there was one.
    pub async fn resume(&self, scope: &PauseScope) -> Result<bool, OperateError> {
        self.operator().resume(scope).await
    }
}
