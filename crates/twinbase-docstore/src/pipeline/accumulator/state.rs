//! What an accumulator keeps of the documents of one group, and what each does with a value.

use std::collections::{HashSet, VecDeque};

use bson::raw::{RawArrayBuf, RawBson, RawBsonRef, RawDocumentBuf};

use super::ranked::Ranked;
use crate::Error;
use crate::expression::merge_into;
use crate::fault::Fault;
use crate::pipeline::deviation::Deviation;
use crate::pipeline::stream::Held;
use crate::pipeline::sum::Sum;
use crate::value::{Order, key_of};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sum,
    Average,
    Min,
    Max,
    First,
    Last,
    Push,
    AddToSet,
    MergeObjects,
    Deviation { sample: bool },
    FirstN(usize),
    LastN(usize),
    MinN(usize),
    MaxN(usize),
    Top { count: usize, single: bool },
    Bottom { count: usize, single: bool },
}

/// The state of one accumulator in one group.
#[derive(Debug, Clone)]
pub(in crate::pipeline) enum State {
    Sum(Sum),
    Average(Sum),
    /// The key and the value of the smallest so far.
    Min(Option<(Vec<u8>, RawBson)>),
    Max(Option<(Vec<u8>, RawBson)>),
    /// Missing counts as null, which is not the same as no document yet.
    First(Option<RawBson>),
    Last(RawBson),
    Push(RawArrayBuf),
    AddToSet(HashSet<Vec<u8>>, RawArrayBuf),
    MergeObjects(RawDocumentBuf),
    Deviation(Deviation, bool),
    FirstN(Vec<RawBson>, usize),
    LastN(VecDeque<RawBson>, usize),
    MinN(Ranked, usize),
    MaxN(Ranked, usize),
    Top(Ranked, usize, bool),
    Bottom(Ranked, usize, bool),
}

impl Kind {
    pub(super) fn start(self) -> State {
        match self {
            Self::Sum => State::Sum(Sum::default()),
            Self::Average => State::Average(Sum::default()),
            Self::Min => State::Min(None),
            Self::Max => State::Max(None),
            Self::First => State::First(None),
            Self::Last => State::Last(RawBson::Null),
            Self::Push => State::Push(RawArrayBuf::new()),
            Self::AddToSet => State::AddToSet(HashSet::new(), RawArrayBuf::new()),
            Self::MergeObjects => State::MergeObjects(RawDocumentBuf::new()),
            Self::Deviation { sample } => State::Deviation(Deviation::default(), sample),
            Self::FirstN(count) => State::FirstN(Vec::new(), count),
            Self::LastN(count) => State::LastN(VecDeque::new(), count),
            Self::MinN(count) => State::MinN(Ranked::default(), count),
            Self::MaxN(count) => State::MaxN(Ranked::default(), count),
            Self::Top { count, single } => State::Top(Ranked::default(), count, single),
            Self::Bottom { count, single } => State::Bottom(Ranked::default(), count, single),
        }
    }
}

impl State {
    /// Missing values count for nothing, as does null for the smallest and the largest; those that keep documents by their place
    /// take missing for null. `order` is the key of the document in the accumulator's own sort.
    pub(super) fn add(
        &mut self,
        value: Option<RawBsonRef<'_>>,
        order: Vec<u8>,
        field: &str,
        strings: &Order,
        held: &mut Held<'_>,
    ) -> Result<(), Fault> {
        let placed = || value.map_or(RawBson::Null, RawBson::from);
        match self {
            Self::First(first) => {
                if first.is_none() {
                    *first = Some(placed());
                }
                return Ok(());
            }
            Self::Last(last) => {
                *last = placed();
                return Ok(());
            }
            Self::FirstN(values, most) => {
                if values.len() < *most {
                    values.push(kept(placed(), held)?);
                }
                return Ok(());
            }
            Self::LastN(values, most) => {
                values.push_back(kept(placed(), held)?);
                if values.len() > *most
                    && let Some(dropped) = values.pop_front()
                {
                    held.give_back(size(&dropped));
                }
                return Ok(());
            }
            Self::Top(ranked, most, _) => return ranked.add(order, placed(), *most, false, held),
            Self::Bottom(ranked, most, _) => return ranked.add(order, placed(), *most, true, held),
            _ => {}
        }
        match value {
            Some(value) => self.add_present(value, field, strings, held),
            None => Ok(()),
        }
    }

