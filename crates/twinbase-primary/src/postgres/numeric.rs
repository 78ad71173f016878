//! `numeric` as the text that the server itself would print.

use std::fmt::Write as _;

/// Reads the binary form: how many base-10000 digits, the weight of the first,
/// a sign, how many decimals to show, then the digits.
pub(super) fn to_text(raw: &[u8]) -> Option<String> {
    let mut words = raw
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let count = words.next()?;
    let weight = i16::from_be_bytes(words.next()?.to_be_bytes());
    let negative = match words.next()? {
        0x0000 => false,
        0x4000 => true,
        0xC000 => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        _ => return None,
    };
    let decimals = usize::from(words.next()?);
    let digits: Vec<u16> = words.collect();
    if digits.len() != usize::from(count) {
        return None;
    }
    let digit = |place: i32| {
        usize::try_from(place)
            .ok()
            .and_then(|place| digits.get(place))
            .copied()
            .unwrap_or(0)
    };
    let weight = i32::from(weight);
    let mut whole = String::new();
    for place in 0..=weight {
        write!(whole, "{:04}", digit(place)).ok()?;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let mut fraction = String::new();
    for place in 1..=i32::try_from(decimals.div_ceil(4)).ok()? {
        write!(fraction, "{:04}", digit(weight + place)).ok()?;
    }
    let sign = if negative { "-" } else { "" };
    let point = if decimals > 0 { "." } else { "" };
    Some(format!("{sign}{whole}{point}{}", fraction.get(..decimals)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[u16], expected: &str) {
        let raw: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        assert_eq!(to_text(&raw).as_deref(), Some(expected));
    }

    #[test]
    fn numerics_read_as_the_server_prints_them() {
        check(&[0, 0, 0, 0], "0");
        check(&[1, 0, 0, 0, 42], "42");
        check(&[1, 0, 0x4000, 2, 5], "-5.00");
        check(&[2, 1, 0, 0, 1, 2345], "12345");
        check(&[1, 1, 0, 0, 7], "70000");
        check(&[2, 0, 0, 3, 1, 5000], "1.500");
        check(&[1, 0xFFFF, 0, 5, 12], "0.00120");
        check(&[1, 0xFFFE, 0, 8, 12], "0.00000012");
        check(&[0, 0, 0xC000, 0], "NaN");
    }

    #[test]
    fn a_broken_answer_is_no_number() {
        assert_eq!(to_text(&[]), None);
        assert_eq!(to_text(&[0, 2, 0, 0, 0, 0, 0, 0, 0, 1]), None);
    }
}
