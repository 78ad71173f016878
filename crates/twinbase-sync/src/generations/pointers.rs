//! Which collection readers use, as a process knows it: asked of the primary at most every five seconds.
//!
//! A reader that moves late finds the old collection whole: it receives every change until all have moved. So an answer is good when the pointer
//! was valid when it was complete, or when the collection still receives changes then. Where the primary cannot be asked, a read that
//! promises no age may go on with the last pointer, as long as the collection is there once the answer is complete: what is
//! removed is removed whole.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use twinbase_core::{ReplicaError, Schema};

use super::Generations;
use crate::{Sides, error_chain};

/// How long a pointer is valid, from before it was asked for. The old collection is whole for at least [`SETTLE`] after the switch.
pub(crate) const VALID: Duration = Duration::from_secs(5);

/// How long readers are given to move: three validities, because clocks and processes may be slow.
pub(crate) const SETTLE: Duration = VALID.saturating_mul(3);

/// A primary that takes longer is read without; it is asked again after [`AGAIN`].
const PATIENCE: Duration = Duration::from_millis(500);
const AGAIN: Duration = Duration::from_secs(1);

/// Where readers find each collection.
#[derive(Debug, Clone)]
pub(crate) struct Pointer {
    pub(crate) generations: Arc<Generations>,
    /// When it was asked for; `None` when the primary does not answer.
    asked: Option<Instant>,
}

/// What is known when an answer is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confirmed {
    /// The collection received every change.
    Sure,
    /// The primary cannot be asked. The collection is there, and may be one that is not changed any more.
    Unsure,
    /// The collection is not in use any more.
    Gone,
}

pub(crate) struct Pointers {
    sides: Sides,
    last: RwLock<Option<Pointer>>,
    /// Held while the primary is asked; when that failed last.
    asking: Mutex<Option<Instant>>,
}

impl Pointer {
    fn is_valid(&self) -> bool {
        self.asked.is_some_and(|asked| asked.elapsed() <= VALID)
    }

    pub(crate) const fn is_sure(&self) -> bool {
        self.asked.is_some()
    }
}

impl Pointers {
    pub(crate) fn new(sides: Sides) -> Self {
        Self {
            sides,
            last: RwLock::default(),
            asking: Mutex::default(),
        }
    }

    /// The last pointer, valid or not; never waits.
    pub(crate) fn last(&self) -> Option<Pointer> {
        let last = self.last.read();
        last.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A valid pointer, or the last one without [`Pointer::is_sure`] when the primary does not answer.
    pub(crate) async fn current(&self) -> Pointer {
        if let Some(valid) = self.last().filter(Pointer::is_valid) {
            return valid;
        }
        // It is rarely needed, and every read would carry its state.
        Box::pin(self.ask()).await
    }

    async fn ask(&self) -> Pointer {
        let mut failed = self.asking.lock().await;
        // Somebody else may have asked meanwhile.
        if let Some(valid) = self.last().filter(Pointer::is_valid) {
            return valid;
        }
        if failed.is_none_or(|failed| failed.elapsed() >= AGAIN) {
            let asked = Instant::now();
            match timeout(PATIENCE, Generations::read(&self.sides)).await {
                Ok(Ok(generations)) => {
                    *failed = None;
                    let pointer = Pointer {
                        generations: Arc::new(generations),
                        asked: Some(asked),
                    };
                    let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
                    *last = Some(pointer.clone());
                    return pointer;
                }
                Ok(Err(error)) => {
                    *failed = Some(Instant::now());
                    let error = error_chain(&error);
                    tracing::debug!(error, "where collections lie cannot be asked");
                }
                Err(_) => *failed = Some(Instant::now()),
            }
        }
        let generations = self.last().map(|last| last.generations);
        Pointer {
            generations: generations.unwrap_or_default(),
            asked: None,
        }
    }

    /// Whether answers from these collections, which the pointer named, are good now that they are complete.
    pub(crate) async fn confirm(
        &self,
        pointer: &Pointer,
        used: &[Arc<Schema>],
    ) -> Result<Confirmed, ReplicaError> {
        if pointer.is_valid() {
            return Ok(Confirmed::Sure);
        }
        Box::pin(self.confirm_anew(used)).await
    }

    async fn confirm_anew(&self, used: &[Arc<Schema>]) -> Result<Confirmed, ReplicaError> {
        let now = self.current().await;
        if now.is_sure() {
            let mut used = used.iter();
            let registry = &self.sides.registry;
            let receives = |of: &Arc<Schema>| {
                let logical = registry.by_collection(&of.collection);
                logical.is_some_and(|logical| now.generations.receives(logical, of.physical()))
            };
            return Ok(if used.all(receives) {
                Confirmed::Sure
            } else {
                Confirmed::Gone
            });
        }
        for schema in used {
            if !self.sides.replica.exists(schema).await? {
                return Ok(Confirmed::Gone);
            }
        }
        Ok(Confirmed::Unsure)
    }
}
