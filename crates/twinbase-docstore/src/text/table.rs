//! The table of a text index: an FTS5 table without content, whose rows have the numbers of the documents' rows.
//!
//! Each path has two columns: `k<n>` holds the stems, which searches ask, and `p<n>` those whole words that are not their own
//! stem, which only a search by the beginning of a word asks besides.

use std::iter;

use bson::RawDocument;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::words::words;
use super::{Definition, NoTexts};

/// What the index holds of one document, a text for each column.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row(Vec<String>);

impl Row {
    /// `None` if the document has no word.
    pub(crate) fn new(
        definition: &Definition,
        document: &RawDocument,
    ) -> Result<Option<Self>, NoTexts> {
        let width = definition.fields.len();
        let mut columns = vec![String::new(); 2 * width];
        definition.texts(document, &mut |at, text, language| {
            for word in words(text, language) {
                if word.whole != word.stem {
                    append(&mut columns[width + at], &word.whole);
                }
                append(&mut columns[at], &word.stem);
            }
        })?;
        let has_words = columns.iter().any(|column| !column.is_empty());
        Ok(has_words.then_some(Self(columns)))
    }
}

fn append(column: &mut String, word: &str) {
    if !column.is_empty() {
        column.push(' ');
    }
    column.push_str(word);
}

/// The table of one index.
#[derive(Debug)]
pub(crate) struct TextTable<'c> {
    connection: &'c Connection,
    name: String,
}

impl<'c> TextTable<'c> {
    pub(crate) fn new(connection: &'c Connection, name: String) -> Self {
        Self { connection, name }
    }

    /// The words are made here, so SQLite's tokenizer has only to take them apart at the spaces. The index of prefixes of two
    /// and three letters makes the first key strokes as fast as the later ones.
    pub(crate) fn create(&self, definition: &Definition) -> rusqlite::Result<()> {
        self.connection.execute_batch(&format!(
            "create virtual table {} using fts5({}, content = '', contentless_delete = 1, \
             prefix = '2 3', tokenize = \"ascii tokenchars '_'''\")",
            self.name,
            columns(definition, &["k", "p"]).join(", "),
        ))
    }

    pub(crate) fn forget(&self, row: i64) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(&format!("delete from {} where rowid = ?", self.name))?
            .execute([row])
            .map(|_| ())
    }

    /// Adds a document that is not there.
    pub(crate) fn add(&self, row: i64, words: &Row) -> rusqlite::Result<()> {
        let places = vec!["?"; words.0.len() + 1].join(", ");
        let values = words.0.iter().cloned().map(Value::Text);
        self.connection
            .prepare_cached(&format!(
                "insert into {} (rowid, {}) values ({places})",
                self.name,
                names(words.0.len() / 2, &["k", "p"]).join(", "),
            ))?
            .execute(params_from_iter(
                iter::once(Value::Integer(row)).chain(values),
            ))
            .map(|_| ())
    }
}

/// The columns of an index of these kinds.
pub(super) fn columns(definition: &Definition, kinds: &[&str]) -> Vec<String> {
    names(definition.fields.len(), kinds)
}

fn names(width: usize, kinds: &[&str]) -> Vec<String> {
    let of_kind = |kind: &&str| {
        (0..width)
            .map(|at| format!("{kind}{at}"))
            .collect::<Vec<_>>()
    };
    kinds.iter().flat_map(of_kind).collect()
}
