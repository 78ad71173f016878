//! The decimal digits of a number's magnitude, for the few numbers that no double equals.

use std::cmp::Ordering;

/// Decimal128 has 34 digits, int64 at most 19.
const WIDTH: usize = 34;

/// The magnitude `0.d1d2d3... * 10^exponent`, without zeros at either end of the digits.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Digits {
    exponent: i32,
    digits: String,
}

impl Digits {
    pub(super) fn of_integer(value: i64) -> Self {
        Self::new(&value.unsigned_abs().to_string(), 0)
    }

    /// `None` for zero, infinities and NaN, which doubles have too.
    pub(super) fn of_decimal(text: &str) -> Option<Self> {
        let digits = Self::parse(text.trim_start_matches(['-', '+']));
        digits.filter(|d| !d.digits.is_empty())
    }

    /// How this magnitude compares with that of a double, exactly.
    pub(super) fn cmp_magnitude(&self, other: f64) -> Ordering {
        if other.is_infinite() {
            return Ordering::Less;
        }
        // No double has more than 767 significant digits, so this is its exact value.
        let other = Self::parse(&format!("{:.766e}", other.abs())).unwrap_or_default();
        if other.digits.is_empty() {
            return Ordering::Greater;
        }
        self.exponent
            .cmp(&other.exponent)
            .then_with(|| self.digits.cmp(&other.digits))
    }

    /// Appends bytes that order numbers of one sign; the larger magnitude of a negative number is the smaller number.
    pub(super) fn write(&self, out: &mut Vec<u8>, negative: bool) {
        let start = out.len();
        out.extend_from_slice(&(self.exponent.cast_unsigned() ^ (1 << 31)).to_be_bytes());
        out.extend_from_slice(self.digits.as_bytes());
        out.resize(start + 4 + WIDTH, b'0');
        if negative {
            for byte in &mut out[start..] {
                *byte = !*byte;
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if !whole
            .bytes()
            .chain(fraction.bytes())
            .all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let exponent: i32 = exponent.parse().ok()?;
        let shift = i32::try_from(fraction.len()).ok()?;
        Some(Self::new(&format!("{whole}{fraction}"), exponent - shift))
    }

    /// `digits * 10^exponent`.
    fn new(digits: &str, exponent: i32) -> Self {
        let significant = digits.trim_start_matches('0');
        let length = i32::try_from(significant.len()).unwrap_or(i32::MAX);
        Self {
            exponent: exponent + length,
            digits: significant.trim_end_matches('0').to_owned(),
        }
    }
}
