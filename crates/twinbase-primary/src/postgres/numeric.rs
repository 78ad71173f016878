//! Decimal numbers in PostgreSQL's binary format.
//!
//! The format is that of `numeric_recv` in its `numeric.c`: how many digits of base 10,000 follow, the power of 10,000 of
//! the first one, the sign, how many decimal places are shown, and the digits.

use bytes::{BufMut, BytesMut};

const NEGATIVE: u16 = 0x4000;

/// The decimal places that the server takes.
const MOST_PLACES: i32 = 0x3fff;

/// Appends a number such as `-12.50` or `1.5e-7`; `None` when the text is none, or is beyond what the server takes.
pub(super) fn put(text: &str, out: &mut BytesMut) -> Option<()> {
    let (sign, number) = match text.strip_prefix('-') {
        Some(number) => (NEGATIVE, number),
        None => (0, text.strip_prefix('+').unwrap_or(text)),
    };
    let (number, exponent) = match number.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, i32::from(exponent.parse::<i16>().ok()?)),
        None => (number, 0),
    };
    let (whole, places) = number.split_once('.').unwrap_or((number, ""));
    let digits = || whole.bytes().chain(places.bytes());
    if digits().next().is_none() || !digits().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let shown = (i32::try_from(places.len()).ok()? - exponent).max(0);
    // How many decimal digits stand before the point; in front of them zeros, so that groups of four end at it.
    let before = i32::try_from(whole.len()).ok()? + exponent;
    let zeros = usize::try_from((-before).rem_euclid(4)).ok()?;
    let padded: Vec<u8> = std::iter::repeat_n(b'0', zeros).chain(digits()).collect();
    let of_four = |four: &[u8]| {
        let digit = |at| i16::from(four.get(at).copied().unwrap_or(b'0') - b'0');
        (0..4).fold(0, |number, at| number * 10 + digit(at))
    };
    let groups: Vec<i16> = padded.chunks(4).map(of_four).collect();
    let first = groups.iter().position(|group| *group != 0);
    let last = groups.iter().rposition(|group| *group != 0);
    let (groups, weight) = match first.zip(last) {
        Some((first, last)) => {
            let power = (before + i32::try_from(zeros).ok()?) / 4 - 1;
            (&groups[first..=last], power - i32::try_from(first).ok()?)
        }
        None => (&groups[..0], 0),
    };
    if shown > MOST_PLACES {
        return None;
    }
    out.put_i16(groups.len().try_into().ok()?);
    out.put_i16(weight.try_into().ok()?);
    out.put_u16(sign);
    out.put_i16(shown.try_into().ok()?);
    for group in groups {
        out.put_i16(*group);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, digits: &[i16], weight: i16, sign: u16, places: i16) {
        let mut wanted = BytesMut::new();
        wanted.put_i16(digits.len().try_into().unwrap());
        wanted.put_i16(weight);
        wanted.put_u16(sign);
        wanted.put_i16(places);
        for digit in digits {
            wanted.put_i16(*digit);
        }
        let mut found = BytesMut::new();
        put(text, &mut found).unwrap();
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn a_number_has_groups_of_four_digits_that_end_at_the_point() {
        check("0", &[], 0, 0, 0);
        check("-0.000", &[], 0, NEGATIVE, 3);
        check("7", &[7], 0, 0, 0);
        check("-12345.6", &[1, 2345, 6000], 1, NEGATIVE, 1);
        check("10000", &[1], 1, 0, 0);
        check("0.00012", &[1, 2000], -1, 0, 5);
        check("+.5", &[5000], -1, 0, 1);
        check("1e3", &[1000], 0, 0, 0);
        check("1.5E-7", &[15], -2, 0, 8);
        check("25e4", &[25], 1, 0, 0);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-", ".", "1e", "e1", "1.2.3", "0x1", "NaN", "1e-17000", " 1",
        ] {
            assert_eq!(put(text, &mut BytesMut::new()), None, "{text}");
        }
    }
}
