//! The errors of a primary, each made in one line.

use twinbase_core::{PrimaryError, error::Source};

/// Why an emptied primary takes no changes, and what to do about it.
pub(crate) const EMPTIED: &str = "rows of Twinbase's own are gone, so the database was emptied; put the dump back whole, then run `recover`";

/// What helps who lacks a privilege.
pub const GRANT: &str = "grant the privilege to the user of DATABASE_URL";

/// Whether a head got no version because the floor is gone, by the message about a column that may not be null.
pub(crate) fn is_emptied(message: &str) -> bool {
    let on_server = ["\"version\"", "\"aggregate_version\""];
    message.contains("aggregate_version.version") || on_server.iter().all(|of| message.contains(of))
}

macro_rules! errors {
    ($($name:ident => $variant:ident { $field:ident: $takes:ty })*) => {$(
        pub(crate) fn $name(operation: &'static str, $field: impl Into<$takes>) -> PrimaryError {
            PrimaryError::$variant { operation, $field: $field.into() }
        }
    )*};
}

errors! {
    invalid_statement => InvalidStatement { reason: String }
    invalid_value => InvalidValue { reason: String }
    refused => Refused { reason: String }
    unavailable => Unavailable { source: Source }
    contention => Contention { source: Source }
}
