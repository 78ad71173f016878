//! Names of types as events hold them.

use std::sync::Arc;

/// The same text for all events of a type: there are few types, and many events.
#[derive(Default)]
pub(crate) struct Names(Vec<Arc<str>>);

impl Names {
    pub(crate) fn get(&mut self, name: &str) -> Arc<str> {
        /// More are a foreign writer's doing, and not worth looking through.
        const MOST: usize = 64;
        if let Some(known) = self.0.iter().find(|known| known.as_ref() == name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        if self.0.len() < MOST {
            self.0.push(Arc::clone(&new));
        }
        new
    }
}
