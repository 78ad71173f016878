//! A filter at work on documents: keys computed, patterns compiled and expressions parsed once.

use bson::{Bson, Document, RawDocument};

use super::{Filter, Predicate};
use crate::expression::{Expression, is_true};
use crate::fault::Fault;
use crate::store::Clock;

/// A filter made ready.
#[derive(Debug)]
pub(crate) enum Compiled {
    And(Vec<Compiled>),
    Or(Vec<Compiled>),
    Not(Box<Compiled>),
    Leaf(Predicate),
    Expression(Expression),
}

impl Compiled {
    pub(crate) fn new(filter: &Filter) -> Result<Self, Fault> {
        Ok(match filter {
            Filter::And(all) => Self::And(all.iter().map(Self::new).collect::<Result<_, Fault>>()?),
            Filter::Or(any) => Self::Or(any.iter().map(Self::new).collect::<Result<_, Fault>>()?),
            Filter::Not(inner) => Self::Not(Box::new(Self::new(inner)?)),
            Filter::Leaf(leaf) => Self::Leaf(Predicate::from_bytes(&leaf.to_document().to_vec()?)?),
            Filter::Expression(bound) => Self::Expression(condition(bound)?),
        })
    }

    pub(crate) fn matches(&self, document: &RawDocument, clock: &Clock) -> Result<bool, Fault> {
        match self {
            Self::And(all) => {
                for filter in all {
                    if !filter.matches(document, clock)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Or(any) => {
                for filter in any {
                    if filter.matches(document, clock)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Not(inner) => Ok(!inner.matches(document, clock)?),
            Self::Leaf(predicate) => predicate.matches(document),
            Self::Expression(condition) => {
                Ok(is_true(condition.evaluate(document, clock)?.as_ref()))
            }
        }
    }
}

/// The condition of an `$expr`, which is bound as `{"e": ..}`.
pub(crate) fn condition(bytes: &[u8]) -> Result<Expression, Fault> {
    let bound = Document::from_reader(bytes)?;
    Ok(Expression::parse(
        bound.get("e").unwrap_or(&Bson::Null),
        "$expr",
    )?)
}
