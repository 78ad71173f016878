//! `$regexMatch`. A pattern that is the same for every document is compiled once.

use std::sync::Arc;

use bson::Bson;
use bson::raw::RawBson;

use super::function::is_null;
use super::parse::{Parser, invalid};
use super::{Expression, Scope, Value};
use crate::Error;
use crate::fault::Fault;
use crate::filter::{Budget, Pace, Patterns, regex};

const NAME: &str = "$regexMatch";

#[derive(Debug, Clone)]
pub(crate) struct RegexMatch {
    input: Expression,
    regex: Expression,
    options: Expression,
    compiled: Option<Arc<Patterns>>,
    place: String,
}

pub(super) fn parse(parser: &mut Parser, value: &Bson, place: &str) -> Result<RegexMatch, Error> {
    let names = ["input", "regex", "options"];
    let arguments = parser.named(NAME, 2, &names, value, place)?.try_into();
    let [input, regex, options]: [Expression; 3] =
        arguments.map_err(|_| invalid(NAME, place, "takes input, regex and options"))?;
    let compiled = match (&regex, &options) {
        (Expression::Literal(pattern), Expression::Absent) => {
            compile(&Some(pattern.clone()), &None, place)?.map(Arc::new)
        }
        (Expression::Literal(pattern), Expression::Literal(options)) => {
            compile(&Some(pattern.clone()), &Some(options.clone()), place)?.map(Arc::new)
        }
        _ => None,
    };
    Ok(RegexMatch {
        input,
        regex,
        options,
        compiled,
        place: place.to_owned(),
    })
}

impl RegexMatch {
    /// False where the input or the pattern is null or missing.
    pub(super) fn value(&self, scope: &mut Scope<'_>) -> Result<Value, Fault> {
        let input = self.input.value(scope)?;
        let given;
        let patterns = if let Some(compiled) = &self.compiled {
            Some(&**compiled)
        } else {
            let (regex, options) = (self.regex.value(scope)?, self.options.value(scope)?);
            given = compile(&regex, &options, &self.place)?;
            given.as_ref()
        };
        let found = match (&input, patterns) {
            (input, _) if is_null(input) => false,
            (Some(RawBson::String(text) | RawBson::Symbol(text)), Some(patterns)) => {
                patterns.matches(text, &mut Pace::begin(scope.clock)?)?
            }
            (Some(RawBson::String(_) | RawBson::Symbol(_)), None) => false,
            _ => return Err(invalid(NAME, &self.place, "takes a string as input").into()),
        };
        Ok(Some(RawBson::Boolean(found)))
    }
}

/// The pattern, `None` if it is null or missing.
fn compile(pattern: &Value, options: &Value, place: &str) -> Result<Option<Patterns>, Error> {
    let bson = |value: &Value| match value {
        Some(value) if !is_null(&Some(value.clone())) => Bson::try_from(value.clone())
            .map(Some)
            .map_err(|_| invalid(NAME, place, "has a pattern that cannot be read")),
        _ => Ok(None),
    };
    let options = bson(options)?;
    let Some(pattern) = bson(pattern)? else {
        return Ok(None);
    };
    let regex = regex(place, &pattern, options.as_ref())?;
    Patterns::new([&regex], place, &mut Budget::default()).map(Some)
}
