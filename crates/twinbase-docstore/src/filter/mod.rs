//! MongoDB's filter language: parsed into a small tree, which becomes SQL whose leaves are comparisons of keys (where an
//! index can serve them) or calls of the predicate function.

mod compiled;
mod leaf;
mod operand;
mod parse;
mod pattern;
mod regex;
mod sql;

pub(crate) use compiled::{Compiled, condition};
pub(crate) use leaf::Predicate;
pub(crate) use parse::parse;
pub(crate) use sql::to_sql;

use crate::path::Path;

/// A filter. `$ne`, `$nin` and `$exists: false` are the negations of what they negate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Leaf(Leaf),
    /// The condition of an `$expr`, checked, as it is bound to a statement.
    Expression(Vec<u8>),
}

/// One test of the values of a path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Leaf {
    pub(crate) path: Path,
    pub(crate) test: Test,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Equal(bson::Bson),
    Compare(Comparison, bson::Bson),
    In(Vec<bson::Bson>),
    Exists,
    Regex(bson::Regex),
}

/// An order comparison; it holds only between values of one type of the order of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Less => "$lt",
            Self::LessOrEqual => "$lte",
            Self::Greater => "$gt",
            Self::GreaterOrEqual => "$gte",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        [
            Self::Less,
            Self::LessOrEqual,
            Self::Greater,
            Self::GreaterOrEqual,
        ]
        .into_iter()
        .find(|c| c.name() == name)
    }

    /// Whether equal values satisfy it.
    pub(crate) fn includes_equal(self) -> bool {
        matches!(self, Self::LessOrEqual | Self::GreaterOrEqual)
    }
}
