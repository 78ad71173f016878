//! The operator's verbs on the handle that an application holds.

use twinbase_core::{
    PrimaryError,
    primary::{Pause, PauseScope, WorkerRecord},
};
use twinbase_sync::operate::{self, OperateError, Operations};

use crate::Twinbase;

impl Twinbase {
    /// The operations that were started in this process; see [`Operations`] for how long they are remembered.
    pub fn operations(&self) -> &Operations {
        self.outbox().operations()
    }

    /// Has the workers of all processes poll the outbox now.
    pub async fn wake_workers(&self) -> Result<(), PrimaryError> {
        self.outbox().wake_workers().await
    }

    /// All workers that are alive, in any process, and those that died within the last hour.
    pub async fn workers(&self) -> Result<Vec<WorkerRecord>, PrimaryError> {
        self.sides().primary.workers().await
    }

    /// What is paused.
    pub async fn pauses(&self) -> Result<Vec<Pause>, PrimaryError> {
        self.sides().primary.pauses().await
    }

    /// Pauses every worker, or one collection, until it is resumed; returns whether the pause is new.
    pub async fn pause(&self, scope: &PauseScope, reason: &str) -> Result<bool, OperateError> {
        operate::pause(self.sides(), self.signals(), scope, reason).await
    }

    /// Ends a pause; returns whether there was one.
    pub async fn resume(&self, scope: &PauseScope) -> Result<bool, OperateError> {
        operate::resume(self.sides(), self.signals(), scope).await
    }
}
