//! Idempotency keys whose first request is still running in this process.
//!
//! Between processes the key's row does it: a second insert waits for the first transaction.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

type Keys = Arc<Mutex<HashSet<(String, String)>>>;

/// The keys in flight.
#[derive(Debug, Clone, Default)]
pub(super) struct InFlight(Keys);

/// One key in flight, until this is dropped.
#[derive(Debug)]
pub(super) struct Flight {
    keys: Keys,
    key: (String, String),
}

impl InFlight {
    /// Begins; `None` when the key is in flight already.
    pub(super) fn begin(&self, scope: &str, key: &str) -> Option<Flight> {
        let key = (scope.to_owned(), key.to_owned());
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.clone()).then(|| Flight {
            keys: Arc::clone(&self.0),
            key,
        })
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::InFlight;

    #[test]
    fn a_key_is_in_flight_once_and_again_when_it_has_landed() {
        let keys = InFlight::default();
        let first = keys.begin("a", "1");
        assert!(first.is_some());
        assert!(keys.begin("a", "1").is_none());
        assert!(keys.begin("b", "1").is_some());
        drop(first);
        assert!(keys.begin("a", "1").is_some());
    }
}
