//! The version of an aggregate: the one order that everything else follows from.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The version of one aggregate, counted by `aggregate_version` from 1, or from the floor of the primary's timeline.
///
/// Version order is commit order for one aggregate, across update, delete and
/// re-create, because each event increments the row under its lock. Versions of
/// different aggregates say nothing about each other.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Version(i64);

impl Version {
    /// The version of an aggregate that has no event yet.
    pub const NONE: Version = Version(0);

    /// The highest version that a head is raised above. What is higher was not made by counting, and what follows it could
    /// not be counted for long.
    pub const HIGHEST: Version = Version(i64::MAX / 2);

    /// Wraps a version number; negative numbers become [`Version::NONE`].
    pub const fn new(number: i64) -> Self {
        Self(if number < 0 { 0 } else { number })
    }

    /// The number, 0 or more.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
