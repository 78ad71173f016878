//! The first few values by a key, in the order of the key: for `$minN`, `$topN` and their kin.

use std::collections::BTreeMap;

use bson::raw::{RawArrayBuf, RawBson};

use crate::fault::Fault;
use crate::pipeline::stream::Held;

/// Values by their key; the number keeps those of one key in the order in which they came.
#[derive(Debug, Clone, Default)]
pub(in crate::pipeline) struct Ranked {
    values: BTreeMap<(Vec<u8>, u64), RawBson>,
    count: u64,
}

impl Ranked {
    /// Adds a value and drops the one that is one too many: the last, or with `keeps_last` the first.
    pub(super) fn add(
        &mut self,
        key: Vec<u8>,
        value: RawBson,
        most: usize,
        keeps_last: bool,
        held: &mut Held<'_>,
    ) -> Result<(), Fault> {
        held.take(key.len() + super::state::size(&value))?;
        self.values.insert((key, self.count), value);
        self.count += 1;
        if self.values.len() > most {
            let dropped = if keeps_last {
                self.values.pop_first()
            } else {
                self.values.pop_last()
            };
            if let Some(((key, _), value)) = dropped {
                held.give_back(key.len() + super::state::size(&value));
            }
        }
        Ok(())
    }

    /// In the order of the keys, or the other way round.
    pub(super) fn into_array(self, backwards: bool) -> RawBson {
        let mut array = RawArrayBuf::new();
        let values = self.values.into_values();
        if backwards {
            values.rev().for_each(|value| array.push(value));
        } else {
            values.for_each(|value| array.push(value));
        }
        RawBson::Array(array)
    }

    pub(super) fn into_first(mut self) -> RawBson {
        self.values
            .pop_first()
            .map_or(RawBson::Null, |(_, value)| value)
    }
}
