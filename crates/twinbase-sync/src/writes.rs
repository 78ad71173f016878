//! Whether the primary takes writes, by what became of the newest one.

use std::sync::{Arc, Mutex, PoisonError};

use twinbase_core::PrimaryError;

use crate::error_chain;

/// What became of the newest write of this process; heartbeats and leases of its worker count. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct WriteCheck {
    error: Arc<Mutex<Option<String>>>,
}

impl WriteCheck {
    /// Notes the outcome of a write. Errors of the statement or of a concurrent change say nothing about the primary.
    pub fn note<T>(&self, outcome: &Result<T, PrimaryError>) {
        let error = match outcome {
            Ok(_) => None,
            Err(error @ (PrimaryError::Unavailable { .. } | PrimaryError::Refused { .. })) => {
                Some(error_chain(error))
            }
            Err(_) => return,
        };
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    /// Why the newest write failed; `None` when it succeeded, or when there was none.
    pub fn error(&self) -> Option<String> {
        let error = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        error.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_write_is_remembered_until_one_succeeds() {
        let check = WriteCheck::default();
        let refused = |reason: &str| {
            Err::<(), _>(PrimaryError::Refused {
                operation: "change rows",
                reason: reason.to_owned(),
            })
        };
        check.note(&refused("the disk is full"));
        check.note::<()>(&Err(PrimaryError::Contention {
            operation: "change rows",
            source: "another".into(),
        }));
        assert!(check.error().unwrap().contains("the disk is full"));
        check.note(&Ok(()));
        assert_eq!(check.error(), None);
    }
}
