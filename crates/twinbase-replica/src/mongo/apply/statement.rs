//! One change as a statement of an `update` command, encoded once.

use bson::{RawDocumentBuf, raw::cstr, rawdoc};
use twinbase_core::{AggregateId, Body, Change, Outcome, Version};

use crate::{mongo::codes, query::SYNC};

/// What every server takes as one document.
const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;
const BSON_OBJECT_TOO_LARGE: i32 = 10334;

#[derive(Debug)]
pub(super) struct Statement<'a> {
    /// Where the change stands among the caller's.
    pub(super) place: usize,
    pub(super) id: &'a AggregateId,
    pub(super) version: Version,
    pub(super) raw: RawDocumentBuf,
}

impl<'a> Statement<'a> {
    /// Encodes a change; one that no server can store is rejected here, so that it spoils nobody's command.
    pub(super) fn new(place: usize, change: &'a Change) -> Result<Self, Outcome> {
        let replacement = replacement(change).map_err(|_| Outcome::Rejected {
            code: None,
            reason: "it cannot be encoded as BSON (NUL in the name of a field?)".to_owned(),
        })?;
        if replacement.as_bytes().len() > MAX_DOCUMENT_BYTES {
            return Err(Outcome::Rejected {
                code: Some(BSON_OBJECT_TOO_LARGE),
                reason: codes::refusal(BSON_OBJECT_TOO_LARGE),
            });
        }
        let mut raw = RawDocumentBuf::new();
        raw.append(
            cstr!("q"),
            rawdoc! { "_id": change.id.as_str(), "_sync.v": { "$not": { "$gte": change.version.get() } } },
        );
        raw.append(cstr!("u"), replacement);
        raw.append(cstr!("upsert"), true);
        Ok(Self {
            place,
            id: &change.id,
            version: change.version,
            raw,
        })
    }
}

/// `_id` first, then the fields in their order, `_sync` last.
fn replacement(change: &Change) -> Result<RawDocumentBuf, bson::error::Error> {
    let version = change.version.get();
    let mut raw = RawDocumentBuf::new();
    raw.append(cstr!("_id"), change.id.as_str());
    match &change.body {
        Body::Document(document) => {
            let fields = RawDocumentBuf::try_from(document)?;
            for field in &fields {
                let (name, value) = field?;
                // Both are ours, whatever the caller put there.
                if !matches!(name.as_str(), "_id" | SYNC) {
                    raw.append(name, value);
                }
            }
            raw.append(cstr!("_sync"), rawdoc! { "v": version });
        }
        Body::Tombstone(at) => {
            let at = bson::DateTime::from_millis(at.as_millisecond());
            raw.append(
                cstr!("_sync"),
                rawdoc! { "v": version, "deleted": true, "at": at },
            );
        }
    }
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use bson::{Document, doc};
    use twinbase_core::{AggregateId, Body, Change, Outcome, Version};

    use super::Statement;

    fn change(body: Document) -> Change {
        Change {
            id: AggregateId::new("a").unwrap(),
            version: Version::new(3),
            body: Body::Document(body),
        }
    }

    #[test]
    fn the_replacement_keeps_the_order_of_fields_and_owns_id_and_sync() {
        let change = change(doc! { "z": 1, "_sync": { "v": 99_i64 }, "_id": "other", "a": 2_i64 });
        let statement = Statement::new(0, &change).unwrap();
        let statement = Document::try_from(statement.raw).unwrap();
        assert_eq!(
            statement,
            doc! {
                "q": { "_id": "a", "_sync.v": { "$not": { "$gte": 3_i64 } } },
                "u": { "_id": "a", "z": 1, "a": 2_i64, "_sync": { "v": 3_i64 } },
                "upsert": true,
            }
        );
    }

    #[test]
    fn a_document_that_no_server_can_store_is_rejected_before_it_is_sent() {
        for body in [
            doc! { "a\0b": 1 },
            doc! { "big": "x".repeat(16 * 1024 * 1024) },
        ] {
            let change = change(body);
            let rejected = Statement::new(0, &change).unwrap_err();
            assert!(matches!(rejected, Outcome::Rejected { .. }), "{rejected:?}");
        }
    }
}
