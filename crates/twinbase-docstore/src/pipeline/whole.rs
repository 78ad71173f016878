//! Whole numbers as stages take them.

use bson::Bson;

/// The number, `None` of what is not whole. Beyond 2^53 a double may not be the number that was meant.
pub(super) fn whole(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(n) => Some(i64::from(*n)),
        Bson::Int64(n) => Some(*n),
        #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
        Bson::Double(n) if n.fract() == 0.0 && n.abs() <= 9e15 => Some(*n as i64),
        _ => None,
    }
}
