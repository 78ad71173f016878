//! Sums with MongoDB's result types: int32 while it fits, then int64, then double; double as soon as one is among the values.

use bson::raw::{RawBson, RawBsonRef};

use crate::Error;
use crate::fault::Fault;

/// A running sum. Whole numbers are added exactly; doubles with a second double that keeps what the first one loses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sum {
    count: i64,
    whole: i128,
    high: f64,
    low: f64,
    /// The sum of the infinities and NaNs, which must not meet the correction.
    special: Option<f64>,
    has_int64: bool,
    has_double: bool,
}

impl Sum {
    pub(crate) fn add(
        &mut self,
        value: RawBsonRef<'_>,
        operator: &str,
        field: &str,
    ) -> Result<(), Fault> {
        match value {
            RawBsonRef::Int32(x) => self.whole += i128::from(x),
            RawBsonRef::Int64(x) => {
                self.has_int64 = true;
                self.whole += i128::from(x);
            }
            RawBsonRef::Double(x) => {
                self.has_double = true;
                self.add_double(x);
            }
            RawBsonRef::Decimal128(_) => {
                let operator = format!("{operator} of a decimal");
                return Err(Error::Unsupported {
                    operator,
                    path: field.to_owned(),
                }
                .into());
            }
            _ => return Ok(()),
        }
        self.count += 1;
        Ok(())
    }

    /// Knuth's two-sum.
    fn add_double(&mut self, value: f64) {
        if !value.is_finite() {
            self.special = Some(self.special.unwrap_or_default() + value);
            return;
        }
        let sum = self.high + value;
        let other = sum - self.high;
        self.low += (self.high - (sum - other)) + (value - other);
        self.high = sum;
    }

    pub(crate) fn total(self) -> RawBson {
        if !self.has_double {
            if let (Ok(small), false) = (i32::try_from(self.whole), self.has_int64) {
                return RawBson::Int32(small);
            }
            if let Ok(large) = i64::try_from(self.whole) {
                return RawBson::Int64(large);
            }
        }
        RawBson::Double(self.into_double())
    }

    #[expect(clippy::cast_precision_loss, reason = "an average is a double")]
    pub(crate) fn average(self) -> RawBson {
        if self.count == 0 {
            return RawBson::Null;
        }
        let count = self.count as f64;
        RawBson::Double(self.into_double() / count)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "what the first double loses is added in the second"
    )]
    fn into_double(mut self) -> f64 {
        if let Some(special) = self.special {
            return special;
        }
        let whole = self.whole;
        let nearest = whole as f64;
        self.add_double(nearest);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a double that is nearest to such a sum is far below 2^127"
        )]
        let lost = whole - nearest as i128;
        self.add_double(lost as f64);
        let total = self.high + self.low;
        // Where the sum itself leaves the doubles, the correction is not a number.
        if total.is_nan() { self.high } else { total }
    }
}
