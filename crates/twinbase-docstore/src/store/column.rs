//! The columns of a collection's table as other programs may have left them: SQLite keeps a value of any type in each. One that is of a wrong
//! type harms its own document alone.

use std::{borrow::Cow, fmt::Write as _};

use rusqlite::Row;
use rusqlite::types::{Value, ValueRef};

/// How an id that is no text begins. After it come the bytes in hexadecimal digits, so that these ids are after all texts, as SQLite has
/// them. The control character is in no id that an application may give.
const BYTES: &str = "\u{10ffff}\u{0}";

/// What no document is, so that it is found to be damaged where it is decoded.
const UNREADABLE: &[u8] = &[];

/// An id.
pub(crate) fn id<'r>(row: &'r Row<'_>, at: usize) -> rusqlite::Result<Cow<'r, str>> {
    Ok(match row.get_ref(at)? {
        ValueRef::Text(id) => String::from_utf8_lossy(id),
        ValueRef::Blob(bytes) => {
            let id = bytes.iter().fold(BYTES.to_owned(), |mut id, byte| {
                // Writing to a text cannot fail.
                let _ = write!(id, "{byte:02x}");
                id
            });
            Cow::Owned(id)
        }
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => Cow::Borrowed(""),
    })
}

/// An id as [`id`] names it, for a comparison with the column.
pub(super) fn bound(id: &str) -> Value {
    let Some(digits) = id.strip_prefix(BYTES) else {
        return Value::Text(id.to_owned());
    };
    let bytes = digits.as_bytes().chunks(2).filter_map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    Value::Blob(bytes.collect())
}

/// The version: 0, lower than any, where another program has left none.
pub(crate) fn version(row: &Row<'_>, at: usize) -> rusqlite::Result<i64> {
    Ok(match row.get_ref(at)? {
        ValueRef::Integer(version) => version,
        _ => 0,
    })
}

/// Whether it is a tombstone.
pub(super) fn is_deleted(row: &Row<'_>, at: usize) -> rusqlite::Result<bool> {
    Ok(matches!(row.get_ref(at)?, ValueRef::Integer(of) if of != 0))
}

/// The bytes of a document; `None` for a tombstone.
pub(crate) fn bytes<'r>(row: &'r Row<'_>, at: usize) -> rusqlite::Result<Option<&'r [u8]>> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => None,
        ValueRef::Blob(bytes) => Some(bytes),
        ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) => Some(UNREADABLE),
    })
}

/// The bytes of a document, which queries find only where it is said not to be deleted. One without a version is too old anyway.
pub(super) fn found<'r>(
    row: &'r Row<'_>,
    (version, deleted, document): (usize, usize, usize),
) -> rusqlite::Result<Option<&'r [u8]>> {
    let has_version = matches!(row.get_ref(version)?, ValueRef::Integer(_));
    let is_hidden = has_version && row.get_ref(deleted)? != ValueRef::Integer(0);
    let bytes = bytes(row, document)?;
    Ok(bytes.map(|bytes| if is_hidden { UNREADABLE } else { bytes }))
}
