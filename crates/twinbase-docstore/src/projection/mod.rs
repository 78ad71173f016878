//! Projections: which fields of a document are kept, left out, or computed.

mod apply;
mod parse;

use bson::Document;
use bson::raw::CString;

use crate::Error;
use crate::expression::Expression;

/// Whose rules apply: `find` knows only what is kept and left out, `$project` also computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Find,
    Stage,
}

/// A parsed projection.
#[derive(Debug)]
pub(crate) struct Projection {
    mode: Mode,
    tree: Tree,
    computed: Vec<(CString, Expression)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Include,
    Exclude,
}

/// The named paths, part by part. A node without children is the end of a path.
#[derive(Debug, Default)]
struct Tree {
    children: Vec<(String, Tree)>,
}

impl Tree {
    fn child(&self, name: &str) -> Option<&Tree> {
        self.children
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, tree)| tree)
    }
}

impl Projection {
    pub(crate) fn new(spec: &Document, dialect: Dialect) -> Result<Self, Error> {
        parse::parse(spec, dialect)
    }
}
