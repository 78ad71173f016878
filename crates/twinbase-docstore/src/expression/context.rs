//! What an expression is told besides its document.

use crate::store::Clock;

/// The bounds of the query, and what its source says of the document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'c> {
    pub(crate) clock: &'c Clock,
    /// The score of the document, where a search found it: `{$meta: "textScore"}`.
    pub(crate) score: Option<f64>,
}

/// Of a document that no search has found.
impl<'c> From<&'c Clock> for Context<'c> {
    fn from(clock: &'c Clock) -> Self {
        Self { clock, score: None }
    }
}
