//! The operators that evaluate only some of their arguments, or one of them many times.

use bson::Bson;
use bson::raw::{RawArrayBuf, RawBson};

use super::compare::is_true;
use super::function::is_null;
use super::parse::{Parser, invalid};
use super::regex::{self, RegexMatch};
use super::{Expression, Scope, Value, elements, sized};
use crate::Error;
use crate::fault::Fault;

#[derive(Debug, Clone)]
pub(crate) enum Form {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    /// If, then, else.
    Cond([Expression; 3]),
    IfNull(Vec<Expression>),
    Switch(Vec<(Expression, Expression)>, Option<Expression>, String),
    Let(Vec<Expression>, Expression),
    Map(Each),
    Filter(Each),
    /// Over an array from an initial value.
    Reduce(Each, Expression),
    RegexMatch(RegexMatch),
}

/// A body that is evaluated for each element of an array.
#[derive(Debug, Clone)]
pub(crate) struct Each {
    input: Expression,
    body: Expression,
    operator: &'static str,
    place: String,
}

/// The form, if the operator is one.
pub(super) fn parse(
    parser: &mut Parser,
    operator: &str,
    value: &Bson,
    place: &str,
) -> Result<Option<Form>, Error> {
    let list = || {
        value
            .as_array()
            .map_or(std::slice::from_ref(value), Vec::as_slice)
    };
    Ok(Some(match operator {
        "$and" => Form::And(parser.list(list(), place)?),
        "$or" => Form::Or(parser.list(list(), place)?),
        "$ifNull" if list().len() >= 2 => Form::IfNull(parser.list(list(), place)?),
        "$ifNull" => return Err(invalid(operator, place, "takes at least two arguments")),
        "$cond" => {
            let arguments = match value {
                Bson::Array(values) => parser.list(values, place)?,
                value => {
                    let document = value.as_document();
                    if document.is_none_or(|d| d.len() != 3) {
                        return Err(invalid(operator, place, "takes if, then and else"));
                    }
                    parser.named(operator, &["if", "then", "else"], value, place)?
                }
            };
            let three = arguments.try_into();
            Form::Cond(three.map_err(|_| invalid(operator, place, "takes three arguments"))?)
        }
        "$switch" => switch(parser, value, place)?,
        "$let" => bind(parser, value, place)?,
        "$map" => Form::Map(each(parser, "$map", value, place, "in", &["as"])?),
        "$filter" => Form::Filter(each(parser, "$filter", value, place, "cond", &["as"])?),
        "$reduce" => {
            let initial = field(operator, value, "initialValue", place)?;
            let initial = parser.expression(initial, place)?;
            let each = each(parser, "$reduce", value, place, "in", &["initialValue"])?;
            Form::Reduce(each, initial)
        }
        "$regexMatch" => Form::RegexMatch(regex::parse(parser, value, place)?),
        _ => return Ok(None),
    }))
}

fn field<'v>(operator: &str, value: &'v Bson, name: &str, place: &str) -> Result<&'v Bson, Error> {
    value
        .as_document()
        .and_then(|document| document.get(name))
        .ok_or_else(|| invalid(operator, place, &format!("needs {name}")))
}

fn switch(parser: &mut Parser, value: &Bson, place: &str) -> Result<Form, Error> {
    let Bson::Array(given) = field("$switch", value, "branches", place)? else {
        return Err(invalid("$switch", place, "branches is an array"));
    };
    let mut branches = Vec::with_capacity(given.len());
    for branch in given {
        let case = parser.expression(field("$switch", branch, "case", place)?, place)?;
        let then = parser.expression(field("$switch", branch, "then", place)?, place)?;
        branches.push((case, then));
    }
    let default = value.as_document().and_then(|d| d.get("default"));
    let default = default
        .map(|default| parser.expression(default, place))
        .transpose()?;
    Ok(Form::Switch(branches, default, place.to_owned()))
}

