//! The accumulators of `$group`, and what each does with a value.

use std::collections::HashSet;

use bson::raw::{RawArrayBuf, RawBson, RawBsonRef, RawDocumentBuf};
use bson::{Bson, Document};

use super::sum::Sum;
use crate::Error;
use crate::expression::{Expression, merge_into};
use crate::fault::Fault;
use crate::value::key_of;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accumulator {
    Sum,
    Average,
    Min,
    Max,
    First,
    Last,
    Push,
    AddToSet,
    MergeObjects,
}

/// The state of one accumulator in one group.
#[derive(Debug)]
pub(super) enum State {
    Sum(Sum),
    Average(Sum),
    /// The key and the value of the smallest so far.
    Min(Option<(Vec<u8>, RawBson)>),
    Max(Option<(Vec<u8>, RawBson)>),
    /// Missing counts as null, which is not the same as no document yet.
    First(Option<RawBson>),
    Last(RawBson),
    /// The values, and the bytes that they have.
    Push(RawArrayBuf, usize),
    AddToSet(HashSet<Vec<u8>>, RawArrayBuf, usize),
    MergeObjects(RawDocumentBuf),
}

impl Accumulator {
    /// The accumulator and the expression of its argument. `$count` is a sum of ones.
    pub(super) fn parse(
        operator: &str,
        argument: &Bson,
        place: &str,
    ) -> Result<(Self, Expression), Error> {
        let accumulator = match operator {
            "$sum" => Self::Sum,
            "$avg" => Self::Average,
            "$min" => Self::Min,
            "$max" => Self::Max,
            "$first" => Self::First,
            "$last" => Self::Last,
            "$push" => Self::Push,
            "$addToSet" => Self::AddToSet,
            "$mergeObjects" => Self::MergeObjects,
            "$count" if argument.as_document().is_some_and(Document::is_empty) => {
                return Ok((Self::Sum, Expression::Literal(RawBson::Int32(1))));
            }
            "$count" => {
                return Err(Error::InvalidQuery {
                    operator: operator.to_owned(),
                    path: place.to_owned(),
                    reason: "takes an empty document".to_owned(),
                });
            }
            other => {
                return Err(Error::Unsupported {
                    operator: other.to_owned(),
                    path: place.to_owned(),
                });
            }
        };
        Ok((accumulator, Expression::parse(argument, place)?))
    }

    pub(super) fn start(self) -> State {
        match self {
            Self::Sum => State::Sum(Sum::default()),
            Self::Average => State::Average(Sum::default()),
            Self::Min => State::Min(None),
            Self::Max => State::Max(None),
            Self::First => State::First(None),
            Self::Last => State::Last(RawBson::Null),
            Self::Push => State::Push(RawArrayBuf::new(), 0),
            Self::AddToSet => State::AddToSet(HashSet::new(), RawArrayBuf::new(), 0),
            Self::MergeObjects => State::MergeObjects(RawDocumentBuf::new()),
        }
    }

    /// The manual leaves the order of a set open.
    pub(super) fn depends_on_order(self) -> bool {
        matches!(
            self,
            Self::First | Self::Last | Self::Push | Self::MergeObjects
        )
    }
}

impl State {
    /// Missing values count for nothing, as does null for the smallest and the largest.
    pub(super) fn add(&mut self, value: Option<RawBsonRef<'_>>, field: &str) -> Result<(), Fault> {
        match self {
            Self::First(first) => {
                first.get_or_insert_with(|| value.map_or(RawBson::Null, RawBson::from));
                return Ok(());
            }
            Self::Last(last) => {
                *last = value.map_or(RawBson::Null, RawBson::from);
                return Ok(());
            }
            _ => {}
        }
        let Some(value) = value else { return Ok(()) };
        match self {
            Self::First(_) | Self::Last(_) => Ok(()),
            Self::Push(values, bytes) => push(values, bytes, value),
            Self::AddToSet(keys, values, bytes) => {
                let key = key_of(value)?;
                let size = key.len();
                if keys.insert(key) {
                    *bytes += size;
                    push(values, bytes, value)?;
                }
                Ok(())
            }
            Self::MergeObjects(merged) => merge(merged, value, field),
            Self::Sum(sum) | Self::Average(sum) => {
                sum.add(value);
                Ok(())
            }
            Self::Min(best) => replace(best, value, |new, old| new < old),
            Self::Max(best) => replace(best, value, |new, old| new > old),
        }
    }

    pub(super) fn finish(self) -> RawBson {
        match self {
            Self::Sum(sum) => sum.total(),
            Self::Average(sum) => sum.average(),
            Self::First(first) => first.unwrap_or(RawBson::Null),
            Self::Last(last) => last,
            Self::Push(values, _) | Self::AddToSet(_, values, _) => RawBson::Array(values),
            Self::MergeObjects(merged) => RawBson::Document(merged),
            Self::Min(best) | Self::Max(best) => best.map_or(RawBson::Null, |(_, value)| value),
        }
    }
}

fn replace(
    best: &mut Option<(Vec<u8>, RawBson)>,
    value: RawBsonRef<'_>,
    better: fn(&[u8], &[u8]) -> bool,
) -> Result<(), Fault> {
    if matches!(value, RawBsonRef::Null | RawBsonRef::Undefined) {
        return Ok(());
    }
    let key = key_of(value)?;
    if best.as_ref().is_none_or(|(old, _)| better(&key, old)) {
        *best = Some((key, RawBson::from(value)));
    }
    Ok(())
}

/// MongoDB's limit for the values of one accumulator.
const MAX_BYTES: usize = 100 * 1024 * 1024;

fn push(values: &mut RawArrayBuf, bytes: &mut usize, value: RawBsonRef<'_>) -> Result<(), Fault> {
    let before = values.as_bytes().len();
    values.push(value);
    *bytes += values.as_bytes().len() - before;
    if *bytes > MAX_BYTES {
        return Err(Error::ResultTooLarge {
            limit_bytes: MAX_BYTES,
        }
        .into());
    }
    Ok(())
}

/// Nulls count for nothing.
fn merge(merged: &mut RawDocumentBuf, value: RawBsonRef<'_>, field: &str) -> Result<(), Fault> {
    match value {
        RawBsonRef::Null | RawBsonRef::Undefined => Ok(()),
        RawBsonRef::Document(document) => {
            *merged = merge_into(merged, document)?;
            Ok(())
        }
        _ => Err(Error::InvalidQuery {
            operator: "$mergeObjects".to_owned(),
            path: field.to_owned(),
            reason: "takes documents".to_owned(),
        }
        .into()),
    }
}
