//! The operators whose arguments are all evaluated first: their table, and what they may report.

use bson::raw::RawBson;

use super::{Value, arithmetic, array, compare, convert, object, sized, string};
use crate::Error;
use crate::fault::Fault;

/// How an operator takes its arguments.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// An array with at least and at most so many arguments; one argument can stand alone.
    Listed(usize, usize),
    /// A document with these names; the first is needed.
    Named(&'static [&'static str]),
}

/// What an operator does about a null or missing argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Null {
    /// The result is null.
    Spreads,
    /// The operator has a rule of its own.
    Passes,
}

/// Why an operator has no value.
#[derive(Debug)]
pub(super) enum Wrong {
    /// MongoDB refuses it too; the text continues "the operator ...".
    Invalid(String),
    /// What is left out here, as in "`$add` of a decimal".
    Unsupported(&'static str),
    Fault(Fault),
}

impl From<bson::error::Error> for Wrong {
    fn from(error: bson::error::Error) -> Self {
        Self::Fault(error.into())
    }
}

pub(super) type Answer = Result<Value, Wrong>;

pub(super) fn wrong<T>(reason: &str) -> Result<T, Wrong> {
    Err(Wrong::Invalid(reason.to_owned()))
}

/// One operator.
#[derive(Debug)]
pub(crate) struct Function {
    name: &'static str,
    pub(super) shape: Shape,
    null: Null,
    run: fn(&[Value]) -> Answer,
}

impl Function {
    pub(super) const fn new(
        name: &'static str,
        shape: Shape,
        null: Null,
        run: fn(&[Value]) -> Answer,
    ) -> Self {
        Self {
            name,
            shape,
            null,
            run,
        }
    }

    pub(super) fn call(&self, arguments: &[Value], place: &str) -> Result<Value, Fault> {
        if self.null == Null::Spreads && arguments.iter().any(is_null) {
            return Ok(Some(RawBson::Null));
        }
        match (self.run)(arguments) {
            Ok(value) => value.map(sized).transpose(),
            Err(Wrong::Invalid(reason)) => Err(Error::InvalidQuery {
                operator: self.name.to_owned(),
                path: place.to_owned(),
                reason,
            }
            .into()),
            Err(Wrong::Unsupported(what)) => Err(Error::Unsupported {
                operator: format!("{} of {what}", self.name),
                path: place.to_owned(),
            }
            .into()),
            Err(Wrong::Fault(fault)) => Err(fault),
        }
    }
}

/// Null, the deprecated undefined, or missing.
pub(super) fn is_null(value: &Value) -> bool {
    matches!(value, None | Some(RawBson::Null | RawBson::Undefined))
}

/// The operator of this name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    [
        arithmetic::FUNCTIONS,
        array::FUNCTIONS,
        compare::FUNCTIONS,
        convert::FUNCTIONS,
        object::FUNCTIONS,
        string::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
    .find(|function| function.name == name)
}
