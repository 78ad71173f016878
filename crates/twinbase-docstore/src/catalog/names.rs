//! What a collection may be called: what MongoDB allows.

use crate::Error;

/// MongoDB's limit for a namespace.
const MAX_NAME_BYTES: usize = 255;

/// Refuses what is not a collection name.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.len() > MAX_NAME_BYTES {
        "it is longer than 255 bytes"
    } else if name.contains('\0') {
        "it contains NUL"
    } else if name.contains('$') {
        "it contains $"
    } else if name.starts_with("system.") {
        "names that start with system. are reserved"
    } else {
        return Ok(());
    };
    Err(Error::InvalidName {
        name: name.to_owned(),
        reason,
    })
}
