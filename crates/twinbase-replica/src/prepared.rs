//! Which schemas a handle has prepared already.

use std::{
    collections::HashSet,
    ptr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use twinbase_core::Schema;

/// Schemas that were prepared once. Only the first time replaces a changed index: of two programs with different
/// definitions the one that started last wins, instead of each rebuilding the other's index for ever.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prepared(Arc<Mutex<HashSet<usize>>>);

impl Prepared {
    pub(crate) fn is_first(&self, schema: &'static Schema) -> bool {
        !self.schemas().contains(&identity(schema))
    }

    pub(crate) fn succeeded(&self, schema: &'static Schema) {
        self.schemas().insert(identity(schema));
    }

    fn schemas(&self) -> MutexGuard<'_, HashSet<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Two definitions for one collection are two schemas.
fn identity(schema: &'static Schema) -> usize {
    ptr::from_ref(schema).addr()
}
