//! Decimals read from text.

use num_bigint::BigUint;

use super::{DIGITS, Decimal};

impl Decimal {
    /// Of digits with a point and an exponent, or of the names of what is not finite; `None` of any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let negative = text.starts_with('-');
        let magnitude = text.strip_prefix(['-', '+']).unwrap_or(text);
        match magnitude.to_ascii_lowercase().as_str() {
            "nan" => return Some(Self::Nan),
            "inf" | "infinity" => return Some(Self::Infinite { negative }),
            _ => {}
        }
        let (mantissa, exponent) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let exponent: i32 = exponent.parse().ok()?;
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let digits = digits.trim_start_matches('0');
        // Whatever comes after this many digits only matters for not being zero.
        let kept = digits.len().min(usize::try_from(DIGITS).ok()? + 2);
        let (kept, rest) = digits.split_at(kept);
        let mut coefficient = kept.parse().unwrap_or(BigUint::ZERO);
        let mut exponent = exponent.checked_add(i32::try_from(rest.len()).ok()?)?;
        if rest.bytes().any(|digit| digit != b'0') {
            coefficient = coefficient * 10_u32 + 1_u32;
            exponent -= 1;
        }
        Some(Self::finite(negative, coefficient, exponent))
    }
}
