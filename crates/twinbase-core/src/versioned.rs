//! An aggregate together with its version.

use std::ops::Deref;

use crate::{Aggregate, AggregateId, PrimaryError, State, Token, Version};

/// An aggregate as it was read or written, and the version it has there.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<A> {
    /// Its id.
    pub id: AggregateId,
    /// Its version; what an `ETag` carries.
    pub version: Version,
    /// The aggregate.
    pub value: A,
}

impl<A: Aggregate> Versioned<A> {
    /// The token of this write: a read that waits for it sees this version or a newer one.
    pub fn token(&self) -> Token {
        let mut token = Token::default();
        token.insert(A::key(self.id.clone()), self.version);
        token
    }

    /// Reads a row's payload as the aggregate's type.
    pub fn from_state(state: State) -> Result<Self, PrimaryError> {
        let payload = state.payload.as_deref().unwrap_or("null");
        let value =
            serde_json::from_str(payload).map_err(|error| PrimaryError::InvalidStatement {
                operation: "read a row as its type",
                // The error's own text could quote a value; its position cannot.
                reason: format!(
                    "the payload of a {} does not fit the Rust type (column {})",
                    A::schema().aggregate_type,
                    error.column()
                ),
            })?;
        Ok(Self {
            id: state.id,
            version: state.version,
            value,
        })
    }
}

impl<A> Deref for Versioned<A> {
    type Target = A;
    fn deref(&self) -> &A {
        &self.value
    }
}
