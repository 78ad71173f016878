//! Numbers of all four types as bytes that compare exactly.
//!
//! A number is the nearest double, made comparable, and a tie byte that says on which side of that double it lies. Only
//! numbers that no double equals (large int64, most decimals) have more: their decimal digits.

use std::cmp::Ordering;

use super::decimal::Digits;

const BELOW: u8 = 0x40;
const EXACT: u8 = 0x80;
const ABOVE: u8 = 0xc0;

pub(super) fn write_f64(out: &mut Vec<u8>, value: f64) {
    write_nearest(out, value);
    out.push(EXACT);
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the tie byte tells what the nearest double loses"
)]
pub(super) fn write_i64(out: &mut Vec<u8>, value: i64) {
    let nearest = value as f64;
    write_nearest(out, nearest);
    write_tie(
        out,
        value < 0,
        i128::from(value).cmp(&exact(nearest)),
        || Digits::of_integer(value),
    );
}

/// `text` is a decimal as BSON's specification writes it.
pub(super) fn write_decimal(out: &mut Vec<u8>, text: &str) {
    // The grammar of decimals is a part of the one that Rust reads doubles by, so only damaged data is not a number here.
    let nearest: f64 = text.parse().unwrap_or(f64::NAN);
    write_nearest(out, nearest);
    let (negative, digits) = (text.starts_with('-'), Digits::of_decimal(text));
    let side = match &digits {
        None => Ordering::Equal,
        Some(digits) if negative => digits.cmp_magnitude(nearest).reverse(),
        Some(digits) => digits.cmp_magnitude(nearest),
    };
    write_tie(out, negative, side, || digits.unwrap_or_default());
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a double that is nearest to an int64 is a whole number below 2^64"
)]
fn exact(value: f64) -> i128 {
    value as i128
}

/// The bits of a double in an order-preserving form: NaN lowest, both zeros equal.
fn write_nearest(out: &mut Vec<u8>, value: f64) {
    let ordered = if value.is_nan() {
        0
    } else {
        // Adding zero turns -0.0 into 0.0 and changes nothing else.
        let bits = (value + 0.0).to_bits();
        if bits >> 63 == 1 {
            !bits
        } else {
            bits | 1 << 63
        }
    };
    out.extend_from_slice(&ordered.to_be_bytes());
}

fn write_tie(out: &mut Vec<u8>, negative: bool, side: Ordering, digits: impl FnOnce() -> Digits) {
    out.push(match side {
        Ordering::Less => BELOW,
        Ordering::Equal => EXACT,
        Ordering::Greater => ABOVE,
    });
    if side != Ordering::Equal {
        digits().write(out, negative);
    }
}
