//! Standard deviations. They are doubles, of decimals too, as in MongoDB.

use bson::raw::{RawBson, RawBsonRef};

use crate::value::Decimal;

/// Mean and squared deviation, by Welford's method. What is no number counts for nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deviation {
    count: u32,
    mean: f64,
    squares: f64,
}

impl Deviation {
    #[expect(clippy::cast_precision_loss, reason = "a deviation is a double")]
    pub(crate) fn add(&mut self, value: RawBsonRef<'_>) {
        let value = match value {
            RawBsonRef::Int32(n) => f64::from(n),
            RawBsonRef::Int64(n) => n as f64,
            RawBsonRef::Double(n) => n,
            RawBsonRef::Decimal128(n) => Decimal::of_bson(n).to_double(),
            _ => return,
        };
        self.count = self.count.saturating_add(1);
        let away = value - self.mean;
        self.mean += away / f64::from(self.count);
        self.squares += away * (value - self.mean);
    }

    /// Null of nothing, and of one number in a sample.
    pub(crate) fn finish(&self, sample: bool) -> RawBson {
        let degrees = self.count.saturating_sub(u32::from(sample));
        if degrees == 0 {
            return RawBson::Null;
        }
        RawBson::Double((self.squares / f64::from(degrees)).sqrt())
    }
}
