//! Sums with MongoDB's result types: int32 while it fits, then int64, then double; double as soon as one is among the values,
//! and decimal as soon as one of those is.

use bson::raw::{RawBson, RawBsonRef};

use crate::value::Decimal;

/// A running sum. Whole numbers are added exactly; doubles with a second double that keeps what the first one loses; decimals
/// with 34 digits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sum {
    count: i64,
    whole: i128,
    high: f64,
    low: f64,
    /// The sum of the infinities and NaNs, which must not meet the correction.
    special: Option<f64>,
    decimal: Option<Decimal>,
    has_int64: bool,
    has_double: bool,
}

impl Sum {
    /// What is no number counts for nothing.
    pub(crate) fn add(&mut self, value: RawBsonRef<'_>) {
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
            RawBsonRef::Decimal128(x) => {
                let sum = self.decimal.take().unwrap_or(Decimal::ZERO);
                self.decimal = Some(sum.add(&Decimal::of_bson(x)));
            }
            _ => return,
        }
        self.count += 1;
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

    pub(crate) fn total(mut self) -> RawBson {
        if let Some(decimal) = self.take_decimal() {
            return RawBson::Decimal128(decimal.to_bson());
        }
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
    pub(crate) fn average(mut self) -> RawBson {
        if self.count == 0 {
            return RawBson::Null;
        }
        if let Some(decimal) = self.take_decimal() {
            let count = Decimal::of_integer(self.count);
            return RawBson::Decimal128(decimal.divide(&count).to_bson());
        }
        let count = self.count as f64;
        RawBson::Double(self.into_double() / count)
    }

    /// The sum of all, if a decimal is among them.
    fn take_decimal(&mut self) -> Option<Decimal> {
        let decimals = self.decimal.take()?;
        let special = self.special.unwrap_or_default();
        let doubles = [self.high, self.low, special].map(Decimal::of_double);
        let others = doubles
            .iter()
            .fold(Decimal::of_whole(self.whole), |sum, one| sum.add(one));
        Some(decimals.add(&others))
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
