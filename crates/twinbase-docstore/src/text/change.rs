//! What a write of a document changes in the text index.

use bson::RawDocument;

use super::{Definition, NoTexts, Row, TextTable};

/// A change of one row.
pub(crate) struct Change {
    /// Whether a document was stored, which may have had words.
    was_there: bool,
    new: Option<Row>,
}

impl Change {
    /// From what is stored to the new document; `None` where the words stay as they are.
    pub(crate) fn between(
        definition: &Definition,
        stored: Option<&[u8]>,
        document: Option<&RawDocument>,
    ) -> Result<Option<Self>, NoTexts> {
        let new = match document {
            Some(document) => Row::new(definition, document)?,
            None => None,
        };
        // What cannot be read any more may have words.
        let old = stored.map(|bytes| {
            let stored = RawDocument::from_bytes(bytes).ok()?;
            Row::new(definition, stored).ok()
        });
        let is_same = match &old {
            Some(old) => old.as_ref() == Some(&new),
            None => new.is_none(),
        };
        Ok((!is_same).then_some(Self {
            was_there: old.is_some(),
            new,
        }))
    }

    /// `row` is the document's.
    pub(crate) fn write(&self, table: &TextTable<'_>, row: i64) -> rusqlite::Result<()> {
        if self.was_there {
            table.forget(row)?;
        }
        match &self.new {
            Some(words) => table.add(row, words),
            None => Ok(()),
        }
    }
}
