//! Decimal128 as a number: what it stands for, and its way from and to the other types.
//!
//! The rules are those of IEEE 754-2008, which MongoDB's library follows: 34 digits, ties to even, and a result that is exact
//! keeps the exponent that its operation prefers (1.50 + 1.5 is 3.00).

mod arithmetic;
mod parse;
mod round;

use bson::Decimal128;
use num_bigint::BigUint;

pub(crate) use round::Rounding;

/// A decimal number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decimal {
    Nan,
    Infinite {
        negative: bool,
    },
    /// `coefficient * 10^exponent`.
    Finite {
        negative: bool,
        coefficient: BigUint,
        exponent: i32,
    },
}

/// The exponents of a coefficient that is a whole number.
const MIN_EXPONENT: i32 = -6176;
const MAX_EXPONENT: i32 = 6111;

/// The digits of a coefficient.
const DIGITS: u32 = 34;

/// The largest coefficient has this many bits.
const COEFFICIENT_BITS: u32 = 113;

const SIGN: u128 = 1 << 127;
const INFINITE: u128 = 0b1_1110 << 122;
const NAN: u128 = 0b1_1111 << 122;

fn ten_to(power: u32) -> BigUint {
    BigUint::from(10_u32).pow(power)
}

impl Decimal {
    pub(crate) const ZERO: Self = Self::Finite {
        negative: false,
        coefficient: BigUint::ZERO,
        exponent: 0,
    };

    pub(crate) fn of_integer(value: i64) -> Self {
        Self::of_whole(i128::from(value))
    }

    /// The nearest decimal: beyond 34 digits not every whole number is one.
    pub(crate) fn of_whole(value: i128) -> Self {
        Self::finite(value < 0, BigUint::from(value.unsigned_abs()), 0)
    }

    /// The nearest decimal.
    pub(crate) fn of_double(value: f64) -> Self {
        if value.is_nan() {
            return Self::Nan;
        }
        let negative = value.is_sign_negative();
        if value.is_infinite() {
            return Self::Infinite { negative };
        }
        if value == 0.0 {
            return Self::finite(negative, BigUint::ZERO, 0);
        }
        // IEEE 754 binary64: 52 bits of fraction below an exponent of 11 bits.
        let bits = value.to_bits();
        let (fraction, field) = (bits & ((1 << 52) - 1), (bits >> 52) & 0x7ff);
        let (whole, scale) = if field == 0 {
            (fraction, -1074)
        } else {
            (fraction | 1 << 52, i32::try_from(field).unwrap_or(0) - 1075)
        };
        let zeros = whole.trailing_zeros();
        let odd = BigUint::from(whole >> zeros);
        let scale = scale + i32::try_from(zeros).unwrap_or(0);
        if scale >= 0 {
            Self::finite(negative, odd << scale.unsigned_abs(), 0)
        } else {
            // Half is 5 * 10^-1.
            let coefficient = odd * BigUint::from(5_u32).pow(scale.unsigned_abs());
            Self::finite(negative, coefficient, scale)
        }
    }

    /// As MongoDB turns a double into a decimal: exactly 15 digits, which hides the noise of its binary fraction.
    pub(crate) fn of_double_by_15_digits(value: f64) -> Self {
        let nearest = Self::of_double(value);
        let Self::Finite {
            coefficient,
            exponent,
            ..
        } = &nearest
        else {
            return nearest;
        };
        if *coefficient == BigUint::ZERO {
            return nearest;
        }
        let digits = round::digits(coefficient);
        let place = *exponent + i32::try_from(digits).unwrap_or(0) - 15;
        let rounded = nearest.round(place, Rounding::HalfEven);
        match &rounded {
            // 9.999..: the rounding made a digit more.
            Self::Finite { coefficient, .. } if round::digits(coefficient) > 15 => {
                rounded.round(place + 1, Rounding::HalfEven)
            }
            _ => rounded,
        }
    }

    pub(crate) fn of_bson(value: Decimal128) -> Self {
        let bits = u128::from_le_bytes(value.bytes());
        let negative = bits & SIGN != 0;
        if bits & NAN == NAN {
            return Self::Nan;
        }
        if bits & NAN == INFINITE {
            return Self::Infinite { negative };
        }
        // Two set bits announce coefficients above 10^34, which are not canonical and count as zero.
        let large = (bits >> 125) & 0b11 == 0b11;
        let shift = if large {
            COEFFICIENT_BITS - 2
        } else {
            COEFFICIENT_BITS
        };
        let exponent = i32::try_from((bits >> shift) & 0x3fff).unwrap_or(0) + MIN_EXPONENT;
        let coefficient = bits & ((1 << COEFFICIENT_BITS) - 1);
        let canonical = !large && coefficient < 10_u128.pow(DIGITS);
        Self::Finite {
            negative,
            coefficient: BigUint::from(if canonical { coefficient } else { 0 }),
            exponent,
        }
    }

    pub(crate) fn to_bson(&self) -> Decimal128 {
        let bits = match self {
            Self::Nan => NAN,
            Self::Infinite { negative } => INFINITE | sign(*negative),
            Self::Finite {
                negative,
                coefficient,
                exponent,
            } => {
                let biased = u128::try_from(exponent - MIN_EXPONENT).unwrap_or(0);
                let coefficient = u128::try_from(coefficient).unwrap_or(0);
                sign(*negative) | biased << COEFFICIENT_BITS | coefficient
            }
        };
        Decimal128::from_bytes(bits.to_le_bytes())
    }

    /// The nearest double.
    pub(crate) fn to_double(&self) -> f64 {
        match self {
            Self::Nan => f64::NAN,
            Self::Infinite { negative: false } => f64::INFINITY,
            Self::Infinite { negative: true } => f64::NEG_INFINITY,
            Self::Finite {
                negative,
                coefficient,
                exponent,
            } => {
                let sign = if *negative { "-" } else { "" };
                // Rust reads the nearest double of any decimal text.
                format!("{sign}{coefficient}e{exponent}")
                    .parse()
                    .unwrap_or(f64::NAN)
            }
        }
    }

    /// The whole number that is left after the fraction is cut off; `None` outside of int64.
    pub(crate) fn to_integer(&self, rounding: Rounding) -> Option<i64> {
        let Self::Finite {
            negative,
            coefficient,
            exponent,
        } = self.round(0, rounding)
        else {
            return None;
        };
        let digits = round::digits(&coefficient);
        if coefficient != BigUint::ZERO && exponent + i32::try_from(digits).ok()? > 19 {
            return None;
        }
        let coefficient = coefficient * ten_to(u32::try_from(exponent).ok()?.min(19));
        let magnitude = i128::try_from(coefficient).ok()?;
        i64::try_from(if negative { -magnitude } else { magnitude }).ok()
    }

    pub(crate) fn is_zero(&self) -> bool {
        matches!(self, Self::Finite { coefficient, .. } if *coefficient == BigUint::ZERO)
    }

    /// Whether it is below zero.
    pub(crate) fn is_negative(&self) -> bool {
        match self {
            Self::Nan => false,
            Self::Infinite { negative } => *negative,
            Self::Finite { negative, .. } => *negative && !self.is_zero(),
        }
    }
}

fn sign(negative: bool) -> u128 {
    if negative { SIGN } else { 0 }
}
