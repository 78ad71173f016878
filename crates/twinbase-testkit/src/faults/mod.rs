//! Databases that fail on purpose, in front of real ones.

mod primary;
mod replica;

pub use primary::{ContendedPrimary, Contention, Halt, Lose};
pub use replica::{Fault, Faults, FaultyReplica};
