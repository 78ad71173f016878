//! What to do about an error: one decision for every error of the system.

/// The way to react to an error, decided by an exhaustive match in each library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// Passing: the same call may succeed at once (a serialization failure).
    Retry,
    /// The other side is away: wait, back off, record no failed attempt.
    RetryLater,
    /// A person has to change something: configuration, permission, disk space.
    Operator,
    /// This one input can never succeed; others are not affected.
    Poison,
    /// We are wrong.
    Bug,
}
