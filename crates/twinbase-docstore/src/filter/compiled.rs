//! A filter made ready once for many documents.

use std::collections::BTreeMap;

use bson::raw::{RawBsonRef, RawDocument};
use bson::{Bson, Document};

use super::matcher::{Choices, Matcher};
use super::regex::Budget;
use super::{Filter, Leaf, Pace, parse};
use crate::Options;
use crate::expression::{Expression, is_true};
use crate::fault::Fault;
use crate::path::{Path, visit_to};
use crate::store::Clock;
use crate::value::Order;

/// So many bytes of a document are passed by in the time of one unit of work, at least.
const BYTES_PER_WORK: usize = 64;

/// A filter whose keys are computed, whose patterns are compiled and whose expressions are parsed.
#[derive(Debug)]
pub(crate) struct Compiled {
    node: Node,
    order: Order,
}

impl Compiled {
    /// # Errors
    /// When its patterns together are too large.
    pub(crate) fn new(filter: &Filter, order: &Order) -> Result<Self, Fault> {
        Ok(Self {
            node: Node::new(filter, order, &mut Budget::default())?,
            order: order.clone(),
        })
    }

    /// Compiles a filter that was bound to a statement; its limits were checked before.
    pub(crate) fn from_bytes(bytes: &[u8], order: &Order) -> Result<Self, Fault> {
        let options = Options {
            max_filter_depth: usize::MAX,
            max_clauses: usize::MAX,
            max_regex_bytes: usize::MAX,
            ..Options::default()
        };
        Self::new(&parse(&Document::from_reader(bytes)?, &options)?, order)
    }

    /// Whether a document matches. The clock is asked at the beginning and in every loop.
    pub(crate) fn matches(&self, document: &RawDocument, clock: &Clock) -> Result<bool, Fault> {
        let own;
        let clock = if self.order == *clock.order() {
            clock
        } else {
            own = clock.ordered(&self.order);
            &own
        };
        let mut pace = Pace::begin(clock)?;
        self.node.matches(Subject::Document(document), &mut pace)
    }
}

/// What a filter is evaluated on: a document, or an element of an array by itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'a> {
    Document(&'a RawDocument),
    Value(RawBsonRef<'a>),
}

#[derive(Debug)]
pub(super) enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Leaf(Path, Matcher),
    Expression(Expression),
}

impl Node {
    pub(super) fn new(filter: &Filter, order: &Order, budget: &mut Budget) -> Result<Self, Fault> {
        Ok(match filter {
            Filter::And(all) => Self::And(
                all.iter()
                    .map(|filter| Self::new(filter, order, budget))
                    .collect::<Result<_, _>>()?,
            ),
            Filter::Or(any) => Self::any(any, order, budget)?,
            Filter::Not(filter) => Self::Not(Box::new(Self::new(filter, order, budget)?)),
            Filter::Leaf(leaf) => {
                let matcher = Matcher::new(&leaf.test, leaf.path.text(), order, budget)?;
                Self::Leaf(leaf.path.clone(), matcher)
            }
            // Only the first `$match` has an index to ask.
            Filter::Text(_) => return Err(super::parse::misplaced_text().into()),
            Filter::Expression(bound) => Self::Expression(condition(bound)?),
        })
    }

    /// Equalities and patterns of one path are one set: a document is asked once for all of them.
    fn any(filters: &[Filter], order: &Order, budget: &mut Budget) -> Result<Self, Fault> {
        let mut sets: BTreeMap<&str, (&Path, Choices<'_>)> = BTreeMap::new();
        let mut nodes = Vec::new();
        for filter in filters {
            match filter {
                Filter::Leaf(Leaf { path, test }) if Choices::takes(test) => {
                    let new = || (path, Choices::default());
                    let (_, set) = sets.entry(path.text()).or_insert_with(new);
                    set.add(test, order)?;
                }
                filter => nodes.push(Self::new(filter, order, budget)?),
            }
        }
        for (path, set) in sets.into_values() {
            let matcher = set.finish(path.text(), budget)?;
            nodes.push(Self::Leaf(path.clone(), matcher));
        }
        Ok(Self::Or(nodes))
    }

    pub(super) fn matches(&self, subject: Subject<'_>, pace: &mut Pace<'_>) -> Result<bool, Fault> {
        match (self, subject) {
            (Self::And(all), _) => {
                for node in all {
                    if !node.matches(subject, pace)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Self::Or(any), _) => {
                for node in any {
                    if node.matches(subject, pace)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            (Self::Not(node), _) => Ok(!node.matches(subject, pace)?),
            (Self::Leaf(path, matcher), Subject::Document(document)) => {
                leaf(document, path, matcher, pace)
            }
            (Self::Leaf(_, matcher), Subject::Value(value)) => matcher.accepts(Some(value), pace),
            (Self::Expression(condition), Subject::Document(document)) => Ok(is_true(
                condition.evaluate(document, pace.clock())?.as_ref(),
            )),
            // The parser lets an expression stand only where documents are.
            (Self::Expression(_), Subject::Value(_)) => Ok(false),
        }
    }
}

/// Whether the document has a value, at the path, that satisfies the test.
pub(super) fn leaf(
    document: &RawDocument,
    path: &Path,
    matcher: &Matcher,
    pace: &mut Pace<'_>,
) -> Result<bool, Fault> {
    // A walk can pass by all that the document has without a value to test.
    pace.spend(1 + document.as_bytes().len() / BYTES_PER_WORK)?;
    let mut failure = None;
    let found = visit_to(document, path.parts(), matcher.at_end(), &mut |value| {
        matcher.accepts(value, pace).unwrap_or_else(|fault| {
            failure = Some(fault);
            true
        })
    })?;
    failure.map_or(Ok(found), Err)
}

/// The condition of an `$expr`, which is bound as `{"e": ..}`.
fn condition(bytes: &[u8]) -> Result<Expression, Fault> {
    let bound = Document::from_reader(bytes)?;
    Ok(Expression::parse(
        bound.get("e").unwrap_or(&Bson::Null),
        "$expr",
    )?)
}
