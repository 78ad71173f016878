//! What the document of an aggregate is a function of.

use super::{Field, Schema, Table};

/// What of the primary makes the document of one aggregate, its root.
///
/// The payload of a change, a document that is applied from the current state, and what verification compares are all composed
/// from it, and a head's version is that of all it names. Where it gets another form, each place that composes has to say what it
/// does with that form, because none has an answer for what it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentSource<'a> {
    /// The root's own row, in this table.
    Row(&'a Table),
}

impl Schema {
    /// What its documents are made of.
    pub const fn source(&self) -> DocumentSource<'_> {
        DocumentSource::Row(&self.table)
    }

    /// The fields of the document, in order; the key first by convention.
    pub fn mapped(&self) -> impl Iterator<Item = (&Field, &str)> {
        let DocumentSource::Row(table) = self.source();
        table
            .fields
            .iter()
            .filter_map(|field| Some((field, field.name.as_deref()?)))
    }
}
