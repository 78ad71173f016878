//! The operators whose arguments are all evaluated first: their table, and what they may report.

use bson::raw::RawBson;

use super::bounds::{bytes, sized};
use super::{
    Expression, Scope, Value, arithmetic, array, compare, convert, date, object, power, rounding,
    search, set, statistics, string,
};
use crate::fault::Fault;
use crate::value::Order;

/// How an operator takes its arguments.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// An array with at least and at most so many arguments; one argument can stand alone.
    Listed(usize, usize),
    /// A document with these names, of which so many are needed.
    Named(usize, &'static [&'static str]),
    /// One expression that stands alone or in an array, or a document with these names, of which the first is needed.
    OneOrNamed(&'static [&'static str]),
}

/// What an operator does about a null or missing argument. One that is not given is neither.
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
    /// A value has no form in the type that is asked for, which is what `onError` is for; the text is as above.
    Unconvertible(String),
    /// What is left out here, as in "`$add` of a decimal".
    Unsupported(&'static str),
    Fault(Fault),
}

impl From<bson::error::Error> for Wrong {
    fn from(error: bson::error::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// From here on a call costs more than a look at the clock by far.
const LARGE_BYTES: usize = 4096;

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
    run: Run,
}

/// What an operator does with its arguments.
#[derive(Debug)]
enum Run {
    Alone(fn(&[Value]) -> Answer),
    /// It compares values, and so strings in the order of the query.
    Ordered(fn(&[Value], &Order) -> Answer),
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
            run: Run::Alone(run),
        }
    }

    /// An operator that compares values.
    pub(super) const fn ordered(
        name: &'static str,
        shape: Shape,
        null: Null,
        run: fn(&[Value], &Order) -> Answer,
    ) -> Self {
        Self {
            name,
            shape,
            null,
            run: Run::Ordered(run),
        }
    }

    pub(super) fn call(
        &self,
        arguments: &[Expression],
        place: &str,
        scope: &mut Scope<'_>,
    ) -> Result<Value, Fault> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(argument.value(scope)?);
        }
        if self.null == Null::Spreads && holds_null(arguments, &values) {
            return Ok(Some(RawBson::Null));
        }
        if values.iter().any(is_large) {
            scope.clock.ask()?;
        }
        match self.run(&values, scope.clock.order()) {
            Ok(value) => value.map(sized).transpose(),
            Err(wrong) => Err(self.fault(wrong, place)),
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn run(&self, values: &[Value], order: &Order) -> Answer {
        match self.run {
            Run::Alone(run) => run(values),
            Run::Ordered(run) => run(values, order),
        }
    }

    pub(super) fn fault(&self, wrong: Wrong, place: &str) -> Fault {
        match wrong {
            Wrong::Invalid(reason) | Wrong::Unconvertible(reason) => {
                super::parse::invalid(self.name, place, &reason).into()
            }
            Wrong::Unsupported(what) => {
                super::parse::unsupported(&format!("{} of {what}", self.name), place).into()
            }
            Wrong::Fault(fault) => fault,
        }
    }
}

/// Whether a call on the value may take so long that the clock is asked before.
fn is_large(value: &Value) -> bool {
    value
        .as_ref()
        .is_some_and(|value| bytes(value) > LARGE_BYTES)
}

/// Whether one of the arguments that are given is null or missing.
pub(super) fn holds_null(arguments: &[Expression], values: &[Value]) -> bool {
    let mut pairs = arguments.iter().zip(values);
    pairs.any(|(argument, value)| !matches!(argument, Expression::Absent) && is_null(value))
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
        date::FUNCTIONS,
        object::FUNCTIONS,
        power::FUNCTIONS,
        rounding::FUNCTIONS,
        search::FUNCTIONS,
        set::FUNCTIONS,
        statistics::FUNCTIONS,
        string::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
    .find(|function| function.name == name)
}
