//! From what the collection holds to versions and documents.

use bson::{Bson, Document, RawDocument, doc};
use twinbase_core::{
    AggregateId, ReplicaError, Version,
    replica::{Applied, Stored},
};

use crate::{collection, query::SYNC};

/// A document with its version. One that something else wrote has [`Version::NONE`].
pub(super) fn stored(
    mut document: Document,
    operation: &'static str,
) -> Result<Stored, ReplicaError> {
    let applied = applied(&document, operation)?;
    document.remove(SYNC);
    Ok(Stored {
        id: applied.id,
        version: applied.version,
        document: (!applied.deleted).then_some(document),
    })
}

/// The version of a document of which only `_id` and `_sync` are known.
pub(super) fn applied(
    document: &Document,
    operation: &'static str,
) -> Result<Applied, ReplicaError> {
    Ok(Applied {
        id: id(document, operation)?,
        version: version(document),
        deleted: sync(document, "deleted") == Some(&Bson::Boolean(true)),
    })
}

/// The `_id`, version and whether it is a tombstone of a document as it was sent; nothing when its `_id` is no text.
pub(super) fn position(document: &RawDocument) -> Option<(&str, Version, bool)> {
    let id = document.get_str("_id").ok()?;
    let sync = document.get_document(SYNC).ok();
    // The common form; any other is read as the rest of this module does.
    let simple = sync.and_then(|sync| Some((sync.get_i64("v").ok()?, sync)));
    if let Some((version, sync)) = simple {
        let deleted = sync.get_bool("deleted").unwrap_or(false);
        return Some((id, Version::new(version), deleted));
    }
    let sync = document.get(SYNC).ok().flatten();
    let sync = sync.and_then(|sync| Bson::try_from(sync).ok());
    let document = sync.map_or_else(Document::new, |sync| doc! { SYNC: sync });
    let deleted = self::sync(&document, "deleted") == Some(&Bson::Boolean(true));
    Some((id, version(&document), deleted))
}

/// A field of `_sync`.
fn sync<'a>(document: &'a Document, field: &str) -> Option<&'a Bson> {
    document.get(SYNC)?.as_document()?.get(field)
}

fn id(document: &Document, operation: &'static str) -> Result<AggregateId, ReplicaError> {
    match document.get("_id") {
        Some(Bson::String(text)) => collection::id(text, operation),
        other => Err(ReplicaError::Unexpected {
            operation,
            reason: format!(
                "a document's `_id` is not text but {:?}",
                other.map(Bson::element_type)
            ),
        }),
    }
}

/// Whether something else wrote a version that the guard may not match, such as an array.
pub(super) fn has_foreign_version(document: &Document) -> bool {
    !matches!(
        sync(document, "v"),
        None | Some(Bson::Int64(_) | Bson::Int32(_) | Bson::Double(_))
    )
}

fn version(document: &Document) -> Version {
    match sync(document, "v") {
        Some(Bson::Int64(n)) => Version::new(*n),
        Some(Bson::Int32(n)) => Version::new((*n).into()),
        // What tools make of a 64-bit number on its way through JSON. The guard compares it as a number, and so do we.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a version beyond a double's whole numbers is not one of ours"
        )]
        Some(Bson::Double(n)) => Version::new(*n as i64),
        _ => Version::NONE,
    }
}

/// Servers differ in the type of their numbers.
pub(super) fn number(document: &Document, key: &str) -> Option<i32> {
    match document.get(key)? {
        Bson::Int32(n) => Some(*n),
        Bson::Int64(n) => i32::try_from(*n).ok(),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be whole just before"
        )]
        Bson::Double(n) if n.fract() == 0.0 => Some(*n as i32),
        _ => None,
    }
}