    fn add_present(
        &mut self,
        value: RawBsonRef<'_>,
        field: &str,
        strings: &Order,
        held: &mut Held<'_>,
    ) -> Result<(), Fault> {
        match self {
            Self::Push(values) => push(values, value, held),
            Self::AddToSet(keys, values) => {
                let key = key_of(value, strings)?;
                let size = key.len() + size_of::<RawBson>();
                if keys.insert(key) {
                    held.take(size)?;
                    push(values, value, held)?;
                }
                Ok(())
            }
            Self::MergeObjects(merged) => merge(merged, value, field),
            Self::Sum(sum) | Self::Average(sum) => {
                sum.add(value);
                Ok(())
            }
            Self::Deviation(deviation, _) => {
                deviation.add(value);
                Ok(())
            }
            Self::Min(best) => replace(best, value, strings, |new, old| new < old),
            Self::Max(best) => replace(best, value, strings, |new, old| new > old),
            Self::MinN(ranked, most) if !is_null(value) => {
                ranked.add(key_of(value, strings)?, value.into(), *most, false, held)
            }
            Self::MaxN(ranked, most) if !is_null(value) => {
                ranked.add(key_of(value, strings)?, value.into(), *most, true, held)
            }
            _ => Ok(()),
        }
    }

    pub(in crate::pipeline) fn finish(self) -> RawBson {
        match self {
            Self::Sum(sum) => sum.total(),
            Self::Average(sum) => sum.average(),
            Self::First(first) => first.unwrap_or(RawBson::Null),
            Self::Last(last) => last,
            Self::Push(values) | Self::AddToSet(_, values) => RawBson::Array(values),
            Self::MergeObjects(merged) => RawBson::Document(merged),
            Self::Deviation(deviation, sample) => deviation.finish(sample),
            Self::Min(best) | Self::Max(best) => best.map_or(RawBson::Null, |(_, value)| value),
            Self::FirstN(values, _) => array(values),
            Self::LastN(values, _) => array(values),
            Self::Top(ranked, _, true) | Self::Bottom(ranked, _, true) => ranked.into_first(),
            Self::MaxN(ranked, _) => ranked.into_array(true),
            Self::MinN(ranked, _) | Self::Top(ranked, ..) | Self::Bottom(ranked, ..) => {
                ranked.into_array(false)
            }
        }
    }
}

fn array(values: impl IntoIterator<Item = RawBson>) -> RawBson {
    let mut array = RawArrayBuf::new();
    for value in values {
        array.push(value);
    }
    RawBson::Array(array)
}

/// About how many bytes a value has in memory.
pub(super) fn size(value: &RawBson) -> usize {
    let below = match value {
        RawBson::String(text) => text.len(),
        RawBson::Document(document) => document.as_bytes().len(),
        RawBson::Array(array) => array.as_bytes().len(),
        RawBson::Binary(binary) => binary.bytes.len(),
        _ => 0,
    };
    size_of::<RawBson>() + below
}

fn kept(value: RawBson, held: &mut Held<'_>) -> Result<RawBson, Fault> {
    held.take(size(&value))?;
    Ok(value)
}

fn is_null(value: RawBsonRef<'_>) -> bool {
    matches!(value, RawBsonRef::Null | RawBsonRef::Undefined)
}

fn replace(
    best: &mut Option<(Vec<u8>, RawBson)>,
    value: RawBsonRef<'_>,
    strings: &Order,
    better: fn(&[u8], &[u8]) -> bool,
) -> Result<(), Fault> {
    if is_null(value) {
        return Ok(());
    }
    let key = key_of(value, strings)?;
    if best.as_ref().is_none_or(|(old, _)| better(&key, old)) {
        *best = Some((key, RawBson::from(value)));
    }
    Ok(())
}

/// MongoDB's limit for the values of one accumulator.
const MAX_BYTES: usize = 100 * 1024 * 1024;

fn push(values: &mut RawArrayBuf, value: RawBsonRef<'_>, held: &mut Held<'_>) -> Result<(), Fault> {
    let before = values.as_bytes().len();
    values.push(value);
    let after = values.as_bytes().len();
    if after > MAX_BYTES {
        return Err(Error::ResultTooLarge {
            limit_bytes: MAX_BYTES,
        }
        .into());
    }
    held.take(after - before)
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
