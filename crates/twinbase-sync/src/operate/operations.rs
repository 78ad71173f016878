//! The operations of this process.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{OperateError, Operation};

/// How many are remembered: the last ones, and all that run.
const KEPT: usize = 1_000;

/// How many may run at once: each keeps a connection to the primary busy.
const RUNNING: usize = 8;

/// The operations of this process, the last 1,000 of them. They do not survive a
/// restart: what they have changed does, and a verb that is started again goes
/// on with the rest. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Operations {
    list: Arc<Mutex<VecDeque<Arc<Operation>>>>,
}

impl Operations {
    /// All that are remembered, the newest first.
    pub fn list(&self) -> Vec<Arc<Operation>> {
        self.lock().iter().rev().cloned().collect()
    }

    /// The operation with this id.
    pub fn get(&self, id: &str) -> Option<Arc<Operation>> {
        let list = self.lock();
        let found = list.iter().rev().find(|operation| operation.id == id);
        found.cloned()
    }

    /// Remembers a new one, unless too many are running.
    pub(super) fn add(&self, operation: Arc<Operation>) -> Result<(), OperateError> {
        let mut list = self.lock();
        let is_over = |operation: &Arc<Operation>| operation.progress().state.is_over();
        let running = list.iter().filter(|operation| !is_over(operation)).count();
        if running >= RUNNING {
            return Err(OperateError::TooMany { running });
        }
        if list.len() >= KEPT
            && let Some(oldest) = list.iter().position(is_over)
        {
            list.remove(oldest);
        }
        list.push_back(operation);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Operation>>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use twinbase_core::{SystemClock, primary::EventFilter};

    use super::{
        super::{OperationState, Verb},
        *,
    };

    fn operation() -> Arc<Operation> {
        Operation::new(Verb::Retry, EventFilter::default(), None, &SystemClock)
    }

    fn end(operation: &Operation) {
        operation.update(|progress| progress.state = OperationState::Succeeded);
    }

    #[test]
    fn the_oldest_ended_one_is_forgotten_and_a_running_one_is_not() {
        let operations = Operations::default();
        let running = operation();
        operations.add(running.clone()).unwrap();
        let ended: Vec<_> = (0..KEPT).map(|_| operation()).collect();
        for operation in &ended {
            end(operation);
            operations.add(operation.clone()).unwrap();
        }
        assert_eq!(operations.list().len(), KEPT);
        assert!(operations.get(&running.id).is_some());
        assert!(operations.get(&ended[0].id).is_none());
        assert_eq!(operations.list()[0].id, ended[KEPT - 1].id);
    }

    #[test]
    fn not_more_than_a_few_run_at_once() {
        let operations = Operations::default();
        let first = operation();
        operations.add(first.clone()).unwrap();
        for _ in 1..RUNNING {
            operations.add(operation()).unwrap();
        }
        assert!(operations.add(operation()).is_err());
        end(&first);
        assert!(operations.add(operation()).is_ok());
    }
}
