//! One change as a statement of an `insert` or `update` command, encoded once.

use bson::{Bson, RawDocumentBuf, raw::cstr, rawdoc};
use twinbase_core::{AggregateId, Body, Change, Outcome, Version};

use crate::{mongo::codes, query::SYNC};

/// What every server takes as one document.
const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;
/// How deep documents and arrays may be nested: MongoDB's documented limit, at which the embedded store refuses too.
const MAX_DEPTH: usize = 100;

/// How a statement is sent; inserts come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// As a new document: the first version of an aggregate. Nothing older can be there, and what
    /// is there is not overwritten: the index on `_id` is the guard, and servers insert several times as fast as they upsert.
    Insert,
    /// As a guarded replacement.
    Replace,
}

#[derive(Debug)]
pub(super) struct Statement<'a> {
    /// Where the change stands among the caller's.
    pub(super) place: usize,
    pub(super) id: &'a AggregateId,
    pub(super) version: Version,
    pub(super) form: Form,
    /// The document of an insert, or the statement of an update.
    pub(super) raw: RawDocumentBuf,
}

impl<'a> Statement<'a> {
    /// Encodes a change; one that no server can store is rejected here, so that it spoils nobody's command.
    pub(super) fn new(place: usize, change: &'a Change) -> Result<Self, Outcome> {
        if let Body::Document(document) = &change.body
            && document
                .values()
                .any(|value| is_deeper(value, MAX_DEPTH - 1))
        {
            return Err(Outcome::Rejected {
                code: None,
                reason: format!("it is nested over {MAX_DEPTH} levels"),
            });
        }
        let replacement = replacement(change).map_err(|_| Outcome::Rejected {
            code: None,
            reason: "it cannot be encoded as BSON (NUL in the name of a field?)".to_owned(),
        })?;
        if replacement.as_bytes().len() > MAX_DOCUMENT_BYTES {
            return Err(Outcome::Rejected {
                code: Some(codes::BSON_OBJECT_TOO_LARGE),
                reason: codes::refusal(codes::BSON_OBJECT_TOO_LARGE),
            });
        }
        let is_first = change.version.get() == 1 && matches!(change.body, Body::Document(_));
        let statement = Self {
            place,
            id: &change.id,
            version: change.version,
            form: Form::Insert,
            raw: replacement,
        };
        Ok(if is_first {
            statement
        } else {
            statement.into_replacement()
        })
    }

    /// The same change, able to overtake what something else put in its place.
    pub(super) fn into_replacement(self) -> Self {
        if self.form == Form::Replace {
            return self;
        }
        let mut raw = RawDocumentBuf::new();
        raw.append(
            cstr!("q"),
            rawdoc! { "_id": self.id.as_str(), "_sync.v": { "$not": { "$gte": self.version.get() } } },
        );
        raw.append(cstr!("u"), self.raw);
        raw.append(cstr!("upsert"), true);
        Self {
            form: Form::Replace,
            raw,
            ..self
        }
    }
}

/// Goes no deeper than the limit, so that no document exhausts the stack here.
fn is_deeper(value: &Bson, levels: usize) -> bool {
    match value {
        Bson::Document(inner) => {
            levels == 0 || inner.values().any(|value| is_deeper(value, levels - 1))
        }
        Bson::Array(inner) => levels == 0 || inner.iter().any(|value| is_deeper(value, levels - 1)),
        _ => false,
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

    use super::{Form, Statement};

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
    fn a_first_version_is_inserted_and_can_still_become_a_replacement() {
        let change = Change {
            version: Version::new(1),
            ..change(doc! { "a": 1 })
        };
        let statement = Statement::new(0, &change).unwrap();
        assert_eq!(statement.form, Form::Insert);
        let document = doc! { "_id": "a", "a": 1, "_sync": { "v": 1_i64 } };
        assert_eq!(Document::try_from(statement.raw.clone()).unwrap(), document);
        let again = Document::try_from(statement.into_replacement().raw).unwrap();
        assert_eq!(again.get_document("u").unwrap(), &document);
        let tombstone = Change {
            body: Body::Tombstone(jiff::Timestamp::UNIX_EPOCH),
            ..change
        };
        assert_eq!(Statement::new(0, &tombstone).unwrap().form, Form::Replace);
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
