//! The operators that have another value for null, or for what cannot be converted: `onNull` and `onError`.

use bson::raw::RawBson;
use bson::{Bson, Document};

use super::function::{Function, Shape, Wrong, holds_null, is_null};
use super::parse::Parser;
use super::{Expression, Scope, Value, convert, date, sized};
use crate::Error;
use crate::fault::Fault;

/// An operator with its other values, which are evaluated only where they are needed.
#[derive(Debug, Clone)]
pub(crate) struct Fallback {
    function: &'static Function,
    /// The first one is what may be null.
    arguments: Vec<Expression>,
    on_null: Option<Expression>,
    on_error: Option<Expression>,
    place: String,
}

/// The operators, and whether they have `onError`.
static OPERATORS: [(Function, bool); 3] = [
    (convert::CONVERT, true),
    (date::FROM_STRING, true),
    (date::TO_STRING, false),
];

/// The fallback, if the operator is one of these.
pub(super) fn parse(
    parser: &mut Parser,
    operator: &str,
    value: &Bson,
    place: &str,
) -> Result<Option<Fallback>, Error> {
    let Some((function, has_error)) = OPERATORS.iter().find(|(f, _)| f.name() == operator) else {
        return Ok(None);
    };
    let mut given = value.as_document().cloned().unwrap_or_default();
    let mut other = |name: &str, given: &mut Document| {
        let value = given.remove(name);
        value
            .map(|value| parser.expression(&value, place))
            .transpose()
    };
    let on_null = other("onNull", &mut given)?;
    let on_error = if *has_error {
        other("onError", &mut given)?
    } else {
        None
    };
    let Shape::Named(needed, names) = function.shape else {
        return Ok(None);
    };
    let arguments = parser.named(operator, needed, names, &Bson::Document(given), place)?;
    Ok(Some(Fallback {
        function,
        arguments,
        on_null,
        on_error,
        place: place.to_owned(),
    }))
}

impl Fallback {
    pub(super) fn value(&self, scope: &mut Scope<'_>) -> Result<Value, Fault> {
        let mut values = Vec::with_capacity(self.arguments.len());
        for argument in &self.arguments {
            values.push(argument.value(scope)?);
        }
        if is_null(&values[0]) {
            let null = || Ok(Some(RawBson::Null));
            return self.on_null.as_ref().map_or_else(null, |e| e.value(scope));
        }
        if holds_null(&self.arguments, &values) {
            return Ok(Some(RawBson::Null));
        }
        match (
            self.function.run(&values, scope.clock.order()),
            &self.on_error,
        ) {
            (Err(Wrong::Unconvertible(_)), Some(other)) => other.value(scope),
            (Err(wrong), _) => Err(self.function.fault(wrong, &self.place)),
            (Ok(value), _) => value.map(sized).transpose(),
        }
    }
}
