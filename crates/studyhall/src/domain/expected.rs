//! On which versions of an aggregate a change is conditional.

use twinbase::prelude::*;

use super::Error;

/// What a change expects of the aggregate it changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Expected {
    /// Any version: the last writer wins.
    #[default]
    Any,
    /// One of these versions; of none of them, never.
    OneOf(Vec<Version>),
}

impl Expected {
    /// Refuses the change when the aggregate is at another version.
    pub(super) fn check(&self, current: Version) -> Result<(), Error> {
        match self {
            Self::OneOf(versions) if !versions.contains(&current) => Err(Error::PreconditionFailed),
            Self::Any | Self::OneOf(_) => Ok(()),
        }
    }

    /// The version that the change itself is to be conditional on.
    pub(super) const fn pinned(&self, current: Version) -> Option<Version> {
        match self {
            Self::Any => None,
            Self::OneOf(_) => Some(current),
        }
    }
}
