//! Full text search: a text index keeps the words of its paths in a table of SQLite's FTS5, written in the transaction of the
//! document, and `$text` in a filter asks it. What a word is, is decided here and not by SQLite.

mod change;
mod definition;
mod extract;
mod found;
mod language;
mod phrases;
mod score;
mod search;
mod table;
mod words;

pub(crate) use change::Change;
pub(crate) use definition::Definition;
pub(crate) use extract::NoTexts;
pub(crate) use found::found;
pub(crate) use phrases::Phrases;
pub(crate) use score::{
    Rank, asks_for_score, check_stage, is_score, keeps_score, names_score, no_score, ranks, split,
};
pub(crate) use search::Search;
pub(crate) use table::{Row, TextTable};

use language::Language;
