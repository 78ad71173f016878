//! Ids that know of which aggregate they are.

use std::{cmp::Ordering, fmt, hash::Hash, marker::PhantomData, ops::Deref};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{FieldType, Kind};
use crate::{AggregateId, Value};

/// The id of an aggregate of type `A`: an [`AggregateId`] that cannot be taken for that of another type.
///
/// It is the key of `A`, and a column of others that refer to one.
pub struct Id<A>(AggregateId, PhantomData<fn() -> A>);

/// What names an aggregate of type `A`: its [`Id`], or an id that came from outside and may be of any type.
pub trait IdOf<A>: Sync {
    /// The id.
    fn id(&self) -> &AggregateId;
}

impl<A> IdOf<A> for Id<A> {
    fn id(&self) -> &AggregateId {
        &self.0
    }
}

impl<A> IdOf<A> for AggregateId {
    fn id(&self) -> &AggregateId {
        self
    }
}

impl<A> Id<A> {
    /// The id of one of these.
    pub const fn new(id: AggregateId) -> Self {
        Self(id, PhantomData)
    }

    /// The id without its type.
    pub fn into_inner(self) -> AggregateId {
        self.0
    }
}

impl<A> From<AggregateId> for Id<A> {
    fn from(id: AggregateId) -> Self {
        Self::new(id)
    }
}

impl<A> From<Id<A>> for AggregateId {
    fn from(id: Id<A>) -> Self {
        id.0
    }
}

impl<A> From<Id<A>> for Value {
    fn from(id: Id<A>) -> Self {
        id.0.into()
    }
}

impl<A> FieldType for Id<A> {
    const KIND: Kind = Kind::Text;
}

impl<A> Deref for Id<A> {
    type Target = AggregateId;

    fn deref(&self) -> &AggregateId {
        &self.0
    }
}

impl<A> Clone for Id<A> {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}

impl<A> fmt::Debug for Id<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<A> fmt::Display for Id<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<A> PartialEq for Id<A> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<A> Eq for Id<A> {}

impl<A> PartialOrd for Id<A> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<A> Ord for Id<A> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<A> Hash for Id<A> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<A> Serialize for Id<A> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de, A> Deserialize<'de> for Id<A> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        AggregateId::deserialize(from).map(Self::new)
    }
}
