//! Two people, in the one order that makes them the same pair whoever comes first.

use sha2::{Digest as _, Sha256};
use twinbase::prelude::*;
use uuid::Builder;

/// Two different people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    low: AggregateId,
    high: AggregateId,
}

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one whose id comes first.
    Low,
    /// The other.
    High,
}

impl Side {
    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Low => Self::High,
            Self::High => Self::Low,
        }
    }
}

impl Pair {
    /// The pair of these two, in any order, and which side the first of them is; `None` for one and the same.
    pub fn of(first: &AggregateId, second: &AggregateId) -> Option<(Self, Side)> {
        let (low, high, side) = match first.cmp(second) {
            std::cmp::Ordering::Less => (first, second, Side::Low),
            std::cmp::Ordering::Greater => (second, first, Side::High),
            std::cmp::Ordering::Equal => return None,
        };
        let (low, high) = (low.clone(), high.clone());
        Some((Self { low, high }, side))
    }

    /// The id of the pair's thread, and of its friendship where we make it: a UUID of version 8 (RFC 9562), the first
    /// bits of a hash of both ids. So two writers at once make one row and not two.
    pub fn id(&self) -> AggregateId {
        // No id has a control character.
        let hash = Sha256::digest(format!("{}\n{}", self.low, self.high));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        AggregateId::from_uuid(Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The person on a side.
    pub const fn person(&self, side: Side) -> &AggregateId {
        match side {
            Side::Low => &self.low,
            Side::High => &self.high,
        }
    }

    /// Which side a person is; `None` for anybody else.
    pub fn side(&self, person: &AggregateId) -> Option<Side> {
        [Side::Low, Side::High]
            .into_iter()
            .find(|side| self.person(*side) == person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_people_are_one_pair_in_either_order() {
        let id = |text: &str| AggregateId::new(text).expect("an id");
        let (ada, bob) = (id("ada"), id("bob"));
        let (pair, side) = Pair::of(&ada, &bob).expect("they are two");
        let (same, other) = Pair::of(&bob, &ada).expect("they are two");
        assert_eq!((pair.id(), side), (same.id(), other.other()));
        assert_eq!(pair.person(side), &ada);
        assert_eq!(pair.side(&bob), Some(other));
        assert_eq!(pair.side(&id("eve")), None);
        assert_eq!(Pair::of(&ada, &ada), None);
        let (with_eve, _) = Pair::of(&ada, &id("eve")).expect("they are two");
        assert_ne!(pair.id(), with_eve.id());
    }
}
