//! From a filter document to the tree. Everything that is not in the subset is refused here, by name and place.

use bson::{Bson, Document};

use super::{Comparison, Filter, Leaf, Test, operand};
use crate::expression::Expression;
use crate::path::Path;
use crate::{Error, Options, text};

/// Parses a filter within the limits of the options.
pub(crate) fn parse(filter: &Document, options: &Options) -> Result<Filter, Error> {
    let mut parser = Parser {
        options,
        clauses: 0,
        alternatives: 0,
        has_text: false,
    };
    parser.document(filter, 0)
}

struct Parser<'o> {
    options: &'o Options,
    clauses: usize,
    /// In how many of `$or` and `$nor` we are.
    alternatives: usize,
    has_text: bool,
}

impl Parser<'_> {
    fn document(&mut self, filter: &Document, depth: usize) -> Result<Filter, Error> {
        if depth > self.options.max_filter_depth {
            return Err(Error::QueryTooLarge {
                what: "levels of operators",
                limit: self.options.max_filter_depth,
            });
        }
        let mut all = Vec::with_capacity(filter.len());
        for (name, value) in filter {
            all.push(match name.as_str() {
                "$and" => Filter::And(self.list(name, value, depth)?),
                "$or" => Filter::Or(self.list(name, value, depth)?),
                "$nor" => Filter::Not(Box::new(Filter::Or(self.list(name, value, depth)?))),
                "$expr" => self.expression(value)?,
                "$text" => self.text(value)?,
                // It changes nothing; MongoDB writes it to its logs.
                "$comment" => Filter::And(Vec::new()),
                operator if operator.starts_with('$') => return Err(unsupported(operator, "")),
                path => self.field(path, value, depth)?,
            });
        }
        Ok(Filter::And(all))
    }

    /// MongoDB takes it in an `$or` too if every term of it has an index.
    fn text(&mut self, value: &Bson) -> Result<Filter, Error> {
        if self.alternatives > 0 {
            return Err(unsupported("$text in $or or $nor", ""));
        }
        if std::mem::replace(&mut self.has_text, true) {
            return Err(invalid("$text", "", "stands once in a query"));
        }
        let search = text::Search::parse(value)?;
        self.count(search.size().max(1))?;
        Ok(Filter::Text(search))
    }

    fn expression(&mut self, value: &Bson) -> Result<Filter, Error> {
        self.count(1)?;
        if text::asks_for_score(value) {
            return Err(unsupported("$meta", "$expr"));
        }
        Expression::parse(value, "$expr")?;
        bson::doc! { "e": value.clone() }
            .to_vec()
            .map(Filter::Expression)
            .map_err(|_| invalid("$expr", "", "the value cannot be written as BSON"))
    }

    fn list(&mut self, operator: &str, value: &Bson, depth: usize) -> Result<Vec<Filter>, Error> {
        let filters = match value {
            Bson::Array(filters) if !filters.is_empty() => filters,
            _ => {
                return Err(invalid(
                    operator,
                    "",
                    "takes an array of filters, at least one",
                ));
            }
        };
        let alternatives = usize::from(operator != "$and");
        self.alternatives += alternatives;
        let parsed = filters
            .iter()
            .map(|filter| match filter {
                Bson::Document(filter) => self.document(filter, depth + 1),
                _ => Err(invalid(
                    operator,
                    "",
                    "takes an array of filters, at least one",
                )),
            })
            .collect();
        self.alternatives -= alternatives;
        parsed
    }

    fn field(&mut self, path: &str, value: &Bson, depth: usize) -> Result<Filter, Error> {
        let path = Path::parse(path, "a filter")?;
        match value {
            Bson::Document(operators) if is_operators(operators, &path)? => {
                self.operators(&path, operators, depth)
            }
            Bson::RegularExpression(regex) => self.leaf(&path, Test::Regex(regex.clone())),
            value => self.leaf(
                &path,
                Test::Equal(operand::checked("equality", &path, value)?),
            ),
        }
    }

    fn operators(
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
                    let regex = operand::regex(path, value, operators.get("$options"))?;
                    all.push(self.leaf(path, Test::Regex(regex))?);
                }
                _ => all.push(self.operator(path, operator, value, depth)?),
            }
        }
        Ok(Filter::And(all))
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
        match operator {
            "$eq" => self.leaf(path, Test::Equal(operand::checked(operator, path, value)?)),
            "$ne" if matches!(value, Bson::RegularExpression(_)) => Err(invalid(
                operator,
                path.text(),
                "takes no regular expression",
            )),
            "$ne" => Ok(not(self.leaf(
                path,
                Test::Equal(operand::checked(operator, path, value)?),
            )?)),
            "$in" => self.leaf(path, Test::In(operand::list(operator, path, value)?)),
            "$nin" => Ok(not(
                self.leaf(path, Test::In(operand::list(operator, path, value)?))?
            )),
            "$exists" => {
                let leaf = self.leaf(path, Test::Exists)?;
                Ok(if operand::truth(operator, path, value)? {
                    leaf
                } else {
                    not(leaf)
                })
            }
            "$not" => self.negation(path, value, depth + 1).map(not),
            _ => Err(unsupported(operator, path.text())),
        }
    }

    fn negation(&mut self, path: &Path, value: &Bson, depth: usize) -> Result<Filter, Error> {
        if depth > self.options.max_filter_depth {
            return Err(Error::QueryTooLarge {
                what: "levels of operators",
                limit: self.options.max_filter_depth,
            });
        }
        match value {
            Bson::RegularExpression(regex) => self.leaf(path, Test::Regex(regex.clone())),
            Bson::Document(operators)
                if !operators.is_empty() && is_operators(operators, path)? =>
            {
                self.operators(path, operators, depth)
            }
            _ => Err(invalid(
                "$not",
                path.text(),
                "takes operators or a regular expression",
            )),
        }
    }

    fn count(&mut self, clauses: usize) -> Result<(), Error> {
        self.clauses += clauses;
        if self.clauses > self.options.max_clauses {
            return Err(Error::QueryTooLarge {
                what: "predicates",
                limit: self.options.max_clauses,
            });
        }
        Ok(())
    }

    fn leaf(&mut self, path: &Path, test: Test) -> Result<Filter, Error> {
        self.count(match &test {
            Test::In(values) => values.len().max(1),
            _ => 1,
        })?;
        operand::check_patterns(path, &test, self.options.max_regex_bytes)?;
        Ok(Filter::Leaf(Leaf {
            path: path.clone(),
            test,
        }))
    }
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

/// Whether a document is a set of operators and not a value to be equal to; a mixture is neither.
fn is_operators(document: &Document, path: &Path) -> Result<bool, Error> {
    let operators = document.keys().filter(|name| name.starts_with('$')).count();
    if let Some(name) = document
        .keys()
        .find(|name| ["$ref", "$id", "$db"].contains(&name.as_str()))
    {
        return Err(unsupported(name, path.text()));
    }
    if operators == 0 || operators == document.len() {
        return Ok(operators > 0);
    }
    Err(invalid(
        "equality",
        path.text(),
        "operators and fields cannot be mixed",
    ))
}

pub(super) fn unsupported(operator: &str, path: &str) -> Error {
    Error::Unsupported {
        operator: operator.to_owned(),
        path: path.to_owned(),
    }
}

pub(super) fn invalid(operator: &str, path: &str, reason: &str) -> Error {
    Error::InvalidQuery {
        operator: operator.to_owned(),
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

/// A `$text` where no index can be asked.
pub(super) fn misplaced_text() -> Error {
    invalid(
        "$text",
        "",
        "stands in the filter of a find or in the first stage, a $match, and not in a part of it that is negated or optional",
    )
}
