//! The operator's desk: the outbox, its operations, workers and pauses.

use twinbase_core::{
    PrimaryError,
    primary::{Pause, PauseScope, WorkerRecord},
};

use super::{OperateError, Operations, Outbox, scope};
use crate::{
    Sides,
    worker::{Notifier, Signals},
};

/// Everything that an operator does to one application. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Operator {
    pub(super) sides: Sides,
    /// Wakes the workers of this process.
    pub(super) wake: Notifier,
    /// Has the workers of this process read the pauses.
    controls: Notifier,
    pub(super) operations: Operations,
}

impl Operator {
    /// An operator of these databases, whose worker in this process listens to `signals`.
    pub fn new(sides: Sides, signals: &Signals) -> Self {
        Self {
            sides,
            wake: signals.wake.clone(),
            controls: signals.controls.clone(),
            operations: Operations::default(),
        }
    }

    /// The events, and the verbs on them.
    pub fn outbox(&self) -> Outbox<'_> {
        Outbox::new(self)
    }

    /// The operations that were started in this process.
    pub fn operations(&self) -> &Operations {
        &self.operations
    }

    /// Has the workers of all processes poll the outbox now.
    pub async fn wake_workers(&self) -> Result<(), PrimaryError> {
        self.wake.notify();
        self.sides.primary.notify().await
    }

    /// All workers that are alive, and those that died within the last hour.
    pub async fn workers(&self) -> Result<Vec<WorkerRecord>, PrimaryError> {
        self.sides.primary.workers().await
    }

    /// What is paused.
    pub async fn pauses(&self) -> Result<Vec<Pause>, PrimaryError> {
        self.sides.primary.pauses().await
    }

    /// Pauses every worker, or one collection; it stays so across restarts until it is resumed. Workers
    /// notice within seconds. A pause that is in force keeps its time and takes the
    /// new reason. Returns whether it is new.
    pub async fn pause(&self, what: &PauseScope, reason: &str) -> Result<bool, OperateError> {
        if let PauseScope::Collection(name) = what
            && self.sides.registry.by_collection(name).is_none()
        {
            return Err(self.unknown(name));
        }
        let reason = scope::reason(reason)?;
        let is_new = self.sides.primary.pause(what, &reason).await?;
        self.controls.notify();
        Ok(is_new)
    }

    /// Ends a pause. Returns whether there was one.
    pub async fn resume(&self, what: &PauseScope) -> Result<bool, OperateError> {
        // A pause may be older than the program: its collection need not be known.
        if let PauseScope::Collection(name) = what {
            scope::name("scope", name)?;
        }
        let was_there = self.sides.primary.resume(what).await?;
        self.controls.notify();
        Ok(was_there)
    }

    fn unknown(&self, name: &str) -> OperateError {
        let known = self.sides.registry.iter().map(|schema| schema.collection);
        let known: Vec<_> = known.collect();
        let name: String = name.chars().take(100).collect();
        OperateError::invalid(
            "scope",
            format!(
                "`{name}` is not a collection; there are {}",
                known.join(", ")
            ),
        )
    }
}
