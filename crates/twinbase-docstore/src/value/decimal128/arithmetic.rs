//! Exact arithmetic, rounded once at the end.

use num_bigint::BigUint;

use super::round::digits;
use super::{DIGITS, Decimal, ten_to};

/// Digits of a quotient or a root beyond those that a decimal has: one to round by, and one for all that follow.
const GUARD_DIGITS: u32 = 2;

impl Decimal {
    pub(crate) fn negate(self) -> Self {
        match self {
            Self::Nan => Self::Nan,
            Self::Infinite { negative } => Self::Infinite {
                negative: !negative,
            },
            Self::Finite {
                negative,
                coefficient,
                exponent,
            } => Self::Finite {
                negative: !negative,
                coefficient,
                exponent,
            },
        }
    }

    pub(crate) fn magnitude(self) -> Self {
        let negative = match &self {
            Self::Nan => false,
            Self::Infinite { negative } | Self::Finite { negative, .. } => *negative,
        };
        if negative { self.negate() } else { self }
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Nan, _) | (_, Self::Nan) => Self::Nan,
            (Self::Infinite { negative: a }, Self::Infinite { negative: b }) if a != b => Self::Nan,
            (Self::Infinite { negative }, _) | (_, Self::Infinite { negative }) => Self::Infinite {
                negative: *negative,
            },
            (
                Self::Finite {
                    negative: a_negative,
                    coefficient: a,
                    exponent: a_exponent,
                },
                Self::Finite {
                    negative: b_negative,
                    coefficient: b,
                    exponent: b_exponent,
                },
            ) => {
                let exponent = *a_exponent.min(b_exponent);
                let a = a * ten_to(a_exponent.abs_diff(exponent));
                let b = b * ten_to(b_exponent.abs_diff(exponent));
                let (negative, sum) = if a_negative == b_negative {
                    (*a_negative, a + b)
                } else if a > b {
                    (*a_negative, a - b)
                } else if a < b {
                    (*b_negative, b - a)
                } else {
                    (false, BigUint::ZERO)
                };
                Self::finite(negative, sum, exponent)
            }
        }
    }

    pub(crate) fn subtract(&self, other: &Self) -> Self {
        self.add(&other.clone().negate())
    }

    pub(crate) fn multiply(&self, other: &Self) -> Self {
        let Some(negative) = differ(self, other) else {
            return Self::Nan;
        };
        match (self, other) {
            (
                Self::Finite {
                    coefficient: a,
                    exponent: a_exponent,
                    ..
                },
                Self::Finite {
                    coefficient: b,
                    exponent: b_exponent,
                    ..
                },
            ) => Self::finite(negative, a * b, a_exponent + b_exponent),
            _ if self.is_zero() || other.is_zero() => Self::Nan,
            _ => Self::Infinite { negative },
        }
    }

    /// The divisor is not zero.
    pub(crate) fn divide(&self, other: &Self) -> Self {
        let Some(negative) = differ(self, other) else {
            return Self::Nan;
        };
        match (self, other) {
            (Self::Infinite { .. }, Self::Infinite { .. }) => Self::Nan,
            (Self::Infinite { .. }, _) => Self::Infinite { negative },
            (_, Self::Infinite { .. }) => {
                Self::finite(negative, BigUint::ZERO, super::MIN_EXPONENT)
            }
            (
                Self::Finite {
                    coefficient: a,
                    exponent: a_exponent,
                    ..
                },
                Self::Finite {
                    coefficient: b,
                    exponent: b_exponent,
                    ..
                },
            ) => {
                let preferred = a_exponent - b_exponent;
                let scale = (DIGITS + GUARD_DIGITS + digits(b)).saturating_sub(digits(a));
                let scaled = a * ten_to(scale);
                let (quotient, rest) = (&scaled / b, scaled % b);
                let exponent = preferred - i32::try_from(scale).unwrap_or(i32::MAX);
                finish(
                    negative,
                    quotient,
                    rest == BigUint::ZERO,
                    exponent,
                    preferred,
                )
            }
            _ => Self::Nan,
        }
    }

    /// What a division toward zero leaves; it has the sign of the dividend. The divisor is not zero.
    pub(crate) fn remainder(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Finite { .. }, Self::Infinite { .. }) => self.clone(),
            (
                Self::Finite {
                    negative,
                    coefficient: a,
                    exponent: a_exponent,
                },
                Self::Finite {
                    coefficient: b,
                    exponent: b_exponent,
                    ..
                },
            ) => {
                let exponent = *a_exponent.min(b_exponent);
                let a = a * ten_to(a_exponent.abs_diff(exponent));
                let b = b * ten_to(b_exponent.abs_diff(exponent));
                Self::finite(*negative, a % b, exponent)
            }
            _ => Self::Nan,
        }
    }

    /// The number is not below zero.
    pub(crate) fn square_root(&self) -> Self {
        let Self::Finite {
            negative,
            coefficient,
            exponent,
        } = self
        else {
            return self.clone();
        };
        let preferred = exponent.div_euclid(2);
        if *coefficient == BigUint::ZERO {
            return Self::finite(*negative, BigUint::ZERO, preferred);
        }
        // An even power of ten, so that its root is one too, and twice the digits that the root shall have.
        let odd = exponent.rem_euclid(2).unsigned_abs();
        let half = DIGITS + GUARD_DIGITS;
        let scaled = coefficient * ten_to(odd + 2 * half);
        let root = scaled.sqrt();
        let exact = &root * &root == scaled;
        let exponent = preferred - i32::try_from(half).unwrap_or(i32::MAX);
        finish(*negative, root, exact, exponent, preferred)
    }
}

/// Whether the signs differ; `None` when one is not a number.
fn differ(a: &Decimal, b: &Decimal) -> Option<bool> {
    let sign = |number: &Decimal| match number {
        Decimal::Nan => None,
        Decimal::Infinite { negative } | Decimal::Finite { negative, .. } => Some(*negative),
    };
    Some(sign(a)? != sign(b)?)
}

/// An exact result loses the zeros that it needs not to reach the preferred exponent; of another one a last digit says that
/// more follows, so that rounding to even does not take it for a tie.
fn finish(
    negative: bool,
    mut coefficient: BigUint,
    exact: bool,
    mut exponent: i32,
    preferred: i32,
) -> Decimal {
    if !exact {
        return Decimal::finite(negative, coefficient * 10_u32 + 1_u32, exponent - 1);
    }
    while exponent < preferred && &coefficient % 10_u32 == BigUint::ZERO {
        coefficient /= 10_u32;
        exponent += 1;
    }
    Decimal::finite(negative, coefficient, exponent)
}
