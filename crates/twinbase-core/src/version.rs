//! The version of an aggregate: the one order that everything else follows from.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The version of one aggregate, counted by `aggregate_version` from 1, or from the floor of the primary's timeline.
///
/// Version order is commit order for one aggregate, across update, delete and
/// re-create, because each event increments the row under its lock. Versions of
/// different aggregates say nothing about each other.
///
/// In JSON it is a text: it has 63 bits, and JavaScript's numbers have 53. Numbers of earlier versions are read too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(i64);

impl Version {
    /// The version of an aggregate that has no event yet.
    pub const NONE: Version = Version(0);

    /// The highest version that a head is raised above. What is higher was not made by counting, and what follows it could
    /// not be counted for long.
    pub const HIGHEST: Version = Version(i64::MAX / 2);

    /// The highest version that can have been counted until a time: twice its microseconds.
    ///
    /// Versions count from 1, or from the microseconds of when a database was put back. What is above this was written by somebody else, and a
    /// floor above it would leave no versions. The limit rises by two each microsecond, faster than anybody counts, so whatever was
    /// taken for counted stays below it.
    pub fn countable(now: Timestamp) -> Self {
        // For clocks of tests, which may begin at 1970.
        const LEAST: i64 = 1 << 50;
        Self(now.as_microsecond().saturating_mul(2).max(LEAST)).min(Self::HIGHEST)
    }

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

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Number(i64),
        }
        let number = match Written::deserialize(deserializer)? {
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom)?,
            Written::Number(number) => number,
        };
        Ok(Self::new(number))
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    #[test]
    fn what_is_counted_from_the_highest_that_was_countable_stays_countable() {
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let highest = Version::countable(now);
        assert!(highest > Version::new(now.as_microsecond()));
        assert!(highest < Version::HIGHEST);
        let later = now.checked_add(1.second()).unwrap();
        assert!(Version::countable(later) >= Version::new(highest.get() + 1_000_000));
        assert!(Version::countable(Timestamp::UNIX_EPOCH) > Version::NONE);
    }

    #[test]
    fn a_version_in_json_is_a_text_and_a_number_is_read_too() {
        let highest = Version::new(i64::MAX);
        let json = serde_json::to_string(&highest).unwrap();
        assert_eq!(json, r#""9223372036854775807""#);
        for json in [&json, "9223372036854775807"] {
            assert_eq!(serde_json::from_str::<Version>(json).unwrap(), highest);
        }
        assert!(serde_json::from_str::<Version>(r#""x""#).is_err());
    }
}
