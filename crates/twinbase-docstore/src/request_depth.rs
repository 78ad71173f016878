//! The depth of what a caller asks, checked without recursion before anything recurses over it.

use bson::{Bson, Document};

use crate::Error;

/// A filter of 32 levels of operators, each an array of documents, with a document of 100 levels as its operand.
const MAX_LEVELS: usize = 180;

/// Refuses a query that nests deeper than any that is understood.
pub(crate) fn check<'d>(parts: impl IntoIterator<Item = &'d Document>) -> Result<(), Error> {
    let mut pending: Vec<(usize, &Bson)> = parts
        .into_iter()
        .flat_map(|part| part.values().map(|value| (1, value)))
        .collect();
    while let Some((level, value)) = pending.pop() {
        if level > MAX_LEVELS {
            return Err(Error::QueryTooLarge {
                what: "levels of nesting",
                limit: MAX_LEVELS,
            });
        }
        match value {
            Bson::Document(inner) => pending.extend(inner.values().map(|v| (level + 1, v))),
            Bson::Array(inner) => pending.extend(inner.iter().map(|v| (level + 1, v))),
            Bson::JavaScriptCodeWithScope(code) => {
                pending.extend(code.scope.values().map(|v| (level + 1, v)));
            }
            _ => {}
        }
    }
    Ok(())
}
