//! A statement as it is sent.

use twinbase_core::primary::PrimaryKind;

use super::Param;

/// A statement to send, and what it is for.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// What is being done, as errors name it.
    pub operation: &'static str,
    /// Whose dialect it is.
    pub kind: PrimaryKind,
    /// Its text, the same for any values of its parameters. They are `$1`, `$2`, .. on PostgreSQL and CockroachDB, of
    /// the type that the server infers for each (that of its column), and `?1`, `?2`, .. on SQLite.
    pub text: &'a str,
    /// The values of its parameters, in order.
    pub params: &'a [Param],
}
