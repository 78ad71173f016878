//! How a coefficient of any length becomes a decimal of 34 digits.

use num_bigint::BigUint;

use super::{DIGITS, Decimal, MAX_EXPONENT, MIN_EXPONENT, ten_to};

/// What becomes of the digits that are cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// To the nearest, and from the middle to the even digit.
    HalfEven,
    /// To the nearest, and from the middle away from zero.
    HalfAway,
    TowardZero,
    Up,
    Down,
}

/// The number of decimal digits; zero has none.
pub(super) fn digits(value: &BigUint) -> u32 {
    if *value == BigUint::ZERO {
        return 0;
    }
    match u128::try_from(value) {
        Ok(value) => value.ilog10() + 1,
        Err(_) => u32::try_from(value.to_string().len()).unwrap_or(u32::MAX),
    }
}

/// Without its last `count` digits.
fn shorten(value: &BigUint, count: u32, negative: bool, rounding: Rounding) -> BigUint {
    let unit = ten_to(count);
    let (quotient, rest) = (value / &unit, value % &unit);
    let up = match rounding {
        Rounding::TowardZero => false,
        Rounding::Up => !negative && rest != BigUint::ZERO,
        Rounding::Down => negative && rest != BigUint::ZERO,
        Rounding::HalfAway => rest * 2_u32 >= unit,
        Rounding::HalfEven => {
            let twice = rest * 2_u32;
            twice > unit || (twice == unit && quotient.bit(0))
        }
    };
    if up { quotient + 1_u32 } else { quotient }
}

impl Decimal {
    /// `coefficient * 10^exponent`, rounded to what a decimal can say. The exponent is kept where it can be.
    pub(super) fn finite(negative: bool, coefficient: BigUint, exponent: i32) -> Self {
        let surplus = digits(&coefficient).saturating_sub(DIGITS);
        let below = u32::try_from(i64::from(MIN_EXPONENT) - i64::from(exponent)).unwrap_or(0);
        let cut = surplus.max(below);
        let (mut coefficient, mut exponent) = if cut == 0 {
            (coefficient, exponent)
        } else if cut > digits(&coefficient) + 1 {
            // Less than a tenth of the smallest number; no power of ten has to be built to see that.
            (BigUint::ZERO, MIN_EXPONENT)
        } else {
            let short = shorten(&coefficient, cut, negative, Rounding::HalfEven);
            (short, exponent.saturating_add_unsigned(cut))
        };
        if digits(&coefficient) > DIGITS {
            // 99..9.5 became 100..0.
            coefficient /= 10_u32;
            exponent = exponent.saturating_add(1);
        }
        if exponent > MAX_EXPONENT {
            let room = DIGITS - digits(&coefficient);
            let above = exponent.abs_diff(MAX_EXPONENT);
            if coefficient != BigUint::ZERO && above > room {
                return Self::Infinite { negative };
            }
            coefficient *= ten_to(above.min(DIGITS));
            exponent = MAX_EXPONENT;
        }
        Self::Finite {
            negative,
            coefficient,
            exponent,
        }
    }

    /// Rounded to a multiple of `10^place`, written with that exponent. A number whose digits all lie above the place, and
    /// that would need more than 34 of them to say so, stays as it is.
    pub(crate) fn round(&self, place: i32, rounding: Rounding) -> Self {
        let Self::Finite {
            negative,
            coefficient,
            exponent,
        } = self
        else {
            return self.clone();
        };
        let negative = *negative;
        if *exponent >= place {
            let zeros = exponent.abs_diff(place);
            if *coefficient != BigUint::ZERO && zeros + digits(coefficient) > DIGITS {
                return self.clone();
            }
            let padded = coefficient * ten_to(zeros.min(DIGITS));
            return Self::finite(negative, padded, place);
        }
        let cut = exponent.abs_diff(place).min(digits(coefficient) + 1);
        Self::finite(
            negative,
            shorten(coefficient, cut, negative, rounding),
            place,
        )
    }
}
