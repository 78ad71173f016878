//! The errors of a primary, each made in one line.

use twinbase_core::{PrimaryError, error::Source};

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
