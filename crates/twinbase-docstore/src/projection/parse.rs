//! From a projection document to the tree of paths, with MongoDB's rules on what can be mixed.

use bson::{Bson, Document, RawBson};

use super::{Dialect, Mode, Node, Projection, Slice, Tree};
use crate::Error;
use crate::expression::{Expression, is_true};
use crate::filter::{Filter, First};
use crate::path::Path;
use crate::value::Order;

pub(super) fn parse(
    spec: &Document,
    dialect: Dialect,
    filter: Option<(&Filter, &Order)>,
) -> Result<Projection, Error> {
    if spec.is_empty() && dialect != Dialect::Find {
        return Err(invalid("", "needs at least one field"));
    }
    let mut parser = Parser {
        dialect,
        filter,
        tree: Tree::default(),
        id: None,
        includes: false,
        excludes: false,
        positional: false,
    };
    parser.entries(spec, "")?;
    parser.finish()
}

struct Parser<'f> {
    dialect: Dialect,
    /// That of the find, and the order in which it compares strings.
    filter: Option<(&'f Filter, &'f Order)>,
    tree: Tree,
    /// Whether `_id` itself is asked for (true) or unwanted (false).
    id: Option<bool>,
    /// Whether anything but `_id` is kept or computed.
    includes: bool,
    /// Whether anything but `_id` is left out.
    excludes: bool,
    positional: bool,
}

impl Parser<'_> {
    fn entries(&mut self, spec: &Document, prefix: &str) -> Result<(), Error> {
        for (name, value) in spec {
            let path = if prefix.is_empty() {
                name.clone()
            } else {
                format!("{prefix}.{name}")
            };
            let Bson::Document(inner) = value else {
                self.entry(&path, value)?;
                continue;
            };
            match inner.iter().next() {
                None => return Err(invalid(&path, "an empty document is no projection")),
                Some((operator, operand)) if operator.starts_with('$') => {
                    if inner.len() > 1 {
                        let reason = format!("{operator} stands alone in its document");
                        return Err(invalid(&path, &reason));
                    }
                    let node = self.operator(&path, operator, operand, value)?;
                    self.add(&path, node)?;
                }
                Some(_) => self.entries(inner, &path)?,
            }
        }
        Ok(())
    }

    fn entry(&mut self, path: &str, value: &Bson) -> Result<(), Error> {
        let node = match flag(value).filter(|_| self.dialect != Dialect::AddFields) {
            Some(keep) if path == "_id" => {
                self.id = Some(keep);
                if keep { Node::Keep } else { Node::Drop }
            }
            Some(keep) => {
                if let Some(array) = path.strip_suffix(".$")
                    && self.dialect == Dialect::Find
                {
                    return self.position(array, keep);
                }
                self.includes |= keep;
                self.excludes |= !keep;
                if keep { Node::Keep } else { Node::Drop }
            }
            None => self.compute(path, value)?,
        };
        self.add(path, node)
    }

    fn operator(
        &mut self,
        path: &str,
        operator: &str,
        operand: &Bson,
        value: &Bson,
    ) -> Result<Node, Error> {
        if let Some((_, order)) = self.filter {
            if operator == "$slice"
                && let Some(slice) = Slice::parse(operand, path)?
            {
                return Ok(Node::Slice(slice));
            }
            if operator == "$elemMatch" {
                if path.contains('.') {
                    return Err(invalid(path, "$elemMatch is not for a field below another"));
                }
                self.includes = true;
                let condition = value.as_document().cloned().unwrap_or_default();
                return First::of_condition(path, &condition, order).map(Node::Element);
            }
        }
        self.compute(path, value)
    }

    fn compute(&mut self, path: &str, value: &Bson) -> Result<Node, Error> {
        self.includes = true;
        Expression::parse(value, path).map(Node::Compute)
    }

    fn position(&mut self, array: &str, keep: bool) -> Result<(), Error> {
        if !keep || self.positional {
            return Err(invalid(array, "there is one positional $, and it is kept"));
        }
        let Some((filter, order)) = self.filter else {
            return Err(invalid(array, "the positional $ needs a filter"));
        };
        self.positional = true;
        self.includes = true;
        let path = Path::parse(array, "a projection")?;
        let node = Node::Position(First::of_filter(&path, filter, order)?);
        self.add(array, node)
    }

    fn add(&mut self, path: &str, node: Node) -> Result<(), Error> {
        let parsed = Path::parse(path, "a projection")?;
        self.tree.insert(parsed.parts(), node, path)
    }

    fn finish(mut self) -> Result<Projection, Error> {
        if self.includes && self.excludes {
            let reason = "fields are kept and left out in one projection";
            return Err(invalid("", reason));
        }
        let includes = self.includes || self.id == Some(true) && !self.excludes;
        let mode = match self.dialect {
            Dialect::AddFields => Mode::Add,
            _ if includes => Mode::Include,
            _ => Mode::Exclude,
        };
        if mode == Mode::Include && self.tree.child("_id").is_none() {
            self.add("_id", Node::Keep)?;
        }
        Ok(Projection {
            mode,
            tree: self.tree,
        })
    }
}

/// Whether a field is kept, if a number or a boolean says so.
fn flag(value: &Bson) -> Option<bool> {
    match value {
        Bson::Boolean(_)
        | Bson::Int32(_)
        | Bson::Int64(_)
        | Bson::Double(_)
        | Bson::Decimal128(_) => {
            let value = RawBson::try_from(value.clone()).ok()?;
            Some(is_true(Some(&value)))
        }
        _ => None,
    }
}

pub(super) fn invalid(path: &str, reason: &str) -> Error {
    Error::InvalidQuery {
        operator: "a projection".to_owned(),
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}
