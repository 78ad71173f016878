//! On which versions of an aggregate a change is conditional.

use twinbase::prelude::*;

/// What a change expects of the aggregate it changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Expected {
    /// Any version: the last writer wins.
    #[default]
    Any,
    /// One of these versions; of none of them, never.
    OneOf(Vec<Version>),
}

/// The aggregate is at another version than the change expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the version is not the expected one")]
pub struct Unexpected;

impl Expected {
    /// Refuses the change when the aggregate is at another version.
    pub fn check(&self, current: Version) -> Result<(), Unexpected> {
        match self {
            Self::OneOf(versions) if !versions.contains(&current) => Err(Unexpected),
            Self::Any | Self::OneOf(_) => Ok(()),
        }
    }

    /// The version that the change itself is to be conditional on.
    pub const fn pinned(&self, current: Version) -> Option<Version> {
        match self {
            Self::Any => None,
            Self::OneOf(_) => Some(current),
        }
    }
}
