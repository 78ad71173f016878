//! Setting top-level fields of a document.

use bson::raw::{CString, RawBson, RawDocument, RawDocumentBuf};

use crate::fault::Fault;

/// The document with other values: a field that exists is replaced in its place, a new one stands at the end.
pub(super) fn with_fields(
    document: &RawDocument,
    values: Vec<(&CString, RawBson)>,
) -> Result<RawDocumentBuf, Fault> {
    let mut found = false;
    for (name, _) in &values {
        found |= document.get(name.as_str())?.is_some();
    }
    if !found {
        // Nothing is replaced: the document is copied as it is.
        let mut made = document.to_owned();
        for (name, value) in values {
            made.append(name, value);
        }
        return Ok(made);
    }
    let mut made = RawDocumentBuf::new();
    let mut values: Vec<_> = values.into_iter().map(Some).collect();
    for element in document {
        let (name, old) = element?;
        let new = values
            .iter_mut()
            .find(|value| matches!(value, Some((own, _)) if own.as_str() == name.as_str()))
            .and_then(Option::take);
        match new {
            Some((_, new)) => made.append(name, new),
            None => made.append(name, old),
        }
    }
    for (name, value) in values.into_iter().flatten() {
        made.append(name, value);
    }
    Ok(made)
}