fn bind(parser: &mut Parser, value: &Bson, place: &str) -> Result<Form, Error> {
    let Bson::Document(variables) = field("$let", value, "vars", place)? else {
        return Err(invalid("$let", place, "vars is a document"));
    };
    let body = field("$let", value, "in", place)?;
    let mut values = Vec::with_capacity(variables.len());
    for value in variables.values() {
        values.push(parser.expression(value, place)?);
    }
    let outer = parser.variables.len();
    for name in variables.keys() {
        parser.variables.push(named("$let", name, place)?);
    }
    let body = parser.expression(body, place);
    parser.variables.truncate(outer);
    Ok(Form::Let(values, body?))
}

/// The manual: a variable of a user begins with a lowercase letter.
fn named(operator: &str, name: &str, place: &str) -> Result<String, Error> {
    if !name.starts_with(|c: char| c.is_ascii_lowercase() || !c.is_ascii()) || name.contains('.') {
        return Err(invalid(
            operator,
            place,
            "a variable begins with a lowercase letter",
        ));
    }
    Ok(name.to_owned())
}

fn each(
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
            Ok(Bson::String(name)) => named(operator, name, place)?,
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

impl Form {
    pub(super) fn value(&self, scope: &mut Scope<'_>) -> Result<Value, Fault> {
        match self {
            Self::And(all) => {
                for one in all {
                    if !is_true(one.value(scope)?.as_ref()) {
                        return Ok(Some(RawBson::Boolean(false)));
                    }
                }
                Ok(Some(RawBson::Boolean(true)))
            }
            Self::Or(any) => {
                for one in any {
                    if is_true(one.value(scope)?.as_ref()) {
                        return Ok(Some(RawBson::Boolean(true)));
                    }
                }
                Ok(Some(RawBson::Boolean(false)))
            }
            Self::Cond([condition, then, other]) => {
                let holds = is_true(condition.value(scope)?.as_ref());
                if holds { then } else { other }.value(scope)
            }
            Self::IfNull(choices) => {
                let mut value = None;
                for choice in choices {
                    value = choice.value(scope)?;
                    if !is_null(&value) {
                        break;
                    }
                }
                Ok(value)
            }
            Self::Switch(branches, default, place) => {
                for (case, then) in branches {
                    if is_true(case.value(scope)?.as_ref()) {
                        return then.value(scope);
                    }
                }
                let none = || invalid("$switch", place, "no branch holds and there is no default");
                default.as_ref().ok_or_else(none)?.value(scope)
            }
            Self::Let(values, body) => {
                let values: Vec<Value> = values
                    .iter()
                    .map(|value| value.value(scope))
                    .collect::<Result<_, _>>()?;
                within(scope, values, body)
            }
            Self::Map(each) => each.array(scope, |_, value| Some(value.unwrap_or(RawBson::Null))),
            Self::Filter(each) => each.array(scope, |element, keep| {
                is_true(keep.as_ref()).then_some(element)
            }),
            Self::Reduce(each, initial) => each.reduce(scope, initial),
            Self::RegexMatch(regex) => regex.value(scope),
        }
    }
}

fn within(scope: &mut Scope<'_>, values: Vec<Value>, body: &Expression) -> Result<Value, Fault> {
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

    fn array(
        &self,
        scope: &mut Scope<'_>,
        take: fn(RawBson, Value) -> Value,
    ) -> Result<Value, Fault> {
        let Some(input) = self.elements(scope)? else {
            return Ok(Some(RawBson::Null));
        };
        let mut output = RawArrayBuf::new();
        for element in input {
            let value = within(scope, vec![Some(element.clone())], &self.body)?;
            if let Some(value) = take(element, value) {
                output.push(value);
            }
        }
        sized(RawBson::Array(output)).map(Some)
    }

    fn reduce(&self, scope: &mut Scope<'_>, initial: &Expression) -> Result<Value, Fault> {
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
