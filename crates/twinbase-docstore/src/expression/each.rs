//! The operators that evaluate a body for each element of an array.

use bson::Bson;
use bson::raw::RawBson;

use super::bounds::Growing;
use super::compare::is_true;
use super::form::field;
use super::function::is_null;
use super::number::whole;
use super::parse::{Parser, invalid};
use super::{Expression, Scope, Value, elements, sized};
use crate::Error;
use crate::fault::Fault;

/// A body that is evaluated for each element of an array.
#[derive(Debug, Clone)]
pub(crate) struct Each {
    input: Expression,
    body: Expression,
    operator: &'static str,
    place: String,
}

/// The manual: a variable of a user begins with a lowercase letter.
pub(super) fn variable(operator: &str, name: &str, place: &str) -> Result<String, Error> {
    if !name.starts_with(|c: char| c.is_ascii_lowercase() || !c.is_ascii()) || name.contains('.') {
        return Err(invalid(
            operator,
            place,
            "a variable begins with a lowercase letter",
        ));
    }
    Ok(name.to_owned())
}

pub(super) fn parse(
    parser: &mut Parser,
    operator: &'static str,
    value: &Bson,
    place: &str,
    body: &str,
    more: &[&str],
) -> Result<Each, Error> {
    let input = parser.expression(field(operator, value, "input", place)?, place)?;
    let given = value
        .as_document()
        .into_iter()
        .flat_map(bson::Document::keys);
    for name in given {
        if name != "input" && name != body && !more.contains(&name.as_str()) {
            return Err(super::parse::unsupported(
                &format!("{operator} with {name}"),
                place,
            ));
        }
    }
    let outer = parser.variables.len();
    if operator == "$reduce" {
        parser
            .variables
            .extend(["value".to_owned(), "this".to_owned()]);
    } else {
        let name = match field(operator, value, "as", place) {
            Ok(Bson::String(name)) => variable(operator, name, place)?,
            Ok(_) => return Err(invalid(operator, place, "as is a string")),
            Err(_) => "this".to_owned(),
        };
        parser.variables.push(name);
    }
    let body = parser.expression(field(operator, value, body, place)?, place);
    parser.variables.truncate(outer);
    Ok(Each {
        input,
        body: body?,
        operator,
        place: place.to_owned(),
    })
}

pub(super) fn within(
    scope: &mut Scope<'_>,
    values: Vec<Value>,
    body: &Expression,
) -> Result<Value, Fault> {
    scope.step()?;
    let outer = scope.variables.len();
    scope.variables.extend(values);
    let value = body.value(scope);
    scope.variables.truncate(outer);
    value
}

impl Each {
    /// The elements of the input; `None` when it is null or missing.
    fn elements(&self, scope: &mut Scope<'_>) -> Result<Option<Vec<RawBson>>, Fault> {
        match self.input.value(scope)? {
            value if is_null(&value) => Ok(None),
            Some(RawBson::Array(array)) => Ok(Some(elements(&array)?)),
            _ => Err(invalid(self.operator, &self.place, "input is an array or null").into()),
        }
    }

    pub(super) fn map(&self, scope: &mut Scope<'_>) -> Result<Value, Fault> {
        let Some(input) = self.elements(scope)? else {
            return Ok(Some(RawBson::Null));
        };
        let mut output = Growing::default();
        for element in input {
            let value = within(scope, vec![Some(element)], &self.body)?;
            output.push(value.unwrap_or(RawBson::Null))?;
        }
        sized(output.finish()).map(Some)
    }

    /// Without a limit, or with null as one, all that holds.
    pub(super) fn filter(
        &self,
        scope: &mut Scope<'_>,
        limit: Option<&Expression>,
    ) -> Result<Value, Fault> {
        let Some(input) = self.elements(scope)? else {
            return Ok(Some(RawBson::Null));
        };
        let mut left = match limit {
            None => usize::MAX,
            Some(limit) => self.limit(&limit.value(scope)?)?,
        };
        let mut output = Growing::default();
        for element in input {
            if left == 0 {
                break;
            }
            let keep = within(scope, vec![Some(element.clone())], &self.body)?;
            if is_true(keep.as_ref()) {
                output.push(element)?;
                left -= 1;
            }
        }
        sized(output.finish()).map(Some)
    }

    fn limit(&self, value: &Value) -> Result<usize, Fault> {
        if is_null(value) {
            return Ok(usize::MAX);
        }
        let limit = whole(value)
            .ok()
            .and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.filter(|limit| *limit > 0);
        let refused = || {
            invalid(
                self.operator,
                &self.place,
                "takes a positive number as limit",
            )
        };
        Ok(limit.ok_or_else(refused)?)
    }

    pub(super) fn reduce(
        &self,
        scope: &mut Scope<'_>,
        initial: &Expression,
    ) -> Result<Value, Fault> {
        let Some(input) = self.elements(scope)? else {
            return Ok(Some(RawBson::Null));
        };
        let mut value = initial.value(scope)?;
        for element in input {
            value = within(scope, vec![value, Some(element)], &self.body)?;
        }
        Ok(value)
    }
}
