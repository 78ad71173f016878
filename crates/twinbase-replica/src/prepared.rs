//! Which schemas a handle has prepared already.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use twinbase_core::Schema;

/// Schemas that were prepared once. Only the first time replaces a changed index: of two programs with different
/// definitions the one that started last wins, instead of each rebuilding the other's index for ever.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prepared(Arc<Mutex<Vec<Schema>>>);

impl Prepared {
    pub(crate) fn is_first(&self, schema: &Schema) -> bool {
        !self.schemas().contains(schema)
    }

    pub(crate) fn succeeded(&self, schema: &Schema) {
        if self.is_first(schema) {
            self.schemas().push(schema.clone());
        }
    }

    fn schemas(&self) -> MutexGuard<'_, Vec<Schema>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
