//! The `$slice` of a `find`.

use bson::raw::{RawArray, RawArrayBuf};
use bson::{Bson, error::Error as Damage};

use super::parse::invalid;
use crate::Error;
use crate::filter::whole_number;

/// From a position, counted from the end if it is negative; at most so many elements.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slice {
    skip: i64,
    limit: Option<i64>,
}

impl Slice {
    /// `None` where it is the operator of expressions that has the same name, whose first argument is an array.
    pub(super) fn parse(value: &Bson, path: &str) -> Result<Option<Self>, Error> {
        let number = |value: &Bson| {
            whole_number(value).ok_or_else(|| invalid(path, "$slice takes whole numbers"))
        };
        let is_number = |value: &Bson| {
            matches!(
                value,
                Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_)
            )
        };
        Ok(match value {
            Bson::Array(values) => match &values[..] {
                [skip, limit] if is_number(skip) => {
                    let limit = number(limit)?;
                    if limit <= 0 {
                        return Err(invalid(path, "$slice takes a positive limit"));
                    }
                    Some(Self {
                        skip: number(skip)?,
                        limit: Some(limit),
                    })
                }
                _ => None,
            },
            value if is_number(value) => Some(match number(value)? {
                skip @ ..0 => Self { skip, limit: None },
                limit => Self {
                    skip: 0,
                    limit: Some(limit),
                },
            }),
            _ => return Err(invalid(path, "$slice takes a number or an array")),
        })
    }

    pub(super) fn apply(self, array: &RawArray) -> Result<RawArrayBuf, Damage> {
        let skip = if self.skip < 0 {
            let count = array.into_iter().count();
            count.saturating_sub(size(-self.skip))
        } else {
            size(self.skip)
        };
        let limit = self.limit.map_or(usize::MAX, size);
        let mut sliced = RawArrayBuf::new();
        for element in array.into_iter().skip(skip).take(limit) {
            sliced.push(element?);
        }
        Ok(sliced)
    }
}

fn size(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
