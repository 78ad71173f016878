//! Which documents are in a sparse or partial index: a filter that is asked of each document that is written.

use bson::{Bson, Document, RawDocument};

use crate::Error;
use crate::fault::Fault;
use crate::filter::{self, Filter, Predicate, Test};

/// A filter made ready. MongoDB takes equality, `$in`, comparisons, `$exists: true`, `$and` and `$or` here, and so do we.
#[derive(Debug)]
pub(crate) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    One(Box<Predicate>),
}

impl Condition {
    /// Refuses what MongoDB refuses in a partial index.
    pub(crate) fn new(filter: &Filter) -> Result<Self, Error> {
        let each = |filters: &[Filter]| -> Result<Vec<Self>, Error> {
            filters.iter().map(Self::new).collect()
        };
        let refuse = |operator: &str, path: &str| Error::InvalidQuery {
            operator: operator.to_owned(),
            path: path.to_owned(),
            reason: "is not possible in the filter of a partial index".to_owned(),
        };
        match filter {
            Filter::And(filters) => Ok(Self::All(each(filters)?)),
            Filter::Or(filters) => Ok(Self::Any(each(filters)?)),
            Filter::Leaf(leaf) => {
                let path = leaf.path.text();
                let is_pattern = |value: &Bson| matches!(value, Bson::RegularExpression(_));
                match &leaf.test {
                    Test::Equal(_) | Test::Compare(..) | Test::Exists => {}
                    Test::In(values) if !values.iter().any(is_pattern) => {}
                    _ => return Err(refuse("this operator", path)),
                }
                let bytes = leaf
                    .to_document()
                    .to_vec()
                    .map_err(|_| refuse("this value", path))?;
                Predicate::from_bytes(&bytes)
                    .map(|predicate| Self::One(Box::new(predicate)))
                    .map_err(|_| refuse("this value", path))
            }
            _ => Err(refuse("a negation or an expression", "")),
        }
    }

    /// Reads back what [`Definition::condition_document`](super::Definition::condition_document) gave.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let document = Document::from_reader(bytes)?;
        Ok(Self::new(&filter::parse(
            &document,
            &crate::Options::default(),
        )?)?)
    }

    pub(crate) fn holds(&self, document: &RawDocument) -> Result<bool, Fault> {
        match self {
            Self::All(all) => {
                for condition in all {
                    if !condition.holds(document)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Any(any) => {
                for condition in any {
                    if condition.holds(document)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::One(predicate) => predicate.matches(document),
        }
    }
}
