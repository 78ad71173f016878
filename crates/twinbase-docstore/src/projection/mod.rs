//! Projections: which fields of a document are kept, left out, or computed. `$addFields` is one that keeps everything.

mod apply;
mod compute;
mod parse;
mod slice;
mod tree;

use bson::Document;

use self::slice::Slice;
use self::tree::Tree;
use crate::Error;
use crate::expression::Expression;
use crate::filter::{Filter, First};
use crate::value::Order;

/// Whose rules apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `find`, which also knows `$slice`, `$elemMatch` and the positional `$`.
    Find,
    /// `$project` and `$unset`.
    Stage,
    /// `$addFields` and `$set`, where every value is computed.
    AddFields,
}

/// A parsed projection.
#[derive(Debug)]
pub(crate) struct Projection {
    mode: Mode,
    tree: Tree,
}

/// What happens to fields that are not named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Include,
    Exclude,
    Add,
}

impl Mode {
    fn keeps_others(self) -> bool {
        self != Self::Include
    }
}

/// What happens to a field that is named.
#[derive(Debug)]
enum Node {
    Keep,
    Drop,
    Compute(Expression),
    /// The first element that matches, in an array.
    Element(First),
    /// Only some elements of an array.
    Slice(Slice),
    /// The element of an array that the filter found.
    Position(First),
    /// Something happens to the fields below it.
    Below(Tree),
}

impl Projection {
    /// A projection that does not depend on a filter.
    pub(crate) fn new(spec: &Document, dialect: Dialect) -> Result<Self, Error> {
        parse::parse(spec, dialect, None)
    }

    /// The projection of a `find` with its filter, which decides what the positional `$` stands for.
    pub(crate) fn of_find(spec: &Document, filter: &Filter, order: &Order) -> Result<Self, Error> {
        parse::parse(spec, Dialect::Find, Some((filter, order)))
    }
}
