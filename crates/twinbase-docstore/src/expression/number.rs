//! Numbers of the four types, and the two by two arithmetic that widens them as MongoDB does.

use bson::raw::RawBson;

use super::Value;
use super::function::{Wrong, wrong};
use crate::value::{Decimal, Rounding};

/// A number that can be computed with.
#[derive(Debug, Clone)]
pub(super) enum Number {
    Small(i32),
    Large(i64),
    Double(f64),
    Decimal(Decimal),
}

impl Number {
    pub(super) fn of(value: &Value) -> Result<Self, Wrong> {
        let number = value.as_ref().and_then(Self::read);
        number.map_or_else(|| wrong("takes numbers"), Ok)
    }

    /// `None` of what is no number.
    pub(super) fn read(value: &RawBson) -> Option<Self> {
        Some(match value {
            RawBson::Int32(n) => Self::Small(*n),
            RawBson::Int64(n) => Self::Large(*n),
            RawBson::Double(n) => Self::Double(*n),
            RawBson::Decimal128(n) => Self::Decimal(Decimal::of_bson(*n)),
            _ => return None,
        })
    }

    pub(super) fn value(self) -> RawBson {
        match self {
            Self::Small(n) => RawBson::Int32(n),
            Self::Large(n) => RawBson::Int64(n),
            Self::Double(n) => RawBson::Double(n),
            Self::Decimal(n) => RawBson::Decimal128(n.to_bson()),
        }
    }

    /// The number if its type is an integer.
    pub(super) fn whole(&self) -> Option<i64> {
        match self {
            Self::Small(n) => Some(i64::from(*n)),
            Self::Large(n) => Some(*n),
            Self::Double(_) | Self::Decimal(_) => None,
        }
    }

    /// The number if it has no fraction and fits int64, of any type.
    pub(super) fn integral(&self) -> Option<i64> {
        let near = match self {
            Self::Small(_) | Self::Large(_) => return self.whole(),
            Self::Double(n) => Decimal::of_double(*n),
            Self::Decimal(n) => n.clone(),
        };
        let whole = near.to_integer(Rounding::TowardZero)?;
        let exact = near.subtract(&Decimal::of_integer(whole)).is_zero();
        exact.then_some(whole)
    }

    #[expect(clippy::cast_precision_loss, reason = "the result is a double")]
    pub(super) fn double(&self) -> f64 {
        match self {
            Self::Small(n) => f64::from(*n),
            Self::Large(n) => *n as f64,
            Self::Double(n) => *n,
            Self::Decimal(n) => n.to_double(),
        }
    }

    /// As a decimal; a double has 15 digits then.
    pub(super) fn decimal(&self) -> Decimal {
        match self {
            Self::Small(n) => Decimal::of_integer(i64::from(*n)),
            Self::Large(n) => Decimal::of_integer(*n),
            Self::Double(n) => Decimal::of_double_by_15_digits(*n),
            Self::Decimal(n) => n.clone(),
        }
    }

    pub(super) fn is_decimal(&self) -> bool {
        matches!(self, Self::Decimal(_))
    }

    pub(super) fn is_small(&self) -> bool {
        matches!(self, Self::Small(_))
    }

    /// An int32 where it fits, else an int64.
    pub(super) fn narrowest(value: i64) -> Self {
        i32::try_from(value).map_or(Self::Large(value), Self::Small)
    }

    /// The operation in the wider of the two types. Integers give int64, and a double where that overflows.
    pub(super) fn with(
        &self,
        other: &Self,
        whole: fn(i64, i64) -> Option<i64>,
        double: fn(f64, f64) -> f64,
        decimal: fn(&Decimal, &Decimal) -> Decimal,
    ) -> Self {
        if self.is_decimal() || other.is_decimal() {
            return Self::Decimal(decimal(&self.decimal(), &other.decimal()));
        }
        let integers = self.whole().zip(other.whole());
        match integers.and_then(|(a, b)| whole(a, b)) {
            Some(result) => Self::Large(result),
            None => Self::Double(double(self.double(), other.double())),
        }
    }
}

/// A number of any type without a fraction, if it fits int32.
pub(super) fn whole(value: &Value) -> Result<i32, Wrong> {
    let number = value.as_ref().and_then(Number::read);
    let whole = number.and_then(|number| i32::try_from(number.integral()?).ok());
    whole.map_or_else(|| wrong("takes a whole number of 32 bits"), Ok)
}
