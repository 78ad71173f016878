//! The operators of a field.

use bson::{Bson, Document};

use super::parse::{Parser, invalid, is_operators, not, unsupported};
use super::{Comparison, Element, ElementForm, Filter, Test, operand, types};
use crate::Error;
use crate::path::Path;

impl Parser<'_> {
    /// All operators of one document.
    pub(super) fn operators(
        &mut self,
        path: &Path,
        operators: &Document,
        depth: usize,
    ) -> Result<Filter, Error> {
        if operators.contains_key("$options") && !operators.contains_key("$regex") {
            return Err(invalid("$options", path.text(), "needs a $regex beside it"));
        }
        let mut all = Vec::with_capacity(operators.len());
        for (operator, value) in operators {
            match operator.as_str() {
                "$options" => {}
                "$regex" => {
                    let regex = operand::regex(path.text(), value, operators.get("$options"))?;
                    all.push(self.leaf(path, Test::Regex(regex))?);
                }
                _ => all.push(self.operator(path, operator, value, depth)?),
            }
        }
        Ok(Filter::all(all))
    }

    fn operator(
        &mut self,
        path: &Path,
        operator: &str,
        value: &Bson,
        depth: usize,
    ) -> Result<Filter, Error> {
        if let Some(comparison) = Comparison::of_name(operator) {
            let value = operand::ordered(operator, path, value)?;
            return self.leaf(path, Test::Compare(comparison, value));
        }
        let is_pattern = matches!(value, Bson::RegularExpression(_));
        match operator {
            "$ne" if is_pattern => {
                let reason = "takes no regular expression";
                Err(invalid(operator, path.text(), reason))
            }
            "$eq" => self.equal(operator, path, value),
            "$ne" => self.equal(operator, path, value).map(not),
            "$in" => self.leaf(path, Test::In(operand::list(operator, path, value)?)),
            "$nin" => Ok(not(
                self.leaf(path, Test::In(operand::list(operator, path, value)?))?
            )),
            "$exists" => {
                let leaf = self.leaf(path, Test::Exists)?;
                Ok(if operand::truth(value) {
                    leaf
                } else {
                    not(leaf)
                })
            }
            "$not" => self.negation(path, value, depth + 1).map(not),
            "$size" => self.leaf(path, Test::Size(operand::size(path, value)?)),
            "$mod" => self.leaf(path, operand::modulo(path, value)?),
            "$type" => self.leaf(path, Test::Type(types::parse(path, value)?)),
            "$elemMatch" => self.element(path, value, depth + 1),
            "$all" => self.all(path, value, depth),
            _ if !operator.starts_with('$') => {
                let reason = "stands among operators, which all begin with $";
                Err(invalid(operator, path.text(), reason))
            }
            _ => Err(unsupported(operator, path.text())),
        }
    }

    fn equal(&mut self, operator: &str, path: &Path, value: &Bson) -> Result<Filter, Error> {
        self.leaf(path, Test::Equal(operand::checked(operator, path, value)?))
    }

    fn negation(&mut self, path: &Path, value: &Bson, depth: usize) -> Result<Filter, Error> {
        self.check_depth(depth)?;
        match value {
            Bson::RegularExpression(regex) => self.leaf(path, Test::Regex(regex.clone())),
            Bson::Document(operators) if is_operators(operators, path)? => {
                self.operators(path, operators, depth)
            }
            _ => Err(invalid(
                "$not",
                path.text(),
                "takes operators or a regular expression",
            )),
        }
    }

    /// `$elemMatch` is about the elements themselves if its first name is an operator of a field, and else about documents.
    fn element(&mut self, path: &Path, value: &Bson, depth: usize) -> Result<Filter, Error> {
        self.check_depth(depth)?;
        let operand = value
            .as_document()
            .ok_or_else(|| invalid("$elemMatch", path.text(), "takes a document"))?;
        let of_values = operand.keys().next().is_some_and(|name| {
            name.starts_with('$') && !["$and", "$or", "$nor", "$where"].contains(&name.as_str())
        });
        self.elements += 1;
        let (form, filter) = if of_values {
            let filter = self.operators(path, operand, depth)?;
            (ElementForm::Values, filter)
        } else {
            (ElementForm::Documents, self.document(operand, depth)?)
        };
        self.elements -= 1;
        self.leaf(
            path,
            Test::Element(Element {
                operand: operand.clone(),
                filter: Box::new(filter),
                form,
            }),
        )
    }

    /// `$all` is the conjunction of its equalities, patterns or `$elemMatch`; of nothing, it matches nothing.
    fn all(&mut self, path: &Path, value: &Bson, depth: usize) -> Result<Filter, Error> {
        let refuse = |reason| invalid("$all", path.text(), reason);
        let Bson::Array(values) = value else {
            return Err(refuse("takes an array"));
        };
        let operator = |value: &Bson| {
            let first = value.as_document().and_then(|d| d.keys().next().cloned());
            first.filter(|name| name.starts_with('$'))
        };
        let of_elements = values
            .first()
            .is_some_and(|value| operator(value).as_deref() == Some("$elemMatch"));
        let mut all = Vec::with_capacity(values.len());
        for value in values {
            all.push(match (value, operator(value)) {
                (Bson::Document(document), Some(name)) if of_elements && name == "$elemMatch" => {
                    self.operators(path, document, depth + 1)?
                }
                (_, Some(_)) => return Err(refuse("takes values, or an $elemMatch each")),
                _ if of_elements => return Err(refuse("takes an $elemMatch each after the first")),
                (Bson::RegularExpression(regex), None) => {
                    self.leaf(path, Test::Regex(regex.clone()))?
                }
                (value, None) => self.equal("$all", path, value)?,
            });
        }
        if all.is_empty() {
            return Ok(Filter::Or(Vec::new()));
        }
        Ok(Filter::all(all))
    }
}
