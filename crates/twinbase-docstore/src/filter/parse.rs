//! From a filter document to the tree. Everything that is not in the subset is refused here, by name and place.

use bson::{Bson, Document};

use super::{Budget, Filter, Leaf, Test, operand};
pub(super) use crate::error::invalid;
use crate::expression::Expression;
use crate::path::Path;
use crate::{Error, Options, text};

/// Parses a filter within the limits of the options.
pub(crate) fn parse(filter: &Document, options: &Options) -> Result<Filter, Error> {
    let mut parser = Parser {
        options,
        clauses: 0,
        budget: Budget::default(),
        elements: 0,
        alternatives: 0,
        has_text: false,
    };
    parser.document(filter, 0)
}

pub(super) struct Parser<'o> {
    pub(super) options: &'o Options,
    clauses: usize,
    budget: Budget,
    /// In how many `$elemMatch` the filter stands that is being read.
    pub(super) elements: usize,
    /// In how many of `$or` and `$nor` we are.
    alternatives: usize,
    has_text: bool,
}

impl Parser<'_> {
    /// A filter of documents.
    pub(super) fn document(&mut self, filter: &Document, depth: usize) -> Result<Filter, Error> {
        self.check_depth(depth)?;
        let mut all = Vec::with_capacity(filter.len());
        for (name, value) in filter {
            all.push(match name.as_str() {
                "$and" => Filter::And(self.list(name, value, depth)?),
                "$or" => Filter::Or(self.list(name, value, depth)?),
                "$nor" => not(Filter::Or(self.list(name, value, depth)?)),
                "$expr" => self.expression(value)?,
                "$text" => self.text(value)?,
                // It changes nothing; MongoDB writes it to its logs.
                "$comment" => Filter::And(Vec::new()),
                operator if operator.starts_with('$') => return Err(unsupported(operator, "")),
                path => self.field(path, value, depth)?,
            });
        }
        Ok(Filter::all(all))
    }

    pub(super) fn check_depth(&self, depth: usize) -> Result<(), Error> {
        if depth > self.options.max_filter_depth {
            return Err(Error::QueryTooLarge {
                what: "levels of operators",
                limit: self.options.max_filter_depth,
            });
        }
        Ok(())
    }

    /// MongoDB takes it in an `$or` too if every term of it has an index.
    fn text(&mut self, value: &Bson) -> Result<Filter, Error> {
        if self.alternatives > 0 {
            return Err(unsupported("$text in $or or $nor", ""));
        }
        // A text index folds words by its own rules.
        if !self.options.order.is_simple() {
            return Err(unsupported("$text with a collation", ""));
        }
        if self.elements > 0 {
            return Err(invalid("$text", "", "does not stand in an $elemMatch"));
        }
        if std::mem::replace(&mut self.has_text, true) {
            return Err(invalid("$text", "", "stands once in a query"));
        }
        let search = text::Search::parse(value)?;
        self.count(search.size().max(1))?;
        Ok(Filter::Text(search))
    }

    fn expression(&mut self, value: &Bson) -> Result<Filter, Error> {
        if self.elements > 0 {
            return Err(invalid("$expr", "", "does not stand in an $elemMatch"));
        }
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
        let refuse = || invalid(operator, "", "takes an array of filters, at least one");
        let filters = value
            .as_array()
            .filter(|filters| !filters.is_empty())
            .ok_or_else(refuse)?;
        let alternatives = usize::from(operator != "$and");
        self.alternatives += alternatives;
        let parsed = filters
            .iter()
            .map(|filter| self.document(filter.as_document().ok_or_else(refuse)?, depth + 1))
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

    pub(super) fn leaf(&mut self, path: &Path, test: Test) -> Result<Filter, Error> {
        self.count(match &test {
            Test::In(values) => values.len().max(1),
            _ => 1,
        })?;
        let longest = self.options.max_regex_bytes;
        operand::check_patterns(path, &test, longest, &mut self.budget)?;
        Ok(Filter::Leaf(Leaf {
            path: path.clone(),
            test,
        }))
    }
}

pub(super) fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

/// Whether a document is a set of operators and not a value to be equal to: MongoDB looks at its first name.
pub(super) fn is_operators(document: &Document, path: &Path) -> Result<bool, Error> {
    match document.keys().next() {
        Some(name) if ["$ref", "$id", "$db"].contains(&name.as_str()) => {
            Err(unsupported(name, path.text()))
        }
        first => Ok(first.is_some_and(|name| name.starts_with('$'))),
    }
}

pub(super) fn unsupported(operator: &str, path: &str) -> Error {
    Error::Unsupported {
        operator: operator.to_owned(),
        path: path.to_owned(),
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
