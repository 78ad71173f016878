//! What a request took of a limit, so that its answer says what is left.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, request::Parts};

use crate::Left;

/// Where whoever takes an attempt for a request notes what is left. The [`Edge`](crate::Edge) puts one into each request,
/// and the headers on its answer unless a handler put its own there.
#[derive(Debug, Clone, Default)]
pub struct Taken(Arc<Mutex<Option<Left>>>);

impl Taken {
    /// That of a request; one that nobody reads where there is no edge.
    pub fn of(parts: &Parts) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Whether something was taken: a request that is looked at twice is counted once.
    pub fn is_noted(&self) -> bool {
        self.left().is_some()
    }

    /// Notes what is left.
    pub fn note(&self, left: Left) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(left);
    }

    fn left(&self) -> Option<Left> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        for (name, value) in self.left().into_iter().flat_map(Left::headers) {
            headers.entry(name).or_insert(value);
        }
    }
}
