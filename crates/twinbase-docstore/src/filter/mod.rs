//! MongoDB's filter language: parsed into a small tree. The tree becomes SQL whose leaves are comparisons of keys (where an
//! index can serve them), or is compiled and evaluated here.

mod bounds;
mod compiled;
mod first;
mod leaf;
mod matcher;
mod operand;
mod operators;
mod pace;
mod parse;
mod pattern;
mod regex;
mod sql;
mod types;
mod whole;

pub(crate) use bounds::{Keys, Search, on_key, search};
pub(crate) use compiled::Compiled;
pub(crate) use first::First;
pub(crate) use operand::{regex, whole_number};
pub(crate) use pace::Pace;
pub(crate) use parse::parse;
pub(crate) use regex::{Budget, Patterns};
pub(crate) use sql::{conjuncts, term, terms};

use bson::spec::ElementType;

use crate::path::Path;
use crate::text;

/// A filter. `$ne`, `$nin` and `$exists: false` are the negations of what they negate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Leaf(Leaf),
    /// The condition of an `$expr`, checked, as it is bound to a statement.
    Expression(Vec<u8>),
    /// A `$text`, which stands at the top or in an `$and` there, once.
    Text(text::Search),
}

impl Filter {
    pub(crate) fn has_text(&self) -> bool {
        match self {
            Self::And(all) => all.iter().any(Self::has_text),
            Self::Text(_) => true,
            _ => false,
        }
    }
}

impl Filter {
    /// The path of a single test.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Leaf(leaf) => Some(&leaf.path),
            _ => None,
        }
    }

    /// Whether this is that very leaf.
    fn is(&self, leaf: &Leaf) -> bool {
        matches!(self, Self::Leaf(own) if std::ptr::eq(own, leaf))
    }

    /// All of the filters; one alone needs nothing around it.
    fn all(mut filters: Vec<Self>) -> Self {
        match filters.pop() {
            Some(last) if filters.is_empty() => last,
            last => {
                filters.extend(last);
                Self::And(filters)
            }
        }
    }
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
    /// An array of so many elements.
    Size(i64),
    /// A number whose whole part has a remainder.
    Modulo {
        divisor: i64,
        remainder: i64,
    },
    /// Of one of the types.
    Type(Vec<ElementType>),
    /// An array with an element that matches.
    Element(Element),
}

/// The condition of an `$elemMatch`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Element {
    /// As it was given.
    operand: bson::Document,
    filter: Box<Filter>,
    form: ElementForm,
}

/// What an `$elemMatch` is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ElementForm {
    /// The filter is one of documents, which are elements.
    Documents,
    /// The tests of the filter are of the elements themselves, whatever their paths.
    Values,
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
