//! The operators that evaluate only some of their arguments, or one of them many times.

use bson::Bson;
use bson::raw::RawBson;

use super::compare::is_true;
use super::each::{self, Each, within};
use super::fallback::{self, Fallback};
use super::function::is_null;
use super::parse::{Parser, invalid};
use super::regex::{self, RegexMatch};
use super::sort_array::{self, SortArray};
use super::{Expression, Scope, Value};
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
    /// With the largest number of elements.
    Filter(Each, Option<Expression>),
    /// Over an array from an initial value.
    Reduce(Each, Expression),
    SortArray(SortArray),
    Fallback(Fallback),
    RegexMatch(RegexMatch),
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
                    parser.named(operator, 3, &["if", "then", "else"], value, place)?
                }
            };
            let three = arguments.try_into();
            Form::Cond(three.map_err(|_| invalid(operator, place, "takes three arguments"))?)
        }
        "$switch" => switch(parser, value, place)?,
        "$let" => bind(parser, value, place)?,
        "$map" => Form::Map(each::parse(parser, "$map", value, place, "in", &["as"])?),
        "$filter" => {
            let names = &["as", "limit"];
            let filter = each::parse(parser, "$filter", value, place, "cond", names)?;
            let limit = value.as_document().and_then(|d| d.get("limit"));
            let limit = limit.map(|limit| parser.expression(limit, place));
            Form::Filter(filter, limit.transpose()?)
        }
        "$reduce" => {
            let initial = field(operator, value, "initialValue", place)?;
            let initial = parser.expression(initial, place)?;
            let each = each::parse(parser, "$reduce", value, place, "in", &["initialValue"])?;
            Form::Reduce(each, initial)
        }
        "$sortArray" => Form::SortArray(sort_array::parse(parser, value, place)?),
        "$regexMatch" => Form::RegexMatch(regex::parse(parser, value, place)?),
        _ => return Ok(fallback::parse(parser, operator, value, place)?.map(Form::Fallback)),
    }))
}

pub(super) fn field<'v>(
    operator: &str,
    value: &'v Bson,
    name: &str,
    place: &str,
) -> Result<&'v Bson, Error> {
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
        parser.variables.push(each::variable("$let", name, place)?);
    }
    let body = parser.expression(body, place);
    parser.variables.truncate(outer);
    Ok(Form::Let(values, body?))
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
            Self::Map(each) => each.map(scope),
            Self::Filter(each, limit) => each.filter(scope, limit.as_ref()),
            Self::Reduce(each, initial) => each.reduce(scope, initial),
            Self::SortArray(sort) => sort.value(scope),
            Self::Fallback(fallback) => fallback.value(scope),
            Self::RegexMatch(regex) => regex.value(scope),
        }
    }
}
