//! Changes as an application says them: some fields of an aggregate, and which version it has seen.

use jiff::Timestamp;

use crate::{Aggregate, Key, PrimaryError, Version, schema::Assignment};

/// A change of some fields of an aggregate; the derive makes one for each aggregate.
pub trait Change: Sync {
    /// What is changed.
    type Aggregate: Aggregate;

    /// The assignments that change something of `current`. When there are any and the aggregate has a column for
    /// the time of its last change, `now` is assigned to that too.
    fn assignments(
        &self,
        current: &Self::Aggregate,
        now: Timestamp,
    ) -> Vec<Assignment<Self::Aggregate>>;
}

/// What a change expects of the aggregate it changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Expected {
    /// Any version: of two writers of one field the last wins.
    #[default]
    Any,
    /// One of these versions; of none of them, never.
    OneOf(Vec<Version>),
}

impl Expected {
    /// Refuses an aggregate at another version, with [`PrimaryError::VersionConflict`].
    pub fn check(&self, key: &Key, found: Version) -> Result<(), PrimaryError> {
        match self {
            Self::OneOf(versions) if !versions.contains(&found) => {
                Err(PrimaryError::VersionConflict {
                    key: key.clone(),
                    expected: versions.last().copied().unwrap_or(Version::NONE),
                    found,
                })
            }
            Self::Any | Self::OneOf(_) => Ok(()),
        }
    }
}

impl From<Version> for Expected {
    fn from(version: Version) -> Self {
        Self::OneOf(vec![version])
    }
}
