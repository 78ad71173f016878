//! A leaf at work: one predicate against one document. It travels to the SQL function as a BSON document.

use std::collections::BTreeSet;

use bson::raw::{RawBsonRef, RawDocument};
use bson::{Bson, Document, RawBson, doc};

use super::{Comparison, Leaf, Test, regex};
use crate::Error;
use crate::fault::Fault;
use crate::path::{Path, visit};
use crate::value::{Rank, is_nan, key_of, rank, write_key};

impl Leaf {
    /// The form in which it is bound to a statement.
    pub(crate) fn to_document(&self) -> Document {
        let path = self.path.text();
        match &self.test {
            Test::Equal(value) => doc! { "path": path, "op": "$eq", "value": value.clone() },
            Test::Compare(comparison, value) => {
                doc! { "path": path, "op": comparison.name(), "value": value.clone() }
            }
            Test::In(values) => doc! { "path": path, "op": "$in", "value": values.clone() },
            Test::Exists => doc! { "path": path, "op": "$exists", "value": true },
            Test::Regex(regex) => {
                doc! { "path": path, "op": "$regex", "value": Bson::RegularExpression(regex.clone()) }
            }
        }
    }
}

/// A leaf made ready: keys computed, patterns compiled.
#[derive(Debug)]
pub(crate) struct Predicate {
    path: Path,
    matcher: Matcher,
}

#[derive(Debug)]
enum Matcher {
    Equal(Vec<u8>),
    Compare {
        comparison: Comparison,
        key: Vec<u8>,
        nan: bool,
    },
    Any {
        keys: BTreeSet<Vec<u8>>,
        patterns: Vec<regex::Pattern>,
    },
    Exists,
}

impl Predicate {
    /// Reads back what [`Leaf::to_document`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let document = Document::from_reader(bytes)?;
        let path = Path::parse(document.get_str("path").unwrap_or_default(), "a predicate")?;
        let value = document.get("value").cloned().unwrap_or(Bson::Null);
        let operator = document.get_str("op").unwrap_or_default();
        let matcher = match (operator, value) {
            ("$eq", value) => Matcher::Equal(key(value)?),
            ("$in", Bson::Array(values)) => any(values)?,
            ("$exists", _) => Matcher::Exists,
            ("$regex", value) => any(vec![value])?,
            (name, value) => {
                let comparison = Comparison::of_name(name).ok_or_else(|| Error::Unsupported {
                    operator: name.to_owned(),
                    path: path.text().to_owned(),
                })?;
                let nan = is_nan(RawBson::try_from(value.clone())?.as_raw_bson_ref());
                Matcher::Compare {
                    comparison,
                    key: key(value)?,
                    nan,
                }
            }
        };
        Ok(Self { path, matcher })
    }

    /// Whether the document has a value, at the path, that satisfies the test.
    pub(crate) fn matches(&self, document: &RawDocument) -> Result<bool, Fault> {
        let mut scratch = Vec::new();
        let mut damage = None;
        let found = visit(document, self.path.parts(), &mut |value| {
            self.matcher
                .accepts(value, &mut scratch)
                .unwrap_or_else(|error| {
                    damage = Some(error);
                    true
                })
        })?;
        damage.map_or(Ok(found), Err)
    }
}

impl Matcher {
    /// `None` is a missing field, which is equal to null and does not exist.
    fn accepts(&self, value: Option<RawBsonRef<'_>>, scratch: &mut Vec<u8>) -> Result<bool, Fault> {
        if let Self::Exists = self {
            return Ok(value.is_some());
        }
        let value = value.unwrap_or(RawBsonRef::Null);
        match self {
            Self::Exists => Ok(true),
            Self::Equal(key) => {
                Ok(key.first() == Some(&rank(value)) && fill(scratch, value)? == key.as_slice())
            }
            Self::Compare {
                comparison,
                key,
                nan,
            } => {
                if key.first() != Some(&rank(value)) || is_nan(value) != *nan {
                    return Ok(false);
                }
                let key = key.as_slice();
                let own = fill(scratch, value)?;
                Ok(match comparison {
                    Comparison::Less => own < key,
                    Comparison::LessOrEqual => own <= key,
                    Comparison::Greater => own > key,
                    Comparison::GreaterOrEqual => own >= key,
                })
            }
            Self::Any { keys, patterns } => Ok(patterns.iter().any(|p| p.accepts(value))
                || (!keys.is_empty() && keys.contains(fill(scratch, value)?))),
        }
    }
}

fn fill<'s>(scratch: &'s mut Vec<u8>, value: RawBsonRef<'_>) -> Result<&'s [u8], Fault> {
    scratch.clear();
    write_key(scratch, value)?;
    Ok(scratch)
}

fn key(value: Bson) -> Result<Vec<u8>, Fault> {
    Ok(key_of(RawBson::try_from(value)?.as_raw_bson_ref())?)
}

/// A regular expression in a list matches strings, and also the regular expression that is equal to it.
fn any(values: Vec<Bson>) -> Result<Matcher, Fault> {
    let (mut keys, mut patterns) = (BTreeSet::new(), Vec::new());
    for value in values {
        if let Bson::RegularExpression(pattern) = &value {
            patterns.push(regex::Pattern::new(pattern)?);
        }
        keys.insert(key(value)?);
    }
    Ok(Matcher::Any { keys, patterns })
}

/// Whether keys of this rank can be compared in SQL without losing the rule that NaN compares with nothing.
pub(crate) fn has_nan(rank: u8) -> bool {
    rank == Rank::NUMBER
}
