//! What is compared, and how fast.

use std::{fmt, num::NonZeroU32};

use serde::{Deserialize, Serialize};
use twinbase_core::{AggregateId, Registry, Schema, Timestamp};

/// What a verification or a repair compares; every part that is given must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// These collections; empty for all.
    pub collections: Vec<String>,
    /// These ids; empty for any.
    pub ids: Vec<AggregateId>,
    /// Ids after this one, in the order of their bytes.
    pub after: Option<String>,
    /// Ids up to this one, itself included.
    pub until: Option<String>,
    /// What has an event that was applied at this time or later. Events are kept for seven days. Their ids are remembered, about a
    /// hundred bytes for each document.
    pub since: Option<Timestamp>,
}

/// How a verification goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VerifyOptions {
    /// What it compares.
    pub scope: Scope,
    /// At most so many rows and documents a second; `None` for as many as it can.
    pub rate: Option<NonZeroU32>,
    /// Whether the place is kept in the primary, and the verification goes on where the last one like this was stopped. It
    /// has to be one of whole collections.
    pub resume: bool,
}

/// In words: `todos, 2 by id`.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.collections.is_empty() {
            f.write_str("everything")?;
        } else {
            f.write_str(&self.collections.join(", "))?;
        }
        if !self.ids.is_empty() {
            write!(f, ", {} by id", self.ids.len())?;
        }
        if let Some(after) = &self.after {
            write!(f, ", after {after}")?;
        }
        if let Some(until) = &self.until {
            write!(f, ", up to {until}")?;
        }
        if let Some(since) = self.since {
            write!(f, ", changed since {since}")?;
        }
        Ok(())
    }
}

impl Scope {
    /// Whether all that is in a collection is compared.
    pub fn is_whole(&self) -> bool {
        let Self {
            collections: _,
            ids,
            after,
            until,
            since,
        } = self;
        ids.is_empty() && after.is_none() && until.is_none() && since.is_none()
    }

    /// The first collection that is named and is none.
    pub fn unknown<'a>(&'a self, registry: &Registry) -> Option<&'a str> {
        let mut names = self.collections.iter().map(String::as_str);
        names.find(|name| registry.by_collection(name).is_none())
    }

    /// The first part that nothing can match at this time, and why.
    pub fn impossible(&self, now: Timestamp) -> Option<(&'static str, &'static str)> {
        let between = self.after.as_ref().zip(self.until.as_ref());
        if between.is_some_and(|(after, until)| after >= until) {
            Some(("until", "is not behind `after`: no id lies between"))
        } else if self.since.is_some_and(|since| since > now) {
            Some(("since", "is in the future"))
        } else {
            None
        }
    }

    pub(crate) fn has(&self, schema: &Schema) -> bool {
        let mut names = self.collections.iter();
        self.collections.is_empty() || names.any(|name| *name == schema.collection)
    }

    pub(crate) fn has_id(&self, id: &str) -> bool {
        self.after.as_deref().is_none_or(|after| after < id)
            && self.until.as_deref().is_none_or(|until| id <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_can_match_is_named() {
        let now = Timestamp::UNIX_EPOCH;
        let between = |after: &str, until: &str| Scope {
            after: Some(after.to_owned()),
            until: Some(until.to_owned()),
            ..Scope::default()
        };
        let part = |scope: Scope| scope.impossible(now).map(|(part, _)| part);
        assert_eq!(part(between("a", "b")), None);
        assert_eq!(part(between("b", "b")), Some("until"));
        assert_eq!(part(between("b", "a")), Some("until"));
        let since = |since| Scope {
            since: Some(since),
            ..Scope::default()
        };
        assert_eq!(part(since(now)), None);
        assert_eq!(part(since(Timestamp::MAX)), Some("since"));
    }
}
