//! Ids of aggregates, parsed at the boundary.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of an aggregate: the text of its key column and the `_id` of its document.
///
/// 1 to 255 bytes without control characters. Ids that Twinbase makes are UUIDs
/// of version 7; ids that other writers made are taken as they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AggregateId(Arc<str>);

/// Why a text is not an [`AggregateId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id must not {0}")]
pub struct InvalidId(&'static str);

/// Whether it is printable ASCII, as ids mostly are: all bytes, without an end in between, so that many are looked at at once.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .fold(true, |all, byte| all & matches!(byte, b' '..=b'~'))
}

impl AggregateId {
    /// Long enough for any id in use, short enough for an index entry.
    pub const MAX_BYTES: usize = 255;

    /// Checks and wraps an id.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
        let text = text.as_ref();
        Self::check(text)?;
        Ok(Self(text.into()))
    }

    /// Whether a text can be one.
    pub(crate) fn check(text: &str) -> Result<(), InvalidId> {
        if text.is_empty() {
            Err(InvalidId("be empty"))
        } else if text.len() > Self::MAX_BYTES {
            Err(InvalidId("be longer than 255 bytes"))
        } else if !is_plain(text) && text.chars().any(char::is_control) {
            Err(InvalidId("contain control characters"))
        } else {
            Ok(())
        }
    }

    /// One that was checked.
    pub(crate) fn of_checked(text: &str) -> Self {
        Self(text.into())
    }

    /// The id that is this UUID in its usual lower-case form.
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid.hyphenated().to_string().into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AggregateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for AggregateId {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

impl From<AggregateId> for String {
    fn from(id: AggregateId) -> Self {
        id.0.as_ref().to_owned()
    }
}

/// What identifies an aggregate among all: its type and its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The aggregate's type, such as `todo`.
    pub aggregate_type: Arc<str>,
    /// Its id within the type.
    pub id: AggregateId,
}

impl Key {
    /// The key of an aggregate.
    pub fn new(aggregate_type: impl Into<Arc<str>>, id: AggregateId) -> Self {
        Self {
            aggregate_type: aggregate_type.into(),
            id,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.aggregate_type, self.id)
    }
}
