//! The bytes of a document as they are stored, or why it cannot be stored.

use std::borrow::Cow;

use bson::{Bson, Document};

/// MongoDB's limit for a document.
const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;
/// MongoDB's limit for documents and arrays inside of one another.
const MAX_DEPTH: usize = 100;

/// The bytes of a document with its `_id` first, as MongoDB stores it, or why it cannot be stored.
pub(crate) fn encode(id: &str, document: &Document) -> Result<Vec<u8>, String> {
    if document
        .values()
        .any(|value| is_deeper_than(value, MAX_DEPTH - 1))
    {
        return Err(format!("the document is nested over {MAX_DEPTH} levels"));
    }
    let document = with_id(id, document)?;
    let bytes = document
        .to_vec()
        .map_err(|error| format!("the document cannot be written as BSON: {error}"))?;
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(format!(
            "the document has {} bytes, over 16 MiB",
            bytes.len()
        ));
    }
    Ok(bytes)
}

fn with_id<'d>(id: &str, document: &'d Document) -> Result<Cow<'d, Document>, String> {
    if document
        .get("_id")
        .is_some_and(|own| own.as_str() != Some(id))
    {
        return Err("the _id in the document is not that of the write".to_owned());
    }
    if document.keys().next().is_some_and(|first| first == "_id") {
        return Ok(Cow::Borrowed(document));
    }
    let mut with_id = bson::doc! { "_id": id };
    with_id.extend(
        document
            .iter()
            .filter(|(name, _)| *name != "_id")
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    Ok(Cow::Owned(with_id))
}

/// Looks no deeper than the limit, so a hostile document cannot exhaust the stack here.
fn is_deeper_than(value: &Bson, levels: usize) -> bool {
    match value {
        Bson::Document(_) | Bson::Array(_) if levels == 0 => true,
        Bson::Document(inner) => inner
            .values()
            .any(|value| is_deeper_than(value, levels - 1)),
        Bson::Array(inner) => inner.iter().any(|value| is_deeper_than(value, levels - 1)),
        Bson::JavaScriptCodeWithScope(code) => {
            levels == 0
                || code
                    .scope
                    .values()
                    .any(|value| is_deeper_than(value, levels - 1))
        }
        _ => false,
    }
}
