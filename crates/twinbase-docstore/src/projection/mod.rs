//! Projections: which fields of a document are kept, left out, or computed.

mod apply;
mod parse;

use bson::Document;
use bson::raw::CString;

use crate::Error;
use crate::expression::Expression;
use crate::fault::Fault;

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
    /// The form in which a projection is bound to a statement; it is checked before.
    pub(crate) fn to_bytes(spec: &Document, dialect: Dialect) -> Result<Vec<u8>, Error> {
        parse::parse(spec, dialect)?;
        bson::doc! { "stage": dialect == Dialect::Stage, "spec": spec.clone() }
            .to_vec()
            .map_err(|_| Error::InvalidQuery {
                operator: "a projection".to_owned(),
                path: String::new(),
                reason: "it cannot be written as BSON".to_owned(),
            })
    }

    /// Reads back what [`Projection::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let bound = Document::from_reader(bytes)?;
        let dialect = if bound.get_bool("stage").unwrap_or(false) {
            Dialect::Stage
        } else {
            Dialect::Find
        };
        let empty = Document::new();
        Ok(parse::parse(
            bound.get_document("spec").unwrap_or(&empty),
            dialect,
        )?)
    }
}
