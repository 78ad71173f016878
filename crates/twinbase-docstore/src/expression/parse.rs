//! From BSON to the tree of an expression. The depth is checked here, before anything recurses over the tree.

use bson::raw::{CString, RawBson};
use bson::{Bson, Document};

use super::function::{self, Shape};
use super::{Expression, form};
use crate::Error;
pub(super) use crate::error::invalid;
use crate::path::Path;
use crate::text::is_score;

/// How deep an expression may nest; MongoDB's limit for documents.
const MAX_DEPTH: usize = 100;

/// What is known while an expression is read.
pub(super) struct Parser {
    /// The names of the variables in scope; the position is the number of the variable.
    pub(super) variables: Vec<String>,
    depth: usize,
}

impl Expression {
    /// `place` is where the expression stands, for errors.
    pub(crate) fn parse(value: &Bson, place: &str) -> Result<Self, Error> {
        Parser {
            variables: Vec::new(),
            depth: 0,
        }
        .expression(value, place)
    }
}

impl Parser {
    pub(super) fn expression(&mut self, value: &Bson, place: &str) -> Result<Expression, Error> {
        if self.depth >= MAX_DEPTH {
            return Err(Error::QueryTooLarge {
                what: "levels in an expression",
                limit: MAX_DEPTH,
            });
        }
        self.depth += 1;
        let parsed = match value {
            Bson::String(text) => self.text(text, value, place),
            Bson::Document(document) => self.document(document, place),
            Bson::Array(elements) => self.list(elements, place).map(Expression::Array),
            value => literal(value, place),
        };
        self.depth -= 1;
        parsed
    }

    pub(super) fn list(&mut self, values: &[Bson], place: &str) -> Result<Vec<Expression>, Error> {
        values
            .iter()
            .map(|value| self.expression(value, place))
            .collect()
    }

    fn text(&self, text: &str, value: &Bson, place: &str) -> Result<Expression, Error> {
        if let Some(variable) = text.strip_prefix("$$") {
            return self.variable(text, variable, place);
        }
        match text.strip_prefix('$') {
            Some(path) => Ok(Expression::Field(Path::parse(path, place)?)),
            None => literal(value, place),
        }
    }

    fn variable(&self, text: &str, variable: &str, place: &str) -> Result<Expression, Error> {
        let (name, path) = match variable.split_once('.') {
            Some((name, path)) => (name, Some(Path::parse(path, place)?)),
            None => (variable, None),
        };
        if let Some(slot) = self.variables.iter().rposition(|own| own == name) {
            return Ok(Expression::Variable(slot, path));
        }
        match (name, path) {
            ("ROOT" | "CURRENT", None) => Ok(Expression::Root),
            ("ROOT" | "CURRENT", Some(path)) => Ok(Expression::Field(path)),
            ("REMOVE", None) => Ok(Expression::Missing),
            ("NOW", None) => Ok(Expression::Now),
            _ => Err(unsupported(text, place)),
        }
    }

    fn document(&mut self, document: &Document, place: &str) -> Result<Expression, Error> {
        if let Some((operator, value)) = document.iter().find(|(name, _)| name.starts_with('$')) {
            if document.len() > 1 {
                return Err(invalid(operator, place, "stands alone in its document"));
            }
            return self.operator(operator, value, place);
        }
        let mut fields = Vec::with_capacity(document.len());
        for (name, value) in document {
            let below = format!("{place}.{name}");
            fields.push((field_name(name, place)?, self.expression(value, &below)?));
        }
        Ok(Expression::Document(fields))
    }

