//! Which documents of a partition a window has, seen from one of them.

use std::ops::Range;

use bson::raw::RawBsonRef;

use crate::Error;

/// One end of a window, counted from the current document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bound<N> {
    Unbounded,
    At(N),
}

/// A window.
#[derive(Debug)]
pub(super) enum Frame {
    /// By positions.
    Documents(Bound<i64>, Bound<i64>),
    /// By the value that the partition is sorted by.
    Range(Bound<f64>, Bound<f64>, Option<Unit>),
}

/// A unit of time that always has the same length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit(f64);

impl Unit {
    /// Months, quarters and years differ in length and are not known here.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Some(Self(match name {
            "week" => 604_800_000.0,
            "day" => 86_400_000.0,
            "hour" => 3_600_000.0,
            "minute" => 60_000.0,
            "second" => 1_000.0,
            "millisecond" => 1.0,
            _ => return None,
        }))
    }
}

impl Frame {
    /// The positions of a window in a partition. `values` are what a range is measured by, and empty for one by positions.
    pub(super) fn positions(&self, at: usize, count: usize, values: &[f64]) -> Range<usize> {
        match self {
            Self::Documents(lower, upper) => {
                let place = |bound: i64| {
                    let place = i64::try_from(at).unwrap_or(i64::MAX).saturating_add(bound);
                    usize::try_from(place.max(0)).unwrap_or(usize::MAX)
                };
                let start = match lower {
                    Bound::Unbounded => 0,
                    Bound::At(bound) => place(*bound).min(count),
                };
                let end = match upper {
                    Bound::Unbounded => count,
                    Bound::At(bound) => place(bound.saturating_add(1)).min(count),
                };
                start..end.max(start)
            }
            Self::Range(lower, upper, unit) => {
                let length = unit.map_or(1.0, |unit| unit.0);
                let own = values.get(at).copied().unwrap_or_default();
                let start = match lower {
                    Bound::Unbounded => 0,
                    Bound::At(by) => values.partition_point(|v| *v < own + by * length),
                };
                let end = match upper {
                    Bound::Unbounded => count,
                    Bound::At(by) => values.partition_point(|v| *v <= own + by * length),
                };
                start..end.max(start)
            }
        }
    }

    /// The value that a range is measured by: a number, or with a unit a date.
    #[expect(clippy::cast_precision_loss, reason = "compared as doubles")]
    pub(super) fn measure(&self, value: Option<RawBsonRef<'_>>) -> Result<Option<f64>, Error> {
        let Self::Range(_, _, unit) = self else {
            return Ok(None);
        };
        let measured = match (value, unit) {
            (Some(RawBsonRef::Int32(n)), None) => Some(f64::from(n)),
            (Some(RawBsonRef::Int64(n)), None) => Some(n as f64),
            (Some(RawBsonRef::Double(n)), None) if !n.is_nan() => Some(n),
            (Some(RawBsonRef::DateTime(date)), Some(_)) => Some(date.timestamp_millis() as f64),
            _ => None,
        };
        measured.map(Some).ok_or_else(|| Error::InvalidQuery {
            operator: "$setWindowFields".to_owned(),
            path: "range".to_owned(),
            reason: "is measured by a number, or by a date where it has a unit".to_owned(),
        })
    }
}
