//! What of MongoDB's language the store understands, as data: every operator of MongoDB 8's manual, one line each.
//!
//! `SUBSET.md` is made from these tables, and a test asks the store each example: what is listed as refused is refused by its
//! name, and what is listed as supported is answered. The tables describe; the parsers decide.

mod accumulators;
mod expressions;
mod filters;
mod numbers;
mod stages;

/// Whether an operator is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Support {
    /// It gives what MongoDB gives.
    Full,
    /// It gives what MongoDB gives, but for what the text says, which is refused unless the text says otherwise.
    Differs(&'static str),
    /// It is refused by name: [`Error::Unsupported`](crate::Error::Unsupported).
    Refused,
}

/// Where an operator stands in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In a pipeline.
    Stage,
    /// In a field of `$group`.
    Accumulator,
    /// In a field of `$setWindowFields`.
    Window,
    /// Where a value is computed.
    Expression,
    /// In a filter.
    Filter,
    /// In the projection of a find.
    Projection,
}

/// One operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// Its name, with the dollar sign.
    pub name: &'static str,
    /// Whether it is understood.
    pub support: Support,
    /// A use of it as extended JSON, or empty: the stage, filter, expression or accumulator; of a window function also the
    /// window, of a projection the whole document.
    pub example: &'static str,
}

/// Operators that the manual lists together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// Its name.
    pub title: &'static str,
    /// Where its operators stand.
    pub place: Place,
    /// The operators, in the order of their names.
    pub operators: &'static [Operator],
}

/// All families, in the order of the contract.
pub fn families() -> impl Iterator<Item = &'static Family> {
    [
        stages::FAMILIES,
        accumulators::FAMILIES,
        numbers::FAMILIES,
        expressions::FAMILIES,
        filters::FAMILIES,
    ]
    .into_iter()
    .flatten()
}

const fn full(name: &'static str, example: &'static str) -> Operator {
    Operator {
        name,
        support: Support::Full,
        example,
    }
}

const fn differs(name: &'static str, how: &'static str, example: &'static str) -> Operator {
    Operator {
        name,
        support: Support::Differs(how),
        example,
    }
}

const fn refused(name: &'static str) -> Operator {
    Operator {
        name,
        support: Support::Refused,
        example: "",
    }
}
