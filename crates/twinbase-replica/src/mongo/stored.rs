//! From what the collection holds to versions and documents.

use bson::{Bson, Document};
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
    let sync = document.remove(SYNC);
    let id = id(&document, operation)?;
    Ok(Stored {
        id,
        version: version(sync.as_ref()),
        document: (!is_deleted(sync.as_ref())).then_some(document),
    })
}

/// The version of a document of which only `_id` and `_sync` are known.
pub(super) fn applied(
    document: &Document,
    operation: &'static str,
) -> Result<Applied, ReplicaError> {
    let sync = document.get(SYNC);
    Ok(Applied {
        id: id(document, operation)?,
        version: version(sync),
        deleted: is_deleted(sync),
    })
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
    let sync = document.get(SYNC).and_then(Bson::as_document);
    let version = sync.and_then(|sync| sync.get("v"));
    !matches!(
        version,
        None | Some(Bson::Int64(_) | Bson::Int32(_) | Bson::Double(_))
    )
}

fn version(sync: Option<&Bson>) -> Version {
    match sync
        .and_then(Bson::as_document)
        .and_then(|sync| sync.get("v"))
    {
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

fn is_deleted(sync: Option<&Bson>) -> bool {
    let deleted = sync
        .and_then(Bson::as_document)
        .and_then(|sync| sync.get("deleted"));
    deleted == Some(&Bson::Boolean(true))
}
