//! Whole numbers of any numeric type, as `$size` and `$mod` read them.

use bson::raw::RawBsonRef;

/// A number cut to its whole part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) part: i64,
    /// Whether nothing was cut off.
    pub(super) exact: bool,
}

/// The whole part; `None` of what is no number, of NaN, and of what is beyond int64.
pub(super) fn whole(value: RawBsonRef<'_>) -> Option<Whole> {
    match value {
        RawBsonRef::Int32(n) => Some(Whole {
            part: n.into(),
            exact: true,
        }),
        RawBsonRef::Int64(part) => Some(Whole { part, exact: true }),
        RawBsonRef::Double(n) => of_double(n),
        RawBsonRef::Decimal128(n) => of_decimal(&n.to_string()),
        _ => None,
    }
}

fn of_double(n: f64) -> Option<Whole> {
    // The limits are powers of two, which doubles have exactly; NaN is in no range.
    let limit = 2_f64.powi(63);
    if !(-limit..limit).contains(&n) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "in range, and cut on purpose"
    )]
    let part = n as i64;
    Some(Whole {
        part,
        exact: n.fract() == 0.0,
    })
}

fn of_decimal(text: &str) -> Option<Whole> {
    let magnitude = text.trim_start_matches('-');
    let (mantissa, exponent) = magnitude.split_once('E').unwrap_or((magnitude, "0"));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = format!("{before}{after}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if digits.bytes().all(|b| b == b'0') {
        return Some(Whole {
            part: 0,
            exact: true,
        });
    }
    let shift: i64 = exponent.parse().ok()?;
    let point = shift.checked_add(i64::try_from(before.len()).ok()?)?;
    let point = usize::try_from(point.max(0)).ok()?;
    // More digits than int64 has, leading zeros aside, are beyond it.
    if point > 64 {
        return None;
    }
    while digits.len() < point {
        digits.push('0');
    }
    let (part, rest) = digits.split_at(point);
    let sign = if magnitude.len() < text.len() {
        "-"
    } else {
        ""
    };
    Some(Whole {
        part: format!("{sign}0{part}").parse().ok()?,
        exact: rest.bytes().all(|b| b == b'0'),
    })
}

#[cfg(test)]
mod tests {
    use super::{Whole, of_decimal, of_double};

    #[test]
    fn the_whole_part_of_a_number_is_exact() {
        let whole = |part, exact| Some(Whole { part, exact });
        for (text, expected) in [
            ("4", whole(4, true)),
            ("-4.5", whole(-4, false)),
            ("4.00", whole(4, true)),
            ("4E+2", whole(400, true)),
            ("4.5E-1", whole(0, false)),
            ("9223372036854775807", whole(i64::MAX, true)),
            ("9223372036854775808", None),
            ("-9223372036854775808.5", whole(i64::MIN, false)),
            ("0E+6000", whole(0, true)),
            ("1E+6000", None),
            ("1E-6000", whole(0, false)),
            ("NaN", None),
            ("-Infinity", None),
        ] {
            assert_eq!(of_decimal(text), expected, "{text}");
        }
        assert_eq!(of_double(-1.5), whole(-1, false));
        assert_eq!(of_double(f64::NAN), None);
        assert_eq!(of_double(9_223_372_036_854_775_808.0), None);
    }
}
