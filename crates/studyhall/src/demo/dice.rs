//! Chance that comes out the same for the same seed.

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, RngCore, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use twinbase::prelude::AggregateId;
use uuid::Builder;

/// Dice with a sequence of their own for each purpose, so that what is thrown for one person changes no other.
pub(super) struct Dice(StdRng);

/// What dice are thrown for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// Who the people are.
    People,
    /// What a person does.
    Life,
    /// What a person has with those who were there before.
    Ties,
    /// A form and its responses.
    Form,
}

impl Dice {
    pub(super) fn new(seed: u64, purpose: Purpose, index: usize) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8] = purpose as u8;
        bytes[16..24].copy_from_slice(&(index as u64).to_le_bytes());
        Self(StdRng::from_seed(bytes))
    }

    /// Whether something happens that happens with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability.clamp(0.0, 1.0))
    }

    /// A whole number in a range.
    pub(super) fn count(&mut self, range: std::ops::RangeInclusive<usize>) -> usize {
        self.0.random_range(range)
    }

    /// A number of minutes in a range.
    pub(super) fn minutes(&mut self, range: std::ops::RangeInclusive<i64>) -> SignedDuration {
        SignedDuration::from_mins(self.0.random_range(range))
    }

    /// A part of a whole, from 0 to below 1.
    pub(super) fn part(&mut self) -> f64 {
        self.0.random()
    }

    /// One of these.
    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        of.choose(&mut self.0).copied()
    }

    /// A sentence of these; there is always one.
    pub(super) fn words(&mut self, of: &[&'static str]) -> &'static str {
        self.one(of).unwrap_or_default()
    }

    /// So many of these, each once.
    pub(super) fn some<T: Copy>(&mut self, of: &[T], count: usize) -> Vec<T> {
        of.choose_multiple(&mut self.0, count).copied().collect()
    }

    /// A whole second from one time to another.
    pub(super) fn between(&mut self, from: Timestamp, to: Timestamp) -> Timestamp {
        let (from, to) = (from.as_second(), to.as_second());
        let at = self.0.random_range(from..=to.max(from));
        Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// An id as it was made at a time: a UUID of version 7.
    pub(super) fn id(&mut self, at: Timestamp) -> AggregateId {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
        let builder = Builder::from_unix_timestamp_millis(millis, &self.0.random());
        AggregateId::from_uuid(builder.into_uuid())
    }

    /// An id that says nothing of its time: a UUID of version 4.
    pub(super) fn random_id(&mut self) -> AggregateId {
        AggregateId::from_uuid(Builder::from_random_bytes(self.0.random()).into_uuid())
    }
}

/// For those that draw with `rand` itself.
impl RngCore for Dice {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}

/// A time so much later; the same one where there is none.
pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}

/// A time so much earlier.
pub(super) fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    later(at, -by)
}
