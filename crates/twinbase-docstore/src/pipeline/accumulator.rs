//! The accumulators of `$group`, and what each does with a value.

use bson::raw::{RawBson, RawBsonRef};
use bson::{Bson, Document};

use super::sum::Sum;
use crate::Error;
use crate::expression::Expression;
use crate::fault::Fault;
use crate::value::key_of;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accumulator {
    Sum,
    Average,
    Min,
    Max,
}

/// The state of one accumulator in one group.
#[derive(Debug)]
pub(super) enum State {
    Sum(Sum),
    Average(Sum),
    /// The key and the value of the smallest so far.
    Min(Option<(Vec<u8>, RawBson)>),
    Max(Option<(Vec<u8>, RawBson)>),
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
        }
    }
}

impl State {
    /// Missing values count for nothing, as does null for the smallest and the largest.
    pub(super) fn add(&mut self, value: Option<RawBsonRef<'_>>, field: &str) -> Result<(), Fault> {
        let Some(value) = value else { return Ok(()) };
        match self {
            Self::Sum(sum) => sum.add(value, "$sum", field),
            Self::Average(sum) => sum.add(value, "$avg", field),
            Self::Min(best) => replace(best, value, |new, old| new < old),
            Self::Max(best) => replace(best, value, |new, old| new > old),
        }
    }

    pub(super) fn finish(self) -> RawBson {
        match self {
            Self::Sum(sum) => sum.total(),
            Self::Average(sum) => sum.average(),
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