    fn operator(&mut self, operator: &str, value: &Bson, place: &str) -> Result<Expression, Error> {
        if operator == "$meta" {
            is_score(&bson::bson!({ operator: value.clone() }))?;
            return Ok(Expression::Score);
        }
        if operator == "$literal" {
            return literal(value, place);
        }
        if operator == "$getField" {
            return self.field_of(value, place);
        }
        if let Some(form) = form::parse(self, operator, value, place)? {
            return Ok(Expression::Form(Box::new(form)));
        }
        let function = function::find(operator).ok_or_else(|| unsupported(operator, place))?;
        let arguments = match function.shape {
            Shape::Named(needed, names) => self.named(operator, needed, names, value, place)?,
            Shape::OneOrNamed(names) if is_named(value) => {
                self.named(operator, 1, names, value, place)?
            }
            Shape::OneOrNamed(names) => {
                let mut arguments = self.listed(operator, 1, 1, value, place)?;
                arguments.resize(names.len(), Expression::Absent);
                arguments
            }
            Shape::Listed(least, most) => self.listed(operator, least, most, value, place)?,
        };
        Ok(Expression::Call {
            function,
            arguments,
            place: place.to_owned(),
        })
    }

    /// `$getField` takes the whole document where no input is given, and a name alone.
    fn field_of(&mut self, value: &Bson, place: &str) -> Result<Expression, Error> {
        let names = &["field", "input"];
        let mut arguments = if is_named(value) {
            self.named("$getField", 1, names, value, place)?
        } else {
            vec![self.expression(value, place)?, Expression::Absent]
        };
        if !arguments[0].is_constant() {
            return Err(invalid("$getField", place, "takes a constant as field"));
        }
        if matches!(arguments[1], Expression::Absent) {
            arguments[1] = Expression::Root;
        }
        Ok(Expression::Call {
            function: &super::object::GET_FIELD,
            arguments,
            place: place.to_owned(),
        })
    }

    fn listed(
        &mut self,
        operator: &str,
        least: usize,
        most: usize,
        value: &Bson,
        place: &str,
    ) -> Result<Vec<Expression>, Error> {
        let one = std::slice::from_ref(value);
        let values = value.as_array().map_or(one, Vec::as_slice);
        if values.len() < least || values.len() > most {
            let reason = "has too few or too many arguments";
            return Err(invalid(operator, place, reason));
        }
        self.list(values, place)
    }

    /// Arguments by name, in the order of `names`, of which the first are needed.
    pub(super) fn named(
        &mut self,
        operator: &str,
        needed: usize,
        names: &[&str],
        value: &Bson,
        place: &str,
    ) -> Result<Vec<Expression>, Error> {
        let given = value
            .as_document()
            .ok_or_else(|| invalid(operator, place, "takes a document"))?;
        if let Some(name) = given.keys().find(|name| !names.contains(&name.as_str())) {
            return Err(unsupported(&format!("{operator} with {name}"), place));
        }
        if let Some(name) = names[..needed].iter().find(|n| !given.contains_key(**n)) {
            return Err(invalid(operator, place, &format!("needs {name}")));
        }
        names
            .iter()
            .map(|name| match given.get(name) {
                Some(value) => self.expression(value, place),
                None => Ok(Expression::Absent),
            })
            .collect()
    }
}

/// Whether it is a document of arguments, and no operator.
fn is_named(value: &Bson) -> bool {
    let fields = value.as_document();
    fields.is_some_and(|fields| {
        fields
            .keys()
            .next()
            .is_none_or(|name| !name.starts_with('$'))
    })
}

/// The name of a field that a stage makes: not a path, not an operator.
pub(crate) fn field_name(name: &str, place: &str) -> Result<CString, Error> {
    let refuse = || {
        let reason = format!("{name:?} is empty, has a dot or NUL, or starts with $");
        invalid("a field name", place, &reason)
    };
    if name.is_empty() || name.contains('.') || name.starts_with('$') {
        return Err(refuse());
    }
    CString::try_from(name).map_err(|_| refuse())
}

fn literal(value: &Bson, place: &str) -> Result<Expression, Error> {
    RawBson::try_from(value.clone())
        .map(Expression::Literal)
        .map_err(|_| invalid("a literal", place, "the value cannot be written as BSON"))
}

pub(super) fn unsupported(operator: &str, place: &str) -> Error {
    Error::Unsupported {
        operator: operator.to_owned(),
        path: place.to_owned(),
    }
}
